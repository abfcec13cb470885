// wipe.ts — empties the places of a factory reset, in an order in which a power cut at any moment is made good by doing it once more.
//
// Recordings go first, as they take longest; the box's keys after them; then all of that is on the disk; then the mark goes. Blocks that
// became free are told to the card, which erases them when it likes: what lay there is not read again in any ordinary way (SECURITY.md).
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, faultOf, syncFolder } from '../disk.ts'
import { removeMark } from './mark.ts'
import { type Ground, goers, inner, type Place } from './places.ts'

export type WipeParts = {
  readonly ground: Ground
  /** Tells the disk under a folder which blocks are free (fstrim). May reject: not every disk knows of that. */
  readonly trim: (folder: string) => Promise<void>
  /** Asked before each step; a test cuts the power here. */
  readonly step?: (what: string) => void
}

/** Everything that was in there, by name; one that cannot be read rejects with a Fault, and the mark stays. */
export async function wipe({ ground, trim, step = () => {} }: WipeParts): Promise<void> {
  for (const place of ground.places) await empty(place, step)
  for (const { folder } of ground.places) {
    step(`free ${folder}`)
    // A disk that cannot erase has nothing to be told.
    await trim(folder).catch(() => {})
  }
  step('remove the mark')
  await removeMark(ground.mark)
}

async function empty(place: Place, step: (what: string) => void): Promise<void> {
  const { folder, empties } = place
  const entries = await entriesOf(folder)
  if (entries === null) return
  const going = new Set(goers(place, [...entries.keys()]))
  for (const [name, isFolder] of entries) {
    if (!going.has(name)) continue
    const path = join(folder, name)
    if (empties && isFolder) await empty(inner(place, name), step)
    else {
      step(`remove ${path}`)
      await told(path, () => rm(path, { recursive: true, force: true }))
    }
  }
  step(`keep ${folder}`)
  await told(folder, () => syncFolder(folder))
}

/** Names, and whether each is a folder (a link to one is none); null: there is no such folder. */
async function entriesOf(folder: string): Promise<ReadonlyMap<string, boolean> | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return new Map(entries.map((entry) => [entry.name, entry.isDirectory()]))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw faultOf(error, `cannot list ${folder}`)
  }
}

async function told<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw faultOf(error, `cannot empty ${path}`)
  }
}

// mark.ts — the mark that says "this box is to be emptied": written before anything goes, removed after everything is gone. As long as it is
// there, every start begins with the rest of the work, so a power cut in the middle leaves no box that is half somebody's.
import { constants, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, faultOf, syncFolder } from '../disk.ts'

/** When this resolves the mark is on the disk. It holds the folder of recordings, which is known now and not when it is read. */
export async function setMark(path: string, recordings = ''): Promise<void> {
  try {
    // Whatever lies there already is no link that leads elsewhere.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
    const file = await open(path, flags, 0o600)
    try {
      await file.writeFile(recordings)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(dirname(path))
  } catch (error) {
    throw faultOf(error, `cannot write ${path}`)
  }
}

/** The folder of recordings that it names; null: there is no mark. */
export async function readMark(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw faultOf(error, `cannot read ${path}`)
  }
}

export async function removeMark(path: string): Promise<void> {
  try {
    await unlink(path)
    await syncFolder(dirname(path))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw faultOf(error, `cannot remove ${path}`)
  }
}

// command.ts — `parlor remix ROOM DATE`: brings the tracks together, has them rendered, and says how far it is. Nothing half is left, whatever ends it.
import { randomBytes } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import type { ParcelFile } from '../../broadcast/remix/parcel.ts'
import { Fault, Refusal } from '../../lib/fault.ts'
import type { Size } from '../../media/layout.ts'
import { exists, giveName, removeFolder } from '../../system/disk.ts'
import { openMediaFolder } from '../../system/media-folder.ts'
import { type Recording, stampOf } from '../recordings.ts'
import { openBench, type WorkBench } from './bench.ts'
import { play } from './play.ts'
import { type Remix, type RemixParts, remix } from './remix.ts'

export type RemixCommand = {
  /** ROOM DATE [TIME] [FILE ...] */
  readonly words: readonly string[]
  readonly box: string
  readonly recordings: readonly Recording[]
  /** Where the file of tracks of a recording is downloaded, once. */
  readonly link: (run: number, which: 'broadcast tracks' | 'own tracks') => Promise<string>
  /** Fetches what others kept of it, from their boxes: a way to a link for each file. Left out: from nobody. */
  readonly others?: (run: number, signal: AbortSignal) => Promise<ReadonlyArray<() => Promise<string>>>
  /** Where the film goes. */
  readonly folder: string
  readonly height: 720 | 1080
  /** @param percent 0 to 100 */
  readonly tell: (percent: number, what: string) => void
  readonly signal: AbortSignal
}
export type RemixAnswer = Omit<Remix, 'film' | 'vtt'> & { readonly film: string; readonly vtt: string }

const SIZES: Readonly<Record<RemixCommand['height'], Size>> = { 720: { width: 1280, height: 720 }, 1080: { width: 1920, height: 1080 } }

/** @throws Refusal 'bad-request'; Fault; what the signal was aborted with */
export async function remixCommand(command: RemixCommand): Promise<RemixAnswer> {
  const { words, box, recordings, link, folder, height, tell, signal, others = async () => [] } = command
  const { recording, files } = meantBy(words, box, recordings)
  const fetched = await others(recording.run, signal)
  const work = join(folder, `.parlor-remix-${randomBytes(6).toString('hex')}`)
  const bench = await openBench(work)
  try {
    const parcels: Array<RemixParts['files'][number]> = []
    if (!recording.alone) parcels.push(await brought(await link(recording.run, 'broadcast tracks'), bench, 'broadcast.tracks', signal))
    if (recording.own > 0) {
      const own = await brought(await link(recording.run, 'own tracks'), bench, 'own.tracks', signal)
      parcels.push({ ...own, ours: true })
    }
    for (const [i, ready] of fetched.entries()) {
      const theirs = await brought(await ready(), bench, `others-${i}.tracks`, signal)
      parcels.push({ ...theirs, fetched: true })
    }
    for (const file of files) parcels.push(await fileAt(file))
    const done = await remix({ bench, files: parcels, size: SIZES[height], play, tell, signal })
    const name = await freeName(folder, `${box} ${stampOf(done.began)} remix`)
    await giveName(bench.path(done.vtt), `${name}.vtt`)
    await giveName(bench.path(done.film), `${name}.mp4`)
    return { ...done, film: `${name}.mp4`, vtt: `${name}.vtt` }
  } finally {
    await removeFolder(work)
  }
}

/**
 * The recording that the person means, and the files of others' tracks.
 * @throws Refusal 'bad-request' when there is none, or more than one
 */
export function meantBy(
  words: readonly string[],
  box: string,
  recordings: readonly Recording[],
): { recording: Recording; files: readonly string[] } {
  const at = words.findIndex((word) => /^\d{4}-\d\d-\d\d$/.test(word))
  if (at < 1)
    throw new Refusal(
      'bad-request',
      'say `parlor remix ROOM DATE`, like `parlor remix Kitchen 2026-11-21`; add a time like 20:15 when there are several',
    )
  const room = words.slice(0, at).join(' ')
  if (room.toLowerCase() !== box.toLowerCase()) throw new Refusal('bad-request', `the recordings here are of the room "${box}"`)
  const time = /^\d\d[:.]\d\d$/.test(words[at + 1] ?? '') ? (words[at + 1] ?? '').replace(':', '.') : ''
  const files = words.slice(at + (time === '' ? 1 : 2))
  const stamp = `${words[at]} ${time}`.trim()
  const found = recordings.filter(({ from, live }) => !live && stampOf(from).startsWith(stamp))
  const [recording] = found
  if (!recording)
    throw new Refusal('bad-request', `nothing was recorded on ${stamp}, or it is still going on; \`parlor recordings\` lists what there is`)
  if (found.length > 1)
    throw new Refusal(
      'bad-request',
      `there are several of that day; add one of these times: ${found.map(({ from }) => stampOf(from).slice(11)).join(', ')}`,
    )
  return { recording, files }
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const path = resolve(folder, i === 1 ? name : `${name} ${i}`)
    if (!(await exists(`${path}.mp4`)) && !(await exists(`${path}.vtt`))) return path
  }
}

/** Our own tracks, from the box into a file. */
async function brought(link: string, bench: WorkBench, name: string, signal: AbortSignal): Promise<ParcelFile> {
  const answer = await fetch(link, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new Fault('daemon-away', 'the box does not give its recording', { cause: error })
  })
  if (!answer.ok || !answer.body) throw new Fault('daemon-away', `the box does not give its recording (${answer.status})`)
  for await (const piece of answer.body) await bench.append(name, piece)
  await bench.release(name)
  return { size: await bench.size(name), read: (from, length) => bench.read(name, from, length) }
}

async function fileAt(path: string): Promise<ParcelFile> {
  const whole = resolve(path)
  const name = basename(whole)
  if (!(await exists(whole))) throw new Refusal('bad-request', `there is no file ${path}`)
  const folder = await openMediaFolder(join(whole, '..'))
  return { size: await folder.size(name), read: (from, length) => folder.read(name, from, length) }
}

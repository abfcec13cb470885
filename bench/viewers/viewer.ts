// viewer.ts — one viewer of a broadcast, as a player behaves: takes a seat with the first playlist, has each track's playlist wait for the next part
// (`_HLS_msn`, `_HLS_part`, delta updates), and fetches every part that is new. It shows nothing; it keeps how long things took.
import { Line } from './line.ts'

export type Kept = {
  /** How long each part took to come once it was known, ms. */
  readonly fetches: number[]
  /** From the end of one part to the end of the next of its track, ms: the longest of each track. */
  readonly gaps: number[]
  /** What was not answered as it should have been. */
  readonly odd: string[]
  parts: number
}
type Tail = {
  readonly next: { readonly msn: number; readonly part: number }
  readonly parts: readonly string[]
  readonly hasEnded: boolean
}

/** What a media playlist says of its end: which part comes next, and all that are listed. */
export function tailOf(playlist: string): Tail {
  let [msn, part, hasEnded] = [0, 0, false]
  const parts: string[] = []
  for (const line of playlist.split('\n'))
    if (line.startsWith('#EXT-X-PART:')) {
      parts.push(/URI="([^"]+)"/.exec(line)?.[1] ?? '')
      part++
    } else if (line.startsWith('#EXTINF:')) {
      msn++
      part = 0
    } else if (line.startsWith('#EXT-X-MEDIA-SEQUENCE:')) msn += Number(line.split(':')[1])
    else if (line.startsWith('#EXT-X-SKIP:')) msn += Number(/SKIPPED-SEGMENTS=(\d+)/.exec(line)?.[1] ?? 0)
    else if (line === '#EXT-X-ENDLIST') hasEnded = true
  return { next: { msn, part }, parts, hasEnded }
}

/** Watches until it is called off. @param path of the program's first playlist  @returns what was seen; `odd` is never empty when it was turned away */
export async function view(port: number, path: string, signal: AbortSignal): Promise<Kept> {
  const kept: Kept = { fetches: [], gaps: [], odd: [], parts: 0 }
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const door = new Line(port)
  try {
    const { status, body } = await door.get(path)
    if (status !== 200) {
      kept.odd.push(`no seat: ${status} ${body.toString().slice(0, 200)}`)
      return kept
    }
    // The best picture stands first, and has one sound.
    const list = body.toString()
    const picture = list.split('\n').find((line) => line !== '' && !line.startsWith('#'))
    const sound = /TYPE=AUDIO.*URI="([^"]+)"/.exec(list)?.[1]
    const tracks = [picture, sound].flatMap((track) => track ?? [])
    await Promise.all(tracks.map((track, i) => follow(i === 0 ? door : new Line(port), folder, track, kept, signal)))
  } catch (error) {
    if (!signal.aborted) kept.odd.push(String(error))
  } finally {
    door.close()
  }
  return kept
}

async function follow(line: Line, folder: string, track: string, kept: Kept, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => line.close(), { once: true })
  try {
    let tail: Tail | null = null
    let [last, came, longest] = ['', 0, 0]
    while (!signal.aborted) {
      const wait: string = tail ? `&_HLS_msn=${tail.next.msn}&_HLS_part=${tail.next.part}&_HLS_skip=YES` : ''
      const { status, body } = await line.get(`${folder}${track}${wait}`)
      if (status !== 200) {
        kept.odd.push(`playlist: ${status} ${body.toString().slice(0, 100)}`)
        return
      }
      tail = tailOf(body.toString())
      if (tail.hasEnded) return
      const known = tail.parts.indexOf(last)
      if (last !== '' && known < 0) kept.odd.push('so far behind that parts were missed')
      for (const part of last === '' ? tail.parts.slice(-1) : tail.parts.slice(known + 1)) {
        const got = await line.get(folder + part)
        const now = performance.now()
        if (got.status !== 200) kept.odd.push(`part: ${got.status}`)
        kept.fetches.push(got.ms)
        kept.parts++
        if (came > 0) longest = Math.max(longest, now - came)
        ;[came, last] = [now, part]
      }
      kept.gaps[track.startsWith('v') ? 0 : 1] = longest
    }
  } catch (error) {
    if (!signal.aborted) kept.odd.push(String(error))
  } finally {
    line.close()
  }
}

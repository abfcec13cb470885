// reader.ts — reads every part of one track of a broadcast, and has somebody else (ffprobe) say when each packet in it is decoded and shown.
//
// Parts are kept for a minute, behind their header, as one file; what ffprobe says of it is judged and the file let go, so half a day costs no disk.
import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Line } from '../viewers/line.ts'
import { tailOf } from '../viewers/viewer.ts'

const run = promisify(execFile)
/** Parts in one file. */
const IN_A_FILE = 300
/**
 * Seconds by which the next packet may come later than this one is long. Sound: a rounding. A picture is shown for longer when the one after it was left
 * out, which its part says and ffprobe does not: more than a part is a gap.
 */
const LATEST: Readonly<Record<string, number>> = { sound: 0.002, pictures: 0.2 }

/** Seconds. */
export type Packet = { readonly pts: number; readonly dts: number; readonly duration: number }
export type Read = {
  parts: number
  packets: number
  readonly faults: string[]
  /** Wall clock (s since 1970) less media time, at the beginning of each segment. */
  readonly offsets: Array<{ readonly at: number; readonly offset: number }>
}
type Named = { readonly uri: string; readonly map: string; readonly date: number | null; readonly afterBreak: boolean }

/** All parts that a playlist names, each with its header, and its wall clock where a segment begins with it. */
export function partsIn(playlist: string): Named[] {
  let [map, date, afterBreak] = ['', null as number | null, false]
  const parts: Named[] = []
  for (const line of playlist.split('\n')) {
    if (line === '#EXT-X-DISCONTINUITY') afterBreak = true
    if (line.startsWith('#EXT-X-MAP:')) map = /URI="([^"]+)"/.exec(line)?.[1] ?? ''
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) date = Date.parse(line.slice('#EXT-X-PROGRAM-DATE-TIME:'.length)) / 1000
    const [, uri] = /^#EXT-X-PART:.*URI="([^"]+)"/.exec(line) ?? []
    if (!uri) continue
    parts.push({ uri, map, date, afterBreak })
    date = null
    afterBreak = false
  }
  return parts
}

/** What is wrong between neighbours: time that goes back, and holes. */
export function faultsIn(packets: readonly Packet[], kind: 'sound' | 'pictures'): string[] {
  return packets.flatMap((packet, i) => {
    const before = packets[i - 1]
    if (!before) return []
    const hole = packet.dts - (before.dts + before.duration)
    if (packet.dts <= before.dts) return [`time goes back at ${packet.dts}`]
    return hole > (LATEST[kind] ?? 0) ? [`a gap of ${Math.round(hole * 1000)} ms at ${packet.dts}`] : []
  })
}

/** Reads until it is called off. @param path of the track's playlist  @param folder for files on their way */
export async function readTrack(port: number, path: string, folder: string, signal: AbortSignal): Promise<Read> {
  const read: Read = { parts: 0, packets: 0, faults: [], offsets: [] }
  const line = new Line(port)
  signal.addEventListener('abort', () => line.close(), { once: true })
  const within = (uri: string) => new URL(uri, `http://box${path}`).pathname
  const file = join(folder, `${path.split('/').at(-1)?.split('.')[0]}.mp4`)
  let held: Buffer[] = []
  let last: Packet | null = null
  const judge = async (): Promise<void> => {
    if (held.length < 2) return
    writeFileSync(file, Buffer.concat(held))
    const packets = await packetsOf(file)
    rmSync(file)
    read.packets += packets.length
    read.faults.push(...faultsIn(last ? [last, ...packets] : packets, path.includes('/sound.') ? 'sound' : 'pictures'))
    last = packets.at(-1) ?? last
  }
  let [seen, header, query] = ['', '', '']
  try {
    while (!signal.aborted) {
      const { status, body } = await line.get(path + query)
      if (status !== 200) {
        read.faults.push(`the playlist: ${status}`)
        continue
      }
      const { next } = tailOf(body.toString())
      query = `?_HLS_msn=${next.msn}&_HLS_part=${next.part}`
      const parts = partsIn(body.toString())
      const known = parts.findIndex(({ uri }) => uri === seen)
      if (seen !== '' && known < 0) read.faults.push('the reader was too slow: parts were missed')
      for (const { uri, map, date, afterBreak } of seen === '' ? parts.slice(-1) : parts.slice(known + 1)) {
        if (afterBreak) read.faults.push(`a break at ${uri}`)
        if (map !== header || held.length > IN_A_FILE) {
          await judge()
          held = [(await line.get(within(map))).body]
          header = map
        }
        const part = (await line.get(within(uri))).body
        if (date !== null) read.offsets.push({ at: date, offset: date - startOf(part) / timescaleOf(held[0] ?? part) })
        held.push(part)
        seen = uri
        read.parts++
      }
    }
  } catch (error) {
    if (!signal.aborted) read.faults.push(String(error))
  }
  await judge()
  return read
}

async function packetsOf(file: string): Promise<Packet[]> {
  const entries = ['-show_entries', 'packet=pts_time,dts_time,duration_time', '-of', 'csv=p=0']
  const { stdout } = await run('ffprobe', ['-v', 'error', ...entries, file], { maxBuffer: 64 * 1024 * 1024 })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((row) => row.split(',').map(Number))
    .map(([pts = 0, dts = 0, duration = 0]) => ({ pts, dts, duration }))
}

/** The decode time of the first sample (tfdt of version 1; ISO 14496-12, 8.8.12), and ticks a second (mdhd of version 0 or 1; 8.4.2). */
const startOf = (part: Buffer): number => Number(part.readBigUInt64BE(part.indexOf('tfdt') + 8))
function timescaleOf(header: Buffer): number {
  const at = header.indexOf('mdhd') + 4
  return header.readUInt32BE(at + (header[at] === 1 ? 20 : 12))
}

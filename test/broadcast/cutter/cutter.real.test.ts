// Real encoders into the cutter, and its parts into real decoders. The picture flashes white for a tenth of each second while the sound beeps:
// where both are found again after decoding says how far they are apart.
import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cut, PartCut } from '../../../src/broadcast/cutter/cut.ts'
import { Cutter, type CutterPlan } from '../../../src/broadcast/cutter/cutter.ts'
import type { Frame } from '../../../src/broadcast/cutter/gdp.ts'
import { readInit, readPart } from '../kit/boxes.ts'
import { beeps, FPS, H, pictures, W } from '../kit/film.ts'

const run = promisify(execFile)
const SECONDS = 9
let folder = ''
let video: Frame[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutter-'))
  video = await pictures(folder, SECONDS)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const AUDIO = {
  'AAC of ffmpeg': { codec: 'aac', delay: 1024, launch: 'avenc_aac bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts' },
  'AAC of VisualOn': { codec: 'aac', delay: 1600, launch: 'voaacenc bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts' },
  Opus: { codec: 'opus', delay: 312, launch: 'opusenc bitrate=64000' },
} as const

/** The parts of a program, and one file a track: its init segment, and all its parts. */
async function program(name: keyof typeof AUDIO, seconds = SECONDS) {
  const { codec, delay, launch } = AUDIO[name]
  const audio = await beeps(folder, SECONDS, launch)
  const plan: CutterPlan = {
    rate: [FPS, 1],
    tracks: [
      { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 500_000 },
      { kind: 'audio', track: 1, name: 'sound', codec, channels: 2, sampleRate: 48_000, delay, bandwidth: 96_000 },
    ],
    wall: (pts) => 1_795_000_000_000 + pts / 1e6,
    wantKeyframe: () => {},
    firstSegment: 0,
    firstSequence: 0,
  }
  const cutter = new Cutter(plan)
  const all = [...video.map((frame) => ({ track: 0, frame })), ...audio.map((frame) => ({ track: 1, frame }))]
    .filter(({ frame }) => frame.pts < seconds * 1e9)
    .sort((a, b) => a.frame.pts - b.frame.pts)
  const cuts: Cut[] = all.flatMap(({ track, frame }) => cutter.take(track, frame))
  const parts = (track: number): PartCut[] => cuts.filter((cut) => cut.is === 'part').filter((cut) => cut.track === track)
  const init = (track: number): Uint8Array =>
    cuts.filter((cut) => cut.is === 'init').find((cut) => cut.track === track)?.bytes ?? new Uint8Array()
  const file = (track: number, some: readonly PartCut[] = parts(track)): string => {
    const path = join(folder, `${codec}-${track}-${some[0]?.sequence}-${some.length}.mp4`)
    writeFileSync(path, Buffer.concat([init(track), ...some.map(({ bytes }) => bytes)]))
    return path
  }
  return { cutter, cuts, parts, init, file }
}

const loud = { maxBuffer: 256 * 1024 * 1024, encoding: 'buffer' } as const
async function decoded(args: readonly string[]): Promise<Buffer> {
  const { stdout, stderr } = await run('ffmpeg', ['-v', 'warning', '-xerror', ...args], loud)
  expect(stderr.toString()).toBe('')
  return stdout
}
/** When each packet of a file is shown or heard, s, as ffprobe sees it. */
async function packets(path: string): Promise<number[]> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path])
  return stdout
    .trim()
    .split('\n')
    .map((line) => Number(line.split(',')[0]))
}

describe.each(Object.keys(AUDIO) as Array<keyof typeof AUDIO>)('H.264 and %s', (name) => {
  it('come out as CMAF that decodes whole, without a gap', async () => {
    const { cutter, parts, init, file } = await program(name)
    expect(cutter.odd.total).toBe(0)
    expect(cutter.mended).toEqual({ filled: 0, left: 0 })
    for (const track of [0, 1]) {
      expect(readInit(Buffer.from(init(track))).brands).toContain('cmfc')
      let end: number | null = null
      for (const cut of parts(track)) {
        const part = readPart(Buffer.from(cut.bytes))
        expect(end === null || part.start === end).toBe(true)
        end = part.start + part.duration
      }
      const path = file(track)
      const seen = await packets(path)
      const length = track === 0 ? 1 / FPS : name === 'Opus' ? 0.02 : 1024 / 48_000
      expect(seen.length).toBeGreaterThan(200)
      expect(seen.every((at, i) => i === 0 || Math.abs(at - (seen[i - 1] ?? 0) - length) < 0.0001)).toBe(true)
      const raw = await decoded(['-i', path, ...(track === 0 ? ['-f', 'rawvideo', '-'] : ['-f', 's16le', '-'])])
      if (track === 0) expect(raw.length / ((W * H * 3) / 2)).toBe(parts(0).length * 6)
      else expect(raw.length).toBeGreaterThan(parts(1).length * 9000 * 4)
    }
    expect(parts(0).length).toBe(SECONDS * 5)
    expect(parts(1).length).toBeGreaterThanOrEqual(SECONDS * 5 - 2)
  })

  it('decode from every segment on, and every part after its header', async () => {
    const { parts, file } = await program(name, 4)
    for (const track of [0, 1]) {
      for (const first of parts(track).filter(({ firstOfSegment }) => firstOfSegment)) {
        const segment = parts(track).filter(({ segment }) => segment === first.segment)
        for (let length = 1; length <= segment.length; length += 4)
          expect((await decoded(['-i', file(track, segment.slice(0, length)), '-f', 'null', '-'])).length).toBe(0)
      }
    }
  })

  it('lie together: flash and beep are less than 40 ms apart', async () => {
    const { file } = await program(name)
    const raw = await decoded(['-i', file(0), '-f', 'rawvideo', '-pix_fmt', 'gray', '-'])
    const flashes: number[] = []
    for (let i = 1; i < raw.length / (W * H); i++) {
      const light = (at: number) => (raw[at * W * H + (H / 2) * W + W / 2] ?? 0) > 130
      if (light(i) && !light(i - 1)) flashes.push((i * 1000) / FPS)
    }
    const [begin = 0] = await packets(file(1))
    const pcm = await decoded(['-i', file(1), '-f', 's16le', '-ac', '1', '-'])
    const beeps: number[] = []
    for (let i = 0, quiet = 4800; i < pcm.length / 2; i++) {
      if (Math.abs(pcm.readInt16LE(i * 2)) < 3000) quiet++
      else {
        if (quiet > 4000) beeps.push(begin * 1000 + i / 48)
        quiet = 0
      }
    }
    expect(flashes.length).toBe(SECONDS)
    expect(beeps.length).toBeGreaterThanOrEqual(SECONDS - 1)
    const apart = beeps.map((at) => Math.min(...flashes.map((flash) => Math.abs(flash - at))))
    expect(Math.max(...apart)).toBeLessThan(40)
  })
})

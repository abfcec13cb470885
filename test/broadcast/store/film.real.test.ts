// Recordings as films, read by ffmpeg and GStreamer.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Frame } from '../../../src/broadcast/cutter/gdp.ts'
import type { Piece } from '../../../src/broadcast/store/mark.ts'
import { beeps, decoded, filmOf, flashes, heard, pictures, probe, recording } from '../kit/film.ts'
import { NOW } from '../kit/making.ts'

let folder = ''
let video: Frame[] = []
let small: Frame[] = []
let audio: Frame[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'film-'))
  video = await pictures(folder, 12)
  small = await pictures(folder, 6, 240, 144)
  audio = await beeps(folder, 22)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const settled = () => new Promise<void>((done) => setImmediate(done))
type Stretch = { readonly frames: readonly Frame[]; readonly from: number }
/** Records stretches of a picture, each from a second on, with one sound over all. */
async function recorded(stretches: readonly Stretch[], end: number, limit?: number) {
  const made = await recording(limit)
  const all = [
    ...stretches.flatMap(({ frames, from }, i) =>
      frames.map((frame, n) => ({
        track: 0,
        frame: { ...frame, pts: frame.pts - (frames[0]?.pts ?? 0) + from * 1e9 },
        anew: i > 0 && n === 0,
      })),
    ),
    ...audio.filter(({ pts }) => pts < end * 1e9).map((frame) => ({ track: 1, frame, anew: false })),
  ].sort((a, b) => a.frame.pts - b.frame.pts)
  for (const { track, frame, anew } of all) {
    made.clock.now = NOW + frame.pts / 1e6 + 40
    if (anew) for (const update of made.program.restart()) made.store.update(update)
    for (const update of made.program.take(track, frame)) made.store.update(update)
    await settled()
  }
  for (const update of made.program.end()) made.store.update(update)
  for (let i = 0; i < 20; i++) await settled()
  return made
}

async function written(made: Awaited<ReturnType<typeof recorded>>, piece: Piece | null = null) {
  const film = await filmOf(made.store, piece, made.log)
  if (!film) throw new Error('no film')
  const file = join(folder, `${Math.random().toString(36).slice(2)}.mp4`)
  writeFileSync(file, film.whole)
  return { ...film, file }
}

type Probed = {
  readonly format: { readonly duration: string; readonly tags: Readonly<Record<string, string>> }
  readonly streams: ReadonlyArray<{ readonly codec_name: string; readonly start_time: string; readonly duration: string }>
  readonly packets: ReadonlyArray<{ readonly codec_type: string; readonly dts_time: string; readonly pts_time: string }>
}
const look = async (file: string) => (await probe(file, 'format', 'stream', 'packet=codec_type,dts_time,pts_time')) as Probed

/** Times only rise; sound has no hole at all, and the picture only these (s). */
function isWhole({ packets }: Probed, holes: readonly number[] = []): void {
  const steps = (kind: string) => {
    const times = packets.filter(({ codec_type }) => codec_type === kind).map(({ dts_time }) => Number(dts_time))
    return times.slice(1).map((at, i) => at - (times[i] ?? 0))
  }
  for (const step of steps('audio')) expect(Math.abs(step - 1024 / 48_000)).toBeLessThan(0.0001)
  const odd = steps('video').filter((step) => Math.abs(step - 1 / 30) > 0.0001)
  expect(odd.map((step) => Number(step.toFixed(2)))).toEqual(holes)
}
const skew = (seen: readonly number[], sound: readonly number[]): number =>
  Math.max(...seen.map((at) => Math.min(...sound.map((beep) => Math.abs(beep - at)))))

describe('a whole run', () => {
  it('is one MP4 of the right length, without a hole, with sound and picture together', async () => {
    const made = await recorded([{ frames: video, from: 0 }], 12)
    const { file, length, began, pieces } = await written(made)
    const seen = await look(file)
    expect(length).toBe(12_000)
    expect(Number(seen.format.duration)).toBeCloseTo(12, 1)
    expect(seen.streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac'])
    expect(seen.streams.map(({ start_time }) => Number(start_time))).toEqual([0, 0])
    expect(Date.parse(seen.format.tags.creation_time ?? '')).toBe(Math.floor(began / 1000) * 1000)
    isWhole(seen)
    expect(seen.packets.filter(({ codec_type }) => codec_type === 'video')).toHaveLength(360)
    const [lights, sounds] = [await flashes(file), await heard(file)]
    expect(lights).toHaveLength(12)
    expect(skew(lights, sounds)).toBeLessThan(0.04)
    for (const args of [
      ['-f', 'rawvideo'],
      ['-f', 's16le'],
    ])
      expect((await decoded(file, args)).said).toBe('')
    // Head, a fragment for each segment, index: nothing of it needs more than a segment in memory.
    expect(pieces.length).toBe(1 + 6 + 1)
  })
  it('is sought in', async () => {
    const { file } = await written(await recorded([{ frames: video, from: 0 }], 12))
    const { raw } = await decoded(file, ['-ss', '7.4', '-t', '0.5', '-vf', 'scale=1:1', '-pix_fmt', 'gray', '-f', 'rawvideo'])
    expect([...raw].map((value) => value > 128).indexOf(true)).toBe(3)
  })
  it('is taken by GStreamer too, both tracks to their ends', async () => {
    const { file } = await written(await recorded([{ frames: video, from: 0 }], 12))
    const launch = `filesrc location=${file} ! qtdemux name=d d.video_0 ! queue ! avdec_h264 ! fakesink sync=false d.audio_0 ! queue ! avdec_aac ! fakesink sync=false`
    const { stderr } = await promisify(execFile)('gst-launch-1.0', ['-q', ...launch.split(' ')], { timeout: 60_000 })
    expect(stderr).toBe('')
  })
})

describe('a run in which the encoder began anew', () => {
  it('with another size goes on behind the pause, with its own description', async () => {
    const made = await recorded([{ frames: video, from: 0 }, { frames: small, from: 15 }], 21) // biome-ignore format: one line
    const { file, length } = await written(made)
    const seen = await look(file)
    expect(length).toBeCloseTo(21_000, -2)
    expect(Number(seen.format.duration)).toBeCloseTo(21, 1)
    isWhole(seen, [3.03])
    const [lights, sounds] = [await flashes(file), await heard(file)]
    expect(lights.length).toBe(18)
    expect(skew(lights, sounds)).toBeLessThan(0.04)
    const { said } = await decoded(file, ['-f', 'rawvideo'])
    expect(said).not.toMatch(/error|missing|invalid/i)
  })
})

describe('a piece of a run', () => {
  it('begins with the keyframe before it, and ends where it was cut', async () => {
    const made = await recorded([{ frames: video, from: 0 }], 12)
    const { file, length } = await written(made, { from: NOW + 5300, to: NOW + 9100 })
    expect(length).toBeCloseTo(5200, -2)
    const seen = await look(file)
    isWhole(seen)
    expect(Number(seen.format.duration)).toBeCloseTo(length / 1000, 1)
    const [lights, sounds] = [await flashes(file), await heard(file)]
    expect(lights).toHaveLength(5)
    expect(skew(lights, sounds)).toBeLessThan(0.04)
  })
})

describe('a damaged disk', () => {
  it('costs what is damaged: the film goes on, whole and in step, and the log says so', async () => {
    const made = await recorded([{ frames: video, from: 0 }], 12)
    const parts: string[] = []
    for await (const { entry } of made.store.told(made.store.runs[0]?.run ?? 0))
      for (const { track, object, start } of entry.parts) if (track === 0 ? start === 90_000 * 4 + 54_000 : start > 48_000 * 8.3 && start < 48_000 * 8.7) parts.push(object.name) // biome-ignore format: one line
    expect(parts.length).toBeGreaterThan(1)
    const { store } = made
    const told = store.told.bind(store)
    store.told = async function* (run) {
      for await (const { signed, entry, read } of told(run))
        yield { signed, entry, read: async (promise) => (parts.includes(promise.name) ? null : await read(promise)) }
    }
    const { file } = await written(made)
    const seen = await look(file)
    isWhole(seen, [1.43])
    expect(Number(seen.format.duration)).toBeCloseTo(12, 1)
    const [lights, sounds] = [await flashes(file), await heard(file)]
    // Still from 4.6 s to the keyframe at 6 s; silent around 8.5 s.
    expect(lights.map((at) => Math.floor(at))).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11])
    expect(sounds.map((at) => Math.floor(at))).toContain(5)
    expect(
      skew(
        lights.filter((at) => Math.floor(at) !== 8),
        sounds,
      ),
    ).toBeLessThan(0.04)
    expect((await decoded(file, ['-f', 'rawvideo'])).said).toBe('')
    expect(made.said.filter(({ sentence }) => sentence.includes('damaged')).length).toBe(parts.length)
  })
})

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBench } from '../../../src/app/remix/bench.ts'
import { remixCommand } from '../../../src/app/remix/command.ts'
import { play } from '../../../src/app/remix/play.ts'
import { remix } from '../../../src/app/remix/remix.ts'
import { lagOf, thinned } from '../../../src/broadcast/remix/align.ts'
import { layout } from '../../../src/media/layout.ts'
import { scaled } from '../../../src/media/screen/program/place.ts'
import { broadcast, H, numberIn, ownTracks, type Person, voice, W } from '../../broadcast/kit/conference.ts'
import { decoded, probe } from '../../broadcast/kit/film.ts'

const SIZE = { width: 640, height: 360 }
const SECONDS = 12
/** The first is the box that records. Clocks seconds apart, cameras that do not beat together. */
const PEOPLE: readonly Person[] = [
  { name: 'Kitchen', seed: 1, ahead: 0, phase: 2 },
  { name: 'Ann & Bob', seed: 2, ahead: 3700, phase: 13 },
  { name: 'Carla', seed: 3, ahead: -2200, phase: 24 },
]

/** Where the pictures of some people stand, without the edges that keep their shape. */
function places(count: number) {
  const tile = { muted: false, camera: true, speaking: false, emoji: null, state: 'live' as const, name: '' }
  const people = Array.from({ length: count }, (_, i) => ({ ...tile, seat: i + 1 }))
  return layout({ show: 'call', roomName: '', link: null, caller: null, self: null, share: null, notice: null, people }).map((each) => {
    const { x, y, width, height } = scaled(each, SIZE)
    const by = Math.min(width / W, height / H)
    return { left: x + (width - W * by) / 2, width: W * by, y: Math.round(y + height * 0.35) }
  })
}

describe('a conference rendered once more', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlor-remix-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function rendered(files: readonly Buffer[]) {
    const bench = await openBench(join(folder, 'bench'))
    const told: number[] = []
    const done = await remix({
      bench,
      files: files.map((bytes) => ({ size: bytes.length, read: async (from, length) => bytes.subarray(from, from + length) })),
      size: SIZE,
      play,
      tell: (percent) => told.push(percent),
      signal: new AbortController().signal,
    })
    const film = bench.path(done.film)
    const grey = await decoded(film, ['-pix_fmt', 'gray', '-f', 'rawvideo'])
    const sound = await decoded(film, ['-ac', '1', '-ar', '48000', '-f', 's16le'])
    const frames = grey.raw.length / (SIZE.width * SIZE.height)
    /** The number that a person's picture says, in each frame of the film. */
    const numbers = (count: number, who: number): number[] => {
      const at = places(count)[who]
      if (!at) return []
      return Array.from({ length: frames }, (_, frame) => {
        const row = frame * SIZE.width * SIZE.height + at.y * SIZE.width + Math.round(at.left)
        return numberIn([...grey.raw.subarray(row, row + Math.round(at.width))])
      })
    }
    const pcm = new Int16Array(Uint8Array.from(sound.raw).buffer)
    return {
      done,
      film,
      told,
      frames,
      numbers,
      pcm,
      said: grey.said + sound.said,
      vtt: Buffer.from(await bench.read(done.vtt, 0, 1000)).toString(),
    }
  }

  it('has every picture of every track, and all of them in step, though clocks are seconds apart and a fifth of the voices was lost', async () => {
    const tracks = []
    for (const person of PEOPLE) tracks.push(await ownTracks(folder, person, SECONDS))
    const { done, film, told, frames, numbers, pcm, said, vtt } = await rendered([await broadcast(folder, PEOPLE, SECONDS), ...tracks])
    expect(said).toBe('')
    expect(Math.abs(frames - SECONDS * 30)).toBeLessThanOrEqual(2)
    const clocks = done.people.map(({ ahead }) => Math.round(ahead ?? Number.NaN))
    const reference = thinned(pcm)
    const report = PEOPLE.map((person, who) => {
      const seen = numbers(3, who)
      const missing = Array.from({ length: SECONDS * 30 - 4 }, (_, i) => i + 2).filter((n) => !seen.includes(n))
      // How much later in the film a picture is than when it was taken, and the same of the voice; ms.
      const late = seen.map((number, frame) => ((frame - number) * 1000) / 30 - person.phase)
      const lag = lagOf(reference, thinned(voice(person.seed, SECONDS)), 2)
      return { missing, late: late.slice(3, -3).sort((a, b) => a - b), sound: (lag?.seconds ?? Number.NaN) * 1000 }
    })
    for (const { missing } of report) expect(missing).toEqual([])
    const all = report.flatMap(({ late, sound }) => [...late, sound])
    expect(Math.max(...all) - Math.min(...all)).toBeLessThan(40)
    for (const [i, clock] of clocks.entries()) expect(Math.abs(clock - (PEOPLE[i]?.ahead ?? 0))).toBeLessThan(20)
    expect(told.at(-1)).toBe(100)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(vtt).toContain('00:00:03')
    expect(vtt).toContain('Dora: Can you hear me?')
    expect(await probe(film, 'format=duration')).toMatchObject({ format: { duration: expect.stringMatching(/^1[12]\./) } })
  }, 280_000)

  it('shows a card for who is away, and the broadcast where nobody has a track', async () => {
    const [first, second] = PEOPLE
    if (!first || !second) throw new Error('nobody is there')
    const away = (at: number) => at < 3 || (at >= 5 && at < 7)
    const files = [
      await broadcast(folder, PEOPLE, 8),
      await ownTracks(folder, first, 8, (at) => at < 3),
      await ownTracks(folder, second, 8, away),
    ]
    const { done, frames, numbers, said } = await rendered(files)
    expect(said).toBe('')
    expect(Math.abs(frames - 240)).toBeLessThanOrEqual(2)
    expect(done.people.map(({ shown, pictures }) => shown === pictures)).toEqual([true, true])
    // Their next keyframe is at 4 s; the second has none after 7 s.
    const near = (all: readonly number[], from: number, to: number) =>
      all.slice(from, to).every((number, i) => Math.abs(number - from - i) <= 1)
    expect(near(numbers(1, 0), 5, 115)).toBe(true)
    expect([near(numbers(2, 0), 125, 145), near(numbers(2, 1), 125, 145)]).toEqual([true, true])
    expect(near(numbers(2, 0), 160, 235)).toBe(true)
    expect(new Set(numbers(2, 1).slice(160, 235)).size).toBe(1)
  }, 280_000)

  it('is refused without a track', async () => {
    const file = await broadcast(folder, PEOPLE, 2)
    await expect(rendered([file])).rejects.toThrow('needs at least one')
  })

  it('is a command that leaves the film and what was said beside it, and nothing when it is stopped', async () => {
    const [first] = PEOPLE
    if (!first) throw new Error('nobody is there')
    const from = new Date(2026, 10, 21, 20, 15).getTime()
    const recording = {
      run: from,
      from,
      to: from + 3000,
      bytes: 1,
      kept: false,
      live: false,
      whole: true,
      pieces: [],
      captions: false,
      own: 1,
      alone: false,
    }
    const files = { 'broadcast tracks': await broadcast(folder, PEOPLE, 4), 'own tracks': await ownTracks(folder, first, 4) }
    const into = join(folder, 'films')
    mkdirSync(into)
    const run = (signal: AbortSignal, tell: (percent: number) => void = () => {}) =>
      remixCommand({
        words: ['Kitchen', '2026-11-21'],
        ...{ box: 'Kitchen', recordings: [recording], folder: into, height: 720, tell, signal },
        link: async (_, which) => `data:application/octet-stream;base64,${files[which].toString('base64')}`,
      })
    const stop = new AbortController()
    const stopped = run(stop.signal, (percent) => percent >= 10 && stop.abort(new Error('stopped')))
    await expect(stopped).rejects.toThrow('stopped')
    expect(readdirSync(into)).toEqual([])
    const done = await run(new AbortController().signal)
    expect(readdirSync(into).map((name) => name.replace(/^.*remix/, 'remix'))).toEqual(['remix.mp4', 'remix.vtt'])
    expect(await probe(done.film, 'stream=codec_name,width,height')).toMatchObject({
      streams: [{ codec_name: 'h264', width: 1280, height: 720 }, { codec_name: 'aac' }],
    })
  }, 280_000)
})

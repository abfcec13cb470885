// view-quality.test.ts — several renditions on the viewer's page: which is taken when, and that going from one to another leaves no hole.
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms, seconds } from '../../../src/lib/unit.ts'
import { Picking } from '../../../src/web/pages/view/picking.ts'
import { type Auto, newAuto, plays, stands, stood } from '../../../src/web/pages/view/quality.ts'
import { Switching } from '../../../src/web/pages/view/switching.ts'
import type { TrackPart } from '../../../src/wire/manifest.ts'
import { unit } from '../../broadcast/kit/coded.ts'
import { making } from '../../broadcast/kit/making.ts'

type Part = Pick<TrackPart, 'track' | 'segment' | 'firstOfSegment' | 'independent' | 'afterBreak' | 'start' | 'duration'>
const TICKS = 18_000
const [LARGE, SMALL] = [0, 10]
/** Part `i` of a program of ten parts a segment. */
const part = (track: number, i: number, change: Partial<Part> = {}): Part => ({
  track,
  segment: 1 + Math.floor(i / 10),
  firstOfSegment: i % 10 === 0,
  independent: i % 10 === 0,
  afterBreak: false,
  start: i * TICKS,
  duration: TICKS,
  ...change,
})

/** Parts as they come live: the small picture's some time behind the large one's. What was given, as `0:17` (track: part). */
function live(
  to: number,
  options: { wanted: (i: number) => number | null; small?: (i: number) => boolean; behind?: number; flows?: boolean },
) {
  const switching = new Switching<Part>(() => options.flows ?? false)
  const given: string[] = []
  const order: number[] = []
  const take = (each: Part, i: number): void => {
    for (const next of switching.take(each, options.wanted(i))) {
      given.push(`${next.track}:${next.start / TICKS}`)
      order.push(next.start)
    }
  }
  const behind = options.behind ?? 1
  for (let i = 0; i < to; i++) {
    take(part(LARGE, i), i)
    const late = i - behind
    if (late >= 0 && (options.small?.(late) ?? true)) take(part(SMALL, late), i)
  }
  const tracks = (track: number) => given.filter((each) => each.startsWith(`${track}:`)).map((each) => Number(each.split(':')[1]))
  return { given, order, tracks, switching }
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('parts of several renditions', () => {
  test('of one alone are given as they come', () => {
    const { given } = live(40, { wanted: () => LARGE, small: () => false })
    expect(given).toEqual(range(0, 40).map((i) => `0:${i}`))
  })
  test.each([1, 2])(
    'go down at a segment, and nothing of the large one is given that the small one has; it comes %i parts behind',
    (behind) => {
      const { order, tracks } = live(60, { wanted: (i) => (i < 24 ? LARGE : SMALL), behind })
      expect(tracks(LARGE)).toEqual(range(0, 30))
      expect(tracks(SMALL)).toEqual(range(30, 60 - behind))
      expect(order).toEqual([...order].sort((a, b) => a - b))
    },
  )
  test.each([1, 2])('go up at a segment, when all of the small one before has come; it comes %i parts behind', (behind) => {
    const { tracks, order } = live(60, { wanted: (i) => (i < 24 ? SMALL : LARGE), behind, flows: true })
    expect(tracks(SMALL)).toEqual(range(0, 30))
    expect(tracks(LARGE)).toEqual(range(30, 60))
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })
  test('one that is only just made is taken at the next segment: nothing that is on the screen is taken away again', () => {
    const { tracks } = live(60, { wanted: (i) => (i < 12 ? LARGE : SMALL), small: (i) => i >= 30 })
    expect(tracks(LARGE)).toEqual(range(0, 40))
    expect(tracks(SMALL)).toEqual(range(40, 59))
  })
  test('one that is wanted and ceases is not waited for long: the large one is played from the beginning of the segment', () => {
    const { tracks, order } = live(60, { wanted: () => SMALL, small: (i) => i < 30, flows: true })
    expect(tracks(SMALL)).toEqual(range(0, 30))
    expect(tracks(LARGE)).toEqual(range(30, 60))
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })
  test('one that ceased in the middle of a segment leaves a hole there, and no more', () => {
    const { tracks } = live(60, { wanted: () => SMALL, small: (i) => i < 26, flows: true })
    expect(tracks(SMALL)).toEqual(range(0, 26))
    expect(tracks(LARGE)).toEqual(range(30, 60))
  })
  test('after a break of all they go on with the one that is wanted', () => {
    const switching = new Switching<Part>()
    const given: string[] = []
    const broken = (track: number, i: number) => part(track, i, { start: i * TICKS + 5_000_000, afterBreak: i === 20 })
    for (let i = 0; i < 40; i++)
      for (const track of [LARGE, SMALL])
        for (const next of switching.take(i < 20 ? part(track, i) : broken(track, i), i < 15 ? LARGE : SMALL))
          given.push(`${next.track}:${i}`)
    expect(given.filter((each) => each.startsWith('0:')).length).toBe(20)
    expect(given.filter((each) => each.startsWith('10:')).length).toBe(20)
  })
  test('who comes in the middle of a segment waits for the next, and a missing beginning is passed over', () => {
    const switching = new Switching<Part>()
    const given = range(4, 45)
      .flatMap((i) => (i === 20 ? [] : switching.take(part(LARGE, i), LARGE)))
      .map(({ start }) => start / TICKS)
    expect(given).toEqual([...range(10, 20), ...range(30, 45)])
  })
  test('nothing is given where nothing is wanted', () => {
    expect(live(30, { wanted: () => null }).given).toEqual([])
  })
})

describe('the picture that the line carries', () => {
  const at = (auto: Auto, ...times: readonly number[]): Auto => times.reduce((state, time) => stood(state, time * 1000, 3), auto)
  /** Plays well from one second to another. */
  const well = (auto: Auto, from: number, to: number): Auto => range(from * 10, to * 10).reduce((state, i) => plays(state, i * 100), auto)

  test('is the best one, until that stands still twice in half a minute', () => {
    const auto = newAuto(0)
    expect(at(auto, 10).down).toBe(0)
    expect(at(auto, 10, 60, 100).down).toBe(0)
    expect(at(auto, 10, 12).down).toBe(1)
    expect(at(auto, 10, 12, 14).down).toBe(1)
    expect(at(auto, 10, 12, 14, 16).down).toBe(2)
    expect(at(auto, 10, 12, 14, 16, 18, 20).down).toBe(2)
  })
  test('is a smaller one, too, when it stands still for more than two seconds', () => {
    const once = at(newAuto(0), 10)
    expect(stands(once, 11_900, 3).down).toBe(0)
    const down = stands(once, 12_000, 3)
    expect(down.down).toBe(1)
    expect(stands(down, 20_000, 3).down).toBe(1)
    expect(stands(newAuto(0), 20_000, 3).down).toBe(0)
  })
  test('is a better one again after a calm half minute, one step at a time', () => {
    const low = at(newAuto(0), 1, 2, 3, 4)
    expect(low.down).toBe(2)
    expect(well(low, 5, 35).down).toBe(2)
    expect(well(low, 5, 41).down).toBe(1)
    expect(well(low, 5, 80).down).toBe(0)
  })
  test('that was too much is left at the first standstill, and tried again after twice the time, up to ten minutes', () => {
    let auto = at(newAuto(0), 1, 2)
    let now = 2
    for (const rest of [30, 60, 120, 240, 480, 600, 600]) {
      const begun = now
      while (auto.down > 0 && now < begun + 1000) auto = plays(auto, ++now * 1000)
      expect(now - begun).toBeGreaterThanOrEqual(rest)
      expect(now - begun).toBeLessThan(rest + 10)
      now += 3
      auto = stood(auto, now * 1000, 3)
      expect(auto.down).toBe(1)
    }
  })
  test('that went well for a while is kept, and a line that became good is not held against later', () => {
    let auto = at(newAuto(0), 1, 2)
    auto = well(auto, 3, 60)
    expect(auto).toMatchObject({ down: 0, up: null, rest: 30_000 })
    expect(at(auto, 61).down).toBe(0)
  })
  test('is never a step below the least, nor one of a single', () => {
    expect(stood(stood(newAuto(0), 1000, 1), 2000, 1).down).toBe(0)
  })
})

test('who chose a picture keeps it, and asks for it by name', async () => {
  const clock = new FakeClock()
  const { program, live: go } = making({
    tracks: [
      { kind: 'video', track: LARGE, name: 'v0', form: 'annex b', bandwidth: 3_000_000 },
      { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 0, bandwidth: 96_000 },
      { kind: 'video', track: SMALL, name: 'v3', form: 'annex b', bandwidth: 150_000 },
    ],
  })
  const first = { pts: 0, bytes: unit(0, true) }
  const inits = [...go(1), ...program.take(SMALL, first)].flatMap(({ entry }) => entry.inits)
  for (let i = 1; i < 6; i++)
    inits.push(...program.take(SMALL, { pts: Math.round((i * 1e9) / 30), bytes: unit(i, false) }).flatMap(({ entry }) => entry.inits))
  const picking = new Picking({
    inits: () => inits.filter(({ track }, i) => inits.findIndex((each) => each.track === track) === i),
    canPlay: () => true,
    clock,
  })
  expect(picking.renditions.map(({ name }) => name)).toEqual(['v0', 'v3'])
  expect(picking.wants).toEqual(['v0'])
  picking.stood()
  await clock.advance(ms(100))
  picking.stood()
  expect(picking.wants).toEqual(['v3'])
  expect([LARGE, SMALL, 77, null].map((track) => picking.smallerThan(track))).toEqual([SMALL, null, null, null])
  await clock.advance(seconds(60))
  picking.plays()
  expect(picking.chosen.video).toBe(LARGE)
  expect(picking.smallerThan(SMALL)).toBeNull()
  picking.late()
  expect(picking.chosen.video).toBe(SMALL)
  await clock.advance(seconds(200))
  picking.plays()
  picking.choice = SMALL
  for (let i = 0; i < 5; i++) picking.stood()
  expect(picking.wants).toEqual(['v3'])
  picking.choice = 'auto'
  expect(picking.chosen.video).toBe(LARGE)
})

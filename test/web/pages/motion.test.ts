// motion.test.ts — whether the picture of the viewer's page moves, and where it begins after a jump.
import { expect, test } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import { landing } from '../../../src/web/pages/view/landing.ts'
import { Motion, TICK } from '../../../src/web/pages/view/motion.ts'
import type { Screen } from '../../../src/web/pages/view/screen.ts'
import { EPOCH, emptyTimeline, place } from '../../../src/web/pages/view/timeline.ts'

/** Seconds that have arrived. */
const ranges = (...all: ReadonlyArray<readonly [from: number, to: number]>) => ({
  length: all.length,
  start: (i: number) => all[i]?.[0] ?? 0,
  end: (i: number) => all[i]?.[1] ?? 0,
})

test('live begins a little before the newest, when enough or all is there', () => {
  expect(landing('newest', ranges(), emptyTimeline, true, 0.15)).toBe(null)
  expect(landing('newest', ranges([1000, 1002]), emptyTimeline, false, 0.15)).toBe(null)
  expect(landing('newest', ranges([1000, 1002]), emptyTimeline, true, 0.15)).toBeCloseTo(1001.85)
  expect(landing('newest', ranges([1000, 1016]), emptyTimeline, false, 0.15)).toBeCloseTo(1015.85)
  expect(landing('newest', ranges([1000, 1010], [1012, 1012.1]), emptyTimeline, true, 0.15)).toBe(1012)
})

test('a time of day begins where it is, waits until it is there, and is never outside of what there is', () => {
  const part = { at: 5_000_000, start: 0, duration: 90_000 } as Parameters<typeof place>[1]
  const { line } = place(emptyTimeline, part, 1, 90_000)
  const [here, later] = [ranges([EPOCH, EPOCH + 4]), 5_000_000 + 6000]
  expect(landing(5_002_000, here, line, false, 1)).toBe(EPOCH + 2)
  expect(landing(4_000_000, here, line, false, 1)).toBe(EPOCH + 0.01)
  expect(landing(later, here, line, false, 1)).toBe(null)
  expect(landing(later, here, line, true, 1)).toBeCloseTo(EPOCH + 3.9)
})

/** A picture of `[from, to]` seconds that moves when it is told to. */
async function watched(...all: ReadonlyArray<readonly [from: number, to: number]>) {
  const clock = new FakeClock()
  const video = { currentTime: all[0]?.[0] ?? 0, playbackRate: 1, readyState: 4, seeking: false, HAVE_CURRENT_DATA: 2 }
  const screen = {
    video: video as unknown as HTMLVideoElement,
    endFrom: (second: number) => all.find(([from, to]) => from <= second && second < to)?.[1] ?? second,
    after: (second: number) => all.find(([from]) => from > second)?.[0] ?? null,
  } satisfies Pick<Screen, 'video' | 'endFrom' | 'after'>
  const motion = new Motion(screen, clock)
  motion.begin()
  /** @param rate how fast it moves  @returns what each look has shown, each once */
  const play = async (times: number, rate: number, isAtEnd = false) => {
    const seen = new Set<string>()
    for (let i = 0; i < times; i++) {
      await clock.advance(TICK)
      video.currentTime += (TICK / 1000) * rate
      seen.add(motion.look(() => isAtEnd))
    }
    return [...seen]
  }
  return { video, motion, play }
}

test('a picture that stands still is counted once, and waits until it moves', async () => {
  const { motion, play } = await watched([10, 100])
  expect(await play(5, 1)).toEqual(['moves'])
  expect(motion.hasPicture).toBe(true)
  const { back } = motion
  expect(await play(10, 0)).toEqual(['stands', 'stood'])
  expect([motion.isWaiting, motion.stalls]).toEqual([true, 1])
  expect(motion.back).toBeGreaterThan(back)
  await play(1, 1)
  expect([motion.isWaiting, motion.stalls]).toEqual([false, 1])
})

test('at its end it stands still and is not waiting', async () => {
  const { motion, play } = await watched([10, 12])
  await play(5, 1)
  expect(await play(10, 0, true)).toEqual(['stands'])
  expect([motion.isWaiting, motion.stalls]).toEqual([false, 0])
})

test('before a gap it goes on behind the gap', async () => {
  const { video, play } = await watched([10, 10.3], [12, 20])
  await play(5, 1)
  await play(10, 0)
  expect(video.currentTime).toBeCloseTo(12.01)
})

test('a jump to right before a gap never ends: it goes on behind the gap, and that is no standstill', async () => {
  const { video, motion, play } = await watched([10, 10.2], [12, 20])
  video.seeking = true
  await play(15, 0)
  expect(video.currentTime).toBe(10)
  await play(10, 0)
  expect([video.currentTime, motion.stalls]).toEqual([expect.closeTo(12.01), 0])
})

test('a jump that never ends is begun anew', async () => {
  const { video, play } = await watched([10, 100])
  video.seeking = true
  expect(await play(110, 0)).not.toContain('stuck')
  expect(await play(20, 0)).toContain('stuck')
})

test('after long it is stuck', async () => {
  const { play } = await watched([10, 100])
  await play(5, 1)
  expect(await play(110, 0)).not.toContain('stuck')
  expect(await play(20, 0)).toContain('stuck')
})

test('with more ahead than it needs it plays a little faster, and far behind it jumps', async () => {
  const near = await watched([10, 13.5])
  await near.play(60, 1)
  near.motion.keepPace()
  expect(near.video.playbackRate).toBeGreaterThan(1)
  const far = await watched([10, 100])
  await far.play(30, 1)
  far.motion.keepPace()
  expect(far.video.currentTime).toBeGreaterThan(90)
})

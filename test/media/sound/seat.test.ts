// seat.test.ts — a voice between the network's pace and ours: never a click, never far behind.
import { describe, expect, test } from 'vitest'
import { SeatQueue } from '../../../src/media/sound/seat.ts'
import { noiseFrom } from '../../fake/dice.ts'
import { biggestJump, sine, tone } from './wave.ts'

const HERTZ = 440
const PEAK = 0.5
/** A wave of that height never moves further than this from one sample to the next; fades of 1 ms add a little. */
const SMOOTH = 2 * Math.PI * (HERTZ / 48_000) * PEAK + PEAK / 45

/** A sender that gives packets of 20 ms; `arrives` says when the n-th comes, in turns of 10 ms. */
function talk(seat: SeatQueue, turns: number, arrives: (packet: number) => number, at?: (turn: number) => void): Float32Array {
  const heard = new Float32Array(turns * 480)
  let packet = 0
  for (let turn = 0; turn < turns; turn++) {
    for (; arrives(packet) <= turn; packet++)
      seat.write(sine(HERTZ, 960, { from: packet * 960, peak: PEAK }), Math.min(1, Math.max(0, arrives(packet) - turn + 1)))
    at?.(turn)
    const mix = new Float32Array(480)
    seat.mixInto(mix)
    heard.set(mix, turn * 480)
  }
  return heard
}

test('a voice comes through whole, within 20 ms, and comes in without a click', () => {
  const seat = new SeatQueue()
  const heard = talk(seat, 300, (n) => n * 2)
  expect(heard.findIndex((x) => x !== 0)).toBeLessThan(0.02 * 48_000)
  expect(tone(heard.subarray(24_000, 28_800), HERTZ)).toBeCloseTo(PEAK, 2)
  expect(biggestJump(heard)).toBeLessThan(SMOOTH)
  expect(seat.dry).toBe(0)
})

test('two voices are added', () => {
  const [a, b] = [new SeatQueue(), new SeatQueue()]
  const heard: number[] = []
  for (let turn = 0; turn < 200; turn++) {
    a.write(sine(440, 480, { from: turn * 480, peak: 0.2 }), 0.3)
    b.write(sine(1000, 480, { from: turn * 480, peak: 0.3 }), 0.3)
    const mix = new Float32Array(480)
    a.mixInto(mix)
    b.mixInto(mix)
    heard.push(...mix)
  }
  expect(tone(heard.slice(48_000, 52_800), 440)).toBeCloseTo(0.2, 2)
  expect(tone(heard.slice(48_000, 52_800), 1000)).toBeCloseTo(0.3, 2)
  expect(a.level()).toBeCloseTo(20 * Math.log10(0.2 / Math.SQRT2), 0)
})

test('a voice that leaves in the middle of a wave leaves without a click, and what it said is not heard later', () => {
  const seat = new SeatQueue()
  const heard = talk(
    seat,
    200,
    (n) => (n < 50 ? n * 2 : Number.POSITIVE_INFINITY),
    (turn) => turn === 97 && seat.clear(),
  )
  expect(biggestJump(heard)).toBeLessThan(SMOOTH)
  expect(Math.max(...heard.subarray(105 * 480))).toBe(0)
})

test('a network that stops for 100 ms is heard as a fade, not a click, and the next time there is more in hand', () => {
  const seat = new SeatQueue()
  const pause = (n: number): number => (n < 50 ? n * 2 : Math.max(n * 2, 110))
  const heard = talk(seat, 400, pause)
  expect(seat.dry).toBe(1)
  expect(biggestJump(heard)).toBeLessThan(SMOOTH)
  expect(tone(heard.subarray(150 * 480, 160 * 480), HERTZ)).toBeGreaterThan(PEAK * 0.9)
})

describe('the sender’s clock is followed', () => {
  for (const drift of [-200e-6, 200e-6])
    test(`${Math.round(drift * 1e6)} millionths for a minute and a half: nothing runs dry, nothing piles up`, { timeout: 60_000 }, () => {
      const seat = new SeatQueue()
      const heard = talk(seat, 9000, (n) => (n * 2) / (1 + drift))
      expect(seat.dry).toBe(0)
      expect(seat.dropped).toBe(0)
      expect(biggestJump(heard.subarray(4800))).toBeLessThan(SMOOTH)
    })
})

test('jitter of 30 ms costs some delay and, once learnt, nothing else', { timeout: 60_000 }, () => {
  const seat = new SeatQueue()
  const chance = noiseFrom(7)
  const late = Array.from({ length: 3100 }, () => Math.abs(chance()) * 3)
  talk(seat, 3000, (n) => n * 2 + (late[n] ?? 0))
  const learnt = seat.dry
  expect(learnt).toBeLessThan(8)
  talk(seat, 3000, (n) => n * 2 + (late[n] ?? 0))
  expect(seat.dry - learnt).toBeLessThanOrEqual(2)
})

test('a flood is cut to the newest, and never more than half a second waits', () => {
  const seat = new SeatQueue()
  for (let i = 0; i < 1000; i++) seat.write(sine(HERTZ, 960, { from: i * 960 }), 0)
  const heard: number[] = []
  for (let turn = 0; turn < 100; turn++) {
    const mix = new Float32Array(480)
    seat.mixInto(mix)
    heard.push(...mix)
  }
  expect(heard.slice(60 * 480).every((x) => x === 0)).toBe(true)
})

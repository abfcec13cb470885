// steady.test.ts — the mix at the pace of the machine's clock, whatever the microphone's clock does.
import { expect, test } from 'vitest'
import { Steady } from '../../../../src/media/sound/program/steady.ts'
import { chances } from '../../../fake/dice.ts'
import { sine } from '../wave.ts'

/** Turns for so many seconds of the machine's clock, with a microphone that is so many millionths too fast. Gives how far ahead it was, least and most, ms. */
function run(steady: Steady, seconds: number, millionths: number, late: () => number): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const frame = sine(440, 480)
  const pace = 10 / (1 + millionths / 1e6)
  for (let turn = 0; turn * pace < seconds * 1000; turn++) {
    const at = turn * pace + late()
    if (steady.turn(frame, at) === 'lost') return [Number.NaN, Number.NaN]
    const ahead = steady.ahead(at) / 48
    least = Math.min(least, ahead)
    most = Math.max(most, ahead)
  }
  return [least, most]
}

// Without resampling 150 millionths are 18 ms in these two minutes, and go on.
test.each([0, 40, 150, -150])('a microphone that is %i millionths off stays with the clock, however late its turns come', (millionths) => {
  const chance = chances(7)
  const [least, most] = run(new Steady(), 120, millionths, () => chance() * 3)
  expect(most - least).toBeLessThan(10)
})

test('in step, samples come as they are, but for the few that wait for their neighbours', () => {
  const steady = new Steady()
  const frame = sine(440, 480)
  const made = steady.turn(frame, 0)
  expect(made).toEqual({ silence: 0, count: 464 })
  expect([...steady.samples.subarray(0, 464)]).toEqual([...frame.subarray(0, 464)])
  expect(steady.turn(frame, 10)).toEqual({ silence: 0, count: 480 })
})

test('what a stall swallowed is made up with silence, and time goes on where it should', () => {
  const steady = new Steady()
  const frame = sine(440, 480)
  for (let at = 0; at < 5000; at += 10) steady.turn(frame, at)
  let silence = 0
  for (let at = 5500; at < 8000; at += 10) {
    const made = steady.turn(frame, at)
    if (made === 'lost') throw new Error('lost')
    silence += made.silence
  }
  expect(silence / 48).toBeGreaterThan(480)
  expect(silence / 48).toBeLessThan(520)
  expect(Math.abs(steady.ahead(7990) / 48 - 10)).toBeLessThan(10)
})

test('frames that were only late are not missed: nothing is made up for a pause that is caught up with', () => {
  const steady = new Steady()
  const frame = sine(440, 480)
  for (let at = 0; at < 1000; at += 10) steady.turn(frame, at)
  for (let i = 0; i < 21; i++) expect(steady.turn(frame, 1200)).toMatchObject({ silence: 0 })
  for (let at = 1210; at < 2000; at += 10) expect(steady.turn(frame, at)).toMatchObject({ silence: 0 })
  expect(Math.abs(steady.ahead(1990) / 48 - 10)).toBeLessThan(3)
})

test('too much of it is left out', () => {
  const steady = new Steady()
  const frame = sine(440, 480)
  for (let at = 0; at < 1000; at += 10) steady.turn(frame, at)
  for (let i = 0; i < 30; i++) steady.turn(frame, 1000)
  for (let at = 1010; at < 3000; at += 10) steady.turn(frame, at)
  expect(Math.abs(steady.ahead(2990) / 48 - 10)).toBeLessThan(22)
})

test('after seconds without a turn it is another stream', () => {
  const steady = new Steady()
  steady.turn(sine(440, 480), 0)
  expect(steady.turn(sine(440, 480), 2500)).toBe('lost')
})

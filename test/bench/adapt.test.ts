// What the bench of bad lines reads from all that passed one.
import { describe, expect, test } from 'vitest'
import { END, longestPause, type Record, resultOf, settledAfter } from '../../bench/adapt/course.ts'
import type { Passage } from '../e2e/net/cable.ts'

const START = 1_000_000

/** A packet of 1250 bytes every ten milliseconds, a megabit a second, that waits as long as is said. */
function record(waits: (at: number) => Passage['waited']): Record {
  const passages: Passage[] = []
  const shown: number[] = []
  for (let at = 0; at < END; at += 10) passages.push({ way: 'there', at: START + at, waited: waits(at), bytes: 1250 })
  for (let at = 0; at < END; at += 100) shown.push(START + at)
  return { start: START, passages, shown }
}

describe('a course', () => {
  test('gives rate, delay and shares of the line', () => {
    const { rate, delay, used, usedNarrow, regained, lost, settled, freeze } = resultOf(record(() => 20))
    expect([rate, delay, lost, settled, freeze]).toEqual([1000, 20, 0, 0, 100])
    for (const [share, line] of [
      [used, 1500],
      [usedNarrow, 600],
      [regained, 1500],
    ] as const)
      expect(share).toBeCloseTo(1000 / line, 5)
  })

  test('counts what had no room as lost, not as rate or delay', () => {
    const { rate, delay, lost } = resultOf(record((at) => (at % 100 === 0 ? 'over' : 10)))
    expect(rate).toBeCloseTo(900, 0)
    expect(delay).toBe(10)
    expect(lost).toBeCloseTo(10, 0)
  })

  test('knows nothing of the way back', () => {
    const { start, passages, shown } = record(() => 5)
    const back = passages.map((passage) => ({ ...passage, way: 'back' as const, waited: 300 }))
    expect(resultOf({ start, passages: [...passages, ...back], shown })).toEqual(resultOf({ start, passages, shown }))
  })
})

describe('a line that got narrow', () => {
  const queue = (long: (at: number) => boolean) => Array.from({ length: 1000 }, (_, i) => ({ at: i * 10, waited: long(i * 10) ? 250 : 30 }))
  test('is settled when its queue is short and stays so for two seconds', () => {
    expect(
      settledAfter(
        queue((at) => at < 1500),
        0,
        10_000,
      ),
    ).toBeCloseTo(1400, -2)
    expect(
      settledAfter(
        queue((at) => at < 1500 || (at > 2500 && at < 3000)),
        0,
        10_000,
      ),
    ).toBeGreaterThan(2800)
  })
  test('is never settled when it never is', () =>
    expect(
      settledAfter(
        queue(() => true),
        0,
        10_000,
      ),
    ).toBe(10_000))
  test('and one that nothing passes is not settled either', () => expect(settledAfter([], 0, 10_000)).toBe(10_000))
})

test('the longest pause counts from the beginning and up to the end', () => {
  expect(longestPause([100, 200, 700, 800], 0, 1000)).toBe(500)
  expect(longestPause([400], 0, 1000)).toBe(600)
  expect(longestPause([], 0, 1000)).toBe(1000)
})

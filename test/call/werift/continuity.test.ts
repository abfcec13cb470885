// A worker may die and come back: what goes out stays one stream.
import { expect, test } from 'vitest'
import { Continuity } from '../../../src/call/werift/continuity.ts'

const run = (continuity: Continuity, ssrc: number, sequence: number, timestamp: number, now: number) => {
  continuity.next(ssrc, sequence, timestamp, now)
  return { sequence: continuity.sequence, timestamp: continuity.timestamp }
}
const step = (a: number, b: number) => (b - a) & 0xffff
const passed = (a: number, b: number) => (b - a) >>> 0

test('a stream keeps its steps, over both wraps', () => {
  const continuity = new Continuity(90_000)
  let last = run(continuity, 1, 65_534, 0xffffff00, 0)
  for (let i = 1; i < 10; i++) {
    const next = run(continuity, 1, (65_534 + i) & 0xffff, (0xffffff00 + i * 3000) >>> 0, i * 33)
    expect([step(last.sequence, next.sequence), passed(last.timestamp, next.timestamp)]).toEqual([1, 3000])
    last = next
  }
})

test('a new worker goes on where the old one stopped, with the time moved on by the clock', () => {
  const continuity = new Continuity(90_000)
  const last = run(continuity, 1, 500, 90_000, 1000)
  const next = run(continuity, 2, 40_000, 777, 1500)
  expect([step(last.sequence, next.sequence), passed(last.timestamp, next.timestamp)]).toEqual([1, 45_000])
  const after = run(continuity, 2, 40_001, 777 + 3000, 1533)
  expect([step(next.sequence, after.sequence), passed(next.timestamp, after.timestamp)]).toEqual([1, 3000])
})

test('a worker that comes back under the same SSRC is noticed by its leap', () => {
  const continuity = new Continuity(48_000)
  const last = run(continuity, 9, 100, 0, 0)
  const next = run(continuity, 9, 50_000, 123_456_789, 20)
  expect([step(last.sequence, next.sequence), passed(last.timestamp, next.timestamp)]).toEqual([1, 960])
})

test('loss and disorder stay what they are', () => {
  const continuity = new Continuity(90_000)
  const first = run(continuity, 1, 10, 0, 0)
  const third = run(continuity, 1, 12, 6000, 66)
  const second = run(continuity, 1, 11, 3000, 67)
  const fourth = run(continuity, 1, 13, 9000, 99)
  expect([third, second, fourth].map(({ sequence }) => step(first.sequence, sequence))).toEqual([2, 1, 3])
  expect([third, second, fourth].map(({ timestamp }) => passed(first.timestamp, timestamp))).toEqual([6000, 3000, 9000])
})

test('time never stands still between two workers, even within one millisecond', () => {
  const continuity = new Continuity(90_000)
  const last = run(continuity, 1, 1, 1, 5)
  const next = run(continuity, 2, 1, 1, 5)
  expect(passed(last.timestamp, next.timestamp)).toBe(1)
})

test('streams begin at numbers that nobody can guess (RFC 3550 §5.1)', () => {
  const begun = new Set(Array.from({ length: 20 }, () => run(new Continuity(90_000), 1, 1, 1, 1).timestamp))
  expect(begun.size).toBeGreaterThan(15)
})

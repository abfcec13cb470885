import { expect, test } from 'vitest'
import { faultsOf } from '../../bench/soak/check.ts'
import { trendOf, trendsOf } from '../../bench/trend.ts'
import { chances } from '../fake/dice.ts'

const line = (minutes: number, valueAt: (hours: number) => number) =>
  Array.from({ length: Math.floor(minutes * 1.5) }, (_, i) => ({ at: i / 90, value: valueAt(i / 90) }))

test('the slope of a straight line is told exactly', () => {
  expect(trendOf(line(20, (hours) => 80 + 3 * hours)).slope).toBeCloseTo(3)
  expect(trendOf(line(20, () => 80))).toEqual({ slope: 0, error: 0 })
})

test('of noise a short run is not sure, and a long one is', () => {
  const random = chances(7)
  const noisy = (slope: number) => (hours: number) => 80 + slope * hours + 4 * (random() - 0.5)
  expect(trendOf(line(20, noisy(0))).error).toBeGreaterThan(1)
  const long = trendOf(line(360, noisy(0)))
  expect(long.error).toBeLessThan(0.1)
  expect(Math.abs(long.slope)).toBeLessThan(4 * long.error)
  expect(trendOf([])).toEqual({ slope: 0, error: Number.POSITIVE_INFINITY })
})

test('each of several has a slope of its own, also where it is missing at times', () => {
  const samples = line(20, (hours) => 50 + 2 * hours).map(({ at, value }, i) => ({
    at,
    values: { daemon: value, ...(i % 3 > 0 && { sound: 90 - at }) },
  }))
  const { daemon, sound } = trendsOf(samples)
  expect([daemon?.slope, sound?.slope]).toEqual([expect.closeTo(2), expect.closeTo(-1)])
  expect(trendsOf([])).toEqual({})
})

test('a box that grows is told apart from one that breathes', () => {
  const held = [1, 2, 3, 4].map((n) => ({ at: n / 90, values: { daemon: 80 }, files: 40 + (n % 3), timers: 9 }))
  const workers = { screen: { slope: 0, error: 0.1 }, sound: { slope: 30, error: 20 } }
  expect(faultsOf({ joins: 4, rss: { slope: 5, error: 4 }, workers, held })).toEqual([])
  const worse = held.map((one, n) => ({ ...one, files: 40 + 2 * n, timers: 9 + 2 * n }))
  const leaks = { ...workers, sound: { slope: 30, error: 2 } }
  expect(faultsOf({ joins: 4, rss: { slope: 5, error: 0.5 }, workers: leaks, held: worse })).toEqual([
    'memory grows by 5.0 MB an hour',
    'memory of the worker for sound grows by 30.0 MB an hour',
    'the number of open files goes up and down by 6',
    'the number of timers goes up and down by 6',
  ])
})

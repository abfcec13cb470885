// figure.test.ts — medians, percentiles and ratios of the bench.
import { describe, expect, test } from 'vitest'
import { figureOf, median, percentile, ratioOf, rounded } from '../../bench/figure.ts'

describe('a median', () => {
  test('is the middle of an odd number of runs, in whatever order they came', () => expect(median([9, 1, 5])).toBe(5))
  test('lies between the two middle ones of an even number', () => expect(median([4, 1, 2, 9])).toBe(3))
  test('does not reorder what it was given', () => {
    const runs = [3, 1, 2]
    median(runs)
    expect(runs).toEqual([3, 1, 2])
  })
  test('of nothing is a bug, not a NaN', () => expect(() => median([])).toThrow('a percentile of nothing'))
})

test('a percentile lies on the line between its neighbours', () => {
  expect(percentile([0, 10, 20, 30, 40], 0.95)).toBeCloseTo(38)
  expect(percentile([7], 0.95)).toBe(7)
})

describe('a ratio', () => {
  test('is against the fastest peer where less is better', () => expect(ratioOf(30, [20, 60], 'less')).toBe(1.5))
  test('is against the strongest peer where more is better', () => expect(ratioOf(45, [15, 9], 'more')).toBe(3))
  test('is unknown without peers, and against a peer of nothing', () => {
    expect(ratioOf(30, [], 'less')).toBeNull()
    expect(ratioOf(30, [0], 'less')).toBeNull()
  })
})

test('a figure keeps every run and compares the medians', () => {
  expect(figureOf('first frame', 'ms', 'less', [130, 90, 110], { pair: [100, 80, 120] })).toEqual({
    figure: 'first frame',
    unit: 'ms',
    ours: 110,
    peers: { pair: 100 },
    ratio: 1.1,
    runs: { ours: [130, 90, 110], pair: [100, 80, 120] },
  })
})

test('numbers are shown with three digits', () => {
  expect([1234.56, 12.345, 0.012345, 0].map(rounded)).toEqual([1235, 12.3, 0.0123, 0])
})

import { describe, expect, it } from 'vitest'
import { beat, patienceAfter, pause, tick, unborn, verdict, type Watch } from '../../src/media/watch.ts'

/** A worker that beats once per tick with these counters. */
const living = (...counters: Array<[number, number]>): Watch =>
  counters.reduce((watch, [entered, out]) => beat(tick(watch), { in: entered, out }), unborn)
const times = (n: number, watch: Watch): Watch => (n === 0 ? watch : times(n - 1, tick(watch)))

describe('a watched worker', () => {
  it('is well while it beats and what goes in comes out', () => {
    expect(verdict(living([1, 1], [8, 7], [16, 15], [24, 22], [31, 30], [40, 38], [47, 46]))).toBe('well')
  })
  it('is well while nothing goes in, for as long as you like', () => {
    expect(verdict(living(...Array.from({ length: 50 }, (): [number, number] => [7, 7])))).toBe('well')
  })
  const grown = living([1, 1], [2, 2], [3, 3], [4, 4])
  it('is hung after a second without a heartbeat', () => {
    expect(verdict(times(4, grown))).toBe('well')
    expect(verdict(times(5, grown))).toBe('hung')
  })
  it('is given more time, to be silent and to give nothing, when it has fallen again and again', () => {
    expect([0, 1, 2, 3, 4, 50].map(patienceAfter)).toEqual([1, 1, 2, 4, 8, 8])
    expect(verdict(times(8, grown), 2)).toBe('well')
    expect(verdict(times(9, grown), 2)).toBe('hung')
    const stuck = (rounds: number) => living([5, 5], ...Array.from({ length: rounds }, (_, i): [number, number] => [6 + i, 5]))
    expect(verdict(stuck(8), 2)).toBe('well')
    expect(verdict(stuck(9), 2)).toBe('stalled')
    expect(verdict(stuck(9), 8)).toBe('stalled')
  })
  it('may be silent for longer at its beginning, while it builds its first pipelines', () => {
    const young = living([0, 0], [0, 0], [1, 0])
    expect(verdict(times(40, young))).toBe('well')
    expect(verdict(times(41, young))).toBe('hung')
  })
  it('may take ten seconds to be born, and not longer', () => {
    expect(verdict(times(40, unborn))).toBe('well')
    expect(verdict(times(41, unborn))).toBe('hung')
  })
  it('is stalled when for a second more went in and nothing came out', () => {
    expect(verdict(living([5, 5], [10, 5], [15, 5], [20, 5], [25, 5]))).toBe('well')
    expect(verdict(living([5, 5], [10, 5], [15, 5], [20, 5], [25, 5], [30, 5]))).toBe('stalled')
  })
  it('is not stalled by the first things that go in after a long rest', () => {
    const rested = Array.from({ length: 20 }, (): [number, number] => [5, 5])
    expect(verdict(living(...rested, [9, 5], [14, 5]))).toBe('well')
  })
  it('is found out although its source gives only two frames a second', () => {
    const slow = Array.from({ length: 8 }, (_, i): [number, number] => [1 + Math.floor(i / 2), 1])
    expect(verdict(living(...slow))).toBe('well')
    expect(verdict(living(...slow, [5, 1]))).toBe('stalled')
  })
  it('owes nothing any more when what went in stopped', () => {
    expect(verdict(living([5, 5], [10, 5], [10, 5], [10, 5], [10, 5], [10, 5], [10, 5], [11, 5]))).toBe('well')
  })
})

it('waits not at all after the first fall, then longer and longer, but never more than five seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map(pause)).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
})

import { expect, it } from 'vitest'
import { WallTime } from '../../src/broadcast/program/wall.ts'

/** Two hours of frames through a delay that wobbles, under a wall clock of its own rate. Gives the worst error after the first minute, ms. */
function worst(rate: number, step: (ms: number) => number = () => 0): { worst: number; highest: number } {
  let now = 0
  const wall = new WallTime(() => now)
  let [error, jump, before] = [0, 0, 0]
  for (let i = 0; i < 2 * 3600 * 30; i++) {
    const at = (i * 1000) / 30
    const truth = 1_795_000_000_000 + at * rate + step(at)
    now = truth + 20 + ((i * 7919) % 30)
    wall.heard(at * 1e6)
    const told = wall.of(at * 1e6)
    if (at > 60_000) {
      error = Math.max(error, Math.abs(told - truth - 20))
      jump = Math.max(jump, Math.abs(told - before - 1000 / 30))
    }
    before = told
  }
  return { worst: error, highest: jump }
}

it('the least late frames tell the time, and two clocks that run apart are followed without a jump', () => {
  for (const rate of [1, 1.0001, 0.9999]) {
    const { worst: error, highest } = worst(rate)
    expect(error).toBeLessThan(5)
    expect(highest).toBeLessThan(0.2)
  }
})
it('a box that learns the date late is believed soon after', () => {
  let now = 5000
  const wall = new WallTime(() => now)
  for (let i = 0; i < 3000; i++) {
    now = (i < 600 ? 5000 : 1_795_000_000_000) + i * 40
    wall.heard(i * 40e6)
  }
  expect(Math.abs(wall.of(2999 * 40e6) - now)).toBeLessThan(1)
})
it('a clock of the encoder that begins again is another clock', () => {
  let now = 1000
  const wall = new WallTime(() => now)
  wall.heard(900e9)
  now = 2000
  wall.heard(0)
  expect(wall.of(1e9)).toBe(3000)
})
it('frames that come late at the beginning are forgotten within a second where that is wanted, and the time of each is after the one before', () => {
  let now = 0
  const wall = new WallTime(() => now, 5)
  let before = Number.NEGATIVE_INFINITY
  for (let i = 0; i < 45; i++) {
    const at = (i * 1000) / 30
    now = 1_795_000_000_000 + at + 20 + Math.max(0, 180 - i * 30)
    wall.heard(at * 1e6)
    const told = wall.of(at * 1e6)
    expect(told).toBeGreaterThan(before)
    before = told
  }
  expect(before).toBeCloseTo(1_795_000_000_000 + (44 * 1000) / 30 + 20, 0)
})

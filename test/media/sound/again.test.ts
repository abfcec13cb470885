import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Again, pauseBefore } from '../../../src/media/sound/again.ts'

let tries = 0
const again = () => new Again(() => tries++)
beforeEach(() => {
  tries = 0
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('waits half a second, then longer and longer, and never more than five minutes', () => {
  expect([0, 1, 2, 3, 9, 10, 500].map(pauseBefore)).toEqual([500, 1000, 2000, 4000, 256_000, 300_000, 300_000])
})

it('tries a device again, each time later', () => {
  const device = again()
  for (const pause of [500, 1000, 2000]) {
    device.lost()
    vi.advanceTimersByTime(pause - 1)
    const before = tries
    vi.advanceTimersByTime(1)
    expect(tries).toBe(before + 1)
  }
})

it('tries at once when a card came, and soon again when that was too early', () => {
  const device = again()
  for (let n = 0; n < 8; n++) {
    device.lost()
    vi.runAllTimers()
  }
  device.lost()
  device.hope()
  vi.advanceTimersByTime(0)
  expect(tries).toBe(9)
  device.lost()
  vi.advanceTimersByTime(500)
  expect(tries).toBe(10)
})

it('hopes for nothing while the device works', () => {
  const device = again()
  device.lost()
  vi.advanceTimersByTime(500)
  device.well()
  device.hope()
  vi.advanceTimersByTime(1_000_000)
  expect(tries).toBe(1)
})

// echo.test.ts — the loop with the real canceller in simulated rooms: the echo goes, who talks stays. Simulated time, so no machine is too slow.
import { describe, expect, test } from 'vitest'
import { energy, ratio } from '../../../bench/echo/acoustics.ts'
import { bursts } from '../../../bench/echo/speech.ts'
import { simulate } from './room.ts'

const room = { name: 'test', delay: 80, reverb: 0, drift: 0, clip: null, doubleTalk: false }
const far = bursts(16, 1).map((x) => x * 0.5)

describe('the echo is 25 dB weaker after 3 s and 35 dB after 10 s', () => {
  for (const acoustics of [room, { ...room, drift: 100 }, { ...room, delay: 250, drift: -100 }])
    test(`${acoustics.delay} ms away, clocks ${acoustics.drift} millionths apart`, { timeout: 60_000 }, async () => {
      const seen = await simulate({ acoustics, seconds: 14, far, farAt: 1, unrest: 30 })
      expect(seen.erle(4, 6)).toBeGreaterThan(25)
      expect(seen.erle(11, 14)).toBeGreaterThan(35)
      expect(seen.playout.pace.state).toBe('paced')
      expect(seen.loop.echo).toBe('held')
    })
})

test('who talks in the room while the other talks is heard as loud as before', { timeout: 60_000 }, async () => {
  const near = bursts(4, 2).map((x) => x * 0.5)
  const seen = await simulate({ acoustics: room, seconds: 12, far, farAt: 1, near, nearAt: 7 })
  const said = energy(near, 0, near.length)
  const left = energy(seen.sent, 7 * 48_000 + 432, 11 * 48_000 + 432)
  expect(Math.abs(ratio(left, said))).toBeLessThan(3)
})

test('an echo that comes too late to be cancelled is told, as people will hear themselves', { timeout: 60_000 }, async () => {
  const seen = await simulate({ acoustics: { ...room, delay: 800 }, seconds: 16, far, farAt: 0 })
  expect(seen.erle(10, 16)).toBeLessThan(8)
  expect(seen.loop.echo).toBe('lost')
})

// When a way is asked whether it carries more.
import { describe, expect, test } from 'vitest'
import { Probing, SURE } from '../../../src/call/adapt/probing.ts'

const M = 1_000_000

describe('at the start', () => {
  test('it is asked at once, and twice as much as it showed, until it shows its limit', () => {
    const probing = new Probing(10 * M)
    expect(probing.next(0.5 * M, true, false, 0)?.bps).toBe(1.5 * M)
    probing.shown(1.5 * M, false)
    expect(probing.next(1.4 * M, true, false, 100)?.bps).toBe(3 * M)
    probing.shown(2 * M, true)
    for (let now = 200; now < 7000; now += 100) expect(probing.next(1.9 * M, true, false, now)).toBeNull()
  })

  test('a question without an answer is asked again, but not for ever', () => {
    const probing = new Probing(10 * M)
    const asked: number[] = []
    for (let now = 0; now < 10_000; now += 25) if (probing.next(0.5 * M, true, false, now)) asked.push(now)
    expect(asked).toHaveLength(4)
    expect(asked[1]).toBeGreaterThan(1000)
  })
})

test.each([1, 0.98, 0.8])('what has carried the most that may go, or %s of it, is not asked at once again', (shown) => {
  const probing = new Probing(4 * M)
  let [target, asked] = [0.5 * M, 0]
  for (let now = 0; now < 60_000; now += 50) {
    const probe = probing.next(target, true, true, now)
    if (!probe) continue
    asked++
    probing.shown(probe.bps * shown, false)
    target = Math.max(target, probe.bps * shown * SURE)
  }
  expect(target).toBeCloseTo(4 * M * shown * SURE)
  expect(asked, 'three at the start, then one in five seconds while there is something to gain').toBeLessThanOrEqual(shown > 0.9 ? 3 : 16)
})

test('after a fall it is asked after two seconds of calm, and later when the fall came of asking', () => {
  const probing = new Probing(10 * M)
  probing.next(0.5 * M, true, false, 0)
  probing.shown(1.5 * M, true)
  probing.fell(1.4 * M, 10_000)
  expect(probing.next(0.6 * M, true, false, 11_900)).toBeNull()
  expect(probing.next(0.6 * M, false, false, 12_100), 'not while a queue grows').toBeNull()
  expect(probing.next(0.6 * M, true, false, 12_200)?.bps).toBeCloseTo(0.9 * M)
  probing.fell(0.9 * M, 12_500)
  expect(probing.next(0.6 * M, true, false, 15_000)).toBeNull()
  expect(probing.next(0.6 * M, true, false, 16_600)).not.toBeNull()
})

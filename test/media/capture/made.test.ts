// What an encoder is asked for, when it makes less than that, more, or next to nothing.
import { describe, expect, test } from 'vitest'
import { type Bps, kbps } from '../../../src/lib/unit.ts'
import { Made } from '../../../src/media/capture/made.ts'

/** An encoder that makes a share of what it is asked for, looked at ten times a second. */
function encoder(rate: Bps) {
  const made = new Made(rate)
  let [asked, bytes, now] = [rate as number, 0, 0]
  return {
    mean: (next: Bps) => {
      asked = made.mean(next)
      return asked
    },
    /** @returns what it made in that time, bits per second, and what it is asked for in the end */
    run: (seconds: number, share: number, most = Number.POSITIVE_INFINITY) => {
      const before = bytes
      for (let i = 0; i < seconds * 10; i++) {
        now += 100
        bytes += Math.min(most, share * asked) / 80
        asked = made.look(bytes, now) ?? asked
      }
      return { made: ((bytes - before) * 8) / seconds, asked }
    },
  }
}

describe('an encoder of 1 Mb/s', () => {
  test.each([0.9, 0.95, 1, 1.05, 1.1])('that makes %s of what it is asked for makes what is meant', (share) => {
    const { run } = encoder(kbps(1000))
    run(10, share)
    expect(run(10, share).made / 1e6).toBeCloseTo(1, 1)
  })

  test('is asked for no more than 15 % beyond, whatever it makes', () => {
    expect(encoder(kbps(1000)).run(60, 0.75).asked).toBeLessThanOrEqual(1.15e6)
  })

  test('that has a still picture is asked for what is meant: when it moves again it must not come in a heap', () => {
    const { run } = encoder(kbps(1000))
    run(20, 0.88)
    expect(run(20, 1, 100_000).asked).toBeLessThan(1.02e6)
  })

  test('that is to make much less is asked for no more than that', () => {
    const { run, mean } = encoder(kbps(1000))
    run(20, 0.88)
    expect(mean(kbps(400))).toBeLessThanOrEqual(400_000)
  })

  test('that is to make a little less or more keeps what was learned of it', () => {
    const { run, mean } = encoder(kbps(1000))
    run(20, 0.9)
    expect(mean(kbps(980))).toBeGreaterThan(1_050_000)
    expect(mean(kbps(1200))).toBeGreaterThan(1_290_000)
  })

  test('that makes what is meant is left alone', () => {
    const made = new Made(kbps(1000))
    const told = Array.from({ length: 100 }, (_, i) => made.look(i * 12_500, i * 100))
    expect(told.filter((one) => one !== null)).toEqual([])
  })
})

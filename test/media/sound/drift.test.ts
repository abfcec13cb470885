// drift.test.ts — two clocks that disagree, a queue between them, and the loop that holds it.
import { describe, expect, test } from 'vitest'
import { DriftLoop } from '../../../src/media/sound/drift.ts'
import { Pace } from '../../../src/media/sound/pace.ts'
import { noiseFrom } from '../../fake/dice.ts'

type Seen = { readonly fill: number; readonly step: number }

/** A writer `drift` faster than the reader, for so many seconds; the fill is seen with that much noise, samples. */
function run(drift: number, seconds: number, noise: number): { loop: DriftLoop; seen: Seen[] } {
  const loop = new DriftLoop(480, 50)
  const chance = noiseFrom(1)
  const seen: Seen[] = []
  let fill = 480
  for (let i = 0; i < seconds * 100; i++) {
    fill += 480 * (1 + drift) - 480 * loop.step
    loop.see(fill + noise * chance())
    seen.push({ fill, step: loop.step })
  }
  return { loop, seen }
}

describe('the loop finds the drift and holds the fill', () => {
  for (const drift of [0, 50e-6, -50e-6, 100e-6, -100e-6, 200e-6, -200e-6])
    test(`${Math.round(drift * 1e6)} millionths`, () => {
      const { loop, seen } = run(drift, 60, 240)
      expect(Math.abs(loop.drift - drift)).toBeLessThan(25e-6)
      // Never so far off that a device runs dry, and within a fifth of a millisecond in the end.
      for (const { fill } of seen) expect(Math.abs(fill - 480)).toBeLessThan(100)
      for (const { fill } of seen.slice(-1000)) expect(Math.abs(fill - 480)).toBeLessThan(30)
    })
})

test('nobody hears it: the pitch never moves by more than 1,000 millionths, and by less than 50 in steady state', () => {
  const { seen } = run(200e-6, 60, 100)
  for (const { step } of seen) expect(Math.abs(step - 1)).toBeLessThanOrEqual(1000e-6)
  for (const { step } of seen.slice(-2000)) expect(Math.abs(step - 1 - 200e-6)).toBeLessThan(50e-6)
})

test('after fifteen seconds what is left of 100 millionths is less than 30', () => {
  for (const drift of [100e-6, -100e-6]) {
    const { seen } = run(drift, 15, 50)
    const mean = seen.slice(-100).reduce((sum, { step }) => sum + step - 1, 0) / 100
    expect(Math.abs(mean - drift)).toBeLessThan(30e-6)
  }
})

test('a stall of 50 ms is made good without unlearning the clocks', () => {
  const loop = new DriftLoop(480, 50)
  let fill = 480
  const turn = () => {
    fill += 480 * (1 + 80e-6) - 480 * loop.step
    loop.see(fill)
  }
  for (let i = 0; i < 6000; i++) turn()
  fill += 2400
  for (let i = 0; i < 9000; i++) turn()
  expect(Math.abs(fill - 480)).toBeLessThan(50)
  expect(Math.abs(loop.drift - 80e-6)).toBeLessThan(20e-6)
})

/** A device with a buffer of `buffer` samples that takes whole periods of 10 ms by its own clock. */
class Device {
  queue = 0
  played = 0
  starved = 0
  #ring = 0
  #next: number
  readonly #buffer: number
  readonly #period: number

  constructor(buffer: number, drift: number) {
    this.#buffer = buffer
    this.#period = 480 / (1 + drift)
    this.#next = 100
  }

  /** Time in samples of the master clock. */
  until(time: number): void {
    for (; this.#next <= time; this.#next += this.#period) {
      if (this.#ring < 480) this.starved++
      else this.#ring -= 480
      this.played += 480
      this.fill()
    }
  }

  fill(): void {
    const take = Math.min(this.queue, this.#buffer - this.#ring)
    this.queue -= take
    this.#ring += take
  }
}

describe('the pace of a loudspeaker', () => {
  const play = (pace: Pace, device: Device, turns: number, from = 0): void => {
    let carry = 0
    for (let turn = from; turn < from + turns; turn++) {
      device.until(turn * 480)
      const what = pace.before(device.queue, true)
      if (what === 'leave out') continue
      if (what === 'give with silence') device.queue += 480
      carry += (480 - pace.trim) / pace.step
      const whole = Math.floor(carry)
      carry -= whole
      device.queue += whole
      device.fill()
      device.until(turn * 480 + (turn % 10) * 48)
      pace.look(device.queue)
    }
  }

  for (const drift of [0, 100e-6, -100e-6, 200e-6, -200e-6])
    test(`a device ${Math.round(drift * 1e6)} millionths off is never starved and never late`, () => {
      const pace = new Pace()
      const device = new Device(960, drift)
      play(pace, device, 100)
      expect(pace.state).toBe('paced')
      const starved = device.starved
      play(pace, device, 12_000, 100)
      expect(device.starved).toBe(starved)
      expect(pace.dropped).toBe(0)
      expect(device.queue).toBeLessThan(1500)
      // What is seen of the queue is rough: an echo canceller follows twice as much.
      expect(Math.abs(pace.drift + drift)).toBeLessThan(50e-6)
    })

  test('a sink that takes everything is left alone, after less than half a second of silence', () => {
    const pace = new Pace()
    let silence = 0
    for (let turn = 0; turn < 1000; turn++) {
      if (pace.before(0, true) === 'give with silence') silence++
      pace.look(0)
    }
    expect(pace.state).toBe('free')
    expect(silence).toBeLessThan(50)
    expect(pace.step).toBe(1)
  })

  test('silence is never poured into a word', () => {
    const pace = new Pace()
    for (let turn = 0; turn < 1000; turn++) expect(pace.before(0, false)).toBe('give')
    expect(pace.padded).toBe(0)
  })

  test('a sink that takes nothing any more is called dead after two seconds, and no sooner', () => {
    const pace = new Pace()
    for (let turn = 0; turn < 200; turn++) pace.before(48_000, false)
    expect(pace.dead).toBe(false)
    pace.before(48_000, false)
    expect(pace.dead).toBe(true)
    expect(pace.dropped).toBe(201)
  })
})

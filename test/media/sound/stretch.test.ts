// stretch.test.ts — a ring read at a fractional step keeps the wave whole.
import { describe, expect, test } from 'vitest'
import { Stretch } from '../../../src/media/sound/stretch.ts'
import { sine } from './wave.ts'

const STEPS = [1, 1 + 100e-6, 1 - 100e-6, 1 + 1000e-6]

/** Sends a sine through in frames of 10 ms, and gives what came out after the first 50 ms. */
function through(hertz: number, step: number): Float32Array {
  const stretch = new Stretch(2048)
  const out: number[] = []
  const frame = new Float32Array(500)
  for (let f = 0; f < 200; f++) {
    stretch.write(sine(hertz, 480, { from: f * 480 }))
    const count = stretch.read(frame, frame.length, step)
    out.push(...frame.subarray(0, count))
  }
  expect(stretch.dropped).toBe(0)
  return Float32Array.from(out.slice(2400))
}

/** What is left when the best sine of that frequency is taken away, relative to it, dB. */
function distortion(samples: Float32Array, hertz: number): number {
  let [cc, ss, cs, xc, xs] = [0, 0, 0, 0, 0]
  const angle = (i: number) => (2 * Math.PI * hertz * i) / 48_000
  samples.forEach((x, i) => {
    const [c, s] = [Math.cos(angle(i)), Math.sin(angle(i))]
    cc += c * c
    ss += s * s
    cs += c * s
    xc += x * c
    xs += x * s
  })
  const det = cc * ss - cs * cs
  const a = (xc * ss - xs * cs) / det
  const b = (xs * cc - xc * cs) / det
  let rest = 0
  let all = 0
  samples.forEach((x, i) => {
    const wave = a * Math.cos(angle(i)) + b * Math.sin(angle(i))
    rest += (x - wave) ** 2
    all += wave * wave
  })
  return 10 * Math.log10(rest / all)
}

describe('a sine comes out as a sine, at the pitch the step says', () => {
  for (const step of STEPS)
    for (const hertz of [220, 997, 4000, 12_000])
      test(`${hertz} Hz at step ${step}`, () => {
        expect(distortion(through(hertz, step), hertz * step)).toBeLessThan(-75)
      })
})

test('what comes out is as much longer or shorter as the step says', () => {
  const stretch = new Stretch(65_536)
  stretch.write(new Float32Array(48_000))
  const out = new Float32Array(50_000)
  expect(stretch.read(out, out.length, 1.001)).toBe(Math.ceil((48_000 - 16) / 1.001))
  expect(stretch.waiting).toBeLessThanOrEqual(16)
})

test('nobody reads: the oldest samples go, they are counted, and the newest are there', () => {
  const stretch = new Stretch(1024)
  for (let i = 0; i < 10; i++) stretch.write(new Float32Array(480).fill(i))
  expect(stretch.dropped).toBe(10 * 480 - (1024 - 16))
  expect(stretch.waiting).toBe(1024 - 16)
  const out = new Float32Array(1024)
  const count = stretch.read(out, 1024, 1)
  expect(out[count - 1]).toBe(9)
})

test('skipping and clearing go no further than what is there', () => {
  const stretch = new Stretch(1024)
  stretch.write(new Float32Array(100))
  stretch.skip(1000)
  expect(stretch.waiting).toBe(0)
  stretch.write(new Float32Array(100).fill(1))
  stretch.clear()
  expect(stretch.waiting).toBe(0)
  expect(stretch.read(new Float32Array(10), 10, 1)).toBe(0)
})

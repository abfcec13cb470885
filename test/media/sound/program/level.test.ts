// level.test.ts — loud and soft voices come to one level; silence is not lifted.
import { expect, test } from 'vitest'
import { decibels, power } from '../../../../src/media/sound/frame.ts'
import { Leveller } from '../../../../src/media/sound/program/level.ts'
import { sine } from '../wave.ts'

/** The level after so many seconds of a tone of that amplitude, dBFS. */
function levelled(leveller: Leveller, amplitude: number, seconds: number): number {
  let mix = new Float32Array(480)
  for (let i = 0; i < seconds * 100; i++) {
    mix = new Float32Array(480)
    const frame = sine(500, 480, { from: i * 480 }).map((x) => x * amplitude)
    leveller.mixInto(mix, frame)
  }
  return decibels(power(mix))
}

test.each([0.5, 0.1, 0.03])('a voice of amplitude %f ends where the others are', (amplitude) => {
  const tone = levelled(new Leveller(), amplitude / Math.max(...sine(500, 480)), 20)
  expect(tone).toBeGreaterThan(-26)
  expect(tone).toBeLessThan(-18)
})

test('what is no speech changes nothing and is not lifted', () => {
  const leveller = new Leveller()
  levelled(leveller, 0.002, 20)
  expect(leveller.gain).toBe(0)
})

test('the gain stays within its bounds and glides', () => {
  const leveller = new Leveller()
  let before = 0
  for (let i = 0; i < 3000; i++) {
    leveller.mixInto(new Float32Array(480), new Float32Array(480).fill(i < 1500 ? 0.99 : 0.005))
    expect(Math.abs(leveller.gain - before)).toBeLessThan(0.13)
    before = leveller.gain
    expect(leveller.gain).toBeGreaterThanOrEqual(-18)
    expect(leveller.gain).toBeLessThanOrEqual(12)
  }
})

test('voices are added, not replaced', () => {
  const mix = new Float32Array(480).fill(0.25)
  new Leveller().mixInto(mix, new Float32Array(480).fill(0.0001))
  expect(mix[0]).toBeCloseTo(0.2501)
})

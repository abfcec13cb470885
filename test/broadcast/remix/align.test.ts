import { describe, expect, it } from 'vitest'
import { lagOf, RATE, thinned } from '../../../src/broadcast/remix/align.ts'

/** Numbers from -1 to 1, always the same for a seed. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** Something like a voice: a buzz whose pitch wanders, in syllables, with pauses between sentences. */
function voice(seed: number, seconds: number): Float32Array {
  const random = noise(seed)
  const out = new Float32Array(seconds * RATE)
  let [phase, pitch, loud, formant] = [0, 120, 0, 0]
  for (let i = 0; i < out.length; i++) {
    if (i % (RATE * 0.15) === 0) {
      pitch = 90 + 60 * (random() + 1)
      loud = random() > -0.2 ? 0.2 + 0.2 * random() : 0
      formant = 0.2 + 0.3 * (random() + 1)
    }
    phase += pitch / RATE
    const buzz = (phase % 1) * 2 - 1
    out[i] = loud * (buzz * (1 - formant) + formant * random())
  }
  return out
}

const shifted = (sound: Float32Array, seconds: number): Float32Array => {
  const by = Math.round(seconds * RATE)
  return Float32Array.from(sound, (_, i) => sound[i - by] ?? 0)
}
const mixed = (...all: Float32Array[]): Float32Array =>
  Float32Array.from(all[0] ?? [], (_, i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0))

describe('two clocks', () => {
  it.each([0, 0.013, -9.9])('that differ by %d s are found out by noise that both heard', (by) => {
    const random = noise(5)
    const sound = Float32Array.from({ length: 60 * RATE }, () => 0.3 * random())
    expect(lagOf(shifted(sound, by), sound, 10)?.seconds).toBeCloseTo(by, 2)
  })
  it.each([-2.6, 7.123])('that differ by %d s are found out by a voice among two others', (by) => {
    const own = voice(1, 45)
    const reference = mixed(shifted(own, by), voice(2, 45), voice(3, 45))
    expect(Math.abs((lagOf(reference, own, 10)?.seconds ?? 99) - by)).toBeLessThan(0.002)
  })
  it('are found out where a fifth of the mix was lost in pieces of 20 ms, and what came is quieter and noisy', () => {
    const own = voice(1, 45)
    const random = noise(9)
    let gone = false
    const way = shifted(own, 1.75).map((x, i) => {
      if (i % (RATE / 50) === 0) gone = random() > 0.6
      return (gone ? 0 : x * 0.4) + 0.02 * random()
    })
    expect(Math.abs((lagOf(mixed(way, voice(2, 45)), own, 5)?.seconds ?? 99) - 1.75)).toBeLessThan(0.002)
  })
  it('are found out by the little that somebody said in a long call', () => {
    const own = new Float32Array(300 * RATE)
    own.set(voice(1, 6), 231 * RATE)
    expect(Math.abs((lagOf(mixed(shifted(own, -1.2), voice(2, 300)), own, 5)?.seconds ?? 99) + 1.2)).toBeLessThan(0.002)
  })
  it('are not guessed at when the voice is not in the mix, or nobody spoke', () => {
    expect(lagOf(mixed(voice(2, 60), voice(3, 60)), voice(1, 60), 10)).toBeNull()
    expect(lagOf(voice(2, 60), new Float32Array(60 * RATE), 10)).toBeNull()
    expect(lagOf(new Float32Array(60 * RATE), voice(1, 60), 10)).toBeNull()
    expect(lagOf(new Float32Array(0), new Float32Array(0), 10)).toBeNull()
  })
  it('are not guessed at by a tone, which fits in many places', () => {
    const tone = Float32Array.from({ length: 30 * RATE }, (_, i) => 0.1 * Math.sin((2 * Math.PI * 220 * i) / RATE))
    const random = noise(3)
    const found = lagOf(
      shifted(tone, 0.3).map((x) => x + 0.001 * random()),
      tone,
      10,
    )
    expect(found).toBeNull()
  })
})

it('sound is made fewer by means', () => {
  expect([...thinned(Int16Array.from({ length: 49 }, (_, i) => (i < 24 ? 16_384 : -16_384)))]).toEqual([0.5, -0.5])
})

// acoustics.ts — a room between a loudspeaker and a microphone: delay, reverberation, clipping, a clock of its own, noise. Pure.
import { noiseFrom } from '../../test/fake/dice.ts'

export const RATE = 48_000

export type Acoustics = {
  readonly name: string
  /** From loudspeaker to microphone, ms. */
  readonly delay: number
  /** Reverberation time (to -60 dB), ms; 0: one clean copy. */
  readonly reverb: number
  /** The microphone's clock against the loudspeaker's, millionths. */
  readonly drift: number
  /** The loudspeaker clips its own signal at this height, after playing it four times too loud. Null: it does not. */
  readonly clip: number | null
  /** Somebody in the room talks while the other does. */
  readonly doubleTalk: boolean
}

/** Echo at the microphone against what is played: half of it. */
const GAIN = 0.5
/** Noise of the microphone: -78 dBFS. */
const NOISE = 10 ** (-78 / 20)

type Tap = { readonly at: number; readonly gain: number }

/** The direct way, and 120 reflections that die away. */
export function taps({ delay, reverb }: Acoustics, seed: number): Tap[] {
  const direct = Math.round((delay / 1000) * RATE)
  const chance = noiseFrom(seed)
  const reflections = Array.from({ length: reverb === 0 ? 0 : 120 }, () => {
    const later = ((chance() + 1) / 2) * (reverb / 1000) * RATE
    return { at: direct + Math.round(later) + 40, gain: GAIN * 0.25 * chance() * 10 ** ((-3 * later) / ((reverb / 1000) * RATE)) }
  })
  return [{ at: direct, gain: GAIN }, ...reflections]
}

/** Hears what a loudspeaker plays. `played` grows outside; sample i was played at i / 48,000 s. */
export class Ear {
  readonly #acoustics: Acoustics
  readonly #taps: readonly Tap[]
  readonly #noise: () => number

  constructor(acoustics: Acoustics, seed: number) {
    this.#acoustics = acoustics
    this.#taps = taps(acoustics, seed)
    this.#noise = noiseFrom(seed + 1)
  }

  /** How far the loudspeaker has to have come before sample `m` of the microphone can be heard. */
  needs(m: number): number {
    return Math.ceil(m / (1 + this.#acoustics.drift * 1e-6)) - (this.#taps[0]?.at ?? 0) + 12
  }

  /** Sample `m` of the microphone, without whoever talks in the room. */
  hear(played: Float32Array, m: number): number {
    const at = m / (1 + this.#acoustics.drift * 1e-6)
    const whole = Math.floor(at)
    const part = at - whole
    let sum = 0
    for (const tap of this.#taps) sum += tap.gain * between(played, whole - tap.at, part, this.#acoustics.clip)
    return sum + NOISE * this.#noise()
  }
}

/** The wave between samples i and i + 1: windowed sinc of 16 taps for the drift, the sample itself without. */
function between(wave: Float32Array, i: number, part: number, clip: number | null): number {
  if (i < 8) return 0
  if (part === 0) return driven(wave[i] ?? 0, clip)
  let sum = 0
  for (let k = -7; k <= 8; k++) {
    const x = k - part
    const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
    sum += driven(wave[i + k] ?? 0, clip) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / 8.5))
  }
  return sum
}

const driven = (x: number, clip: number | null): number => (clip === null ? x : Math.min(clip, Math.max(-clip, x * 4)))

/** Energy in a part of a wave, per sample. */
export function energy(wave: Float32Array, from: number, to: number): number {
  let sum = 0
  const [a, b] = [Math.max(0, Math.round(from)), Math.min(wave.length, Math.round(to))]
  for (let i = a; i < b; i++) sum += (wave[i] ?? 0) ** 2
  return sum / Math.max(1, b - a)
}

/** Ratio of two energies in dB, never beyond 100. */
export const ratio = (a: number, b: number): number => 10 * Math.log10((a + 1e-12) / (b + 1e-12))

// frame.ts — what sound is made of here: frames of 10 ms, 480 samples at 48 kHz, mono, as floats from -1 to 1; and how loud they are.
//
// Mono on purpose: a room is one place, and a stereo loudspeaker signal has no unique echo path to cancel.

export const RATE = 48_000
/** Samples in one frame. */
export const FRAME = 480
export const FRAMES_PER_SECOND = 100
/** What silence is called, dBFS. */
export const SILENCE = -100

/** Mean square to dBFS (0 is a full-scale square wave), never below SILENCE. */
export const decibels = (meanSquare: number): number => (meanSquare <= 1e-10 ? SILENCE : 10 * Math.log10(meanSquare))

/** Mean square of the first `count` samples. */
export function power(samples: Float32Array, count: number = samples.length): number {
  let sum = 0
  for (let i = 0; i < count; i++) {
    const x = samples[i] ?? 0
    sum += x * x
  }
  return count === 0 ? 0 : sum / count
}

/** Floats to 16 bit, clipped; NaN becomes 0. */
export function toInt16(from: Float32Array, to: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const x = (from[i] ?? 0) * 32768
    to[i] = x >= 32767 ? 32767 : x <= -32768 ? -32768 : Math.round(x)
  }
}

/** How loud it was since last asked. */
export class Meter {
  #sum = 0
  #samples = 0

  hear(samples: Float32Array): void {
    this.#sum += power(samples) * samples.length
    this.#samples += samples.length
  }

  /** dBFS since the last call; SILENCE when nothing was heard. */
  take(): number {
    const level = this.#samples === 0 ? SILENCE : decibels(this.#sum / this.#samples)
    this.#sum = 0
    this.#samples = 0
    return level
  }
}

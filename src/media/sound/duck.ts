// duck.ts — somebody is played over the others, who get quieter meanwhile and come back when it is over. Nobody hears a jump.
import { FRAME } from './frame.ts'

/** What is left of the others: -14 dB, enough to hear that somebody speaks. */
const LOW = 0.2
/** Of the way from loud to low in a frame: 100 ms for all of it. */
const STEP = (1 - LOW) / 10
/** Turns without a voice until the others come back: half a second. Pauses between two sentences are shorter. */
const HOLD = 50

export interface Voice {
  /** Adds its next 480 samples; null: there are none. */
  mixInto(mix: Float32Array): Float32Array | null
}

export class Duck {
  #gain = 1
  #left = 0

  /** One turn. @param mix the others; what is played over them is added to it */
  process(mix: Float32Array, over: Voice | undefined): void {
    const to = this.#left > 0 ? Math.max(LOW, this.#gain - STEP) : Math.min(1, this.#gain + STEP)
    if (to !== 1 || this.#gain !== 1) {
      const slope = (to - this.#gain) / FRAME
      for (let i = 0; i < FRAME; i++) mix[i] = (mix[i] ?? 0) * (this.#gain + slope * (i + 1))
      this.#gain = to
    }
    if (over?.mixInto(mix)) this.#left = HOLD
    else if (this.#left > 0) this.#left--
  }
}

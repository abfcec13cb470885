// level.ts — one voice brought to the level of the others. Pure.
//
// Viewers have one volume for all. A voice is measured while it speaks, over seconds, and its gain follows slowly, so that words keep their
// loud and soft; what is too quiet to be speech says nothing about it, and is not lifted to be heard either.
import { decibels, power } from '../frame.ts'

/** Where speech is brought to, dBFS, and what counts as speech. */
const TARGET = -22
const SPEECH = -48
/** The gain stays within, dB. */
const MOST = 12
const LEAST = -18
/** Of the difference, so much is learnt in a frame: too loud in 0.5 s, too quiet in 3 s. */
const LOUDER = 1 / 50
const SOFTER = 1 / 300
/** dB in a frame: 12 a second. */
const STEP = 0.12

export class Leveller {
  #level = TARGET
  #gain = 0

  /** The gain now, dB. */
  get gain(): number {
    return this.#gain
  }

  /** Adds one frame of the voice to the mix, at its level. The gain glides within the frame. */
  mixInto(mix: Float32Array, frame: Float32Array): void {
    const from = 10 ** (this.#gain / 20)
    this.#hear(decibels(power(frame)))
    const step = (10 ** (this.#gain / 20) - from) / frame.length
    for (let i = 0; i < frame.length; i++) mix[i] = (mix[i] ?? 0) + (frame[i] ?? 0) * (from + step * i)
  }

  #hear(level: number): void {
    if (level < SPEECH) return
    this.#level += (level - this.#level) * (level > this.#level ? LOUDER : SOFTER)
    const wanted = Math.min(MOST, Math.max(LEAST, TARGET - this.#level))
    this.#gain += Math.min(STEP, Math.max(-STEP, wanted - this.#gain))
  }
}

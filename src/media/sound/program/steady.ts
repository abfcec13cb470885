// steady.ts — the mix at the pace of the machine's clock: 48,000 samples in each of its seconds, for hours. Pure.
//
// The loop turns at the microphone's pace, which is some millionths off: 100 of them are a third of a second in an hour. Pictures are timed by the
// machine's clock; so the mix is resampled to it, and then a sample's time is its number. Nothing waits here: how early or late a turn
// comes does not matter, only how many there are. What a stall swallowed is made up with silence.
import { DriftLoop } from '../drift.ts'
import { FRAME } from '../frame.ts'
import { Stretch } from '../stretch.ts'

const PER_MS = 48
const LOOKS = 100
/** So far from where it should be, samples, for so many turns: no resampling mends that. 20 ms, 300 ms. */
const FAR = 960
const FAR_TURNS = 30
/** Farther than this and it is another stream: 2 s. */
export const LOST = 96_000

export class Steady {
  /** Samples given so far, silence too. */
  given = 0
  /** What turn() has made; its to use until the next. */
  readonly samples = new Float32Array(FRAME + 16)
  readonly #stretch = new Stretch(4096)
  readonly #drift = new DriftLoop(FRAME, LOOKS)
  #begin: number | null = null
  #far = 0

  /** The time of sample 0, ms; null: none came yet. */
  get begin(): number | null {
    return this.#begin
  }

  /** How far the samples given are from where the clock is, samples. Steady in the long run. */
  ahead(at: number): number {
    return this.#begin === null ? 0 : this.given - (at - this.#begin) * PER_MS
  }

  /**
   * One turn of the loop, at `at` ms.
   * @returns samples to be given now: first so many of silence, then so many of `samples`; 'lost': begin another
   */
  turn(frame: Float32Array, at: number): { readonly silence: number; readonly count: number } | 'lost' {
    this.#begin ??= at
    const off = this.ahead(at)
    if (Math.abs(off) > LOST) return 'lost'
    this.#far = Math.abs(off) > FAR ? this.#far + 1 : 0
    const mends = this.#far >= FAR_TURNS
    const silence = mends && off < 0 ? Math.round(-off) : 0
    if (mends) this.#drift.restart()
    if (silence > 0) this.#far = 0
    // Too much of it: this frame is left out, and the next, until it is in step again.
    const leavesOut = mends && off > 0
    if (!leavesOut) this.#stretch.write(frame)
    const count = this.#stretch.read(this.samples, FRAME + 16, this.#drift.step)
    this.given += silence + count
    if (this.#far === 0) this.#drift.see(this.ahead(at))
    return { silence, count }
  }
}

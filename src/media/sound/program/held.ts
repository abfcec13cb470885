// held.ts — a moment in which the microphone can still be taken back: two turns wait here, its sound apart from the others'. Pure.
//
// Muting is a wish of another process, and takes a millisecond or so until it is known here. What the microphone heard in that time
// is not in the mix yet, and never will be. When the wish comes later than that (a machine that is stuck), erase() says so, and what is
// coded already is thrown away (sound/program.ts, mute-gate.ts).
import { FRAME } from '../frame.ts'

/** Turns that wait: 20 ms. */
export const HELD = 2
/** What is in a frame was heard in the time before its turn: 10 ms, and as much in the source. */
const HEARD_MS = 20

type Turn = { readonly voices: Float32Array; readonly own: Float32Array; at: number }

export class Held {
  readonly #turns: readonly Turn[] = Array.from({ length: HELD }, () => ({
    voices: new Float32Array(FRAME),
    own: new Float32Array(FRAME),
    at: Number.NEGATIVE_INFINITY,
  }))
  #next = 0
  #count = 0
  /** The turn of what was given last, ms. */
  #given = Number.NEGATIVE_INFINITY

  /**
   * Puts a turn in, and the one that waited longest out.
   * @param at ms @param out is given the mix  @returns the time of that turn, null: nothing waited yet
   */
  turn(voices: Float32Array, own: Float32Array | null, at: number, out: Float32Array): number | null {
    const turn = this.#turns[this.#next]
    if (!turn) return null
    this.#next = (this.#next + 1) % HELD
    const isFull = this.#count === HELD
    const was = turn.at
    if (isFull) for (let i = 0; i < FRAME; i++) out[i] = (turn.voices[i] ?? 0) + (turn.own[i] ?? 0)
    else this.#count++
    turn.voices.set(voices)
    if (own) turn.own.set(own)
    else turn.own.fill(0)
    turn.at = at
    if (!isFull) return null
    this.#given = was
    return was
  }

  /** Takes the microphone's sound back, all of it that waits. @returns whether nothing was given that it heard after `since` (ms) */
  erase(since: number): boolean {
    for (const { own } of this.#turns) own.fill(0)
    return this.#given - HEARD_MS < since
  }
}

// intake.ts — which parts of a program go on a line that may be slow: all of them, or none up to the next keyframe. Pure.
//
// A line begins with a keyframe, and where it cannot follow it loses whole stretches, both tracks alike, never a piece out of the
// middle: what arrives always decodes, and sound stays beside its picture.
import type { PushPart } from './order.ts'

/** Bytes that may wait: some five seconds of an ordinary broadcast. */
const MOST = 2 * 1024 * 1024

export class Intake {
  /** Parts that were left out for the line was full. */
  left = 0
  #from: number | null = null
  #isFull = false
  readonly #most: number

  constructor(most: number = MOST) {
    this.#most = most
  }

  /** The line is a new one: it begins with the next keyframe. */
  renew(): void {
    this.#from = null
    this.#isFull = false
  }

  /** Whether this one goes. @param waiting bytes that wait already */
  lets(part: PushPart, waiting: number): boolean {
    if (this.#from !== null && waiting + part.bytes.length > this.#most) {
      this.#from = null
      this.#isFull = true
    }
    if (this.#from === null && part.track === 'video' && part.isBegin && waiting <= this.#most / 2) {
      this.#from = part.segment
      this.#isFull = false
    }
    const goes = this.#from !== null && part.segment >= this.#from
    if (!goes && this.#isFull) this.left++
    return goes
  }
}

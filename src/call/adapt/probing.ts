// probing.ts — when to ask the way whether it carries more: at the start, some time after we went down, and while we send little.
//
// Each question is a burst of 30 ms, so it builds a queue of 30 ms at worst. A question answered with a no is not asked again soon; one
// that gets no answer at all, because a receiver was asleep, is.
import type { Probe } from './cluster.ts'

const LASTS = 30 // ms
const PACKETS = 5
/** Of the start rate, and of what the last probe has shown, while it showed nearly all that it asked. */
const FIRST = 3
const ON = 2
const SHOWN_NEARLY = 0.7
/** Of what a probe has shown, so much is then used: the way itself would leave no room for what varies. */
export const SURE = 0.93
/** What a question must promise, of what we have. */
const WORTH = 1.05
/** While we send little, and to come back after a fall. */
const IDLE_FACTOR = 2
const BACK_FACTOR = 1.5
const IDLE_EVERY = 5000
/** Even when nothing speaks for more: the last answer may have been that of a receiver that was asleep. */
const CURIOUS = 7000
/** So far beyond where it hurt last, and it does not: the way has got wider. */
const BEYOND = 1.15
const BACK_FIRST = 2000
const BACK_LATEST = 8000
const GIVE_UP = 1000
const TRIES = 4

export class Probing {
  readonly #most: number
  #count = 0
  /** Of the climb at the start, and after a probe that showed more: what was shown last, and how often a question got no answer. */
  #shown = 0
  #unanswered = 0
  #isClimbing = false
  #state: 'new' | 'asking' | 'rest' = 'new'
  #asked = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #restFor = BACK_FIRST
  /** Where we were before we fell; 0: we are not on the way back. */
  #back = 0
  /** Where it hurt last. */
  #hurt = 0

  /** @param most no probe above it, bits per second */
  constructor(most: number) {
    this.#most = most
  }

  /** The rate went down because of a queue or of loss. @param before what it was, bits per second */
  fell(before: number, now: number): void {
    if (this.#back > 0 && now - this.#askedAt < 1000) this.#restFor = Math.min(BACK_LATEST, this.#restFor * 2)
    else if (this.#back === 0) this.#restFor = BACK_FIRST
    this.#back = Math.max(this.#back, before)
    this.#hurt = before
    this.#askedAt = now
    this.#state = 'rest'
  }

  /** A probe was answered. @param bps what it showed  @param limit the way took no more  */
  shown(bps: number, limit: boolean): void {
    if (this.#state !== 'asking') return
    this.#unanswered = 0
    if (limit || bps < SHOWN_NEARLY * this.#asked) {
      this.#state = 'rest'
      this.#restFor = Math.min(BACK_LATEST, this.#restFor * 2)
    } else {
      this.#restFor = BACK_FIRST
      this.#state = this.#asked < this.#most ? 'new' : 'rest' // there is nothing beyond the most
      this.#shown = bps
    }
  }

  /** The next probe, if one is due. @param calm no queue grows  @param slack we send less than we might */
  next(target: number, calm: boolean, slack: boolean, now: number): Probe | null {
    if (this.#back > 0 && target >= 0.95 * this.#back) this.#back = 0
    switch (this.#state) {
      case 'new':
        this.#isClimbing = true
        return this.#ask(this.#shown === 0 ? FIRST * target : ON * this.#shown, target, now)
      case 'asking':
        if (now - this.#askedAt > GIVE_UP) this.#giveUp()
        return null
      case 'rest': {
        this.#isClimbing = false
        if (!calm || target >= this.#most) return null
        const waited = now - this.#askedAt
        if (this.#back > 0 && waited >= (target > BEYOND * this.#hurt ? BACK_FIRST : this.#restFor))
          return this.#ask(BACK_FACTOR * target, target, now)
        if (waited >= Math.max(CURIOUS, this.#restFor)) return this.#ask(BACK_FACTOR * target, target, now)
        if (slack && waited >= Math.max(IDLE_EVERY, this.#restFor)) return this.#ask(IDLE_FACTOR * target, target, now)
        return null
      }
    }
  }

  #giveUp(): void {
    this.#state = this.#isClimbing && ++this.#unanswered < TRIES ? 'new' : 'rest'
  }

  #ask(wanted: number, target: number, now: number): Probe | null {
    const bps = Math.min(this.#most, wanted)
    if (bps * SURE <= target * WORTH) {
      this.#state = 'rest'
      this.#askedAt = now
      return null
    }
    this.#state = 'asking'
    this.#asked = bps
    this.#askedAt = now
    return { cluster: this.#count++, bps, bytes: Math.ceil((bps * LASTS) / 8000), packets: PACKETS }
  }
}

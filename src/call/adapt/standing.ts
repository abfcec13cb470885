// standing.ts — the queue that stands on the way, in milliseconds: what even the fastest packet of the last moments waited.
//
// A keyframe makes a queue that is gone a few frames later; that is no reason to slow down. A queue that never empties is. The two
// clocks need not agree: what is compared is delay with the least delay of the last ten seconds.

const LATELY = 250 // ms
const BRIEFLY = 100
const REMEMBERED = 10_000 // ms
/** A queue that does not shrink for so long although we hold back is none: the way has become longer. */
const STUBBORN = 2500 // ms
/** Nearly always there for some seconds: others fill it, as downloads do. The share of the time that says so, and that says it is over. */
const MEMORY = 2000 // ms
const FILLED = 0.65
const FREE = 0.25

type Least = { readonly at: number; readonly delay: number }

export class Standing {
  /** Milliseconds. */
  queue = 0
  /** The same of the last moments alone: a keyframe's queue counts, too. */
  brief = 0
  #lately: Least[] = []
  #long: Least[] = []
  #deepSince = Number.NaN
  #filled = 0
  #filledAt = Number.NaN
  #areOthers = false

  /** @param delay the least of one feedback, between two clocks (ms)  @param now ms */
  take(delay: number, now: number): void {
    const least = { at: now, delay }
    this.#lately = this.#lately.filter(({ at }) => now - at < LATELY)
    this.#lately.push(least)
    // Only what may still become the least is kept, so the list is short and rising.
    while ((this.#long.at(-1)?.delay ?? Number.NEGATIVE_INFINITY) >= delay) this.#long.pop()
    this.#long.push(least)
    while (now - (this.#long[0]?.at ?? now) > REMEMBERED) this.#long.shift()
    const none = this.#long[0]?.delay ?? delay
    this.queue = Math.min(...this.#lately.map((l) => l.delay)) - none
    this.brief = Math.min(...this.#lately.map((l) => (now - l.at < BRIEFLY ? l.delay : Number.POSITIVE_INFINITY))) - none
  }

  /** Do others keep a queue here, whatever we do? @param leans ms that count as one  @param yielded we have gone down enough to know */
  isOthers(leans: number, yielded: boolean, now: number): boolean {
    const passed = Number.isNaN(this.#filledAt) ? 0 : Math.min(200, now - this.#filledAt)
    this.#filledAt = now
    this.#filled += ((this.queue > leans ? 1 : 0) - this.#filled) * (1 - Math.exp(-passed / MEMORY))
    if (this.#areOthers) this.#areOthers = this.#filled > FREE
    else this.#areOthers = yielded && this.#filled > FILLED
    return this.#areOthers
  }

  get areOthers(): boolean {
    return this.#areOthers
  }

  /** Has it been deeper than this for too long to be ours? Then what stands now is taken for the least. */
  isStubborn(deep: number, now: number): boolean {
    if (this.queue < deep) this.#deepSince = Number.NaN
    else if (Number.isNaN(this.#deepSince)) this.#deepSince = now
    return now - this.#deepSince > STUBBORN
  }

  forget(): void {
    this.#long = [...this.#lately]
    this.#deepSince = Number.NaN
    this.queue = 0
    this.brief = 0
  }
}

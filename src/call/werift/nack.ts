// nack.ts — which packets of one stream to ask for again, and when (RFC 4585 §6.2.1).
//
// Asked once at once, then once per round trip, and after a second no more: by then the decoder has gone on.
// (werift asks again every 5 ms whatever the round trip.)

const MOST = 250
const LONGEST = 1000 // ms
const TRIES = 8

type Missing = { since: number; asked: number; tries: number }

export class Nack {
  readonly #missing = new Map<number, Missing>()
  #top = -1

  get waiting(): boolean {
    return this.#missing.size > 0
  }

  /** True when something new is missing now. @param index the extended sequence number  @param now milliseconds */
  arrived(index: number, now: number): boolean {
    if (index <= this.#top) {
      this.#missing.delete(index)
      return false
    }
    const isGap = this.#top >= 0 && index - this.#top > 1 && index - this.#top <= MOST
    if (isGap) {
      for (let i = this.#top + 1; i < index; i++) this.#missing.set(i, { since: now, asked: -Infinity, tries: 0 })
    } else if (index - this.#top > MOST) {
      this.#missing.clear() // too much is gone: a new keyframe is cheaper
    }
    this.#top = index
    for (const oldest of this.#missing.keys()) {
      if (this.#missing.size <= MOST) break
      this.#missing.delete(oldest)
    }
    return isGap
  }

  /** 16-bit sequence numbers to ask for now. @param roundTrip milliseconds */
  due(now: number, roundTrip: number): number[] {
    const due: number[] = []
    const pause = roundTrip + 10
    for (const [index, missing] of this.#missing) {
      if (now - missing.since > LONGEST || missing.tries >= TRIES) this.#missing.delete(index)
      else if (now - missing.asked >= pause) {
        missing.asked = now
        missing.tries++
        due.push(index & 0xffff)
      }
    }
    return due
  }
}

// narrow.ts — whether a way is so narrow that sound goes in pairs of packets, later by one and cheaper by a quarter. Pure.

/** Opus at 40 kb/s in packets of 10 ms: a hundred of 50 bytes, and 64 of headers and seal around each; and in pairs. Bits per second. */
export const SOUND = 92_000
export const SOUND_IN_PAIRS = 66_000
/** Bits per second. Between the two it stays as it is. */
const NARROW = 250_000
const WIDE = 320_000

export class Narrow {
  #is = false

  /** @param target what the way carries, bits per second */
  is(target: number): boolean {
    if (target < NARROW) this.#is = true
    else if (target > WIDE) this.#is = false
    return this.#is
  }
}

/** What sound takes of a way that carries so much, bits per second. */
export const soundOn = (target: number): number => (target < NARROW ? SOUND_IN_PAIRS : SOUND)

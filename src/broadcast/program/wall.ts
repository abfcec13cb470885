// wall.ts — which wall-clock time a moment of the encoder's clock is. Frames come late by different amounts, never early: the least late ones tell.
//
// The two clocks may run apart by a few seconds a day, and the wall clock is put right now and then; here it is followed slowly, so that
// times in a program neither jump nor run apart over hours. Only a step forward of more than two seconds (a box that has just learnt the date)
// is taken as soon as it is certain; one backward is never noticed by readers, for whom times do not fall.

/** Wall clock less encoder's clock is learnt from so many ms. */
const WINDOW = 10_000
/** ms that we follow for each frame. */
const STEP = 0.05
const LEAP = 2000

export class WallTime {
  readonly #now: () => number
  readonly #atFirst: number
  #offset: number | null = null
  #least = Number.POSITIVE_INFINITY
  #before = Number.POSITIVE_INFINITY
  #since = 0
  #pts = 0

  /**
   * @param now wall clock, ms since 1970  @param atFirst ms that are followed for each frame in the first window: many, where the first frames come late,
   * behind all that has to be begun, and only now and then one is asked for its time
   */
  constructor(now: () => number, atFirst = STEP) {
    this.#now = now
    this.#atFirst = atFirst
  }

  /** A frame of this time (ns of the encoder's clock) came just now. */
  heard(pts: number): void {
    const seen = this.#now() - pts / 1e6
    const isNewClock = pts < this.#pts - LEAP * 1e6
    this.#pts = pts
    if (this.#offset === null || isNewClock) {
      this.#offset = seen
      this.#forget(pts, seen)
      return
    }
    this.#least = Math.min(this.#least, seen)
    if (pts - this.#since > WINDOW * 1e6) {
      this.#before = this.#least
      this.#least = seen
      this.#since = pts
    }
    const meant = Math.min(this.#least, this.#before)
    const step = this.#before === Number.POSITIVE_INFINITY ? this.#atFirst : STEP
    if (meant - this.#offset > LEAP) this.#offset = meant
    else this.#offset += Math.max(-step, Math.min(step, meant - this.#offset))
  }

  /** Wall clock of an encoder's time, ms since 1970. */
  of(pts: number): number {
    return (this.#offset ?? this.#now() - pts / 1e6) + pts / 1e6
  }

  #forget(pts: number, seen: number): void {
    this.#least = seen
    this.#before = Number.POSITIVE_INFINITY
    this.#since = pts
  }
}

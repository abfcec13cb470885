// narrowed.ts — did the way become narrower this moment? A queue grows although less comes through than before: of a keyframe, more does.
//
// What tells it is sooner than a queue that stands, and truer than the mean, which follows in steps while each of them fills the queue.
import type { AckedRate } from './acked.ts'
import type { Standing } from './standing.ts'

/** Milliseconds of queue, and what then comes through of what did. */
const QUEUE = 100
const FELL = 0.7
/** For so long after it the queue is emptied in haste. */
const HASTE = 1000 // ms

export class Narrowed {
  /** Bits per second that come through since then; null: it is as wide as it was. */
  rate: number | null = null
  #at = Number.NEGATIVE_INFINITY

  /** With each feedback. @param now ms */
  update({ rate, latest }: AckedRate, { brief, areOthers }: Standing, now: number): void {
    const isNarrower = rate !== null && latest < FELL * rate && brief > QUEUE && !areOthers
    this.rate = isNarrower ? latest : null
    if (isNarrower) this.#at = now
  }

  isRecent(now: number): boolean {
    return now - this.#at < HASTE
  }
}

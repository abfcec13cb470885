// uplink.ts — what all links of this box together may send. Learned: when several links lose at one moment, what they share is full.
//
// One link that loses says nothing of the others: its far end may be slow. Two that lose within half a second have met in one place,
// and nearly always that is the line of this home.

const TOGETHER = 500 // ms
/** A little less than what went through then, and then slowly more, so that it is tried again. */
const BACK = 0.95
const UP = 1.04 // a second
const FORGOTTEN = 4 // times

export class Uplink {
  #most: number | null = null
  #at = 0
  #fell = new Map<string, { at: number; acked: number }>()

  /** A link had to lower its target. @param acked what arrives of each link now, bits per second */
  fell(link: string, acked: ReadonlyMap<string, number>, now: number): void {
    const fell = this.#fell
    for (const [other, { at }] of fell) if (now - at > TOGETHER || !acked.has(other)) fell.delete(other)
    fell.set(link, { at: now, acked: acked.get(link) ?? 0 })
    if (fell.size < 2) return
    let sum = 0
    for (const bps of acked.values()) sum += bps
    this.#most = sum * BACK
    this.#at = now
  }

  /** Bits per second; null while there is no sign of a limit. @param wanted what all links could take together */
  limit(wanted: number, now: number): number | null {
    if (this.#most === null) return null
    const most = this.#most * UP ** ((now - this.#at) / 1000)
    if (most < wanted && most < this.#most * FORGOTTEN) return most
    this.#most = null
    return null
  }
}

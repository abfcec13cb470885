// budget.ts — how many may watch from here, and how many bytes may leave. Those who are inside come first: a new one is turned away before they notice.
//
// A viewer has a seat, a name that stands in the addresses of the playlists it was given. Who does not ask for a playlist for a while has left.
import type { Clock } from '../lib/clock.ts'
import { type Bps, type Ms, seconds } from '../lib/unit.ts'

export type BudgetLimits = {
  /** What all viewers together may take. */
  readonly egress: Bps
  /** And never more of them than this. */
  readonly seats: number
}

/** A seat is free again when nobody asked from it for so long. */
export const SEAT_LEFT = seconds(12)

export class Budget {
  readonly #limits: BudgetLimits
  readonly #clock: Clock
  readonly #seats = new Map<string, Ms>()
  #debt = 0
  #at: Ms

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#at = clock.now()
  }

  get seats(): number {
    this.#sweep()
    return this.#seats.size
  }

  /** Does somebody sit here, or may they sit down? @param rate bits a second that a viewer takes */
  admit(seat: string, rate: number): boolean {
    const now = this.#clock.now()
    if (!this.#seats.has(seat)) {
      this.#sweep()
      if (this.#seats.size >= this.#limits.seats || (this.#seats.size + 1) * rate > this.#limits.egress) return false
    }
    this.#seats.set(seat, now)
    return true
  }

  /** Somebody says that they go. */
  leave(seat: string): void {
    this.#seats.delete(seat)
  }

  isSeated(seat: string): boolean {
    return this.#seats.has(seat)
  }

  /** Seconds of the whole budget that have been sent ahead of time. */
  get ahead(): number {
    const now = this.#clock.now()
    this.#debt = Math.max(0, this.#debt - ((now - this.#at) / 1000) * (this.#limits.egress / 8))
    this.#at = now
    return this.#debt / (this.#limits.egress / 8)
  }

  /** So many bytes leave. */
  sent(bytes: number): void {
    this.#debt = this.ahead * (this.#limits.egress / 8) + bytes
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const [seat, at] of this.#seats) if (now - at > SEAT_LEFT) this.#seats.delete(seat)
  }
}

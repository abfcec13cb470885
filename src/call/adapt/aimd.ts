// aimd.ts — the rate as delay would have it: up by 8 % a second in unknown land, by a packet per round trip near the limit that was
// met before, down to 85 % of what arrived when a queue grows. draft-ietf-rmcat-gcc-02 §5.5, with libwebrtc's memory of the limit.
// Who has less than others goes down by less: all who share a way see the same queue, and so they come to share it evenly.
import type { Use } from './trend.ts'

/** A usual share of a usual line, bits per second. */
export const EQUAL = 1_000_000
/** By this share we go down at EQUAL and above it; who has less goes down by less, but by no less than the second. */
const [BACK, LEAST_BACK] = [0.15, 0.09]
/** On ways as narrow as this a queue that is not emptied soon is one of seconds. */
const POOR = 250_000
const UNKNOWN_LAND = 1.08 // a second
const LEAST_STEP = 4000 // bps a second
const HEADROOM = 1.5
const LITTLE = 10_000 // bps

/** Where it last hurt, as a mean and how much it varied (kb/s). */
class Limit {
  #mean: number | null = null
  #variance = 0.4

  get mean(): number | null {
    return this.#mean === null ? null : this.#mean * 1000
  }

  isBeyond(bps: number): boolean {
    return this.#mean !== null && bps / 1000 > this.#mean + 3 * Math.sqrt(this.#variance * this.#mean)
  }

  isBelow(bps: number): boolean {
    return this.#mean !== null && bps / 1000 < this.#mean - 3 * Math.sqrt(this.#variance * this.#mean)
  }

  met(bps: number, weight: number): void {
    const sample = bps / 1000
    this.#mean = this.#mean === null ? sample : (1 - weight) * this.#mean + weight * sample
    const off = this.#mean - sample
    const variance = (1 - weight) * this.#variance + (weight * off * off) / Math.max(1, this.#mean)
    this.#variance = Math.min(2.5, Math.max(0.4, variance))
  }

  forget(): void {
    this.#mean = null
  }
}

export class Aimd {
  rate: number
  /** Our clock, ms; -Infinity: never. */
  loweredAt = Number.NEGATIVE_INFINITY
  /** What we had before we went down last. */
  before = 0
  readonly #least: number
  readonly #most: number
  readonly #limit = new Limit()
  #state: 'hold' | 'up' = 'hold'
  #changedAt = Number.NaN

  /** All in bits per second. */
  constructor({ start, least, most }: { start: number; least: number; most: number }) {
    this.rate = start
    this.#least = least
    this.#most = most
  }

  /** @param acked bits per second, null while unknown  @param roundTrip ms */
  update(use: Use, acked: number | null, roundTrip: number, now: number): void {
    if (Number.isNaN(this.#changedAt)) this.#changedAt = now
    if (use === 'over') {
      if (this.#mayLower(acked, roundTrip, now)) this.#lower(acked, now)
      this.#state = 'hold'
    } else if (use === 'under') {
      this.#state = 'hold' // the queue empties: let it
    } else {
      if (this.#state === 'hold') this.#changedAt = now
      this.#state = 'up'
      this.#raise(acked, roundTrip, now)
    }
  }

  /** A probe or the other side says what goes. */
  set(bps: number, now: number): void {
    this.rate = this.#clamp(bps)
    this.#changedAt = now
  }

  /** A probe met the limit itself. */
  probed(bps: number): void {
    this.#limit.met(bps, 0.5)
  }

  #mayLower(acked: number | null, roundTrip: number, now: number): boolean {
    if (now - this.loweredAt >= Math.min(200, Math.max(10, roundTrip))) return true
    return acked !== null && acked < this.rate / 2
  }

  #lower(acked: number | null, now: number): void {
    const throughput = acked ?? this.rate / 2
    const stays = 1 - (this.rate < POOR ? BACK : Math.min(BACK, Math.max(LEAST_BACK, (BACK * this.rate) / EQUAL)))
    let lower = stays * throughput
    if (lower > this.rate && this.#limit.mean !== null) lower = stays * this.#limit.mean
    if (this.#limit.isBelow(throughput)) this.#limit.forget()
    if (acked !== null) this.#limit.met(throughput, 0.05)
    if (lower < this.rate) {
      if (now - this.loweredAt > 1000) this.before = this.rate
      this.rate = this.#clamp(lower)
    }
    this.#changedAt = now
    this.loweredAt = now
  }

  #raise(acked: number | null, roundTrip: number, now: number): void {
    if (acked !== null && this.#limit.isBeyond(acked)) this.#limit.forget()
    const ceiling = HEADROOM * (acked ?? this.rate) + LITTLE
    const passed = Math.min(1000, now - this.#changedAt) / 1000
    this.#changedAt = now
    if (this.rate >= ceiling) return
    const more =
      this.#limit.mean === null
        ? Math.max(1000 * passed, this.rate * (UNKNOWN_LAND ** passed - 1))
        : passed * nearStep(this.rate, roundTrip)
    this.rate = this.#clamp(Math.min(ceiling, this.rate + more))
  }

  #clamp(bps: number): number {
    return Math.min(this.#most, Math.max(this.#least, bps))
  }
}

/** Half a packet of usual size per reaction, as bits per second in a second. */
function nearStep(rate: number, roundTrip: number): number {
  const frame = rate / 30
  const packet = frame / Math.ceil(frame / 9600)
  return Math.max(LEAST_STEP, packet / ((2 * (roundTrip + 100)) / 1000))
}

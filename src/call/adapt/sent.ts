// sent.ts — the packets that we sent on one transport, by their transport-wide number, until the other side has told of them.
//
// One count for all lines, repairs, probes and padding. A ring of fixed size: nothing grows in the packet path.
import { type Feedback, LOST } from './feedback.ts'
import type { Result } from './result.ts'

/** At 10 Mb/s in small packets: two seconds. A power of two that divides 2^16. */
const KEPT = 4096

const FREE = 0
const OUT = 1
const MISSED = 2

/** Milliseconds: a tick of a delta, and of the reference time (24 bits). */
const TICK = 0.25
const REFERENCE = 64

export class SentPackets {
  /** Told of, but never sent, or too long ago, or told twice. */
  strange = 0
  readonly #at = new Float64Array(KEPT)
  readonly #bytes = new Uint16Array(KEPT)
  readonly #cluster = new Int32Array(KEPT)
  readonly #state = new Uint8Array(KEPT)
  /** The number of the next packet, counted on beyond 16 bits. */
  #next = 0
  #reference = Number.NaN

  /** A packet leaves. @returns its transport-wide number, 16 bits */
  stamp(now: number, bytes: number, cluster: number): number {
    const slot = this.#next % KEPT
    this.#at[slot] = now
    this.#bytes[slot] = bytes
    this.#cluster[slot] = cluster
    this.#state[slot] = OUT
    return this.#next++ & 0xffff
  }

  /** What feedback says of them, in the order of leaving. */
  resolve(feedback: Feedback): Result[] {
    const reference = this.#unwrap(feedback.reference) * REFERENCE
    const first = this.#indexOf(feedback.base)
    const results: Result[] = []
    feedback.ticks.forEach((tick, i) => {
      const result = this.#resolve(first + i, tick === LOST ? null : reference + tick * TICK)
      if (result) results.push(result)
    })
    return results
  }

  #resolve(index: number, cameAt: number | null): Result | null {
    const slot = index % KEPT
    const state = index < 0 || index >= this.#next || index < this.#next - KEPT ? FREE : this.#state[slot]
    if (state === FREE || state === undefined) {
      this.strange++
      return null
    }
    if (cameAt === null && state === MISSED) return null
    this.#state[slot] = cameAt === null ? MISSED : FREE
    return { sentAt: this.#at[slot] ?? 0, cameAt, bytes: this.#bytes[slot] ?? 0, cluster: this.#cluster[slot] ?? 0, late: state === MISSED }
  }

  /** The number nearest to the newest sent that ends in these 16 bits. */
  #indexOf(low: number): number {
    const newest = this.#next - 1
    return newest + (((low - newest) << 16) >> 16)
  }

  #unwrap(reference: number): number {
    if (Number.isNaN(this.#reference)) this.#reference = reference
    const step = ((reference - this.#reference) << 8) >> 8
    this.#reference += step
    return this.#reference
  }
}

// continuity.ts — one unbroken stream out of many that come and go.
//
// A media worker that crashed comes back with a new SSRC, a new sequence and a new time base. The far end must not
// notice: its jitter buffer would wait, its decoder would think minutes had been lost. So the numbers of the new
// stream are shifted to go on where the old one stopped, with the time moved on by what the wall clock says.
import { randomInt } from 'node:crypto'

/** Further than this from the last packet is not loss or reordering but another beginning. */
const FAR = 3000

export class Continuity {
  /** The numbers for the packet last given to next(). Fields, so that the packet path makes no garbage. */
  sequence = 0
  timestamp = 0
  /** How many packets the first of a stream lies behind: 0 for the newest packet, more for a reordered one. */
  behind = 0

  readonly #clockRate: number
  #source = -1
  #sequenceShift = 0
  #timestampShift = 0
  /** Of the newest packet, as it came in. */
  #lastIn = 0
  /**
   * Of the newest packet, as it went out. It begins in the lower half: if the first packets are lost, a receiver cannot know whether
   * the number has rolled over already, and would open nothing (RFC 3711 §3.3.1).
   */
  #lastOut = randomInt(0x8000)
  #lastTimestamp = randomInt(0x100000000)
  #lastAt = 0

  /** @param clockRate ticks per second of the timestamps */
  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** Sets sequence and timestamp. @param now milliseconds, monotonic */
  next(ssrc: number, sequence: number, timestamp: number, now: number): void {
    const step = ((sequence - this.#lastIn) << 16) >> 16
    if (ssrc !== this.#source || step > FAR || step < -FAR) this.#begin(ssrc, sequence, timestamp, now)
    this.sequence = (sequence + this.#sequenceShift) & 0xffff
    this.timestamp = (timestamp + this.#timestampShift) >>> 0
    const ahead = ((sequence - this.#lastIn) << 16) >> 16
    this.behind = ahead < 0 ? -ahead : 0
    if (ahead < 0) return
    this.#lastIn = sequence
    this.#lastOut = this.sequence
    this.#lastTimestamp = this.timestamp
    this.#lastAt = now
  }

  #begin(ssrc: number, sequence: number, timestamp: number, now: number): void {
    const first = this.#source < 0
    const passed = first ? 1 : Math.max(1, Math.round(((now - this.#lastAt) * this.#clockRate) / 1000))
    this.#source = ssrc
    this.#sequenceShift = (this.#lastOut + 1 - sequence) & 0xffff
    this.#timestampShift = (this.#lastTimestamp + passed - timestamp) >>> 0
    this.#lastIn = sequence
  }
}

// arrival.ts — how a seat's packets arrive: how unevenly, what is missing, and when only a keyframe helps.
//
// Packet path: take() allocates nothing. Two answers come out of it: how long the child should wait for a missing packet
// (patience), and whether pictures are broken until the next keyframe.
import type { Ms } from '../lib/unit.ts'

const CLOCK = 90 // RTP ticks of video a millisecond
const LEAST = 10
const MOST = 200
/** A jump this wide is another sender, not a loss. */
const JUMP = 1000

export class Arrival {
  /** RFC 3550 section 6.4.1, over the first packets of each picture, ms. */
  jitter = 0
  /** Since when packets come; null: none yet. */
  firstAt: number | null = null
  lastAt = 0
  #seq = -1
  #stamp = 0
  #transit = 0
  #missing = 0
  #missingSince = 0
  /** How late a packet came that had been given up as missing; fades. */
  #late = 0

  /** How long a missing packet is worth waiting for. */
  get patience(): Ms {
    return Math.round(Math.min(MOST, Math.max(LEAST, 4 * this.jitter, 1.5 * this.#late))) as Ms
  }

  /** One packet (whole RTP, at least 12 bytes). True when a picture is lost and only a keyframe mends it. */
  take(packet: Buffer, now: number): boolean {
    if (packet.length < 12) return false
    const seq = packet.readUInt16BE(2)
    const stamp = packet.readUInt32BE(4)
    this.lastAt = now
    if (this.#seq < 0) {
      this.firstAt = now
      this.#restart(seq, stamp, now)
      return false
    }
    const step = ((seq - this.#seq + 0x8000) & 0xffff) - 0x8000
    if (Math.abs(step) > JUMP) {
      this.#restart(seq, stamp, now)
      return true
    }
    if (step <= 0) this.#found(now)
    else this.#next(seq, stamp, step, now)
    return this.#givenUp(now)
  }

  /** The seat is filled anew, or its worker is. */
  forget(): void {
    this.#seq = -1
    this.firstAt = null
    this.lastAt = 0
    this.#missing = 0
  }

  #restart(seq: number, stamp: number, now: number): void {
    this.#seq = seq
    this.#stamp = stamp
    this.#transit = now - stamp / CLOCK
    this.#missing = 0
  }

  #next(seq: number, stamp: number, step: number, now: number): void {
    if (step > 1) {
      if (this.#missing === 0) this.#missingSince = now
      this.#missing += step - 1
    }
    this.#seq = seq
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    const transit = now - stamp / CLOCK
    const change = Math.abs(transit - this.#transit)
    this.#transit = transit
    // The clock of RTP wraps every 13 hours, and a sender that pauses is not jitter.
    if (change < 1000) this.jitter += (change - this.jitter) / 16
    this.#late *= 0.998
  }

  /** A packet that had been passed came after all. */
  #found(now: number): void {
    if (this.#missing === 0) return
    this.#missing--
    this.#late = Math.max(this.#late, now - this.#missingSince)
  }

  #givenUp(now: number): boolean {
    if (this.#missing === 0 || now - this.#missingSince < this.patience) return false
    this.#missing = 0
    return true
  }
}

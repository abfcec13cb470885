// seam.ts — makes one RTP stream out of all that come one after another: a worker forked anew, a camera plugged in again.
//
// Each pipeline starts with its own SSRC, sequence number and timestamp. Receivers, and SRTP above all (RFC 3711
// section 3.3.1), take a jump back as a replay. So sequence numbers go on where they were, and RTP time goes on with the clock.
import type { Clock } from '../../lib/clock.ts'

const HZ_PER_MS = 90

export class Seam {
  readonly #clock: Clock
  readonly #ssrc: number
  #from = -1
  #sequenceShift = 0
  #timeShift = 0
  #lastSequence = 0
  #lastTime = 0
  #lastAt = 0

  /** @param ssrc the one SSRC that all packets will have */
  constructor(clock: Clock, ssrc: number) {
    this.#clock = clock
    this.#ssrc = ssrc
  }

  /** Rewrites one RTP packet in place (at least 12 bytes; 90 kHz). */
  mend(packet: Buffer): void {
    const now = this.#clock.now()
    const sequence = packet.readUInt16BE(2)
    const time = packet.readUInt32BE(4)
    const from = packet.readUInt32BE(8)
    if (from !== this.#from) {
      if (this.#from >= 0) {
        this.#sequenceShift = this.#lastSequence + 1 - sequence
        this.#timeShift = this.#lastTime + Math.max(1, Math.round((now - this.#lastAt) * HZ_PER_MS)) - time
      }
      this.#from = from
    }
    this.#lastSequence = (sequence + this.#sequenceShift) & 0xffff
    this.#lastTime = (time + this.#timeShift) >>> 0
    this.#lastAt = now
    packet.writeUInt16BE(this.#lastSequence, 2)
    packet.writeUInt32BE(this.#lastTime, 4)
    packet.writeUInt32BE(this.#ssrc, 8)
  }
}

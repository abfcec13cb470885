// continuity.ts — one RTP stream out of many pieces: numbers run on when the source was muted, restarted or exchanged.
//
// A receiver takes a jump of the sequence number for loss, asks for it again and may throw its decryption state out
// of step (RFC 3711 section 3.3.1); a jump of the timestamp it plays as a pause. So what leaves here always has
// the next sequence number, and after a break a timestamp that is as much later as time has passed.

/** One packet of 10 ms. */
const STEP = 480
const RATE_PER_MS = 48

export class Continuity {
  #sequence = 0
  #timestamp = 0
  #at = 0
  /** What is added to the numbers that come in, to make those that go out. */
  #addSequence = 0
  #addTimestamp = 0
  #broken = true
  #begun = false

  /** The next packet begins a new piece: of another source, or after a pause. */
  cut(): void {
    this.#broken = true
  }

  /** Renumbers a packet in place. @param now ms @returns the same packet; the first after a cut has its marker set (RFC 3551 section 4.1). */
  pass(packet: Buffer, now: number): Buffer {
    if (packet.length < 12) return packet
    const sequence = packet.readUInt16BE(2)
    const timestamp = packet.readUInt32BE(4)
    if (this.#broken) {
      this.#broken = false
      if (!this.#begun) {
        this.#begun = true
        this.#sequence = sequence - 1
        this.#timestamp = timestamp - STEP
      }
      const passed = this.#at === 0 ? STEP : Math.max(STEP, Math.round(((now - this.#at) * RATE_PER_MS) / STEP) * STEP)
      this.#addSequence = this.#sequence + 1 - sequence
      this.#addTimestamp = this.#timestamp + passed - timestamp
      packet[1] = (packet[1] ?? 0) | 0x80
    }
    const out = (sequence + this.#addSequence) & 0xffff
    const time = (timestamp + this.#addTimestamp) >>> 0
    // A late packet of the same piece keeps its own place and moves nothing forward.
    if (((out - this.#sequence) & 0xffff) < 0x8000) {
      this.#sequence = out
      this.#timestamp = time
      this.#at = now
    }
    packet.writeUInt16BE(out, 2)
    packet.writeUInt32BE(time, 4)
    return packet
  }
}

// gop.ts — our picture since its last keyframe, kept while that is short: whoever comes now begins with it, and waits for no other.
//
// A keyframe is asked for as soon as somebody is on the way in; by the time they are confirmed it lies here. Packet path: a few packets
// are kept and let go, nothing else. Coded frames lean on one another, so it is all since the keyframe, or nothing.
import { ms } from '../lib/unit.ts'

/** Longer than the pause between two keyframes: so either one lies here, or one is made at once. */
const OLDEST = ms(600)
/** 120 packets are 140 KB: more at once would be lost on the way. */
const MOST = 120
const TICK = 90 // RTP ticks a millisecond

export class YoungGop {
  readonly #most: number
  #packets: Buffer[] = []
  #since = 0
  #stamp = -1
  /** When the newest frame began to come, and how far its stamp lies behind the one before. */
  #cameAt = 0
  #step = 0

  /** @param most packets that are kept, for a picture that is finer than a call's */
  constructor(most: number = MOST) {
    this.#most = most
  }

  /** One RTP packet of H.264 (RFC 6184), whole header of 12 bytes. @param now milliseconds */
  take(packet: Buffer, now: number): void {
    if (packet.length < 14) return
    const stamp = packet.readUInt32BE(4)
    if (stamp !== this.#stamp && beginsAnew(packet)) {
      this.#packets = [packet]
      this.#since = now
    } else if (this.#packets.length > 0) {
      if (this.#packets.length >= this.#most || now - this.#since > OLDEST) this.forget()
      else this.#packets.push(packet)
    }
    if (stamp === this.#stamp) return
    this.#step = this.#stamp < 0 ? 0 : (stamp - this.#stamp) >>> 0
    this.#stamp = stamp
    this.#cameAt = now
  }

  /**
   * All packets since the keyframe, for one newcomer; empty when that is too long ago. They leave all at once, and now: so their frames are
   * stamped a millisecond apart, up to now. A receiver would take their true times for an uneven network, and wait for every frame.
   */
  replay(now: number): Buffer[] {
    if (now - this.#since > OLDEST) this.forget()
    let frames = 0
    let before = -1
    const numbers = this.#packets.map((packet) => {
      const stamp = packet.readUInt32BE(4)
      if (stamp !== before) frames++
      before = stamp
      return frames
    })
    // Never as far as the next frame's own stamp.
    const newest = this.#stamp + Math.max(0, Math.min((now - this.#cameAt) * TICK, this.#step - TICK))
    return this.#packets.map((packet, i) => {
      const copy = Buffer.from(packet)
      copy.writeUInt32BE((newest - (frames - (numbers[i] ?? 0)) * TICK) >>> 0, 4)
      return copy
    })
  }

  /** The camera was closed, or another one sends. */
  forget(): void {
    this.#packets = []
  }
}

/** Is this the first packet of a keyframe: parameter sets, or an IDR slice, alone, together (STAP-A) or the first piece of one (FU-A)? */
function beginsAnew(packet: Buffer): boolean {
  const kind = packet.readUInt8(12) & 31
  if (kind === 24) return packet.length > 15 && isKey(packet.readUInt8(15) & 31)
  if (kind === 28) return (packet.readUInt8(13) & 0x80) !== 0 && isKey(packet.readUInt8(13) & 31)
  return isKey(kind)
}
const isKey = (nal: number): boolean => nal === 7 || nal === 8 || nal === 5

// depacket.ts — our camera's pictures out of the packets that go to the others: RTP of H.264 (RFC 6184) into access units. Pure.
//
// The packets come over loopback, in order, from our own worker; a kernel under load may still lose one. A picture that lost a packet, and all that
// lean on it, are left out up to the next keyframe: what is given can be decoded. Packet path: bounded, never throws.
import { Tally } from '../../lib/tally.ts'
import { concat } from '../../wire/crypto.ts'
import { type Picture, pictureIn } from '../cutter/h264.ts'

/** `ticks`: RTP time at 90 kHz, counted on where the packet's own 32 bits begin anew. */
export type Shot = { readonly ticks: number; readonly picture: Picture }

/** Bytes of one picture; no encoder of ours comes near. */
const LONGEST = 4 * 1024 * 1024
const [STAP_A, FU_A] = [24, 28]

export class Depacket {
  /** What was left out, and why. */
  readonly odd = new Tally()
  readonly #clock = new RtpClock()
  #sequence = -1
  #stamp = -1
  #units: Uint8Array[] = []
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** Something is missing of this picture, or of one that it leans on. */
  #torn = false
  #broken = true

  /** Only a keyframe helps. */
  get isBroken(): boolean {
    return this.#broken
  }

  /** One packet of ours. Gives the picture that is whole with it; null: none is. */
  take(packet: Uint8Array): Shot | null {
    const payload = payloadOf(packet)
    if (!payload) {
      this.odd.add('no RTP')
      return null
    }
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
    const [sequence, stamp] = [view.getUint16(2), view.getUint32(4)]
    if (stamp !== this.#stamp) {
      // The one before never came to its end.
      if (this.#units.length > 0 || this.#pieces.length > 0) this.#lost('a picture without its end')
      this.#begin(stamp)
    }
    if (this.#sequence >= 0 && sequence !== ((this.#sequence + 1) & 0xffff)) this.#tear('a packet was lost')
    this.#sequence = sequence
    this.#add(payload)
    const isEnd = ((packet[1] ?? 0) & 0x80) !== 0
    return isEnd ? this.#finish(stamp) : null
  }

  #begin(stamp: number): void {
    this.#stamp = stamp
    this.#units = []
    this.#pieces = []
    this.#bytes = 0
    this.#torn = false
  }

  #add(payload: Uint8Array): void {
    this.#bytes += payload.length
    if (this.#bytes > LONGEST) {
      this.#units = []
      this.#pieces = []
      this.#tear('a picture that is too long')
      return
    }
    const [head = 0, second = 0] = payload
    const kind = head & 31
    if (kind >= 1 && kind < STAP_A) this.#units.push(payload.slice())
    else if (kind === STAP_A) this.#addAll(payload)
    else if (kind === FU_A && payload.length > 2) this.#addPiece(payload, head, second)
    else this.#tear('a packet of another kind')
  }

  #addPiece(payload: Uint8Array, head: number, second: number): void {
    if ((second & 0x80) !== 0) this.#pieces = [Uint8Array.of((head & 0xe0) | (second & 31))]
    if (this.#pieces.length === 0) {
      this.#tear('a piece without its beginning')
      return
    }
    this.#pieces.push(payload.slice(2))
    if ((second & 0x40) === 0) return
    this.#units.push(concat(...this.#pieces))
    this.#pieces = []
  }

  #addAll(payload: Uint8Array): void {
    for (let at = 1; at + 2 <= payload.length; ) {
      const end = at + 2 + (((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0))
      if (end > payload.length || end === at + 2) {
        this.#tear('a packet of another kind')
        return
      }
      this.#units.push(payload.slice(at + 2, end))
      at = end
    }
  }

  #finish(stamp: number): Shot | null {
    const [units, isTorn] = [this.#units, this.#torn || this.#pieces.length > 0]
    this.#begin(stamp)
    if (isTorn) {
      this.#lost('a picture with a hole')
      return null
    }
    const picture = pictureIn(joined(units), 'avc')
    if (picture.sample.length === 0) return null
    if (picture.isKey) this.#broken = false
    if (this.#broken) {
      this.odd.add('waiting for a keyframe')
      return null
    }
    return { ticks: this.#clock.ticks(stamp), picture }
  }

  #tear(why: string): void {
    this.odd.add(why)
    this.#torn = true
    this.#broken = true
  }

  #lost(why: string): void {
    this.odd.add(why)
    this.#broken = true
  }
}

/** What a packet carries (RFC 3550, 5.1 and 5.3.1); null when it is none, or empty. A view. */
export function payloadOf(packet: Uint8Array): Uint8Array | null {
  const [first = 0] = packet
  if (packet.length < 13 || (first & 0xc0) !== 0x80) return null
  let from = 12 + (first & 15) * 4
  if ((first & 0x10) !== 0) from += 4 + 4 * (((packet[from + 2] ?? 0) << 8) | (packet[from + 3] ?? 0))
  const to = packet.length - ((first & 0x20) !== 0 ? (packet.at(-1) ?? 0) : 0)
  return from < to ? packet.subarray(from, to) : null
}

/** RTP time as one count that does not begin anew. */
export class RtpClock {
  #last = -1
  #ticks = 0

  /** @param stamp 32 bits; up to half of them earlier or later than the one before */
  ticks(stamp: number): number {
    if (this.#last >= 0) this.#ticks += (stamp - this.#last) | 0
    this.#last = stamp
    return this.#ticks
  }
}

function joined(units: readonly Uint8Array[]): Uint8Array {
  const parts = units.flatMap((unit) => {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, unit.length)
    return [length, unit]
  })
  return concat(...parts)
}

// packets.ts — RTP as a camera worker and a sound worker send it, out of frames made up by a test.

const header = (type: number, marker: boolean, sequence: number, stamp: number): Buffer => {
  const head = Buffer.alloc(12)
  head[0] = 0x80
  head[1] = type | (marker ? 0x80 : 0)
  head.writeUInt16BE(sequence & 0xffff, 2)
  head.writeUInt32BE(stamp >>> 0, 4)
  head.writeUInt32BE(1, 8)
  return head
}

/** The units of a byte stream (14496-10, annex B). */
export const unitsOf = (bytes: Uint8Array): Buffer[] => {
  const all = Buffer.from(bytes)
  const at: number[] = []
  for (let i = all.indexOf('000001', 0, 'hex'); i >= 0; i = all.indexOf('000001', i + 3, 'hex')) at.push(i)
  // A zero before a start code belongs to it.
  return at.map((from, i) => all.subarray(from + 3, (at[i + 1] ?? all.length) - (all[(at[i + 1] ?? 0) - 1] === 0 ? 1 : 0)))
}

/** Packets of pictures (RFC 6184), numbered on and on. */
export class Camera {
  sequence = 65_000
  readonly #mtu: number
  constructor(mtu = 1200) {
    this.#mtu = mtu
  }
  /** @param unit an access unit with start codes @param stamp 90 kHz */
  packets(unit: Uint8Array, stamp: number): Buffer[] {
    const payloads = unitsOf(unit).flatMap((nal) => this.#pieces(nal))
    return payloads.map((payload, i) => Buffer.concat([header(96, i === payloads.length - 1, this.sequence++, stamp), payload]))
  }
  #pieces(nal: Buffer): Buffer[] {
    if (nal.length <= this.#mtu) return [nal]
    const [head = 0] = nal
    const pieces: Buffer[] = []
    for (let at = 1; at < nal.length; at += this.#mtu) {
      const bits = (at === 1 ? 0x80 : 0) | (at + this.#mtu >= nal.length ? 0x40 : 0)
      pieces.push(Buffer.concat([Buffer.of((head & 0xe0) | 28, bits | (head & 31)), nal.subarray(at, at + this.#mtu)]))
    }
    return pieces
  }
}

/** One packet of sound; `stamp` at 48 kHz. */
export const voice = (payload: Uint8Array, sequence: number, stamp: number): Buffer =>
  Buffer.concat([header(111, false, sequence, stamp), payload])

/** 10 ms of Opus that tells which one it is. */
export const opus = (index: number): Uint8Array => Uint8Array.of(0xf0, index & 255, (index >> 8) & 255, 1)

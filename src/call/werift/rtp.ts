// rtp.ts — the header of an RTP packet (RFC 3550 §5.1) and its extensions (RFC 8285), read with every bound checked.

export const RTP_HEADER = 12

/** One object is read into again and again: the packet path makes no garbage of headers. */
export class RtpHeader {
  marker = false
  payloadType = 0
  sequence = 0
  timestamp = 0
  ssrc = 0
  padded = false
  /** Where the extension elements begin and end; both 0 without. */
  extensionAt = 0
  extensionEnd = 0
  /** Length of one element's header: 1 or 2 bytes; 0 for a profile that we do not know. */
  extensionForm: 0 | 1 | 2 = 0
  payloadAt = 0

  /** False when it is not RTP version 2, or the header is longer than the packet; then the fields mean nothing. */
  read(packet: Buffer): boolean {
    if (packet.length < RTP_HEADER) return false
    const first = packet.readUInt8(0)
    if (first >> 6 !== 2) return false
    let payloadAt = RTP_HEADER + (first & 0x0f) * 4
    this.extensionAt = 0
    this.extensionEnd = 0
    this.extensionForm = 0
    if (first & 0x10) {
      if (packet.length < payloadAt + 4) return false
      const profile = packet.readUInt16BE(payloadAt)
      this.extensionForm = profile === 0xbede ? 1 : (profile & 0xfff0) === 0x1000 ? 2 : 0
      this.extensionAt = payloadAt + 4
      this.extensionEnd = this.extensionAt + packet.readUInt16BE(payloadAt + 2) * 4
      payloadAt = this.extensionEnd
    }
    if (packet.length < payloadAt) return false
    const second = packet.readUInt8(1)
    this.marker = (second & 0x80) !== 0
    this.payloadType = second & 0x7f
    this.sequence = packet.readUInt16BE(2)
    this.timestamp = packet.readUInt32BE(4)
    this.ssrc = packet.readUInt32BE(8)
    this.padded = (first & 0x20) !== 0
    this.payloadAt = payloadAt
    return true
  }
}

/** One header extension's bytes, or null. */
export function extension(packet: Buffer, header: RtpHeader, id: number): Buffer | null {
  const { extensionForm: form, extensionEnd: end } = header
  if (form === 0 || id === 0) return null
  for (let at = header.extensionAt; at + form <= end; ) {
    const first = packet.readUInt8(at)
    if (first === 0) {
      at += 1
      continue
    }
    const found = form === 1 ? first >> 4 : first
    if (form === 1 && found === 15) return null
    const length = form === 1 ? (first & 0x0f) + 1 : packet.readUInt8(at + 1)
    at += form
    if (at + length > end) return null
    if (found === id) return packet.subarray(at, at + length)
    at += length
  }
  return null
}

/** The payload without its padding; null when the count of padding is a lie. */
export function withoutPadding(payload: Buffer, padded: boolean): Buffer | null {
  if (!padded) return payload
  const count = payload.length > 0 ? payload.readUInt8(payload.length - 1) : 0
  return count === 0 || count > payload.length ? null : payload.subarray(0, payload.length - count)
}

/** A plain header of 12 bytes: no CSRC, no extension, no padding. */
export function writeHeader(into: Buffer, marker: boolean, payloadType: number, sequence: number, timestamp: number, ssrc: number): void {
  into.writeUInt8(0x80, 0)
  into.writeUInt8((marker ? 0x80 : 0) | payloadType, 1)
  into.writeUInt16BE(sequence & 0xffff, 2)
  into.writeUInt32BE(timestamp >>> 0, 4)
  into.writeUInt32BE(ssrc >>> 0, 8)
}

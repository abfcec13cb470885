// rtp.ts — the header of an RTP packet (RFC 3550 §5.1), as our workers want it.

export const RTP_HEADER = 12

/** A plain 12-byte header: no CSRC, no extension, no padding. */
export function writeHeader(into: Buffer, marker: boolean, payloadType: number, sequence: number, timestamp: number, ssrc: number): void {
  into.writeUInt8(0x80, 0)
  into.writeUInt8((marker ? 0x80 : 0) | payloadType, 1)
  into.writeUInt16BE(sequence, 2)
  into.writeUInt32BE(timestamp, 4)
  into.writeUInt32BE(ssrc, 8)
}

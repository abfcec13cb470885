// rtp.ts — RTP as our workers give it to a transport: twelve bytes of header, and a picture or sound that nobody decodes.
import type { Line } from '../../src/call/transport.ts'

export type Stream = {
  readonly line: Line
  readonly payloadType: number
  readonly ssrc: number
  readonly step: number
  readonly size: number
}

export const STREAMS: readonly Stream[] = [
  { line: 'audio', payloadType: 111, ssrc: 0x0a0a0a01, step: 960, size: 60 },
  { line: 'camera', payloadType: 96, ssrc: 0x0a0a0a02, step: 3000, size: 500 },
  { line: 'screen', payloadType: 96, ssrc: 0x0a0a0a03, step: 3000, size: 500 },
]
export const CAMERA = STREAMS[1] as Stream

/** The nth packet of a stream: each a frame of its own, an IDR slice by its header (RFC 6184 §5.6). */
export function rtp({ payloadType, ssrc, step, size }: Stream, n: number): Buffer {
  const packet = Buffer.alloc(12 + size, n & 255)
  packet.writeUInt8(0x80, 0)
  packet.writeUInt8(0x80 | payloadType, 1)
  packet.writeUInt16BE(n & 0xffff, 2)
  packet.writeUInt32BE((n * step) >>> 0, 4)
  packet.writeUInt32BE(ssrc, 8)
  packet.writeUInt8(0x65, 12)
  packet.writeUInt32BE(n, 13)
  return packet
}

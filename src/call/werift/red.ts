// red.ts — sound that carries the sound before it (RFC 2198): what was lost comes again with the next packet, without asking. Pure.
//
// A block of the past has a header of four bytes: its payload type, how far back it is in ticks (14 bits), how long it is (10 bits); the
// newest has one byte and the rest of the packet.

/** So many packets of the past at most: with the loss of a third of all one in thirty is still missing. */
export const MOST_PAST = 2
const MOST_OFFSET = 0x3fff
const MOST_LENGTH = 0x3ff
const HEADER = 4

/** Sound as it was sent, its stamp in ticks. */
export type Sound = { readonly timestamp: number; readonly payload: Buffer }

/** One payload of the newest sound and what came before it, the oldest first. What does not fit into the form is left out. */
export function writeRed(payloadType: number, newest: Sound, past: readonly Sound[]): Buffer {
  const fitting = past.filter(({ timestamp, payload }) => {
    const offset = (newest.timestamp - timestamp) >>> 0
    return offset > 0 && offset <= MOST_OFFSET && payload.length > 0 && payload.length <= MOST_LENGTH
  })
  const headers = Buffer.allocUnsafe(fitting.length * HEADER + 1)
  fitting.forEach(({ timestamp, payload }, i) => {
    const offset = (newest.timestamp - timestamp) >>> 0
    headers.writeUInt32BE(((0x80 | payloadType) * 0x1000000 + offset * 0x400 + payload.length) >>> 0, i * HEADER)
  })
  headers.writeUInt8(payloadType, fitting.length * HEADER)
  return Buffer.concat([headers, ...fitting.map(({ payload }) => payload), newest.payload])
}

/** How long ago in ticks, and the sound itself; the last is the newest, at 0. */
export type Block = { readonly offset: number; readonly payload: Buffer }

/** The blocks of a payload, the oldest first; null when it is malformed, or of another codec. At most MOST_PAST of the past are looked at. */
export function readRed(payloadType: number, body: Buffer): Block[] | null {
  const heads: Array<{ offset: number; length: number }> = []
  let at = 0
  for (; at < body.length && body.readUInt8(at) & 0x80; at += HEADER) {
    if (at + HEADER >= body.length || (body.readUInt8(at) & 0x7f) !== payloadType) return null
    const word = body.readUInt32BE(at)
    heads.push({ offset: (word >>> 10) & MOST_OFFSET, length: word & MOST_LENGTH })
  }
  if (at >= body.length || body.readUInt8(at) !== payloadType) return null
  at++
  const blocks: Block[] = []
  for (const { offset, length } of heads) {
    if (at + length > body.length) return null
    blocks.push({ offset, payload: body.subarray(at, at + length) })
    at += length
  }
  return [...blocks.slice(-MOST_PAST), { offset: 0, payload: body.subarray(at) }]
}

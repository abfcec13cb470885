// feedback.ts — reads transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). Hostile until proven: null for
// whatever is too short, lies about its length or counts more than anybody has on the way.

const HEADER = 20
/** Statuses in one packet at most. */
const MOST = 8192
const NOT_RECEIVED = 0
const SMALL = 1
const LARGE = 2

/** Of one packet: a time since the reference in ticks of 250 us, or that it did not come. */
export const LOST = Number.MIN_SAFE_INTEGER

export type Feedback = {
  /** The first packet that is spoken of, 16 bits. */
  readonly base: number
  /** In 64 ms, 24 bits. */
  readonly reference: number
  /** This feedback's own number, 8 bits. */
  readonly count: number
  /** Ticks of 250 us since the reference, or LOST; the first is of `base`. */
  readonly ticks: readonly number[]
}

/** @param packet one whole RTCP packet, type 205, format 15 */
export function readFeedback(packet: Buffer): Feedback | null {
  if (packet.length < HEADER || packet.readUInt8(1) !== 205 || (packet.readUInt8(0) & 0x1f) !== 15) return null
  const padding = packet.readUInt8(0) & 0x20 ? packet.readUInt8(packet.length - 1) : 0
  const end = packet.length - padding
  const total = packet.readUInt16BE(14)
  if (end < HEADER || total === 0 || total > MOST) return null
  const symbols: number[] = []
  let at = HEADER
  for (; symbols.length < total; at += 2) {
    if (at + 2 > end) return null
    readChunk(packet.readUInt16BE(at), total, symbols)
  }
  const ticks: number[] = []
  let tick = 0
  for (const symbol of symbols) {
    if (symbol === NOT_RECEIVED) {
      ticks.push(LOST)
      continue
    }
    if (symbol > LARGE || at + symbol > end) return null
    tick += symbol === SMALL ? packet.readUInt8(at) : packet.readInt16BE(at)
    at += symbol
    ticks.push(tick)
  }
  return { base: packet.readUInt16BE(12), reference: packet.readUIntBE(16, 3), count: packet.readUInt8(19), ticks }
}

/** §3.1.3 a run of one status, §3.1.4 fourteen of one bit, or seven of two bits. What goes beyond the total is filling. */
function readChunk(chunk: number, total: number, into: number[]): void {
  if (chunk < 0x8000) {
    const run = Math.min(chunk & 0x1fff, total - into.length)
    for (let i = 0; i < run; i++) into.push((chunk >> 13) & 3)
    if ((chunk & 0x1fff) === 0) into.push(3) // a run of none: refused like the reserved status
  } else if (chunk & 0x4000) {
    for (let shift = 12; shift >= 0 && into.length < total; shift -= 2) into.push((chunk >> shift) & 3)
  } else {
    for (let shift = 13; shift >= 0 && into.length < total; shift--) into.push((chunk >> shift) & 1)
  }
}

// sctp-init.ts — what the ends of an SCTP association tell each other before it begins (RFC 9260 §3.3.2), said in the descriptions. Pure.
//
// SCTP takes two round trips to begin, though there is nothing in its words that was not known before: its cookie guards servers that anybody may
// write to, and here DTLS stands in front. So each end puts its INIT chunk into its description (draft-hancke-tsvwg-snap, `a=sctp-init:`, in
// base64), and where both did the association is there as soon as DTLS is. Chromium knows this; who does not leaves the line out.
import { randomBytes } from 'node:crypto'

export type SctpInit = {
  /** Never 0. */
  readonly tag: number
  /** Bytes that it has room for. */
  readonly room: number
  readonly outbound: number
  readonly inbound: number
  /** The number of its first piece. */
  readonly tsn: number
  readonly parameters: ReadonlyArray<readonly [type: number, value: Buffer]>
}

const INIT = 1
const HEAD = 20
const LONGEST = 1024
const FORWARD_TSN_SUPPORTED = 0xc000 // RFC 3758
const SUPPORTED_EXTENSIONS = 0x8008 // RFC 5061
const FORWARD_TSN = 192
const RE_CONFIG = 130
/** As werift has them for itself. */
const ROOM = 1024 * 1024
const STREAMS = 65535

/** A new one of ours, with what werift speaks. */
export function ourInit(): SctpInit {
  const random = randomBytes(8)
  return {
    ...{ tag: random.readUInt32BE(0) || 1, tsn: random.readUInt32BE(4), room: ROOM, outbound: STREAMS, inbound: STREAMS },
    parameters: [
      [FORWARD_TSN_SUPPORTED, Buffer.alloc(0)],
      [SUPPORTED_EXTENSIONS, Buffer.of(FORWARD_TSN, RE_CONFIG)],
    ],
  }
}

/** As it stands behind `a=sctp-init:`. */
export function writeInit({ tag, room, outbound, inbound, tsn, parameters }: SctpInit): string {
  const tail = parameters.map(([type, value]) => {
    const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
    bytes.writeUInt16BE(type, 0)
    bytes.writeUInt16BE(4 + value.length, 2)
    value.copy(bytes, 4)
    return bytes
  })
  const last = parameters.at(-1)?.[1].length ?? 0
  const padded = Buffer.concat([Buffer.alloc(HEAD), ...tail])
  const whole = padded.subarray(0, padded.length - ((4 - (last % 4)) % 4)) // the last needs no padding
  whole.writeUInt8(INIT, 0)
  whole.writeUInt16BE(whole.length, 2)
  whole.writeUInt32BE(tag, 4)
  whole.writeUInt32BE(room, 8)
  whole.writeUInt16BE(outbound, 12)
  whole.writeUInt16BE(inbound, 14)
  whole.writeUInt32BE(tsn, 16)
  return whole.toString('base64')
}

/** Null for what is none. Never throws. */
export function readInit(text: string): SctpInit | null {
  if (text.length > LONGEST || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  const length = bytes.length >= HEAD ? bytes.readUInt16BE(2) : 0
  if (length < HEAD || length > bytes.length || bytes.length - length > 3 || bytes.readUInt8(0) !== INIT) return null
  const parameters: Array<readonly [number, Buffer]> = []
  for (let at = HEAD; at < length; ) {
    const size = at + 4 <= length ? bytes.readUInt16BE(at + 2) : 0
    if (size < 4 || at + size > length) return null
    parameters.push([bytes.readUInt16BE(at), bytes.subarray(at + 4, at + size)])
    at += Math.ceil(size / 4) * 4
  }
  const [tag, room, tsn] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8), bytes.readUInt32BE(16)]
  const [outbound, inbound] = [bytes.readUInt16BE(12), bytes.readUInt16BE(14)]
  // RFC 9260 §3.3.2: such a one is refused.
  return tag === 0 || outbound === 0 || inbound === 0 || room < 1500 ? null : { tag, room, outbound, inbound, tsn, parameters }
}

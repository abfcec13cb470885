// kit.ts — packets and a quiet log for the tests of the transport.
import type { Log } from '../../../src/lib/log.ts'
import { type Packets, packets } from '../../../src/lib/packets.ts'

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, part: () => quiet }

/** scripts/setup compiles it wherever it compiles the rest; without it half of what is tested here would not be. */
export function mustHavePackets(): Packets {
  if (!packets) throw new Error('native/packets is not compiled for this Node; run scripts/setup')
  return packets
}

/** One list of promises for both. */
export const WAYS: ReadonlyArray<readonly [way: string, addon: Packets | null]> = [
  ['in JavaScript', null],
  ['in the addon', mustHavePackets()],
]

export type Made = {
  readonly payloadType?: number
  readonly sequence?: number
  readonly timestamp?: number
  readonly ssrc?: number
  readonly marker?: boolean
  readonly payload?: Buffer
  /** One-byte header extensions (RFC 8285). */
  readonly extensions?: ReadonlyArray<readonly [id: number, bytes: Buffer]>
  readonly csrc?: number
  readonly padding?: number
}

/** One RTP packet, written by hand from RFC 3550 and not by what is tested. */
export function rtp({
  payloadType = 96,
  sequence = 1,
  timestamp = 0,
  ssrc = 7,
  marker = false,
  payload,
  extensions,
  csrc = 0,
  padding = 0,
}: Made): Buffer {
  const header = Buffer.alloc(12 + csrc * 4)
  header[0] = 0x80 | (padding ? 0x20 : 0) | (extensions ? 0x10 : 0) | csrc
  header[1] = (marker ? 0x80 : 0) | payloadType
  header.writeUInt16BE(sequence & 0xffff, 2)
  header.writeUInt32BE(timestamp >>> 0, 4)
  header.writeUInt32BE(ssrc >>> 0, 8)
  const parts: Buffer[] = [header]
  if (extensions) {
    const elements = Buffer.concat(extensions.map(([id, bytes]) => Buffer.concat([Buffer.from([(id << 4) | (bytes.length - 1)]), bytes])))
    const words = Math.ceil(elements.length / 4)
    const head = Buffer.from([0xbe, 0xde, words >> 8, words & 0xff])
    parts.push(head, elements, Buffer.alloc(words * 4 - elements.length))
  }
  parts.push(payload ?? Buffer.from('payload'))
  if (padding) parts.push(Buffer.concat([Buffer.alloc(padding - 1), Buffer.from([padding])]))
  return Buffer.concat(parts)
}

// srtp.ts — who may send and what was here before: RTP and RTCP sealed and opened (RFC 3711 §3.3, RFC 7714).
//
// Our own, because werift's has no replay window, clones every packet two or three times and derives its
// cipher key anew each time. One object per direction; how a packet is encrypted is suite.ts, and of sockets and lines it knows nothing.
import { createCipheriv } from 'node:crypto'
import { type Packets, packets } from '../../lib/packets.ts'
import { RtpHeader } from './rtp.ts'
import { AES_GCM, type Profile, RTCP_HEAD, RTCP_WORD, type SessionKeys, type Suite, suiteOf, type Turn } from './suite.ts'
import { extend, Window } from './window.ts'

export { AES_CM, AES_GCM, type Profile } from './suite.ts'

/** Master key and salt, in bytes. */
export const KEY_BYTES = 16
export const saltBytes = (profile: Profile): number => (profile === AES_GCM ? 12 : 14)

/** More sources than any honest peer has in a call: three lines, each with a repair stream, and some that changed. */
const MOST_SOURCES = 32
const ENCRYPTED = 0x80000000
const ROLLOVER = 0x10000

/** RFC 3711 §4.3: one session key out of the master key. Labels 0-2 are for RTP, 3-5 for RTCP. */
export function derive(key: Uint8Array, salt: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16)
  iv.set(salt)
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7)
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(length))
}

const sessionKeys = (profile: Profile, key: Uint8Array, salt: Uint8Array, first: 0 | 3): SessionKeys => ({
  cipher: derive(key, salt, first, KEY_BYTES),
  auth: derive(key, salt, first + 1, 20),
  salt: derive(key, salt, first + 2, saltBytes(profile)),
})

type Suites = { readonly rtp: Suite; readonly rtcp: Suite }
const suites = (profile: Profile, key: Uint8Array, salt: Uint8Array, addon: Packets | null): Suites => ({
  rtp: suiteOf(profile, sessionKeys(profile, key, salt, 0), addon),
  rtcp: suiteOf(profile, sessionKeys(profile, key, salt, 3), addon),
})

/** Seals what we send. */
export class Sealer {
  /** Bytes that rtp() adds. */
  readonly overhead: number
  readonly #rtp: Suite
  readonly #rtcp: Suite
  readonly #sources = new Map<number, Window>()
  readonly #turn: Turn = { ssrc: 0, high: 0, low: 0 }
  #rtcpIndex = 0

  /** @param addon null: in JavaScript */
  constructor(profile: Profile, key: Uint8Array, salt: Uint8Array, addon: Packets | null = packets) {
    const { rtp, rtcp } = suites(profile, key, salt, addon)
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.overhead = rtp.overhead
  }

  /**
   * Seals in place. The length of the sealed packet; 0 for a number that had its packet already: two under one number would
   * give the key of the seal away (RFC 7714 §8.1).
   * @param packet begins with the whole header, and has room for the payload and the overhead behind it
   */
  rtp(packet: Buffer, headerLength: number, payload: Buffer): number {
    const turn = this.#turn
    turn.ssrc = packet.readUInt32BE(8)
    turn.low = packet.readUInt16BE(2)
    let window = this.#sources.get(turn.ssrc)
    if (!window) {
      window = new Window()
      this.#sources.set(turn.ssrc, window)
    }
    const index = extend(window.top, turn.low)
    if (!window.isFresh(index)) return 0
    window.add(index)
    turn.high = Math.floor(index / ROLLOVER)
    return this.#rtp.sealRtp(packet, headerLength, payload, turn)
  }

  rtcp(packet: Buffer): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) & 0x7fffffff
    const index = this.#rtcpIndex
    const turn = { ssrc: packet.readUInt32BE(4), high: index >>> 16, low: index & 0xffff }
    return this.#rtcp.sealRtcp(packet, ENCRYPTED + index, turn)
  }
}

export type NotOpened = 'media malformed' | 'media forged' | 'media replayed' | 'too many sources'

/** Opens what arrives; refuses what is forged or was here before. */
export class Opener {
  /** Of the packet that rtp() opened last. */
  readonly header = new RtpHeader()
  readonly #rtp: Suite
  readonly #rtcp: Suite
  readonly #sources = new Map<number, Window>()
  readonly #reports = new Map<number, Window>()
  readonly #turn: Turn = { ssrc: 0, high: 0, low: 0 }

  /** @param addon null: in JavaScript */
  constructor(profile: Profile, key: Uint8Array, salt: Uint8Array, addon: Packets | null = packets) {
    const { rtp, rtcp } = suites(profile, key, salt, addon)
    this.#rtp = rtp
    this.#rtcp = rtcp
  }

  /** The payload, still with its padding if it has any; what stands before it is in `header`. */
  rtp(packet: Buffer): Buffer | NotOpened {
    const { header } = this
    if (!header.read(packet) || packet.length < header.payloadAt + this.#rtp.overhead) return 'media malformed'
    const { ssrc, sequence } = header
    const seen = this.#sources.get(ssrc)
    if (!seen && this.#sources.size >= MOST_SOURCES) return 'too many sources'
    const index = extend(seen ? seen.top : -1, sequence)
    if (seen && !seen.isFresh(index)) return 'media replayed'
    const turn = this.#turn
    turn.ssrc = ssrc
    turn.high = Math.floor(index / ROLLOVER)
    turn.low = sequence
    const payload = this.#rtp.openRtp(packet, header.payloadAt, turn)
    if (!payload) return 'media forged'
    note(this.#sources, seen, ssrc, index)
    return payload
  }

  /** The plain RTCP packet, or why not. */
  rtcp(packet: Buffer): Buffer | NotOpened {
    if (packet.length < RTCP_HEAD + RTCP_WORD + this.#rtcp.overhead) return 'media malformed'
    const word = packet.readUInt32BE(this.#rtcp.wordAt(packet))
    if (word < ENCRYPTED) return 'media malformed'
    const index = word - ENCRYPTED
    const ssrc = packet.readUInt32BE(4)
    const seen = this.#reports.get(ssrc)
    if (!seen && this.#reports.size >= MOST_SOURCES) return 'too many sources'
    if (seen && !seen.isFresh(index)) return 'media replayed'
    const plain = this.#rtcp.openRtcp(packet, { ssrc, high: index >>> 16, low: index & 0xffff })
    if (!plain) return 'media forged'
    note(this.#reports, seen, ssrc, index)
    return plain
  }
}

/** Only for what is genuine: a stranger's packet must not move the window. */
function note(windows: Map<number, Window>, seen: Window | undefined, ssrc: number, index: number): void {
  const window = seen ?? new Window()
  if (!seen) windows.set(ssrc, window)
  window.add(index)
}

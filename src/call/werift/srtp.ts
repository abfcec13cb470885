// srtp.ts — RTP and RTCP sealed: AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80 (RFC 3711).
//
// Our own, because werift's has no replay window, clones every packet two or three times and derives its
// cipher key anew each time. One object per direction; it knows nothing of sockets or lines.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type RtpHeader, readRtp } from './rtp.ts'
import { extend, Window } from './window.ts'

/** Numbers of RFC 5764 §4.1.2 and RFC 7714 §14.2. */
export const AES_CM = 0x0001
export const AES_GCM = 0x0007
export type Profile = typeof AES_CM | typeof AES_GCM

/** Master key and salt, in bytes. */
export const KEY_BYTES = 16
export const saltBytes = (profile: Profile): number => (profile === AES_GCM ? 12 : 14)

/** More sources than any honest peer has in a call: three lines, each with a repair stream, and some that changed. */
const MOST_SOURCES = 32
const ENCRYPTED = 0x80000000

type Keys = { readonly cipher: KeyObject; readonly auth: Buffer; readonly salt: Buffer }

/** RFC 3711 §4.3: one session key out of the master key. Labels 0-2 are for RTP, 3-5 for RTCP. */
export function derive(key: Uint8Array, salt: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16)
  iv.set(salt)
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7)
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(length))
}

const sessionKeys = (profile: Profile, key: Uint8Array, salt: Uint8Array, first: 0 | 3): Keys => ({
  cipher: createSecretKey(derive(key, salt, first, KEY_BYTES)),
  auth: derive(key, salt, first + 1, 20),
  salt: derive(key, salt, first + 2, saltBytes(profile)),
})

/** RFC 7714 §8.1 and §9.1, RFC 3711 §4.1.1: `high` is the roll-over count, `low` the sequence number; for RTCP both come from the index. */
function initialVector(profile: Profile, salt: Buffer, ssrc: number, high: number, low: number): Buffer {
  const iv = Buffer.alloc(profile === AES_GCM ? 12 : 16)
  const at = profile === AES_GCM ? 2 : 4
  iv.writeUInt32BE(ssrc, at)
  iv.writeUInt32BE(high, at + 4)
  iv.writeUInt16BE(low, at + 8)
  for (let i = 0; i < salt.length; i++) iv.writeUInt8(iv.readUInt8(i) ^ salt.readUInt8(i), i)
  return iv
}

function tag80(auth: Buffer, ...parts: readonly Buffer[]): Buffer {
  const mac = createHmac('sha1', auth)
  for (const part of parts) mac.update(part)
  return mac.digest().subarray(0, 10)
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** Seals what we send. */
export class Sealer {
  readonly #profile: Profile
  readonly #rtp: Keys
  readonly #rtcp: Keys
  readonly #sources = new Map<number, number>()
  #rtcpIndex = 0

  constructor(profile: Profile, key: Uint8Array, salt: Uint8Array) {
    this.#profile = profile
    this.#rtp = sessionKeys(profile, key, salt, 0)
    this.#rtcp = sessionKeys(profile, key, salt, 3)
  }

  /** @param header a whole RTP header, which is authenticated only  @param payload what is encrypted as well */
  rtp(header: Buffer, payload: Buffer): Buffer {
    const ssrc = header.readUInt32BE(8)
    const sequence = header.readUInt16BE(2)
    const index = extend(this.#sources.get(ssrc) ?? -1, sequence)
    if (index > (this.#sources.get(ssrc) ?? -1)) this.#sources.set(ssrc, index)
    const rollovers = Math.floor(index / 0x10000)
    const { cipher: key, auth, salt } = this.#rtp
    const iv = initialVector(this.#profile, salt, ssrc, rollovers, sequence)
    if (this.#profile === AES_GCM) {
      const cipher = createCipheriv('aes-128-gcm', key, iv)
      cipher.setAAD(header)
      const body = cipher.update(payload)
      cipher.final()
      return Buffer.concat([header, body, cipher.getAuthTag()])
    }
    const body = createCipheriv('aes-128-ctr', key, iv).update(payload)
    return Buffer.concat([header, body, tag80(auth, header, body, word(rollovers))])
  }

  rtcp(packet: Buffer): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) & 0x7fffffff
    const index = this.#rtcpIndex
    const head = packet.subarray(0, 8)
    const trailer = word(ENCRYPTED + index)
    const { cipher: key, auth, salt } = this.#rtcp
    const iv = initialVector(this.#profile, salt, packet.readUInt32BE(4), index >>> 16, index & 0xffff)
    if (this.#profile === AES_GCM) {
      const cipher = createCipheriv('aes-128-gcm', key, iv)
      cipher.setAAD(Buffer.concat([head, trailer]))
      const body = cipher.update(packet.subarray(8))
      cipher.final()
      return Buffer.concat([head, body, cipher.getAuthTag(), trailer])
    }
    const body = createCipheriv('aes-128-ctr', key, iv).update(packet.subarray(8))
    return Buffer.concat([head, body, trailer, tag80(auth, head, body, trailer)])
  }
}

export type Opened = { readonly header: RtpHeader /** Still with its padding, if it has any. */; readonly payload: Buffer }
export type NotOpened = 'media malformed' | 'media forged' | 'media replayed' | 'too many sources'

/** Opens what arrives; refuses what is forged or was here before. */
export class Opener {
  readonly #profile: Profile
  readonly #rtp: Keys
  readonly #rtcp: Keys
  readonly #sources = new Map<number, Window>()
  readonly #reports = new Map<number, Window>()

  constructor(profile: Profile, key: Uint8Array, salt: Uint8Array) {
    this.#profile = profile
    this.#rtp = sessionKeys(profile, key, salt, 0)
    this.#rtcp = sessionKeys(profile, key, salt, 3)
  }

  rtp(packet: Buffer): Opened | NotOpened {
    const header = readRtp(packet)
    const bodyEnd = packet.length - (this.#profile === AES_GCM ? 16 : 10)
    if (!header || bodyEnd < header.payloadAt) return 'media malformed'
    const seen = this.#sources.get(header.ssrc)
    if (!seen && this.#sources.size >= MOST_SOURCES) return 'too many sources'
    const index = extend(seen?.top ?? -1, header.sequence)
    if (seen && !seen.isFresh(index)) return 'media replayed'
    const rollovers = Math.floor(index / 0x10000)
    const { cipher: key, auth, salt } = this.#rtp
    const iv = initialVector(this.#profile, salt, header.ssrc, rollovers, header.sequence)
    const body = packet.subarray(header.payloadAt, bodyEnd)
    let payload: Buffer
    if (this.#profile === AES_GCM) {
      const opened = openGcm(key, iv, packet.subarray(0, header.payloadAt), body, packet.subarray(bodyEnd))
      if (!opened) return 'media forged'
      payload = opened
    } else {
      if (!timingSafeEqual(tag80(auth, packet.subarray(0, bodyEnd), word(rollovers)), packet.subarray(bodyEnd))) return 'media forged'
      payload = createDecipheriv('aes-128-ctr', key, iv).update(body)
    }
    const window = seen ?? new Window()
    if (!seen) this.#sources.set(header.ssrc, window)
    window.add(index)
    return { header, payload }
  }

  /** The plain RTCP packet, or why not. */
  rtcp(packet: Buffer): Buffer | NotOpened {
    const tag = this.#profile === AES_GCM ? 16 : 10
    if (packet.length < 8 + 4 + tag) return 'media malformed'
    const trailerAt = this.#profile === AES_GCM ? packet.length - 4 : packet.length - 4 - tag
    const bodyEnd = this.#profile === AES_GCM ? trailerAt - tag : trailerAt
    const trailer = packet.subarray(trailerAt, trailerAt + 4)
    const sealed = trailer.readUInt32BE(0)
    if (sealed < ENCRYPTED) return 'media malformed'
    const index = sealed - ENCRYPTED
    const ssrc = packet.readUInt32BE(4)
    const seen = this.#reports.get(ssrc)
    if (!seen && this.#reports.size >= MOST_SOURCES) return 'too many sources'
    if (seen && !seen.isFresh(index)) return 'media replayed'
    const { cipher: key, auth, salt } = this.#rtcp
    const iv = initialVector(this.#profile, salt, ssrc, index >>> 16, index & 0xffff)
    const head = packet.subarray(0, 8)
    const body = packet.subarray(8, bodyEnd)
    let plain: Buffer
    if (this.#profile === AES_GCM) {
      const opened = openGcm(key, iv, Buffer.concat([head, trailer]), body, packet.subarray(bodyEnd, trailerAt))
      if (!opened) return 'media forged'
      plain = opened
    } else {
      if (!timingSafeEqual(tag80(auth, packet.subarray(0, trailerAt + 4)), packet.subarray(trailerAt + 4))) return 'media forged'
      plain = createDecipheriv('aes-128-ctr', key, iv).update(body)
    }
    const window = seen ?? new Window()
    if (!seen) this.#reports.set(ssrc, window)
    window.add(index)
    return Buffer.concat([head, plain])
  }
}

function openGcm(key: KeyObject, iv: Buffer, aad: Buffer, body: Buffer, tag: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-128-gcm', key, iv)
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plain = decipher.update(body)
  try {
    decipher.final()
  } catch {
    return null // the only way node:crypto has of saying that the tag is wrong
  }
  return plain
}

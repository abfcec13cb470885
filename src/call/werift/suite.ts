// suite.ts — the two ways of sealing that DTLS may agree on: AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80 (RFC 3711).
//
// One object holds the session keys of one direction, for RTP or for RTCP, as key objects: node:crypto takes ten times longer to
// begin with bare bytes. It works in buffers of its own that it uses again, so a call must be over before the next one. It knows nothing
// of who counts what: srtp.ts does. Where our addon is there it does the same work (suite-native.ts); this file stays what it is measured by.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Packets, packets } from '../../lib/packets.ts'
import { NativeSuite } from './suite-native.ts'

/** Numbers of RFC 5764 §4.1.2 and RFC 7714 §14.2. */
export const AES_CM = 0x0001
export const AES_GCM = 0x0007
export type Profile = typeof AES_CM | typeof AES_GCM

/** What encrypts one packet: its source, and its index in two parts: 32 bits and 16. */
export type Turn = { ssrc: number; high: number; low: number }

export interface Suite {
  /** Bytes that a sealed RTP packet is longer. */
  readonly overhead: number
  /** `packet` begins with the header; what is sealed is written behind it. The length of it all. */
  sealRtp(packet: Buffer, headerLength: number, payload: Buffer, turn: Turn): number
  /** The payload in the clear, good until the next packet is opened; null when it is not genuine. */
  openRtp(packet: Buffer, headerLength: number, turn: Turn): Buffer | null
  /** @param word the last word of the packet: the mark for "encrypted" and the index */
  sealRtcp(packet: Buffer, word: number, turn: Turn): Buffer
  /** @param packet at least RTCP_HEAD, the word and the seal long */
  openRtcp(packet: Buffer, turn: Turn): Buffer | null
  /** Where the word stands in a sealed RTCP packet. */
  wordAt(packet: Buffer): number
}

export type SessionKeys = { readonly cipher: Buffer; readonly auth: Buffer; readonly salt: Buffer }

export const RTCP_HEAD = 8
export const RTCP_WORD = 4
const GCM_TAG = 16
const CM_TAG = 10

/** @param addon null: in JavaScript */
export function suiteOf(profile: Profile, keys: SessionKeys, addon: Packets | null = packets): Suite {
  if (addon) return new NativeSuite(addon, profile, keys)
  return profile === AES_GCM ? new Gcm(keys) : new CmHmac(keys)
}

class Gcm implements Suite {
  readonly overhead = GCM_TAG
  readonly #key: KeyObject
  readonly #salt: Buffer
  readonly #iv = Buffer.alloc(12)

  constructor({ cipher, salt }: SessionKeys) {
    this.#key = createSecretKey(cipher)
    this.#salt = salt
  }

  sealRtp(packet: Buffer, headerLength: number, payload: Buffer, turn: Turn): number {
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#vector(turn))
    cipher.setAAD(packet.subarray(0, headerLength))
    packet.set(cipher.update(payload), headerLength)
    cipher.final()
    const end = headerLength + payload.length
    packet.set(cipher.getAuthTag(), end)
    return end + GCM_TAG
  }

  openRtp(packet: Buffer, headerLength: number, turn: Turn): Buffer | null {
    const end = packet.length - GCM_TAG
    return this.#open(packet.subarray(0, headerLength), packet.subarray(headerLength, end), packet.subarray(end), turn)
  }

  sealRtcp(packet: Buffer, word: number, turn: Turn): Buffer {
    const head = packet.subarray(0, RTCP_HEAD)
    const last = bytesOf(word)
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#vector(turn))
    cipher.setAAD(Buffer.concat([head, last]))
    const body = cipher.update(packet.subarray(RTCP_HEAD))
    cipher.final()
    return Buffer.concat([head, body, cipher.getAuthTag(), last])
  }

  openRtcp(packet: Buffer, turn: Turn): Buffer | null {
    const last = this.wordAt(packet)
    const head = packet.subarray(0, RTCP_HEAD)
    const end = last - GCM_TAG
    const plain = this.#open(
      Buffer.concat([head, packet.subarray(last)]),
      packet.subarray(RTCP_HEAD, end),
      packet.subarray(end, last),
      turn,
    )
    return plain && Buffer.concat([head, plain])
  }

  wordAt(packet: Buffer): number {
    return packet.length - RTCP_WORD
  }

  #open(aad: Buffer, body: Buffer, tag: Buffer, turn: Turn): Buffer | null {
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#vector(turn))
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

  /** RFC 7714 §8.1, §9.1: two bytes of nothing, source, index. */
  #vector(turn: Turn): Buffer {
    this.#iv.writeUInt16BE(0, 0)
    return blend(this.#iv, this.#salt, 2, turn)
  }
}

class CmHmac implements Suite {
  readonly overhead = CM_TAG
  readonly #key: KeyObject
  readonly #auth: KeyObject
  readonly #salt: Buffer
  readonly #iv = Buffer.alloc(16)
  readonly #rollovers = Buffer.alloc(4)

  constructor({ cipher, auth, salt }: SessionKeys) {
    this.#key = createSecretKey(cipher)
    this.#auth = createSecretKey(auth)
    this.#salt = salt
  }

  sealRtp(packet: Buffer, headerLength: number, payload: Buffer, turn: Turn): number {
    packet.set(createCipheriv('aes-128-ctr', this.#key, this.#vector(turn)).update(payload), headerLength)
    const end = headerLength + payload.length
    this.#mac(packet.subarray(0, end), turn).copy(packet, end, 0, CM_TAG)
    return end + CM_TAG
  }

  openRtp(packet: Buffer, headerLength: number, turn: Turn): Buffer | null {
    const end = packet.length - CM_TAG
    if (!timingSafeEqual(this.#mac(packet.subarray(0, end), turn).subarray(0, CM_TAG), packet.subarray(end))) return null
    return createDecipheriv('aes-128-ctr', this.#key, this.#vector(turn)).update(packet.subarray(headerLength, end))
  }

  sealRtcp(packet: Buffer, word: number, turn: Turn): Buffer {
    const body = createCipheriv('aes-128-ctr', this.#key, this.#vector(turn)).update(packet.subarray(RTCP_HEAD))
    const sealed = Buffer.concat([packet.subarray(0, RTCP_HEAD), body, bytesOf(word)])
    return Buffer.concat([sealed, this.#tag(sealed)])
  }

  openRtcp(packet: Buffer, turn: Turn): Buffer | null {
    const last = this.wordAt(packet)
    const end = last + RTCP_WORD
    if (!timingSafeEqual(this.#tag(packet.subarray(0, end)), packet.subarray(end))) return null
    const body = createDecipheriv('aes-128-ctr', this.#key, this.#vector(turn)).update(packet.subarray(RTCP_HEAD, last))
    return Buffer.concat([packet.subarray(0, RTCP_HEAD), body])
  }

  wordAt(packet: Buffer): number {
    return packet.length - CM_TAG - RTCP_WORD
  }

  /** RFC 3711 §4.2: of an RTP packet the count of rollovers is signed as well. */
  #mac(signed: Buffer, { high }: Turn): Buffer {
    this.#rollovers.writeUInt32BE(high, 0)
    return createHmac('sha1', this.#auth).update(signed).update(this.#rollovers).digest()
  }

  #tag(signed: Buffer): Buffer {
    return createHmac('sha1', this.#auth).update(signed).digest().subarray(0, CM_TAG)
  }

  /** RFC 3711 §4.1.1: four bytes of nothing, source, index, and two that count the blocks. */
  #vector(turn: Turn): Buffer {
    this.#iv.writeUInt32BE(0, 0)
    this.#iv.writeUInt16BE(0, 14)
    return blend(this.#iv, this.#salt, 4, turn)
  }
}

/** Writes source and index at `at`, and lays the salt over it all. */
function blend(iv: Buffer, salt: Buffer, at: number, { ssrc, high, low }: Turn): Buffer {
  iv.writeUInt32BE(ssrc, at)
  iv.writeUInt32BE(high, at + 4)
  iv.writeUInt16BE(low, at + 8)
  for (let i = 0; i < salt.length; i++) iv[i] = (iv[i] ?? 0) ^ (salt[i] ?? 0)
  return iv
}

function bytesOf(word: number): Buffer {
  const bytes = Buffer.alloc(RTCP_WORD)
  bytes.writeUInt32BE(word, 0)
  return bytes
}

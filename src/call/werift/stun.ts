// stun.ts — STUN messages as bytes (RFC 8489): written, signed, read. Pure. For what we say to TURN servers ourselves; the checks
// between peers are werift's.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Address } from './inner.ts'

const COOKIE = 0x2112a442
const HEADER = 20
const INTEGRITY = 0x0008
const INTEGRITY_BYTES = 24
const FINGERPRINT = 0x8028
const FINGERPRINT_BYTES = 8

/** Method and class in one number (RFC 8489 §5): the request of a method is the method itself. */
export const METHOD = { allocate: 0x003, refresh: 0x004, permit: 0x008, bind: 0x009 } as const
export const SEND_INDICATION = 0x016
export const DATA_INDICATION = 0x017
export const isAnswer = (type: number): boolean => (type & 0x0100) !== 0
export const isError = (type: number): boolean => (type & 0x0110) === 0x0110
export const methodOf = (type: number): number => type & ~0x0110

export const ATTRIBUTE = {
  username: 0x0006,
  errorCode: 0x0009,
  channel: 0x000c,
  lifetime: 0x000d,
  peer: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  relayed: 0x0016,
  requestedTransport: 0x0019,
  mapped: 0x0020,
} as const

export type Attribute = readonly [type: number, value: Buffer]

export type StunMessage = {
  readonly type: number
  /** 12 bytes as hex. */
  readonly transaction: string
  /** The first of each type. What stands behind the signature is not here. */
  readonly attributes: ReadonlyMap<number, Buffer>
  /** Where MESSAGE-INTEGRITY begins; -1: nowhere. */
  readonly integrityAt: number
}

/** A message; with a key it is signed (HMAC-SHA-1, §14.5) and carries a fingerprint. @param transaction 12 bytes */
export function writeStun(type: number, transaction: Buffer, attributes: readonly Attribute[], key: Buffer | null): Buffer {
  const length = attributes.reduce((sum, [, value]) => sum + 4 + padded(value.length), 0)
  const all = Buffer.alloc(HEADER + length + (key ? INTEGRITY_BYTES + FINGERPRINT_BYTES : 0))
  all.writeUInt16BE(type, 0)
  all.writeUInt16BE(length, 2)
  all.writeUInt32BE(COOKIE, 4)
  transaction.copy(all, 8)
  let at = HEADER
  for (const [kind, value] of attributes) {
    all.writeUInt16BE(kind, at)
    all.writeUInt16BE(value.length, at + 2)
    value.copy(all, at + 4)
    at += 4 + padded(value.length)
  }
  if (!key) return all
  all.writeUInt16BE(length + INTEGRITY_BYTES, 2)
  all.writeUInt16BE(INTEGRITY, at)
  all.writeUInt16BE(20, at + 2)
  createHmac('sha1', key)
    .update(all.subarray(0, at))
    .digest()
    .copy(all, at + 4)
  at += INTEGRITY_BYTES
  all.writeUInt16BE(length + INTEGRITY_BYTES + FINGERPRINT_BYTES, 2)
  all.writeUInt16BE(FINGERPRINT, at)
  all.writeUInt16BE(4, at + 2)
  all.writeUInt32BE((crc32(all.subarray(0, at)) ^ 0x5354554e) >>> 0, at + 4)
  return all
}

/** Null for what is no STUN message. */
export function readStun(data: Buffer): StunMessage | null {
  if (data.length < HEADER || data.readUInt8(0) > 3 || data.readUInt32BE(4) !== COOKIE) return null
  if (HEADER + data.readUInt16BE(2) !== data.length) return null
  const attributes = new Map<number, Buffer>()
  let integrityAt = -1
  for (let at = HEADER; at < data.length && integrityAt < 0; ) {
    if (at + 4 > data.length) return null
    const kind = data.readUInt16BE(at)
    const end = at + 4 + data.readUInt16BE(at + 2)
    if (end > data.length) return null
    if (kind === INTEGRITY) integrityAt = end - at === INTEGRITY_BYTES ? at : -1
    else if (!attributes.has(kind)) attributes.set(kind, data.subarray(at + 4, end))
    at = at + 4 + padded(end - at - 4)
  }
  return { type: data.readUInt16BE(0), transaction: data.toString('hex', 8, HEADER), attributes, integrityAt }
}

/** Whether a message that was read from `data` is signed with this key. */
export function isSigned(data: Buffer, { integrityAt }: StunMessage, key: Buffer): boolean {
  if (integrityAt < 0) return false
  const covered = Buffer.from(data.subarray(0, integrityAt))
  covered.writeUInt16BE(integrityAt - HEADER + INTEGRITY_BYTES, 2)
  const expected = createHmac('sha1', key).update(covered).digest()
  return timingSafeEqual(expected, data.subarray(integrityAt + 4, integrityAt + INTEGRITY_BYTES))
}

/** The three digits of an ERROR-CODE; 0 without one. */
export function errorCode({ attributes }: StunMessage): number {
  const value = attributes.get(ATTRIBUTE.errorCode)
  return value && value.length >= 4 ? (value.readUInt8(2) & 7) * 100 + value.readUInt8(3) : 0
}

/** §14.2. @param transaction 12 bytes */
export function xorAddress([host, port]: Address, transaction: Buffer): Buffer {
  const bytes = isIPv4(host) ? Buffer.from(host.split('.').map(Number)) : bytesOfV6(host)
  const value = Buffer.alloc(4 + bytes.length)
  value.writeUInt8(bytes.length === 4 ? 1 : 2, 1)
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2)
  const mask = maskOf(transaction)
  for (const [i, byte] of bytes.entries()) value.writeUInt8(byte ^ (mask[i] ?? 0), 4 + i)
  return value
}

/** Null when it is none. */
export function readXorAddress(value: Buffer | undefined, transaction: Buffer): Address | null {
  const size = value && (value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0)
  if (!value || !size || value.length !== 4 + size) return null
  const mask = maskOf(transaction)
  const bytes = [...value.subarray(4)].map((byte, i) => byte ^ (mask[i] ?? 0))
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16)
  return size === 4 ? [bytes.join('.'), port] : [v6Of(bytes), port]
}

/** The number of bytes with what fills them up to four. */
export const padded = (bytes: number): number => (bytes + 3) & ~3

function maskOf(transaction: Buffer): Buffer {
  const mask = Buffer.alloc(16)
  mask.writeUInt32BE(COOKIE, 0)
  transaction.copy(mask, 4)
  return mask
}

function bytesOfV6(host: string): Buffer {
  if (!isIPv6(host)) return Buffer.alloc(16)
  const [head = '', tail] = host.replace(/%.*$/, '').split('::')
  const words = (text: string) => text.split(':').filter(Boolean)
  const [before, after] = [words(head), words(tail ?? '')]
  const all = tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  return Buffer.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]))
}

/** As `new URL` shortens it. */
function v6Of(bytes: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16))
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}

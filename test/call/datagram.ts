// datagram.ts — what a stranger may send at a call: honest STUN, and DTLS records of every bad kind.
import { createHmac, randomBytes } from 'node:crypto'

const COOKIE = 0x2112a442
export const REQUEST = 0x0001
export const INDICATION = 0x0011
export const SUCCESS = 0x0101

const attribute = (type: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

/** A STUN message (RFC 8489 §5); signed when there is a password. */
export function stun({
  type = REQUEST,
  username = '',
  password = '',
}: {
  type?: number
  username?: string
  password?: string
} = {}): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt16BE(type, 0)
  head.writeUInt32BE(COOKIE, 4)
  randomBytes(12).copy(head, 8)
  const body = [
    ...(username ? [attribute(0x0006, Buffer.from(username))] : []),
    attribute(0x0024, Buffer.alloc(4, 1)), // PRIORITY
    attribute(0x802a, randomBytes(8)), // ICE-CONTROLLING
    attribute(0x0025, Buffer.alloc(0)), // USE-CANDIDATE
  ]
  const length = body.reduce((all, part) => all + part.length, 0)
  if (password === '') {
    head.writeUInt16BE(length, 2)
    return Buffer.concat([head, ...body])
  }
  head.writeUInt16BE(length + 24, 2)
  const covered = Buffer.concat([head, ...body])
  return Buffer.concat([covered, attribute(0x0008, createHmac('sha1', password).update(covered).digest())])
}

/** One DTLS record (RFC 6347 §4.1). */
export function record(type: number, epoch: number, fragment: Buffer, sequence = 7): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt8(type, 0)
  head.writeUInt16BE(0xfefd, 1)
  head.writeUInt16BE(epoch, 3)
  head.writeUIntBE(sequence, 5, 6)
  head.writeUInt16BE(fragment.length, 11)
  return Buffer.concat([head, fragment])
}

/** A handshake message in one fragment (RFC 6347 §4.2.2). */
export function handshake(type: number, body: Buffer = Buffer.alloc(40)): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt8(type, 0)
  head.writeUIntBE(body.length, 1, 3)
  head.writeUIntBE(body.length, 9, 3)
  return Buffer.concat([head, body])
}

export const CHANGE_CIPHER_SPEC = 20
export const ALERT = 21
export const HANDSHAKE = 22
export const APPLICATION_DATA = 23
export const CLOSE_NOTIFY = Buffer.from([1, 0])
export const FATAL = Buffer.from([2, 40])

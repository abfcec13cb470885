// guard.ts — which datagrams may reach werift at all.
//
// werift believes too much: one plaintext close_notify from any address ends a call, an unknown record type as well, and it answers
// binding requests that nobody signed. So every datagram is judged here first, with the little that is needed:
//
//   STUN      requests must name us and carry a MESSAGE-INTEGRITY made with our password (RFC 8489 §14.5); answers must be
//             signed with the peer's password. Whoever passes has proved to know what only the sealed signalling told.
//   the rest  only from addresses that have passed. DTLS alerts never: werift takes two plain bytes for one even in a record that
//             says it is encrypted, and the link has its own goodbye and its own heartbeat. Once connected no plaintext record
//             either, but for a few seconds what the peer may have to repeat of the handshake (RFC 6347 §4.2.4); a new one never.
//   media     only from addresses that have passed; its own seal is checked behind us.
//
// Nothing here answers, logs, throws or grows: what is turned away is counted.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Odd, OddWord } from './odd.ts'

/** What the guard must know of the ICE agent; the passwords change with an ICE restart. */
export interface IceSecrets {
  readonly localUsername: string
  readonly localPassword: string
  readonly remotePassword: string
  /** Passwords by name, those from before an ICE restart too: the peer uses them until it has the new ones. */
  readonly userHistory: Readonly<Record<string, string>>
}

const COOKIE = 0x2112a442
const MESSAGE_INTEGRITY = 0x0008
const USERNAME = 0x0006
const INTEGRITY_BYTES = 24
/** An honest peer has a handful of addresses; one that knows the password and shows more is held to these. */
const MOST_ADDRESSES = 32

const STUN_REQUEST = 0x0000
const STUN_INDICATION = 0x0010

const DTLS_HEADER = 13
const CHANGE_CIPHER_SPEC = 20
const ALERT = 21
const HANDSHAKE = 22
const APPLICATION_DATA = 23

/** Of the handshake in the clear, what belongs to a flight that may have been lost at its end: all but the hellos (RFC 5246 §7.4). */
const REPEATABLE: ReadonlySet<number> = new Set([11, 12, 13, 14, 15, 16])

export class Guard {
  readonly #secrets: IceSecrets
  readonly #odd: Odd
  /** Address and port of those who passed. */
  readonly #known = new Set<string>()
  #state: 'handshake' | 'settling' | 'connected' = 'handshake'

  constructor(secrets: IceSecrets, odd: Odd) {
    this.#secrets = secrets
    this.#odd = odd
  }

  get isConnected(): boolean {
    return this.#state !== 'handshake'
  }

  /** The DTLS handshake is over; the peer may still repeat its last words. */
  connected(): void {
    this.#state = 'settling'
  }

  /** The peer has had time to repeat them: no plaintext from now on. */
  settled(): void {
    this.#state = 'connected'
  }

  /** Whether a datagram may go on. `from` is `address|port`. */
  lets(data: Buffer, from: string): boolean {
    const why = this.#flaw(data, from)
    if (why === null) return true
    this.#odd.add(why)
    return false
  }

  #flaw(data: Buffer, from: string): OddWord | null {
    const first = data.length > 0 ? data.readUInt8(0) : 255
    if (first < 4) return this.#stunFlaw(data, from)
    if (!this.#known.has(from)) return first >= 20 && first < 192 ? 'stranger' : 'not ours'
    if (first >= 128 && first < 192) return data.length < 12 ? 'media malformed' : null
    if (first >= 20 && first < 64) return this.#dtlsFlaw(data)
    return 'not ours'
  }

  /** Every record of the datagram (RFC 6347 §4.1): a good one in front must not carry a bad one in. */
  #dtlsFlaw(data: Buffer): OddWord | null {
    for (let at = 0; at < data.length; ) {
      if (at + DTLS_HEADER > data.length) return 'dtls malformed'
      const type = data.readUInt8(at)
      if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) return 'dtls unknown record'
      if (data.readUInt8(at + 1) !== 0xfe) return 'dtls malformed'
      if (type === ALERT) return 'dtls alert'
      const end = at + DTLS_HEADER + data.readUInt16BE(at + 11)
      if (end > data.length) return 'dtls malformed'
      if (data.readUInt16BE(at + 3) === 0) {
        if (type === APPLICATION_DATA || this.#state === 'connected') return 'dtls in the clear'
        if (type === HANDSHAKE) {
          if (end - at < DTLS_HEADER + 12) return 'dtls malformed'
          if (this.#state === 'settling' && !REPEATABLE.has(data.readUInt8(at + DTLS_HEADER))) return 'dtls in the clear'
        }
      }
      at = end
    }
    return null
  }

  #stunFlaw(data: Buffer, from: string): OddWord | null {
    if (data.length < 20 || data.readUInt32BE(4) !== COOKIE || 20 + data.readUInt16BE(2) !== data.length) return 'stun malformed'
    const kind = data.readUInt16BE(0) & 0x0110
    if (kind === STUN_INDICATION) return 'stun unasked'
    let integrityAt = -1
    let username = ''
    for (let at = 20; at < data.length; ) {
      if (at + 4 > data.length) return 'stun malformed'
      const type = data.readUInt16BE(at)
      const length = data.readUInt16BE(at + 2)
      if (at + 4 + length > data.length) return 'stun malformed'
      if (type === MESSAGE_INTEGRITY && length === 20 && integrityAt < 0) integrityAt = at
      if (type === USERNAME && length <= 513) username = data.toString('latin1', at + 4, at + 4 + length)
      at += 4 + length + ((4 - (length % 4)) % 4)
    }
    if (kind === STUN_REQUEST) {
      if (integrityAt < 0) return 'stun without integrity'
      const password = this.#passwordOf(username)
      if (password === null) return 'stun for someone else'
      if (!isSigned(data, integrityAt, password)) return 'stun forged'
    } else {
      // An answer without a signature is one to a STUN or TURN server of ours: it proves nothing, and werift knows its number.
      if (integrityAt < 0) return null
      if (!this.#secrets.remotePassword || !isSigned(data, integrityAt, this.#secrets.remotePassword)) return null
    }
    if (this.#known.size < MOST_ADDRESSES) this.#known.add(from)
    return null
  }

  /** Of a name `ours:theirs`; null when it is not for us. */
  #passwordOf(username: string): string | null {
    const { localUsername, localPassword, userHistory } = this.#secrets
    const ours = username.split(':', 1)[0] ?? ''
    if (ours === localUsername) return localPassword
    return Object.hasOwn(userHistory, ours) ? (userHistory[ours] ?? null) : null
  }
}

/** RFC 8489 §14.5: HMAC-SHA1 over all before the attribute, with the length field as if the message ended behind it. */
function isSigned(data: Buffer, integrityAt: number, password: string): boolean {
  const covered = Buffer.from(data.subarray(0, integrityAt))
  covered.writeUInt16BE(integrityAt - 20 + INTEGRITY_BYTES, 2)
  const expected = createHmac('sha1', password).update(covered).digest()
  return timingSafeEqual(expected, data.subarray(integrityAt + 4, integrityAt + INTEGRITY_BYTES))
}

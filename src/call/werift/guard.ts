// guard.ts — which datagrams may go any further. Pure: it judges, the agent (ice.ts) acts.
//
// werift believes too much. One plaintext close_notify from any address ends a call while both ends say "connected", and it answers
// binding requests that nobody signed. So nothing reaches it unjudged:
//
//   STUN      a request must name us and be signed with our password (RFC 8489 §14.5); an answer must be to a question of ours,
//             from whom we asked, and signed where we can know the key. Whoever passes knows what only the sealed signalling told.
//   the rest  only from an address that has passed. What DTLS and SRTP make of it is their own strictness (records.ts, srtp.ts).
//
// A stranger can copy a signed request off the wire and send it from his own address: a transaction is bound to where it first came from.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OddWord } from './odd.ts'

export interface Secrets {
  /** Our password to that user name of ours, now or before the last ICE restart; null when it was never ours. */
  passwordOf(localUsername: string): string | null
  /** Is it the name of before the restart? */
  isBefore(localUsername: string): boolean
  /** Undefined: no such question of ours is open. Null: it is one to a server, whose answer may be unsigned. */
  keyOf(transaction: string): Buffer | null | undefined
}

export type Verdict = 'request' | 'request of before' | 'answer' | 'dtls' | 'media' | OddWord

const COOKIE = 0x2112a442
const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
const FINGERPRINT = 0x8028
const INTEGRITY_BYTES = 24
const REQUEST = 0x0000
const INDICATION = 0x0010
/** An honest peer has a handful of addresses; one that knows the password and shows more is held to these. */
const MOST_ADDRESSES = 32
const MOST_TRANSACTIONS = 256

type Stun = { readonly kind: number; readonly transaction: string; readonly username: string; readonly integrityAt: number }

export class Guard {
  readonly #secrets: Secrets
  readonly #known = new Set<string>()
  /** Where each of the last signed requests came from. */
  readonly #asked = new Map<string, string>()
  #lastHost = ''
  #lastPort = -1

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  judge(data: Buffer, host: string, port: number): Verdict {
    const first = data.length > 0 ? data.readUInt8(0) : 255
    // RFC 7983 §7
    if (first < 4) return this.#stun(data, `${host} ${port}`)
    const form = first >= 20 && first < 64 ? 'dtls' : first >= 128 && first < 192 ? 'media' : 'not ours'
    if (form === 'not ours') return form
    if (host !== this.#lastHost || port !== this.#lastPort) {
      if (!this.#known.has(`${host} ${port}`)) return 'stranger'
      this.#lastHost = host
      this.#lastPort = port
    }
    return form
  }

  #stun(data: Buffer, from: string): Verdict {
    const stun = readStun(data)
    if (!stun) return 'stun malformed'
    if (stun.kind === INDICATION) return 'stun unasked'
    if (stun.kind === REQUEST) return this.#request(data, stun, from)
    const key = this.#secrets.keyOf(stun.transaction)
    if (key === undefined) return 'stun unasked'
    if (key === null) return 'answer'
    if (stun.integrityAt < 0) return 'stun without integrity'
    if (!isSigned(data, stun.integrityAt, key)) return 'stun forged'
    this.#meet(from)
    return 'answer'
  }

  #request(data: Buffer, { transaction, username, integrityAt }: Stun, from: string): Verdict {
    if (integrityAt < 0) return 'stun without integrity'
    const name = username.split(':', 1)[0] ?? ''
    const password = this.#secrets.passwordOf(name)
    if (password === null) return 'stun for someone else'
    if (!isSigned(data, integrityAt, password)) return 'stun forged'
    const before = this.#asked.get(transaction)
    if (before !== undefined && before !== from) return 'stun replayed'
    if (before === undefined) {
      for (const oldest of this.#asked.keys()) {
        if (this.#asked.size < MOST_TRANSACTIONS) break
        this.#asked.delete(oldest)
      }
      this.#asked.set(transaction, from)
    }
    this.#meet(from)
    return this.#secrets.isBefore(name) ? 'request of before' : 'request'
  }

  #meet(from: string): void {
    if (this.#known.size < MOST_ADDRESSES) this.#known.add(from)
  }
}

/** Null for what is no STUN message, or has anything but a FINGERPRINT behind its signature: that part would be unsigned. */
function readStun(data: Buffer): Stun | null {
  if (data.length < 20 || data.readUInt32BE(4) !== COOKIE || 20 + data.readUInt16BE(2) !== data.length) return null
  let integrityAt = -1
  let username = ''
  for (let at = 20; at < data.length; ) {
    if (at + 4 > data.length) return null
    const type = data.readUInt16BE(at)
    const length = data.readUInt16BE(at + 2)
    const end = at + 4 + length
    if (end > data.length) return null
    if (integrityAt >= 0 && type !== FINGERPRINT) return null
    if (type === MESSAGE_INTEGRITY) {
      if (length !== 20) return null
      integrityAt = at
    } else if (type === USERNAME && length <= 513) username = data.toString('latin1', at + 4, end)
    at = end + ((4 - (length % 4)) % 4)
  }
  return { kind: data.readUInt16BE(0) & 0x0110, transaction: data.toString('hex', 8, 20), username, integrityAt }
}

/** RFC 8489 §14.5: HMAC-SHA1 over all before the attribute, with the length field as if the message ended behind it. */
function isSigned(data: Buffer, integrityAt: number, key: string | Buffer): boolean {
  const covered = Buffer.from(data.subarray(0, integrityAt))
  covered.writeUInt16BE(integrityAt - 20 + INTEGRITY_BYTES, 2)
  const expected = createHmac('sha1', key).update(covered).digest()
  return timingSafeEqual(expected, data.subarray(integrityAt + 4, integrityAt + INTEGRITY_BYTES))
}

// envelope.ts — how every payload of a room is closed: sealed for the room, signed by its sender, made for one receiver.
//
//   envelope   version u8 | epoch u32 | nonce 24 | XChaCha20-Poly1305(letter, associated data = context)
//   context    "parlor-envelope-1\n<room>\n<epoch>\n<receiver's peer id, or all>"
//   letter     sender's Ed25519 key 32 | sender's session 16 | counter u64 | receiver's session 16 | kind u8 | body | signature 64
//   signed     "parlor-envelope-1 signed\n" | context | "\n" | letter without its signature
//
// Numbers are big-endian. The broker sees the version, the epoch, sizes and times. Who has the room's key can read, but cannot
// speak for somebody else; who took an envelope from one room, receiver or epoch cannot use it in another.
//
// A session is 16 random bytes made at every join. No clock is trusted (a box may think it is 1970): a letter is fresh because
// it names the receiver's session of this join, and new because its counter was not seen before in the sender's session. Letters to
// all (presence) name no receiver; so they are only hints, and nothing but a fresh letter may come of them.
//
// This file knows no kinds and keeps no memory: signal.ts and presence.ts give bodies their meaning, call/signalling.ts remembers.
// Any change here raises VERSION and the vectors in test/vectors/envelope.json.
import type { PeerId, RoomId } from '../core/id.ts'
import { crockford, fromCrockford } from './crockford.ts'
import { bytesOf, concat, PUBLIC_KEY, SEAL_NONCE, SEAL_TAG, SIGNATURE, seal, unseal, verify } from './crypto.ts'
import { type Identity, peerOf } from './key.ts'

declare const session: unique symbol
/** 26 lower-case Crockford characters: 16 random bytes, new at every join. */
export type Session = string & { readonly [session]: true }

export const VERSION = 1
export const ENVELOPE_LIMIT = 32 * 1024
const SESSION = 16
const HEADER = 1 + 4
const LETTER_HEAD = PUBLIC_KEY + SESSION + 8 + SESSION + 1
const SHORTEST = HEADER + SEAL_NONCE + LETTER_HEAD + SIGNATURE + SEAL_TAG
const NOBODY = crockford(new Uint8Array(SESSION)).toLowerCase() as Session
export const BODY_LIMIT = ENVELOPE_LIMIT - SHORTEST

/** Where an envelope belongs: which room, which epoch of it, and to whom; null is everybody in the room. */
export type Address = { readonly room: RoomId; readonly epoch: number; readonly to: PeerId | null }

export type Letter = {
  readonly session: Session
  /** Rises with every letter of this session; at most 2^53 - 1. */
  readonly counter: number
  /** The receiver's session; null for letters to all. */
  readonly receiver: Session | null
  /** 0 to 255. */
  readonly kind: number
  readonly body: Uint8Array
}
/** A letter of which only the seal is checked yet: anybody in the room may have written it in this name. */
export type Claim = Letter & { readonly peer: PeerId; readonly publicKey: Uint8Array }

export type EnvelopeFlaw =
  | 'envelope too long'
  | 'envelope too short'
  | 'envelope of another version'
  | 'envelope of another epoch'
  | 'envelope not sealed for here'
  | 'envelope malformed'
  | 'envelope with a wrong signature'
export type Opened<Flaw extends string> =
  | { readonly ok: true; readonly letter: Claim }
  | { readonly ok: false; readonly why: EnvelopeFlaw | Flaw; readonly version: number }

const context = ({ room, epoch, to }: Address): Uint8Array => bytesOf(`parlor-envelope-${VERSION}\n${room}\n${epoch}\n${to ?? 'all'}`)
const signed = (about: Uint8Array, letter: Uint8Array): Uint8Array =>
  concat(bytesOf(`parlor-envelope-${VERSION} signed\n`), about, bytesOf('\n'), letter)

export const sessionOf = (bytes: Uint8Array): Session => crockford(bytes).toLowerCase() as Session
const sessionBytes = (of: Session): Uint8Array => fromCrockford(of) ?? new Uint8Array(SESSION)

/**
 * Closes a letter. The same input gives the same bytes.
 * @param nonce 24 random bytes, never used twice with one key
 */
export function closeEnvelope(parts: {
  readonly address: Address
  readonly sealKey: Uint8Array
  readonly identity: Identity
  readonly letter: Letter
  readonly nonce: Uint8Array
}): Uint8Array {
  const { address, letter, nonce } = parts
  const about = context(address)
  const head = new Uint8Array(LETTER_HEAD)
  const view = new DataView(head.buffer)
  head.set(parts.identity.publicKey)
  head.set(sessionBytes(letter.session), PUBLIC_KEY)
  view.setBigUint64(PUBLIC_KEY + SESSION, BigInt(letter.counter))
  head.set(sessionBytes(letter.receiver ?? NOBODY), PUBLIC_KEY + SESSION + 8)
  view.setUint8(LETTER_HEAD - 1, letter.kind)
  const unsigned = concat(head, letter.body)
  const whole = concat(unsigned, parts.identity.sign(signed(about, unsigned)))
  const header = new Uint8Array(HEADER)
  header[0] = VERSION
  new DataView(header.buffer).setUint32(1, address.epoch)
  return concat(header, nonce, seal(parts.sealKey, nonce, about, whole))
}

/**
 * Opens an envelope from anybody. Never throws.
 * @param doubt asked after the seal and before the (dear) signature: says why a letter is of no use even if it is genuine, or null.
 *   Nothing may be learnt from a claim there; it is only a way to drop replays cheaply.
 */
export function openEnvelope<Flaw extends string>(
  bytes: Uint8Array,
  address: Address,
  sealKey: Uint8Array,
  doubt: (claim: Claim) => Flaw | null,
): Opened<Flaw> {
  const version = bytes[0] ?? 0
  const no = (why: EnvelopeFlaw | Flaw): Opened<Flaw> => ({ ok: false, why, version })
  if (bytes.length > ENVELOPE_LIMIT) return no('envelope too long')
  if (bytes.length > 0 && version !== VERSION) return no('envelope of another version')
  if (bytes.length < SHORTEST) return no('envelope too short')
  const epoch = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1)
  if (epoch !== address.epoch) return no('envelope of another epoch')
  const about = context(address)
  const whole = unseal(sealKey, bytes.subarray(HEADER, HEADER + SEAL_NONCE), about, bytes.subarray(HEADER + SEAL_NONCE))
  if (!whole) return no('envelope not sealed for here')
  const unsigned = whole.subarray(0, whole.length - SIGNATURE)
  const letter = read(unsigned)
  if (!letter) return no('envelope malformed')
  const flaw = doubt(letter)
  if (flaw !== null) return no(flaw)
  if (!verify(letter.publicKey, signed(about, unsigned), whole.subarray(whole.length - SIGNATURE)))
    return no('envelope with a wrong signature')
  return { ok: true, letter }
}

function read(unsigned: Uint8Array): Claim | null {
  const view = new DataView(unsigned.buffer, unsigned.byteOffset, unsigned.byteLength)
  const counter = view.getBigUint64(PUBLIC_KEY + SESSION)
  if (counter > BigInt(Number.MAX_SAFE_INTEGER)) return null
  const publicKey = unsigned.slice(0, PUBLIC_KEY)
  const receiver = sessionOf(unsigned.subarray(PUBLIC_KEY + SESSION + 8, LETTER_HEAD - 1))
  return {
    peer: peerOf(publicKey),
    publicKey,
    session: sessionOf(unsigned.subarray(PUBLIC_KEY, PUBLIC_KEY + SESSION)),
    counter: Number(counter),
    receiver: receiver === NOBODY ? null : receiver,
    kind: view.getUint8(LETTER_HEAD - 1),
    body: unsigned.slice(LETTER_HEAD),
  }
}

// cpace.ts — CPace: two who know the same short code agree on a strong key; who does not know it learns nothing but "wrong", once a try.
//
// draft-irtf-cfrg-cpace-21, cipher suite CPACE-RISTR255-SHA512, initiator and responder. Names follow the draft: PRS is the code, CI
// says what it is for, sid is the session, Y the share that is sent and AD what its sender says with it, ISK the key that comes out.
// It says nothing of who may try how often: that is pairing.ts. Pure, and the same in the box and in a page.
import { bytesOf, concat, mac, type Random } from '../wire/crypto.ts'
import { elementFrom, newScalar, SHA512_BLOCK, sha512, times } from '../wire/exchange.ts'

const DSI = bytesOf('CPaceRistretto255')
const DSI_ISK = bytesOf('CPaceRistretto255_ISK')
/** Keeps the keys of the two confirmations apart from other uses of the ISK (the draft, 9.4). */
const DSI_MAC = bytesOf('CPaceMac')

/** What both ends know before they begin. */
export type Setting = { readonly code: Uint8Array; readonly about: Uint8Array; readonly session: Uint8Array }
/** What goes over the wire: a share, 32 bytes, and what its sender says with it. */
export type Message = { readonly share: Uint8Array; readonly said: Uint8Array }
export type Agreed = {
  /** 64 bytes. */
  readonly isk: Uint8Array
  /** 32 bytes each: shows to the other end that we have the same key. */
  readonly initiatorTag: Uint8Array
  readonly responderTag: Uint8Array
}

/** LEB128 of the length, then the bytes. */
export function withLength(bytes: Uint8Array): Uint8Array {
  const head: number[] = []
  let rest = bytes.length
  do {
    head.push(rest > 127 ? (rest & 127) | 128 : rest)
    rest >>= 7
  } while (rest > 0)
  return concat(Uint8Array.from(head), bytes)
}
/** lv_cat of the draft. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => concat(...parts.map(withLength))

/** calculate_generator of the draft: the element that the code leads to, 32 bytes. */
export function generator({ code, about, session }: Setting): Uint8Array {
  const padding = Math.max(0, SHA512_BLOCK - 1 - withLength(code).length - withLength(DSI).length)
  return elementFrom(sha512(joined(DSI, code, new Uint8Array(padding), about, session)))
}

/**
 * The key of a finished exchange; null when the other's share is no element or the neutral one: then the exchange must end.
 * @param scalar our own secret  @param theirs the share that came
 */
export function agree(scalar: bigint, theirs: Uint8Array, session: Uint8Array, initiator: Message, responder: Message): Agreed | null {
  const secret = times(scalar, theirs)
  if (!secret) return null
  const transcript = concat(joined(initiator.share, initiator.said), joined(responder.share, responder.said))
  const isk = sha512(concat(joined(DSI_ISK, session, secret), transcript))
  const key = sha512(concat(DSI_MAC, session, isk))
  const tag = ({ share, said }: Message) => mac(key, joined(share, said))
  return { isk, initiatorTag: tag(initiator), responderTag: tag(responder) }
}

export type Initiator = { readonly message: Message; readonly finish: (responder: Message) => Agreed | null }

/** The phone's end: send the message, and finish with the one that comes back. */
export function initiate(setting: Setting, said: Uint8Array, random: Random): Initiator {
  const scalar = newScalar(random)
  const message = { share: shareOf(scalar, setting), said }
  return { message, finish: (responder) => agree(scalar, responder.share, setting.session, message, responder) }
}

/** The box's end: what to send back, and the key; null when the phone's share is no good. */
export function respond(
  setting: Setting,
  initiator: Message,
  said: Uint8Array,
  random: Random,
): { readonly message: Message; readonly agreed: Agreed } | null {
  const scalar = newScalar(random)
  const message = { share: shareOf(scalar, setting), said }
  const agreed = agree(scalar, initiator.share, setting.session, initiator, message)
  return agreed && { message, agreed }
}

/** A scalar from newScalar() and a generator are never neutral, but for a chance of 2^-250. */
const shareOf = (scalar: bigint, setting: Setting): Uint8Array => times(scalar, generator(setting)) ?? new Uint8Array(32)

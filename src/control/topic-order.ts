// topic-order.ts — reads what is said under set/ and do/, and judges whether it may be done. Pure.
//
//   set/<row>   a plain value:  ON
//   do/<verb>   JSON, or empty: {"id": "7", "replyTo": "parlor/1/box/<box>/reply/me", "ttl": 20, ...what the verb takes}
//   signed      either of them: {"signed": "<the value or JSON, as text>", "key", "counter", "nonce", "signature"}
//
// Who may write to the box's topics may make it quieter: mute, leave, decline, volume. What opens a camera or a microphone
// needs a paired key. Without one it is refused, or, where the owner of the box allows it, becomes a question on the TV.
// Whether a key is a paired one, and whether its counter and nonce are new, pairing knows: `verify`.
import * as z from 'zod'
import type { PeerId } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import { Refusal } from '../lib/fault.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { bytesOf, textOf, unhex } from '../wire/crypto.ts'
import { hexBytes, jsonOf } from '../wire/schema.ts'
import { baseOf, type Route, routeOf } from './topic.ts'
import type { Contacts, Want } from './topic-row.ts'

/** Bytes of one order. */
export const LONGEST_ORDER = 4096

/** An order as a paired key signed it. */
export type Signed = {
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array
  /** Rises with every order of one key. */
  readonly counter: number
  /** 16 bytes. */
  readonly nonce: Uint8Array
  /** What is signed: see signedBytes(). */
  readonly bytes: Uint8Array
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}
/** True when a paired key signed it, with a counter above its last and a nonce not seen before; both are then used up. */
export type Verify = (signed: Signed) => boolean

/** The bytes that a paired key signs: the topic is among them, so an order for one box or row is none for another. */
export const signedBytes = (topic: string, text: string, counter: number, nonce: string): Uint8Array =>
  bytesOf(`parlor/1/order\n${topic}\n${counter}\n${nonce}\n${text}`)

const Signature = z.strictObject({
  signed: z.string(),
  key: hexBytes(32),
  counter: z.int().min(1),
  nonce: hexBytes(16),
  signature: hexBytes(64),
})
const Head = z.looseObject({
  id: z.string().min(1).max(64).optional(),
  replyTo: z.string().max(160).optional(),
  /** Seconds for which the order is worth anything. */
  ttl: z.number().min(1).max(120).default(30),
  /** When it was given, milliseconds since 1970 by the clock of who gave it. */
  at: z.int().min(0).optional(),
})

/** An order as it came, before anybody asks whether it may be done. */
export type Letter = {
  readonly route: Route
  /** The plain value of a row, or what a verb takes. */
  readonly said: unknown
  readonly id: string | null
  readonly replyTo: string | null
  readonly ttl: Ms
  readonly at: number | null
  readonly signed: Signed | null
}

/**
 * Reads an order.
 * @throws Refusal 'unknown-command', 'bad-message'
 */
export function letterIn(box: PeerId, topic: string, payload: Uint8Array): Letter {
  const route = routeOf(box, topic)
  if (route === null) throw new Refusal('unknown-command', 'there is nothing of that name to set or to do')
  if (payload.length > LONGEST_ORDER) throw new Refusal('bad-message', `an order holds ${LONGEST_ORDER} bytes at most`)
  const outer = textOf(payload)
  if (outer === null) throw new Refusal('bad-message', 'an order is UTF-8 text')
  const envelope = Signature.safeParse(outer.startsWith('{') ? jsonOf(outer) : undefined)
  const text = envelope.success ? envelope.data.signed : outer
  const signed = envelope.success ? signedOf(topic, envelope.data) : null
  if (route.to === 'set') return { route, said: text, id: null, replyTo: null, ttl: seconds(30), at: null, signed }
  // What a button of Home Assistant sends, unless it is told otherwise.
  const value = text === '' || text === 'PRESS' ? {} : jsonOf(text)
  const head = Head.safeParse(value)
  if (!head.success) throw new Refusal('bad-message', 'an order is a JSON object, with id, replyTo and ttl as the page of topics says')
  const { id = null, replyTo = null, ttl, at = null, ...said } = head.data
  if (replyTo !== null && !mayReplyTo(box, replyTo)) throw new Refusal('bad-message', `replyTo begins with ${baseOf(box)}/reply/`)
  return { route, said, id, replyTo, ttl: seconds(ttl), at, signed }
}

const signedOf = (topic: string, { signed, key, counter, nonce, signature }: z.output<typeof Signature>): Signed => ({
  key: unhex(key),
  counter,
  nonce: unhex(nonce),
  bytes: signedBytes(topic, signed, counter, nonce),
  signature: unhex(signature),
})

/** Answers go nowhere but here, so that nobody can make the box speak under topics of others. */
export const mayReplyTo = (box: PeerId, topic: string): boolean =>
  topic.startsWith(`${baseOf(box)}/reply/`) && /^[\w-]{1,64}$/.test(topic.slice(`${baseOf(box)}/reply/`.length))

export type Policy = {
  /** A join, an answer, an unmute without a signature becomes a question on the TV; else it is refused. */
  readonly plainJoin: boolean
  /** The TV's picture may be asked for without a signature. */
  readonly picture: boolean
}

/** A wish that is to be put to the people at the box before anything opens: it rings, and somebody there says yes. */
export type Asked = {
  readonly intent: Intent
  /** How long the question stands. */
  readonly ttl: Ms
}
export type Judgement =
  | { readonly do: 'ask'; readonly asked: Asked }
  | { readonly do: 'intent'; readonly intent: Intent }
  | { readonly do: 'picture' }
  /** Install what is offered. ask: the people at the box are to say yes. */
  | { readonly do: 'update'; readonly ask: boolean }

const CLOSED =
  'this opens a camera or a microphone, shows something on the TV, or starts the box anew: it needs the signature of a paired phone, or the setting mqtt.plainJoin'
const NO_LOOK = 'the picture of the TV needs the signature of a paired phone, or the setting mqtt.picture'

/**
 * Judges an order.
 * @param date milliseconds since 1970 by our clock
 * @throws Refusal 'bad-message', 'bad-request', 'not-allowed'
 */
export function judge(letter: Letter, parts: { policy: Policy; contacts: Contacts; verify: Verify; date: number }): Judgement {
  const { route, said, signed, ttl, at } = letter
  if (at !== null && parts.date > at + ttl) throw new Refusal('not-allowed', 'this order came too late')
  const want: Want = route.to === 'set' ? route.row.set.read(String(said)) : route.verb.read(said, parts.contacts)
  if (signed !== null && !parts.verify(signed))
    throw new Refusal('not-allowed', 'the signature is not of a paired phone, or was used before')
  if (want.do === 'picture') {
    if (signed === null && !parts.policy.picture) throw new Refusal('not-allowed', NO_LOOK)
    return want
  }
  if (want.do === 'update') {
    if (signed === null && !parts.policy.plainJoin) throw new Refusal('not-allowed', CLOSED)
    return { do: 'update', ask: signed === null }
  }
  if (!want.opens || signed !== null) return { do: 'intent', intent: want.intent }
  if (!parts.policy.plainJoin) throw new Refusal('not-allowed', CLOSED)
  return { do: 'ask', asked: { intent: want.intent, ttl } }
}

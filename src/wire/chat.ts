// chat.ts — what those who watch a program and its box say to each other, over a WebSocket at /live/<program>/chat. JSON texts.
//
//   viewer  {"hello": "parlor-chat-1", "nonce"}
//   box     statement: {"say": "welcome", "nonce", "session", "number", "slow", "messages"}
//   viewer  {"key", "counter", "text": JSON of Ask, "signature"}        the first one is 'be known'
//   box     statement: 'message', 'deleted', 'muted', 'slow' to all, each with the next number; 'you' and 'refused' to one
//
// A viewer has an Ed25519 key that its browser made: no account, and yet a moderator can mute somebody, and nobody writes under another's key. It
// signs program, session and a rising counter, so what was said once cannot be said again by who overheard it. The box signs all that it
// says (statement.ts), the welcome with the viewer's nonce and every event with its number: what is left out, replayed or put in between is
// noticed, and the page begins anew. Who may moderate, broadcast/chat.ts asks. Of a private program every frame is sealed (watch-key.ts).
import * as z from 'zod/mini'
import { ID } from '../core/id.ts'
import { bytesOf, concat, hex, mac, unhex, verify } from './crypto.ts'
import { type Identity, peerOf } from './key.ts'
import type { ProgramId } from './manifest.ts'
import { hexBytes, jsonOf, personName } from './schema.ts'
import { makeStatement, readStatement } from './statement.ts'

export const CHAT_VERSION = 'parlor-chat-1'
export const chatPath = (program: ProgramId): string => `/live/${program}/chat`
/** The longest frame that a viewer may send, letters. */
export const ASK_LIMIT = 4096
/** Letters of one message. */
export const TEXT_LIMIT = 300
/** Messages that a newcomer is shown. */
export const HISTORY = 100
/** Close codes (RFC 6455, 7.4.2). */
export const CHAT_CLOSE = { notUnderstood: 4400, locked: 4403, slow: 4408, busy: 4429 } as const

const counter = z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER))
const moment = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))
const peer = z.string().check(z.regex(ID))
const id = hexBytes(8)
const slow = z.int().check(z.gte(0), z.lte(600))
/** One line, without control characters and without those that turn the text around. */
const line = z
  .string()
  .check(z.minLength(1), z.maxLength(TEXT_LIMIT), z.regex(/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u), z.regex(/\S/))
const role = z.enum(['owner', 'moderator', 'viewer'])
export type ChatRole = z.output<typeof role>

const Hello = z.strictObject({ hello: z.literal(CHAT_VERSION), nonce: hexBytes(16) })
export type ChatHello = z.output<typeof Hello>

const Ask = z.discriminatedUnion('ask', [
  /** This is my key. `proof`: by the secret of a moderator's link, see `moderatorProof`. */
  z.strictObject({ ask: z.literal('be known'), proof: z.nullable(hexBytes(32)) }),
  z.strictObject({ ask: z.literal('say'), name: personName, text: line }),
  z.strictObject({ ask: z.literal('delete'), id }),
  /** Seconds; 0: may speak again. */
  z.strictObject({ ask: z.literal('mute'), who: peer, seconds: z.int().check(z.gte(0), z.lte(86_400)) }),
  /** Seconds between two messages of one person; 0: as usual. */
  z.strictObject({ ask: z.literal('slow'), seconds: slow }),
])
export type ChatAsk = z.output<typeof Ask>

const Signed = z.strictObject({ key: hexBytes(32), counter, text: z.string().check(z.maxLength(ASK_LIMIT)), signature: hexBytes(64) })

const Message = z.strictObject({ id, who: peer, role, name: personName, text: line, at: moment })
export type ChatMessage = z.output<typeof Message>

export const REFUSALS = ['too fast', 'slow mode', 'muted', 'not yours', 'said before', 'nothing there'] as const
export type ChatRefusal = (typeof REFUSALS)[number]

const number = z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER))
const FromBox = z.discriminatedUnion('say', [
  z.strictObject({
    say: z.literal('welcome'),
    nonce: hexBytes(16),
    session: hexBytes(16),
    number,
    slow,
    messages: z.array(Message).check(z.maxLength(HISTORY)),
  }),
  z.strictObject({ say: z.literal('message'), number, message: Message }),
  z.strictObject({ say: z.literal('deleted'), number, id }),
  z.strictObject({ say: z.literal('muted'), number, who: peer, seconds: number }),
  z.strictObject({ say: z.literal('slow'), number, seconds: slow }),
  z.strictObject({ say: z.literal('you'), session: hexBytes(16), role }),
  /** `seconds` until it may be tried again, where that is known. */
  z.strictObject({ say: z.literal('refused'), session: hexBytes(16), counter, why: z.enum(REFUSALS), seconds: z.nullable(number) }),
])
export type FromChat = z.output<typeof FromBox>
/** What happened in the room, for all. */
export type ChatEvent = Extract<FromChat, { number: number }> extends infer E ? (E extends { say: 'welcome' } ? never : E) : never

/** Where an ask belongs: to this program, this connection, this place in it. */
export type ChatPlace = { readonly program: ProgramId; readonly session: string; readonly counter: number }
const toSign = ({ program, session, counter: at }: ChatPlace, text: string): Uint8Array =>
  bytesOf(`${CHAT_VERSION} ask\n${program}\n${session}\n${at}\n${text}`)

export function closeAsk(ask: ChatAsk, place: ChatPlace, identity: Pick<Identity, 'publicKey' | 'sign'>): string {
  const text = JSON.stringify(ask)
  return JSON.stringify({
    key: hex(identity.publicKey),
    counter: place.counter,
    text,
    signature: hex(identity.sign(toSign(place, text))),
  })
}

export type OpenedAsk = { readonly ask: ChatAsk; readonly counter: number; readonly who: ReturnType<typeof peerOf>; readonly key: string }

/** What a viewer asks; null when it is nothing we know, or not signed for this place. Never throws. */
export function openAsk(frame: string, program: ProgramId, session: string): OpenedAsk | null {
  if (frame.length > ASK_LIMIT) return null
  const signed = Signed.safeParse(jsonOf(frame))
  if (!signed.success) return null
  const { key, counter: at, text, signature } = signed.data
  const ask = Ask.safeParse(jsonOf(text))
  const publicKey = unhex(key)
  if (!ask.success || !verify(publicKey, toSign({ program, session, counter: at }, text), unhex(signature))) return null
  return { ask: ask.data, counter: at, who: peerOf(publicKey), key }
}

/** The first frame of a viewer; null when it is none. Never throws. */
export function chatHelloIn(frame: string): ChatHello | null {
  const read = Hello.safeParse(frame.length > ASK_LIMIT ? undefined : jsonOf(frame))
  return read.success ? read.data : null
}

/** Shows on one connection, for one key, that its owner knows the secret of a moderator's link. */
export const moderatorProof = (secret: Uint8Array, session: string, key: string): Uint8Array =>
  mac(secret, concat(bytesOf(`${CHAT_VERSION} moderator\n`), bytesOf(`${session}\n${key}`)))

const KIND = 'chat'
export const closeFromChat = (said: FromChat, identity: Pick<Identity, 'publicKey' | 'sign'>): string => makeStatement(KIND, said, identity)

/** What the box says; null when this program's broadcaster did not say it. Never throws. */
export function openFromChat(frame: string, program: ProgramId): FromChat | null {
  const read = FromBox.safeParse(readStatement(KIND, frame, program))
  return read.success ? read.data : null
}

/** Whether a text may be said as it is. */
export const isLine = (text: string): boolean => line.safeParse(text).success

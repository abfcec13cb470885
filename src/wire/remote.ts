// remote.ts — what a phone and the box say to each other at /remote/socket, and what a phone knows of the box.
//
//   phone  {"hello": "parlor-remote-1", "share": X25519 share}                                        text
//   box    {"hello": "parlor-remote-1", "share": X25519 share, "key": Ed25519 key, "signature"}       text
//   both   sealed frames from then on (remote-channel.ts): JSON of FromPhone and FromBox, and pictures
//
// The two shares are new for each connection, so the hash over them and the box's key (the transcript) is this connection's nonce. The
// box signs it before the phone says anything; the phone signs it in 'prove' or while pairing; every order carries a signature of the
// paired key over the transcript, a counter that rises by one or more, and the order's own text. So an order is good once, on one
// connection, from one phone. It works on plain http too: everything is plain JavaScript.
//
// How a page uses it (web/pages/kit/remote.ts):
//
//   const link = new RemoteLink({ socket: browserSocket(), shelf: browserShelf(), clock: systemClock })
//   link.on('now', (now) => …)          'resting' | 'stranger' | 'connecting' | 'connected' | 'away' | 'removed' | 'another box'
//   link.on('state', (state) => …)      RemoteState, whole, at every change; never asked for
//   link.on('pairing', (pairing) => …)  { is: 'none' | 'asking' } | { is: 'comparing', words } | { is: 'paired', words, box }
//   link.start(); link.nudge(); link.close()      nudge: try at once (page visible again, network back)
//   await link.pairByQr(location.href, 'Anna’s phone')       the secret behind #P:
//   await link.pairByCode('482 913', 'Anna’s phone')         both reject with Refusal or Fault: a sentence for people
//   await link.ask({ want: 'mute', muted: true })            resolves when the box has taken it; state tells what came of it
//   await link.query('tv')                                   typed by QUERIES below; 'tv' gives a JPEG
//   await link.forget()                                      this phone is no remote any more, here and in the box
//
// The box's end is control/remote.ts. Any change that an older page or box would not understand raises VERSION.
import * as z from 'zod/mini'
import { ID } from '../core/id.ts'
import { JoinAbout, NetworkAbout, RemoteNetwork } from './remote-network.ts'
import { RemoteUpdate, UpdateAbout } from './remote-update.ts'
import { hexBytes, jsonOf, personName } from './schema.ts'

export const VERSION = 'parlor-remote-1'
export const SOCKET_PATH = '/remote/socket'
/** The longest frame that a phone may send, bytes. */
export const FRAME_LIMIT = 16 * 1024
/** The longest frame that a box may send, bytes: a picture of the TV. */
export const ANSWER_LIMIT = 2 * 1024 * 1024
/** Each end says something at least so often; the other takes three times that for an end. Milliseconds. */
export const BEAT_MS = 5000

/** Close codes (RFC 6455, 7.4.2). Nobody has signed them, so a phone tries again after each; only a sealed 'stranger' makes it forget the box. */
export const CLOSE = { notUnderstood: 4400, removed: 4403, slow: 4408, busy: 4429 } as const

const sentence = z.string().check(z.maxLength(500))
const counter = z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER))
const peer = z.string().check(z.regex(ID))
const words = z.array(z.string().check(z.maxLength(30))).check(z.maxLength(8))

// ── Before the seal ──────────────────────────────────────────────────────────────────────────────

export const PhoneHello = z.strictObject({ hello: z.literal(VERSION), share: hexBytes(32) })
export const BoxHello = z.strictObject({ hello: z.literal(VERSION), share: hexBytes(32), key: hexBytes(32), signature: hexBytes(64) })
export type PhoneHello = z.output<typeof PhoneHello>
export type BoxHello = z.output<typeof BoxHello>

// ── What a phone says ────────────────────────────────────────────────────────────────────────────

const newcomer = { key: hexBytes(32), name: personName, signature: hexBytes(64) }
export const FromPhone = z.discriminatedUnion('say', [
  /** I am a phone that you know. */
  z.strictObject({ say: z.literal('prove'), key: hexBytes(32), signature: hexBytes(64) }),
  /** Pair me: I have read the QR code. See wire/pairing.ts. */
  z.strictObject({ say: z.literal('pair by secret'), ...newcomer, mac: hexBytes(32) }),
  /** Pair me: somebody will have typed the six digits. First message of CPace. */
  z.strictObject({ say: z.literal('pair by code'), ...newcomer, share: hexBytes(32) }),
  /** We have the same code. */
  z.strictObject({ say: z.literal('same code'), mac: hexBytes(32) }),
  /** An order: `text` is JSON of Order, signed with the counter for this connection. */
  z.strictObject({ say: z.literal('do'), counter, text: z.string().check(z.maxLength(12 * 1024)), signature: hexBytes(64) }),
  z.strictObject({ say: z.literal('beat') }),
])
export type FromPhone = z.output<typeof FromPhone>

/** What stands in the text of a 'do'. */
export const Order = z.union([
  /** An Intent of core/intent.ts, which the box checks. */
  z.strictObject({ intent: z.unknown() }),
  /** One of QUERIES, with what it needs. */
  z.strictObject({ query: z.string().check(z.maxLength(40)), about: z.optional(z.unknown()) }),
])
export type Order = z.output<typeof Order>

// ── What a box says ──────────────────────────────────────────────────────────────────────────────

export const Why = z.enum([
  'not-open', // nobody at the box has started pairing, or its time is over
  'wrong-code', // one of three tries is gone
  'locked', // too many wrong codes: no code is taken for a while; the QR code still is
  'declined', // somebody at the box said no, or nobody said anything
  'busy', // another phone is just being paired
  'full', // the roster holds no more phones
  'stranger', // this phone is not paired (any more)
  'not-understood',
])
export type Why = z.output<typeof Why>

export const FromBox = z.discriminatedUnion('say', [
  /** You are known; the state follows. */
  z.object({ say: z.literal('welcome') }),
  /** Second message of CPace. */
  z.object({ say: z.literal('code'), share: hexBytes(32) }),
  /** The code was right: compare the words; somebody at the box presses OK. */
  z.object({ say: z.literal('compare'), mac: hexBytes(32), words }),
  /** You are in the roster. By QR code the mac proves that the box knows the secret too. */
  z.object({ say: z.literal('paired'), mac: hexBytes(32), words, box: personName }),
  /** To 'prove' and to what pairs. */
  z.object({ say: z.literal('refused'), why: Why, sentence, triesLeft: z.optional(z.int()) }),
  z.object({ say: z.literal('state'), state: z.unknown() }),
  /** To 'do'. Pictures come as frames of bytes instead. */
  z.object({ say: z.literal('done'), counter, answer: z.unknown() }),
  z.object({ say: z.literal('failed'), counter, code: z.string().check(z.maxLength(40)), sentence }),
  z.object({ say: z.literal('beat') }),
])
export type FromBox = z.output<typeof FromBox>

// ── What a phone shows ───────────────────────────────────────────────────────────────────────────

/** Somebody in the call with us. */
const Person = z.object({
  peer,
  name: z.string(),
  kind: z.enum(['box', 'browser']),
  muted: z.boolean(),
  camera: z.boolean(),
  screen: z.boolean(),
  /** They broadcast the call. */
  live: z._default(z.boolean(), false),
  reconnecting: z.boolean(),
})
export type RemotePerson = z.output<typeof Person>

/** Somebody we can ring. Never carries the secret of their room. */
const Contact = z.object({
  peer,
  name: z.string(),
  /** When they ring, the box answers by itself. */
  answers: z.boolean(),
  /** Whether their box is there; null: not known. */
  there: z.nullable(z.boolean()),
})
export type RemoteContact = z.output<typeof Contact>

/** A phone in the roster. */
const Phone = z.object({
  /** Ed25519 public key as hex: the name of this phone in orders about it. */
  key: hexBytes(32),
  name: z.string(),
  /** Milliseconds since 1970 by the box's clock, which may be wrong after a power cut. */
  paired: z.number(),
  seen: z.nullable(z.number()),
  connected: z.boolean(),
})
export type RemotePhone = z.output<typeof Phone>

/** Another server that gets the broadcast too. `to`: without its key. said: why it waits; null: it does not. */
const Push = z.object({ to: z.string(), is: z.enum(['resting', 'connecting', 'sending', 'waiting']), said: z.nullable(z.string()) })
export type RemotePush = z.output<typeof Push>

/** A broadcast of elsewhere on the TV. behind: how many half minutes what is seen is behind now; 0: live. */
const Watched = z.object({
  is: z.enum(['comes', 'plays', 'paused', 'lost', 'ended', 'none', 'full', 'locked', 'odd']),
  title: z.string(),
  behind: z.number(),
})

/** A broadcast of elsewhere that is passed on to the screens of the house. from: where it comes from, like ann.example:8443. */
const Relayed = z.object({ program: z.string(), from: z.string(), watching: z.number() })

/** Pairing as the box sees it: for phones without secret and code, for the TV with them (room/pairing.ts). */
const PairingView = z.discriminatedUnion('is', [
  z.object({ is: z.literal('closed') }),
  z.object({ is: z.literal('open') }),
  z.object({ is: z.literal('comparing'), name: z.string(), words }),
  z.object({ is: z.literal('paired'), name: z.string(), words }),
])

/** Everything a phone shows of the box. Unknown keys are left out, so an older page goes on working with a newer box. */
export const RemoteState = z.object({
  /** The name of the box. */
  box: z.string(),
  version: z.string(),
  /** none: in no call. joining: on the way. live: in one, perhaps alone. */
  call: z.enum(['none', 'joining', 'live']),
  /** The call is by sound only. */
  phone: z.boolean(),
  people: z.array(Person).check(z.maxLength(50)),
  /** The call is broadcast. watching: how many see it. link: where. moderatorLink: for who may delete and mute in its chat. null: it is not. */
  live: z.nullable(z.object({ watching: z.number(), link: z.string(), moderatorLink: z.string(), recorded: z.boolean() })),
  /** Only who has the key in the watch link sees the broadcast: that of now, or else the next one. */
  private: z._default(z.boolean(), false),
  /** Where else the broadcast goes. */
  pushes: z._default(z.array(Push).check(z.maxLength(10)), []),
  watch: z._default(z.nullable(Watched), null),
  relays: z._default(z.array(Relayed).check(z.maxLength(10)), []),
  update: z._default(z.nullable(RemoteUpdate), null),
  /** Who rings at our door now; null: nobody. */
  ringing: z.nullable(z.object({ peer, name: z.string(), contact: z.boolean(), answersInMs: z.nullable(z.number()) })),
  /** Names of those who wait in our room while we are in no call. */
  waiting: z.array(z.string()).check(z.maxLength(50)),
  muted: z.boolean(),
  /** on: people may see us, by wish. is: what the device does. */
  camera: z.object({ on: z.boolean(), is: z.enum(['closed', 'open', 'missing']) }),
  /** Loudness of the loudspeaker, percent. */
  volume: z.number(),
  layout: z.enum(['auto', 'grid', 'speaker']),
  /** picture: ours. set: whether we switched the TV set on. wanted: by somebody's wish; null: as calls need it. */
  tv: z.object({ picture: z.enum(['dark', 'on', 'lost']), set: z.enum(['as it was', 'woken']), wanted: z.nullable(z.boolean()) }),
  /** Do not disturb. night: it is a quiet hour by the settings. */
  quiet: z.boolean(),
  night: z.boolean(),
  /** The switch on the box: while shut, camera and microphone stay closed whatever anybody wants. */
  shutter: z.enum(['open', 'shut']),
  /** What is amiss, in sentences. */
  notices: z.array(z.string()).check(z.maxLength(50)),
  contacts: z.array(Contact).check(z.maxLength(500)),
  /** Calls that nobody has looked at yet. */
  missed: z.number(),
  phones: z.array(Phone).check(z.maxLength(100)),
  pairing: PairingView,
})
export type RemoteState = z.output<typeof RemoteState>

/** The state in a JSON value; null when it is none. Never throws. */
export function stateIn(value: unknown): RemoteState | null {
  const read = RemoteState.safeParse(value)
  return read.success ? read.data : null
}

// ── What may be asked, and what is answered ──────────────────────────────────────────────────────

const Finding = z.object({ is: z.enum(['good', 'missing', 'bad']), sentence: z.string() })
const Past = z.object({ what: z.string(), name: z.string(), peer: z.string(), at: z.number(), seen: z.boolean() })
/** What is kept of one run of the broadcast. Times in ms since 1970. */
const Recording = z.object({
  run: z.number(),
  from: z.number(),
  to: z.number(),
  bytes: z.number(),
  /** It is not let go when space is needed. */
  kept: z.boolean(),
  /** It is going on. */
  live: z.boolean(),
  /** Its beginning is still there. */
  whole: z.boolean(),
  /** Between cut marks. */
  pieces: z.array(z.object({ from: z.number(), to: z.number() })),
  captions: z._default(z.boolean(), false),
})
export type RemoteRecording = z.output<typeof Recording>
const run = z.int().check(z.gte(0))
const nothing = z.undefined()
const done = z.object({ ok: z.literal(true) })

/**
 * Every query: `about` is what it needs, `answer` what comes back. The box checks the first, the phone the second.
 * 'tv' answers with bytes, a JPEG.
 */
export const QUERIES = {
  tv: { about: nothing, answer: z.custom<Uint8Array>((x) => x instanceof Uint8Array) },
  doctor: { about: nothing, answer: z.array(Finding) },
  /** JSON Schema of the settings (docs/settings.md is made from the same), and how they are. Secrets are left out by the box. */
  settings: { about: nothing, answer: z.object({ schema: z.unknown(), values: z.unknown() }) },
  /** `path` like 'box.name'. restart: it counts after a restart of the box. */
  'set setting': {
    about: z.strictObject({ path: z.string().check(z.regex(/^[a-z][a-zA-Z]*(\.[a-z][a-zA-Z]*){1,3}$/)), value: z.unknown() }),
    answer: z.object({ ok: z.literal(true), restart: z.boolean() }),
  },
  'add contact': { about: z.strictObject({ card: z.string().check(z.maxLength(2048)) }), answer: done },
  'remove contact': { about: z.strictObject({ peer }), answer: done },
  /** Whether the box answers by itself when they ring. */
  'let answer': { about: z.strictObject({ peer, answers: z.boolean() }), answer: done },
  /** The contacts are looked at: the box asks whose box is there, and tells it in its state (contacts[].there). Ask again now and then. */
  'who is there': { about: nothing, answer: done },
  /** The box's own contact card, to show to others. */
  card: { about: nothing, answer: z.object({ card: z.string() }) },
  /** Missed, declined and answered calls, newest first. */
  calls: { about: nothing, answer: z.array(Past) },
  /** Somebody has looked at the missed calls. */
  'calls seen': { about: nothing, answer: done },
  /** What is kept of broadcasts, newest first. */
  recordings: { about: nothing, answer: z.array(Recording) },
  'keep recording': { about: z.strictObject({ run, on: z.boolean() }), answer: done },
  'remove recording': { about: z.strictObject({ run }), answer: done },
  /** A path of this box that gives the recording, or one of its pieces, as one MP4, or its captions as WebVTT: once, within a minute. */
  'download recording': {
    about: z.strictObject({ run, piece: z.nullable(z.int().check(z.gte(0))), captions: z.optional(z.boolean()) }),
    answer: z.object({ path: z.string() }),
  },
  /** From here, or to here: cuts what is recorded now. */
  'mark recording': { about: z.strictObject({ is: z.enum(['begin', 'end']) }), answer: done },
  /** One more server that gets the broadcast too, and one less, by its number in the state (the first is 1). */
  'add push': { about: z.strictObject({ address: z.string().check(z.maxLength(500)) }), answer: done },
  'remove push': { about: z.strictObject({ number: z.int().check(z.gte(1)) }), answer: done },
  /** A line under the picture of the broadcast, for who watches with captions; an empty one takes it away. language: BCP 47. */
  caption: {
    about: z.strictObject({ text: z.string().check(z.maxLength(500)), language: z.optional(z.string().check(z.maxLength(20))) }),
    answer: done,
  },
  update: { about: UpdateAbout, answer: done },
  network: { about: NetworkAbout, answer: RemoteNetwork },
  'join network': { about: JoinAbout, answer: done },
  'rename phone': { about: z.strictObject({ key: hexBytes(32), name: personName }), answer: done },
  'remove phone': { about: z.strictObject({ key: hexBytes(32) }), answer: done },
} as const

export type QueryName = keyof typeof QUERIES
export type About<Q extends QueryName> = z.output<(typeof QUERIES)[Q]['about']>
export type Answer<Q extends QueryName> = z.output<(typeof QUERIES)[Q]['answer']>
/** A checked query, as the box is asked it. */
export type Query = { [Q in QueryName]: { readonly query: Q; readonly about: About<Q> } }[QueryName]

/** The query in an order; null when there is none of this name, or it lacks what it needs. Never throws. */
export function queryIn(name: string, about: unknown): Query | null {
  if (!Object.hasOwn(QUERIES, name)) return null
  const read = QUERIES[name as QueryName].about.safeParse(about)
  return read.success ? ({ query: name, about: read.data } as Query) : null
}

const reads =
  <T extends z.ZodMiniType>(schema: T) =>
  (text: string | null): z.output<T> | null => {
    const read = schema.safeParse(jsonOf(text))
    return read.success ? read.data : null
  }
/** What a text from the other end says; null when it is none of these. Never throw. */
export const phoneHelloIn = reads(PhoneHello)
export const boxHelloIn = reads(BoxHello)
export const fromPhoneIn = reads(FromPhone)
export const fromBoxIn = reads(FromBox)
export const orderIn = reads(Order)

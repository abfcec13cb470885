// signal.ts — what two participants tell each other to build, mend and end their link. Bodies for envelopes to one.
//
// `link` names one attempt at a link, chosen by who offers; `turn` counts its offers: 0 is the first, later ones restart ICE.
import * as z from 'zod/mini'
import { bytesOf, textOf } from './crypto.ts'
import { hexBytes, jsonOf } from './schema.ts'

const link = hexBytes(8)
const turn = z.int().check(z.gte(0), z.lte(100_000))
const sdp = z.string().check(z.minLength(1), z.maxLength(16 * 1024))
const candidate = z.strictObject({ candidate: z.string().check(z.maxLength(512)), mid: z.string().check(z.maxLength(16)) })

const KINDS = {
  offer: { code: 3, schema: z.strictObject({ link, turn, sdp }) },
  answer: { code: 4, schema: z.strictObject({ link, turn, sdp }) },
  candidates: { code: 5, schema: z.strictObject({ link, candidates: z.array(candidate).check(z.minLength(1), z.maxLength(32)) }) },
  /** Ends a link or refuses one. full: the room has no place left. unconfirmed: we could not tell who the other end is. */
  bye: { code: 6, schema: z.strictObject({ link: z.nullable(link), reason: z.enum(['full', 'closed', 'unconfirmed']) }) },
  /** "I hear nothing from you": asks the offerer for a restart. */
  silent: { code: 7, schema: z.strictObject({ link }) },
  /** What a box says at its door, to who came into its room while it is not there itself. */
  door: { code: 8, schema: z.strictObject({ says: z.enum(['ringing', 'declined', 'busy', 'quiet']) }) },
  /** Asks a box whether it is there, and its answer. Both are for one session, so neither can be kept and played again. */
  there: { code: 10, schema: z.strictObject({ says: z.enum(['ask', 'here']) }) },
  /** "I heard your plea: make a link with this name to me." A link for tracks, without a call (call/meeting.ts). */
  meet: { code: 12, schema: z.strictObject({ link }) },
} as const

type Kinds = typeof KINDS
/** ringing: people there have been told. declined, busy, quiet: nobody will come to the door now. */
export type DoorWord = z.output<Kinds['door']['schema']>['says']
export type SignalType = keyof Kinds
export type Signal = { [K in SignalType]: { readonly type: K } & Readonly<z.output<Kinds[K]['schema']>> }[SignalType]
/** What is said about a link, and not at a door. */
export type LinkSignal = Exclude<Signal, { type: 'door' | 'there' | 'meet' }>

export function signalBody(signal: Signal): { kind: number; body: Uint8Array } {
  const { type, ...body } = signal
  const { code, schema } = KINDS[type]
  return { kind: code, body: bytesOf(JSON.stringify(schema.parse(body))) }
}

/** The signal in an opened letter; null for a kind or a body that is none. Never throws. */
export function signalIn(kind: number, body: Uint8Array): Signal | null {
  for (const [type, { code, schema }] of Object.entries(KINDS)) {
    if (code !== kind) continue
    const read = schema.safeParse(jsonOf(textOf(body)))
    return read.success ? ({ type, ...read.data } as Signal) : null
  }
  return null
}

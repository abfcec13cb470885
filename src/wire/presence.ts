// presence.ts — what a participant tells the whole room: I am here, I am gone, I listen at this door, or I ask for tracks. Bodies for envelopes to all.
//
// Presence is retained by the broker and repeated as a heartbeat. `ttl` is judged by each reader on its own clock, from when it heard.
// `door` is what a box leaves in its own room while it is not in it: no more than the session under which it can be asked whether it
// is there (signal.ts, 'there'). It is retained and not repeated; that it is still true only an answer proves.
// `plea` is said now and again by a box that would like the others' own tracks of a call in this room (tracks-word.ts); it is not retained, and who
// hears it owes no answer.
// `gone` is sealed beforehand and left with the broker as last will. It names nothing but its session, so an old one ends nothing new.
import * as z from 'zod/mini'
import { bytesOf, textOf } from './crypto.ts'
import { jsonOf, personName } from './schema.ts'

const Presence = z.strictObject({
  name: personName,
  kind: z.enum(['box', 'browser']),
  /** Milliseconds without a new heartbeat after which this is no longer true. */
  ttl: z.int().check(z.gte(1_000), z.lte(60_000)),
  /** The place in the order of coming in: one more than the highest seen when the room let us in; null while still at the door. */
  place: z.nullable(z.int().check(z.gte(1), z.lte(1_000_000_000))),
})
export type Presence = z.output<typeof Presence>
const moment = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))
/** From when to when the call was, by the clock of who asks, ms since 1970. */
const Plea = z.strictObject({ from: moment, to: moment })
export type Plea = Readonly<z.output<typeof Plea>>
export type News =
  | { readonly type: 'presence'; readonly presence: Presence }
  | { readonly type: 'gone' }
  | { readonly type: 'door' }
  | { readonly type: 'plea'; readonly plea: Plea }

const PRESENCE = 1
const GONE = 2
const DOOR = 9
const PLEA = 11

export function newsBody(news: News): { kind: number; body: Uint8Array } {
  if (news.type === 'plea') return { kind: PLEA, body: bytesOf(JSON.stringify(Plea.parse(news.plea))) }
  if (news.type !== 'presence') return { kind: news.type === 'gone' ? GONE : DOOR, body: new Uint8Array() }
  return { kind: PRESENCE, body: bytesOf(JSON.stringify(Presence.parse(news.presence))) }
}

/** The news in an opened letter; null for a kind or a body that is none. Never throws. */
export function newsIn(kind: number, body: Uint8Array): News | null {
  if (kind === GONE || kind === DOOR) return body.length > 0 ? null : { type: kind === GONE ? 'gone' : 'door' }
  if (kind === PLEA) {
    const plea = Plea.safeParse(jsonOf(textOf(body)))
    return plea.success ? { type: 'plea', plea: plea.data } : null
  }
  if (kind !== PRESENCE) return null
  const read = Presence.safeParse(jsonOf(textOf(body)))
  return read.success ? { type: 'presence', presence: read.data } : null
}

// presence.ts — what a participant tells the whole room: I am here, I am gone, or I listen at this door. Bodies for envelopes to all.
//
// Presence is retained by the broker and repeated as a heartbeat. `ttl` is judged by each reader on its own clock, from when it heard.
// `door` is what a box leaves in its own room while it is not in it: no more than the session under which it can be asked whether it
// is there (signal.ts, 'there'). It is retained and not repeated; that it is still true only an answer proves.
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
export type News = { readonly type: 'presence'; readonly presence: Presence } | { readonly type: 'gone' } | { readonly type: 'door' }

const PRESENCE = 1
const GONE = 2
const DOOR = 9

export function newsBody(news: News): { kind: number; body: Uint8Array } {
  if (news.type !== 'presence') return { kind: news.type === 'gone' ? GONE : DOOR, body: new Uint8Array() }
  return { kind: PRESENCE, body: bytesOf(JSON.stringify(Presence.parse(news.presence))) }
}

/** The news in an opened letter; null for a kind or a body that is none. Never throws. */
export function newsIn(kind: number, body: Uint8Array): News | null {
  if (kind === GONE || kind === DOOR) return body.length > 0 ? null : { type: kind === GONE ? 'gone' : 'door' }
  if (kind !== PRESENCE) return null
  const read = Presence.safeParse(jsonOf(textOf(body)))
  return read.success ? { type: 'presence', presence: read.data } : null
}

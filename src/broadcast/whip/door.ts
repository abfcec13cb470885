// door.ts — WebRTC sessions by HTTP: an offer is posted, the answer comes back, and the session has an address of its own until it is deleted.
//
// That is what publishing (WHIP, RFC 9725) and watching (WHEP, draft-ietf-wish-whep) have in common, and all that is here: methods, states,
// headers and limits. What a session is, who may have one and what flows in it is for whoever opens the door (whep.ts, whip.ts).
//
// Further candidates come as PATCH with the session's entity tag in If-Match; an ICE restart with "*", and makes another tag (§4.3). A session
// that is never connected, or from which nothing is heard, is ended from here.
import type { Clock } from '../../lib/clock.ts'
import type { Off } from '../../lib/emitter.ts'
import { Refusal } from '../../lib/fault.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { hex, type Random } from '../../wire/crypto.ts'
import { Toll } from './toll.ts'

export type DoorAsk = {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Whom the connection comes from. */
  readonly address: string
  /** A header's value; null: it was not said. */
  readonly header: (name: string) => string | null
  /** The body as text, in at most so many bytes; null when it is longer, or was not whole in time. */
  readonly body: (most: number) => Promise<string | null>
  /** Aborted when the one who asked has gone. */
  readonly signal: AbortSignal
}
export type DoorAnswer = { readonly status: number; readonly headers: Record<string, string>; readonly body: string }

/** One connection, as the door needs it. */
export interface Peering {
  /** @throws Refusal 'bad-message' for what is no offer, 'bad-request' for one that cannot be served */
  answer(offer: string, signal: AbortSignal): Promise<string>
  /** Would this fragment restart ICE? @throws Refusal 'bad-message' */
  restarts(fragment: string): boolean
  /** @returns the answer to a restart; null when it was none  @throws Refusal 'bad-message' */
  trickle(fragment: string, signal: AbortSignal): Promise<string | null>
  readonly isConnected: boolean
  /** Did anything come since this was last asked? */
  heard(): boolean
  on(event: 'ended', listener: (sentence: string) => void): Off
  close(): Promise<void>
}

export type Begun = {
  readonly peering: Peering
  /** Every two seconds: a sentence when the session must end. */
  readonly look?: () => string | null
  /** It is over, for whatever reason. Once. */
  readonly ended: (why: string) => void
}
/** Nobody is let in: `retry` is in seconds. */
export type Turned = { readonly status: number; readonly sentence: string; readonly retry?: number }

export type DoorParts = {
  /** Does this person have a right to be here at all? A sentence when not: answered with 401. Left out: everybody has. */
  readonly refuses?: (ask: DoorAsk) => string | null
  /** @param id names the session, 32 hex digits */
  readonly begin: (id: string, ask: DoorAsk, offer: string) => Begun | Turned
  /** Servers that a client may ask for its address, as values of Link headers (§4.6). */
  readonly links: () => readonly string[]
  /** Sessions at once. */
  readonly most: number
  readonly full: string
  readonly random: Random
  readonly clock: Clock
}

type Session = {
  readonly id: string
  readonly address: string
  readonly begun: Begun
  readonly since: Ms
  readonly stop: AbortController
  tag: number
  /** Looks since something was heard. */
  silent: number
}

export const LONGEST_OFFER = 16 * 1024
const LOOK = seconds(2)
/** To be connected in, and silence in looks after which it is over. */
const PATIENCE = seconds(15)
const SILENT = 5
/** Sessions on their way at once: in all, and from one address. */
const [ON_THE_WAY, FROM_ONE] = [16, 4]
const RETRY = 5

const SDP = 'application/sdp'
const FRAGMENT = 'application/trickle-ice-sdpfrag'
const AT_DOOR = 'POST, OPTIONS'
const AT_SESSION = 'PATCH, DELETE, OPTIONS'
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'location, etag, link, retry-after, accept-patch',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'no-store',
}
const ASKED_BEFORE = { 'access-control-allow-headers': 'content-type, if-match, authorization', 'access-control-max-age': '600' }

export class SessionDoor {
  readonly #parts: DoorParts
  readonly #toll = new Toll()
  readonly #sessions = new Map<string, Session>()
  #closed = false

  constructor(parts: DoorParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#sessions.size
  }

  /** @param rest of the path behind the door's own: '' is the door, '/ID' a session  @returns null for an address that is none */
  async answer(ask: DoorAsk, rest: string): Promise<DoorAnswer | null> {
    const id = /^\/([0-9a-f]{32})$/.exec(rest)?.[1]
    if (rest !== '' && !id) return null
    if (ask.method === 'OPTIONS') return this.#options(id !== undefined)
    const refused = this.#parts.refuses?.(ask) ?? null
    if (refused !== null) return said(401, refused, { 'www-authenticate': 'Bearer realm="WHIP"' })
    if (id) return this.#atSession(ask, id)
    if (ask.method !== 'POST') return said(405, 'A session is asked for by POST, with an offer (application/sdp).', { allow: AT_DOOR })
    return this.#post(ask)
  }

  /** Ends all sessions, and begins no more. */
  async close(why: string): Promise<void> {
    this.#closed = true
    await this.endAll(why)
  }

  /** Ends one, if it is still there. */
  async end(id: string, why: string): Promise<void> {
    const session = this.#sessions.get(id)
    if (session) await this.#end(session, why)
  }

  async endAll(why: string): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => this.#end(session, why)))
  }

  #options(isSession: boolean): DoorAnswer {
    const allow = isSession ? AT_SESSION : AT_DOOR
    const accepts: Record<string, string> = isSession ? { 'accept-patch': FRAGMENT } : { 'accept-post': SDP }
    return {
      status: 204,
      headers: { ...OPEN, ...ASKED_BEFORE, ...accepts, ...this.#links(), allow, 'access-control-allow-methods': allow },
      body: '',
    }
  }

  #links(): Record<string, string> {
    const links = this.#parts.links()
    return links.length > 0 ? { link: links.join(', ') } : {}
  }

  async #post(ask: DoorAsk): Promise<DoorAnswer> {
    const { clock, begin, random } = this.#parts
    if (kindOf(ask) !== SDP) return said(415, `An offer is ${SDP}.`, { 'accept-post': SDP })
    const wait = this.#toll.ask(ask.address, clock.now())
    if (wait > 0) return said(429, 'That is too often. Wait a moment.', { 'retry-after': String(Math.ceil(wait / 1000)) })
    const crowded = this.#crowded(ask.address)
    if (crowded) return said(503, crowded, { 'retry-after': String(RETRY) })
    const offer = await ask.body(LONGEST_OFFER)
    if (offer === null) return said(413, 'That is too long for an offer.')
    const again = this.#crowded(ask.address)
    if (again) return said(503, again, { 'retry-after': String(RETRY) })
    const id = hex(random(16))
    const begun = begin(id, ask, offer)
    if ('status' in begun) return said(begun.status, begun.sentence, begun.retry ? { 'retry-after': String(begun.retry) } : {})
    const session: Session = { id, address: ask.address, begun, since: clock.now(), stop: new AbortController(), tag: 1, silent: 0 }
    this.#sessions.set(id, session)
    begun.peering.on('ended', (why) => void this.#end(session, why))
    try {
      const answer = await begun.peering.answer(offer, AbortSignal.any([ask.signal, session.stop.signal]))
      ask.signal.throwIfAborted()
      void this.#attend(session)
      const headers = {
        ...OPEN,
        ...this.#links(),
        'content-type': SDP,
        location: `${ask.path}/${id}`,
        etag: tagOf(session),
        'accept-patch': FRAGMENT,
      }
      return { status: 201, headers, body: answer }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      await this.#end(session, why)
      if (error instanceof Refusal) return said(error.code === 'bad-request' ? 406 : 400, error.message)
      if (ask.signal.aborted || session.stop.signal.aborted)
        return said(503, 'It was over before it began.', { 'retry-after': String(RETRY) })
      throw error
    }
  }

  #crowded(address: string): string | null {
    const all = [...this.#sessions.values()]
    if (this.#closed || all.length >= this.#parts.most) return this.#parts.full
    const coming = all.filter(({ begun }) => !begun.peering.isConnected)
    const isTooMany = coming.length >= ON_THE_WAY || coming.filter((each) => each.address === address).length >= FROM_ONE
    return isTooMany ? 'Too many are on their way in just now. Try again in a moment.' : null
  }

  async #atSession(ask: DoorAsk, id: string): Promise<DoorAnswer> {
    const session = this.#sessions.get(id)
    if (!session) return said(404, 'There is no such session, or not any more.')
    if (ask.method === 'DELETE') {
      await this.#end(session, 'they said goodbye')
      return said(200, 'Goodbye.')
    }
    if (ask.method === 'PATCH') return this.#patch(ask, session)
    return said(405, 'A session is changed by PATCH and ended by DELETE.', { allow: AT_SESSION })
  }

  async #patch(ask: DoorAsk, session: Session): Promise<DoorAnswer> {
    if (kindOf(ask) !== FRAGMENT) return said(415, `A session is changed with ${FRAGMENT}.`, { 'accept-patch': FRAGMENT })
    const match = ask.header('if-match')
    if (match === null) return said(428, 'Name the session’s entity tag in If-Match, or "*" to restart ICE.')
    if (!matches(match, session)) return said(412, 'The session is at another entity tag by now.', { etag: tagOf(session) })
    const text = await ask.body(LONGEST_OFFER)
    if (text === null) return said(413, 'That is too long for a fragment.')
    // It may have changed while the body came.
    if (!matches(match, session)) return said(412, 'The session is at another entity tag by now.', { etag: tagOf(session) })
    const { peering } = session.begun
    try {
      if (peering.restarts(text)) session.tag++
      const answer = await peering.trickle(text, session.stop.signal)
      if (answer === null) return { status: 204, headers: { ...OPEN, etag: tagOf(session) }, body: '' }
      return { status: 200, headers: { ...OPEN, 'content-type': FRAGMENT, etag: tagOf(session) }, body: answer }
    } catch (error) {
      // What cannot be restarted is not ended by that (§4.3.3).
      if (error instanceof Refusal) return said(400, error.message)
      if (session.stop.signal.aborted) return said(404, 'There is no such session, or not any more.')
      throw error
    }
  }

  async #attend(session: Session): Promise<void> {
    const { clock } = this.#parts
    const { signal } = session.stop
    while (!signal.aborted) {
      await clock.sleep('how a session is', LOOK, signal).catch(() => {})
      if (signal.aborted) return
      const why = this.#judge(session)
      if (why !== null) await this.#end(session, why)
    }
  }

  #judge(session: Session): string | null {
    const { peering, look } = session.begun
    if (!peering.isConnected) return this.#parts.clock.now() - session.since > PATIENCE ? 'it was never connected' : null
    session.silent = peering.heard() ? 0 : session.silent + 1
    return session.silent >= SILENT ? 'nothing is heard of them any more' : (look?.() ?? null)
  }

  async #end(session: Session, why: string): Promise<void> {
    if (!this.#sessions.delete(session.id)) return
    session.stop.abort()
    session.begun.ended(why)
    await session.begun.peering.close()
  }
}

/** A server of ICE as the value of a Link header (RFC 9725 §4.6). */
export function linkOf({
  urls,
  username,
  credential,
}: {
  readonly urls: string
  readonly username?: string
  readonly credential?: string
}): string {
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
  const more = username && credential ? `; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"` : ''
  return `<${urls}>; rel="ice-server"${more}`
}

const kindOf = (ask: DoorAsk): string => (ask.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
const tagOf = ({ id, tag }: Session): string => `"${id.slice(0, 8)}-${tag}"`
const matches = (match: string, session: Session): boolean =>
  match.trim() === '*' || match.split(',').some((each) => ['*', '"*"', tagOf(session)].includes(each.trim()))

const said = (status: number, sentence: string, more: Record<string, string> = {}): DoorAnswer => ({
  status,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', ...more },
  body: `${sentence}\n`,
})

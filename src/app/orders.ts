// orders.ts — what the person at the machine may order through the control socket, and what each order answers.
import type { PeerId } from '../core/id.ts'
import { Intent } from '../core/intent.ts'
import { KEYS, type Key } from '../core/key.ts'
import { UPDATE_ORDERS, type UpdateOrder } from '../core/update.ts'
import { Refusal } from '../lib/fault.ts'
import { type Card, parseCard } from '../room/contact.ts'
import { originOf, parseLink } from '../room/link.ts'
import type { Contact, Ended } from '../wire/contact.ts'
import { watchKey } from '../wire/watch-key.ts'
import { watchAddressOf, watchLinkIn } from '../wire/watch-link.ts'
import type { CaptionAsk } from './captions.ts'
import type { Links } from './links.ts'
import type { PushSeen } from './pushes.ts'
import { pathOf, type Recording, WHICH, type Which } from './recordings.ts'
import type { Status } from './status.ts'
import type { TracksExchange } from './tracks-exchange.ts'
import type { Updates } from './updates.ts'
import type { WhipReach } from './whip.ts'

/** What the orders reach. */
export type Reach = {
  readonly ask: (intent: Intent) => void
  readonly status: () => Status
  /** As Prometheus reads them. */
  readonly numbers: () => string
  readonly links: () => Links
  readonly contacts: {
    readonly all: readonly Contact[]
    add(card: Card): void
    change(peer: PeerId, news: { readonly name?: string; readonly answers?: boolean }): void
    remove(peer: PeerId): void
  }
  /** The card by which others know this box. */
  readonly card: () => string
  readonly calls: { readonly all: readonly Ended[]; see(): void }
  readonly phones: {
    list(): ReadonlyArray<{ readonly key: string; readonly name: string; readonly seen: number | null }>
    remove(key: string): Promise<void>
    /** Begins pairing: what the phone scans, or the six digits (null: none is taken now) and where to type them. */
    pair(): { readonly link: string; readonly code: string | null; readonly where: string }
    /** Somebody here has compared the words. */
    answer(yes: boolean): void
  }
  /** Whether contacts' boxes are there; null: not known. look() asks them, in a few seconds. */
  readonly there: { look(): Promise<void>; of(peer: PeerId): boolean | null }
  /** Rooms kept by name. */
  readonly rooms: {
    readonly all: ReadonlyArray<{ readonly name: string; readonly at: string | null }>
    add(name: string, link: string): void
    remove(name: string): void
  }
  /** As if a key of the TV's remote had been pressed. */
  readonly press: (key: Key, long: boolean) => void
  /** Where the broadcast of this box is watched. */
  readonly watchLink: () => string
  readonly recordings: {
    readonly all: readonly Recording[]
    keep(run: number, on: boolean): Promise<void>
    remove(run: number): Promise<void>
    mark(is: 'begin' | 'end'): Promise<void>
    ticket(run: number, piece: number | null, which?: Which): string
  }
  /** What others kept of recorded calls. */
  readonly tracks: Pick<TracksExchange, 'fetch' | 'state' | 'stop' | 'ticket'>
  /** Where else the broadcast goes. */
  readonly pushes: {
    list(): readonly PushSeen[]
    add(address: string): Promise<void>
    remove(number: number): Promise<void>
    clear(): Promise<void>
  }
  /** What is said in the broadcast, as text. */
  readonly captions: { say(caption: CaptionAsk): void }
  /** Other programs that publish into our room. */
  readonly whip: WhipReach
  readonly announcement: { set(title: unknown, begins: unknown): void; clear(): void }
  readonly updates: Pick<Updates, 'seen' | 'order' | 'give'>
  /** JPEG, 1920x1080. */
  readonly jpeg: () => Promise<Uint8Array>
}
/** token: what players by WHEP show of a private broadcast; null: it is open. */
function whereToWatch(link: string): { readonly link: string; readonly token: string | null } {
  const { program, secret } = watchLinkIn(link) ?? { program: null, secret: null }
  return { link, token: program && secret && watchKey(program, secret).whep }
}

type Order = { readonly do: string; readonly [key: string]: unknown }

/**
 * Does an order; resolves to its answer (JSON).
 * @throws Refusal 'unknown-command', 'bad-request', 'bad-link'
 */
export async function obey(order: Order, reach: Reach): Promise<unknown> {
  const ask = (intent: unknown) => {
    const read = Intent.safeParse(intent)
    if (!read.success) throw new Refusal('bad-request', read.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '))
    reach.ask(read.data)
    return { ok: true }
  }
  switch (order.do) {
    case 'status':
      return reach.status()
    case 'numbers':
      return { text: reach.numbers() }
    case 'link':
      return reach.links()
    case 'join':
      if (order.link === undefined) return ask({ want: 'come home', phone: order.phone === true })
      return ask({ want: 'join', room: parseLink(String(order.link)), at: originOf(String(order.link)), phone: order.phone === true })
    case 'answer':
    case 'decline':
      return ask({ want: order.do })
    case 'call':
      return ask({ want: 'ring', contact: contactBy(order.who, reach.contacts.all).peer, phone: order.phone === true })
    case 'quiet':
    case 'set':
      return ask({ want: order.do === 'set' ? 'tv' : 'quiet', on: order.on })
    case 'live':
      ask({ want: 'live', on: order.on, ...(order.private !== undefined && { private: order.private }) })
      return { ok: true, ...whereToWatch(reach.watchLink()) }
    case 'tracks':
      return ask({ want: 'tracks', on: order.on })
    case 'watch':
      if (reach.status().wanted.inCall) throw new Refusal('not-allowed', 'In a call nothing else is watched: leave it first.')
      return ask({ want: 'watch', link: watchAddressOf(String(order.link)) })
    case 'watch no more':
      return ask({ want: 'watch', link: null })
    case 'pause':
      return ask({ want: 'pause', on: order.on })
    case 'watch back':
    case 'watch live':
      return ask({ want: order.do === 'watch back' ? 'again' : 'now' })
    case 'recordings':
      return { recordings: reach.recordings.all }
    case 'keep recording':
      await reach.recordings.keep(Number(order.run), order.on === true)
      return { ok: true }
    case 'remove recording':
      await reach.recordings.remove(Number(order.run))
      return { ok: true }
    case 'mark recording':
      await reach.recordings.mark(order.is === 'end' ? 'end' : 'begin')
      return { ok: true }
    case 'download recording':
      return {
        link: `${new URL(reach.links().here).origin}${pathOf(reach.recordings.ticket(Number(order.run), null, WHICH.find((which) => which === order.which) ?? 'broadcast'))}`,
      }
    case 'caption':
      reach.captions.say({
        text: String(order.text ?? ''),
        ...(order.stands !== undefined && { stands: Number(order.stands) }),
        ...(order.language !== undefined && { language: String(order.language) }),
      })
      return { ok: true }
    case 'fetch tracks':
      await reach.tracks.fetch(Number(order.run))
      return reach.tracks.state(Number(order.run))
    case 'fetching tracks':
      return reach.tracks.state(Number(order.run))
    case 'fetch no tracks':
      await reach.tracks.stop()
      return { ok: true }
    case 'download tracks':
      return { link: `${new URL(reach.links().here).origin}${pathOf(reach.tracks.ticket(String(order.file)))}` }
    case 'push':
      return { pushes: reach.pushes.list() }
    case 'push to':
      await reach.pushes.add(String(order.address))
      return { pushes: reach.pushes.list() }
    case 'push no more':
      await (order.number === undefined ? reach.pushes.clear() : reach.pushes.remove(Number(order.number)))
      return { pushes: reach.pushes.list() }
    case 'whip':
      return { addresses: addressesOf(reach), publishers: reach.whip.list() }
    case 'whip add':
      return { token: await reach.whip.add(String(order.name)), addresses: addressesOf(reach) }
    case 'whip remove':
      await reach.whip.remove(String(order.name))
      return { ok: true }
    case 'announce':
      if (order.off === true) reach.announcement.clear()
      else reach.announcement.set(order.title, order.begins)
      return { ok: true, link: reach.watchLink() }
    case 'update':
      return { update: reach.updates.seen }
    case 'update order':
      return { update: await reach.updates.order(updateOrder(order.order), AbortSignal.timeout(ANSWER_MS)) }
    case 'update from':
      return { update: await reach.updates.give(String(order.what), AbortSignal.timeout(ANSWER_MS)) }
    case 'layout':
      return ask({ want: 'layout', layout: order.layout })
    case 'key': {
      const key = KEYS.find((known) => known === order.key)
      if (!key) throw new Refusal('bad-request', `keys are ${KEYS.join(', ')}`)
      reach.press(key, order.long === true)
      return { ok: true }
    }
    case 'pair':
      return reach.phones.pair()
    case 'pair answer':
      reach.phones.answer(order.yes === true)
      return { ok: true }
    case 'phones':
      return { phones: reach.phones.list() }
    case 'remove phone': {
      const phone = reach.phones.list().find(({ key, name }) => key === order.who || name === order.who)
      if (!phone) throw new Refusal('bad-request', `no phone is called "${String(order.who).slice(0, 40)}"; \`parlor phones\` lists them`)
      await reach.phones.remove(phone.key)
      return { ok: true }
    }
    case 'contacts':
      return { card: reach.card(), contacts: reach.contacts.all.map(({ room: _, ...contact }) => contact) }
    case 'who is there':
      await reach.there.look()
      return { contacts: reach.contacts.all.map(({ peer, name }) => ({ peer, name, there: reach.there.of(peer) })) }
    case 'add contact':
      reach.contacts.add(parseCard(String(order.card)))
      return { ok: true }
    case 'answer contact':
      reach.contacts.change(contactBy(order.who, reach.contacts.all).peer, { answers: order.on === true })
      return { ok: true }
    case 'remove contact':
      reach.contacts.remove(contactBy(order.who, reach.contacts.all).peer)
      return { ok: true }
    case 'rooms':
      return { rooms: reach.rooms.all.map(({ name, at }) => ({ name, at })) }
    case 'add room':
      reach.rooms.add(String(order.name), String(order.link))
      return { ok: true }
    case 'remove room':
      reach.rooms.remove(String(order.name))
      return { ok: true }
    case 'calls': {
      const calls = reach.calls.all
      reach.calls.see()
      return { calls }
    }
    case 'leave':
      return ask({ want: 'leave' })
    case 'mute':
    case 'unmute':
      return ask({ want: 'mute', muted: order.do === 'mute' })
    case 'camera':
      return ask({ want: 'camera', on: order.on })
    case 'volume':
      return ask({ want: 'volume', percent: order.percent })
    case 'tv':
      return { jpeg: Buffer.from(await reach.jpeg()).toString('base64') }
    default:
      throw new Refusal('unknown-command', `there is no order "${order.do.slice(0, 40)}"`)
  }
}

/** The command line waits for 20 s. */
const ANSWER_MS = 18_000
const updateOrder = (said: unknown): UpdateOrder => {
  const order = UPDATE_ORDERS.find((known) => known === said)
  if (!order) throw new Refusal('bad-request', `to an update one says ${UPDATE_ORDERS.join(', ')}`)
  return order
}

/** Where it is published: for programs elsewhere first. */
function addressesOf({ links, whip }: Reach): string[] {
  const { anywhere, atHome, here } = links()
  const origins = [...(anywhere ? [anywhere] : []), ...atHome, here].map((link) => new URL(link).origin)
  return [...new Set(origins)].map((origin) => `${origin}${whip.path}`)
}

/**
 * The contact whom the person means, by name or peer id.
 * @throws Refusal 'bad-request' when there is none, or more than one
 */
function contactBy(who: unknown, all: readonly Contact[]): Contact {
  const said = String(who ?? '').trim()
  const found = all.filter(({ name, peer }) => peer === said || name.toLowerCase() === said.toLowerCase())
  const [contact] = found
  if (!contact) throw new Refusal('bad-request', `there is no contact "${said.slice(0, 40)}"; \`parlor contacts\` lists them`)
  if (found.length > 1)
    throw new Refusal('bad-request', `several contacts are called "${contact.name}"; use the key that \`parlor contacts\` shows`)
  return contact
}

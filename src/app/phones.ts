// phones.ts — paired phones: how they come to be, what they see, and what they may ask.
import { join } from 'node:path'
import { RemoteDoor, type RemoteReach } from '../control/remote.ts'
import type { Config } from '../core/config.ts'
import { Intent } from '../core/intent.ts'
import type { Clock } from '../lib/clock.ts'
import { Bug, Refusal, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { seconds } from '../lib/unit.ts'
import type { PairingScene } from '../media/scene.ts'
import { parseCard } from '../room/contact.ts'
import { Pairing } from '../room/pairing.ts'
import { Roster } from '../room/roster.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import type { Identity } from '../wire/key.ts'
import { pairingLink } from '../wire/pairing.ts'
import type { Query } from '../wire/remote.ts'
import type { Captions } from './captions.ts'
import type { Contacts } from './contacts.ts'
import type { Finding } from './doctor.ts'
import { joinFor, networkFor } from './firstboot/phone.ts'
import type { FirstBoot } from './firstboot.ts'
import type { History } from './history.ts'
import type { Pushes } from './pushes.ts'
import { pathOf, type Recordings } from './recordings.ts'
import { keepSetting, shownSettings } from './settings.ts'
import type { Updates } from './updates.ts'

type Parts = {
  readonly config: Config
  readonly folder: string
  readonly identity: Identity
  readonly contacts: Contacts
  readonly history: History
  readonly recordings: Recordings
  readonly pushes: Pick<Pushes, 'add' | 'remove' | 'set'>
  readonly captions: Pick<Captions, 'say'>
  readonly updates: Pick<Updates, 'order'>
  /** The set-up of the network; null: it is not ours. */
  readonly network: () => FirstBoot | null
  readonly card: () => string
  readonly jpeg: () => Promise<Uint8Array>
  readonly doctor: () => Promise<readonly Finding[]>
  readonly ask: (intent: Intent) => void
  /** Somebody looks at the contacts. */
  readonly lookWhoIsThere: () => void
  /** Something that is shown has changed. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export type Phones = { readonly door: RemoteDoor; readonly roster: Roster; readonly pairing: Pairing }

export async function openPhones(parts: Parts): Promise<Phones> {
  const { config, folder, identity, clock, log, scope, onChange } = parts
  const onListenerError = (error: unknown): void => log.error('a listener of pairing failed', error)
  const file = join(folder, 'phones.json')
  const roster = new Roster({
    shelf: { read: () => readText(file), write: (text) => writeAtomic(file, text) },
    date: () => Date.now(),
    onTrouble: (what, error) => log.error(what, error),
    onListenerError,
  })
  await roster.load()
  const pairing = new Pairing({ box: identity.publicKey, phones: roster, clock, onListenerError })
  const door = new RemoteDoor({ identity, name: config.box.name, phones: roster, pairing, reach: reachOf(parts, roster), clock, log })
  roster.on('changed', onChange)
  pairing.on('changed', onChange)
  door.on('connected', onChange)
  door.open()
  scope.defer(() => {
    pairing.close()
    door.close()
  })
  return { door, roster, pairing }
}

function reachOf(parts: Parts, roster: Roster): RemoteReach {
  return {
    ask: (intent, by) => {
      const read = Intent.safeParse(intent)
      if (!read.success) throw new Refusal('bad-request', read.error.issues.map((issue) => issue.message).join('; '))
      parts.log.info('a phone asks', { want: read.data.want, by: by.name })
      parts.ask(read.data)
    },
    query: (query) => answer(query, parts, roster),
  }
}

const DONE = { ok: true as const }
const ANSWER_MS = 30_000

async function answer(query: Query, { contacts, history, ...parts }: Parts, roster: Roster): Promise<unknown> {
  switch (query.query) {
    case 'tv':
      return parts.jpeg()
    case 'doctor':
      return (await parts.doctor()).map(({ is, sentence }) => ({ is, sentence }))
    case 'settings':
      return shownSettings(parts.config)
    case 'set setting': {
      const { path, value } = query.about
      const kept = await keepSetting(parts.folder, path, value)
      if (path !== 'live.push') return { ...DONE, restart: true }
      if (kept) parts.pushes.set(kept.live.push)
      return { ...DONE, restart: false }
    }
    case 'add contact':
      contacts.add(parseCard(query.about.card))
      return DONE
    case 'remove contact':
      contacts.remove(peerOf(query.about.peer, contacts))
      return DONE
    case 'let answer':
      contacts.change(peerOf(query.about.peer, contacts), { answers: query.about.answers })
      return DONE
    case 'who is there':
      parts.lookWhoIsThere()
      return DONE
    case 'card':
      return { card: parts.card() }
    case 'calls':
      return history.all
    case 'calls seen':
      history.see()
      parts.onChange()
      return DONE
    case 'recordings':
      return parts.recordings.all.map(({ own: _, alone: __, ...recording }) => recording)
    case 'keep recording':
      await parts.recordings.keep(query.about.run, query.about.on)
      return DONE
    case 'remove recording':
      await parts.recordings.remove(query.about.run)
      return DONE
    case 'download recording':
      return { path: pathOf(parts.recordings.ticket(query.about.run, query.about.piece, query.about.captions ? 'captions' : 'broadcast')) }
    case 'mark recording':
      await parts.recordings.mark(query.about.is)
      return DONE
    case 'add push':
      await parts.pushes.add(query.about.address)
      return DONE
    case 'remove push':
      await parts.pushes.remove(query.about.number)
      return DONE
    case 'caption':
      parts.captions.say(query.about)
      return DONE
    case 'network':
      return networkFor(parts.network(), query.about.look)
    case 'join network':
      joinFor(parts.network(), query.about)
      return DONE
    case 'update':
      await parts.updates.order(query.about.order, AbortSignal.timeout(ANSWER_MS))
      return DONE
    case 'rename phone':
      await roster.rename(query.about.key, query.about.name)
      return DONE
    case 'remove phone':
      await roster.remove(query.about.key)
      return DONE
    default:
      return unreachable(query)
  }
}

function peerOf(peer: string, contacts: Contacts) {
  const contact = contacts.all.find((known) => known.peer === peer)
  if (!contact) throw new Refusal('bad-request', 'there is no such contact')
  return contact.peer
}

/** What the TV shows of pairing; null: nothing. @param origin where a phone reaches the box */
export function pairingScene({ state }: Pairing, origin: string, now: number): PairingScene | null {
  const base = { link: null, code: null, where: `${origin.replace(/^https?:\/\//, '')}/remote`, secondsLeft: 0, compare: null, done: null }
  const left = (until: number) => Math.max(0, Math.ceil((until - now) / seconds(1)))
  switch (state.is) {
    case 'closed':
      return null
    case 'open':
      return { ...base, link: pairingLink(origin, state.secret), code: state.code, secondsLeft: left(state.until) }
    case 'comparing':
      return { ...base, secondsLeft: left(state.until), compare: { phone: state.name, words: state.words } }
    case 'paired':
      return { ...base, done: { phone: state.name, words: state.words } }
  }
}

/** Begins pairing, and says what a person at the machine can show to a phone. */
export function pairNow(pairing: Pairing, origin: string): { link: string; code: string | null; where: string } {
  pairing.open()
  const { state } = pairing
  if (state.is !== 'open') throw new Bug('pairing was opened and is not open')
  return { link: pairingLink(origin, state.secret), code: state.code, where: `${origin}/remote` }
}

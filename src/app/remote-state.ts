// remote-state.ts — everything a phone shows of the box, from what the box knows. Pure.
import type { Person } from '../call/person.ts'
import type { Actual } from '../core/plan.ts'
import type { Text } from '../core/text/text.ts'
import type { UpdateSeen } from '../core/update.ts'
import type { Wanted } from '../core/wanted.ts'
import type { WatchScene } from '../media/scene.ts'
import type { PairingState } from '../room/pairing.ts'
import type { Contact } from '../wire/contact.ts'
import type { RemotePush, RemoteState } from '../wire/remote.ts'
import type { RosterPhone } from '../wire/roster.ts'
import type { RelaySeen } from './house.ts'
import { updateForPhones } from './update-told.ts'

export type Known = {
  readonly name: string
  readonly version: string
  readonly wanted: Wanted
  readonly actual: Actual
  readonly people: readonly Person[]
  /** The broadcast; null: there is none. */
  readonly live: RemoteState['live']
  /** The broadcast of now, or else the next one, is private. */
  readonly private: boolean
  readonly pushes: readonly RemotePush[]
  /** The broadcast of elsewhere that is watched here; null: none is. */
  readonly watch: WatchScene | null
  /** The broadcasts that are passed on here. */
  readonly relays: readonly RelaySeen[]
  readonly update: UpdateSeen
  /** The language of the box. */
  readonly text: Text
  /** Names of those who wait in our room while we are not in it. */
  readonly waiting: readonly string[]
  /** Seconds until the box answers by itself; null: it will not. */
  readonly countdown: number | null
  readonly notices: readonly string[]
  readonly contacts: readonly Contact[]
  /** Whether a contact's box is there; null: not known. */
  readonly there: (peer: Contact['peer']) => boolean | null
  readonly missed: number
  readonly phones: readonly RosterPhone[]
  readonly connected: ReadonlySet<string>
  readonly pairing: PairingState
}

export function remoteState(known: Known): RemoteState {
  const { wanted, actual, countdown } = known
  return {
    box: known.name,
    version: known.version,
    call: wanted.room === null ? 'none' : actual.room === wanted.room ? 'live' : 'joining',
    phone: wanted.phone,
    live: known.live,
    private: known.private,
    pushes: [...known.pushes],
    watch: actual.watch && known.watch && { is: known.watch.is, title: known.watch.title, behind: known.watch.behind },
    relays: known.relays.map(({ program, origin, viewers }) => ({ program, from: new URL(origin).host, watching: viewers })),
    update: updateForPhones(known.update, known.text),
    people: known.people.map(({ peer, name, kind, muted, camera, screen, live, state }) => ({
      peer,
      name,
      kind,
      muted,
      camera,
      screen,
      live,
      reconnecting: state === 'reconnecting',
    })),
    ringing: actual.ringing && {
      peer: actual.ringing.peer,
      name: actual.ringing.name,
      contact: actual.ringing.contact,
      answersInMs: countdown === null ? null : countdown * 1000,
    },
    waiting: [...known.waiting],
    muted: actual.muted,
    camera: { on: wanted.camera && !wanted.phone, is: actual.camera },
    volume: actual.volume,
    layout: wanted.layout,
    tv: { picture: actual.tv, set: actual.set, wanted: wanted.tv },
    quiet: wanted.quiet,
    night: actual.night,
    shutter: actual.shutter,
    notices: [...known.notices],
    contacts: known.contacts.map(({ peer, name, answers }) => ({ peer, name, answers, there: known.there(peer) })),
    missed: known.missed,
    phones: known.phones.map((phone) => ({ ...phone, connected: known.connected.has(phone.key) })),
    pairing: shownPairing(known.pairing),
  }
}

/** A phone never sees secret or code of a pairing that another phone is to do. */
function shownPairing(pairing: PairingState): RemoteState['pairing'] {
  if (pairing.is === 'comparing' || pairing.is === 'paired') return { is: pairing.is, name: pairing.name, words: [...pairing.words] }
  return { is: pairing.is }
}

// teller.ts — tells phones, the home and the TV how things are, at every change and to all from the same facts.
import type { View } from '../control/topic-row.ts'
import type { Box } from '../core/box.ts'
import type { Text } from '../core/text/text.ts'
import type { Emitter } from '../lib/emitter.ts'
import type { Contacts, ContactsEvents } from './contacts.ts'
import type { Door } from './door.ts'
import type { History } from './history.ts'
import type { Notices } from './notices.ts'
import type { Painter } from './painter.ts'
import type { Phones } from './phones.ts'
import type { Presence } from './presence.ts'
import type { PushSeen } from './pushes.ts'
import { remoteState } from './remote-state.ts'
import type { Rooms } from './rooms.ts'
import type { Status } from './status.ts'
import { updateForHome } from './update-told.ts'
import type { Updates } from './updates.ts'

type Parts = {
  readonly name: string
  readonly version: string
  /** The box's language: phones are told what is amiss as the TV is. */
  readonly text: Text
  readonly ports: Status['ports']
  readonly workers: () => Status['workers']
  readonly box: Box
  readonly rooms: Rooms
  readonly door: Door
  readonly contacts: Contacts & Emitter<ContactsEvents>
  readonly history: History
  readonly notices: Notices
  readonly painter: Painter
  readonly phones: Phones
  readonly presence: Presence
  readonly live: { readonly state: Status['live']; isPrivate(wish: boolean | null): boolean }
  readonly pushes: { list(text?: Text): readonly PushSeen[] }
  /** The broadcast of elsewhere that is watched here. */
  readonly watch: { readonly now: Status['watch'] }
  readonly relays: { readonly all: Status['relays'] }
  readonly updates: Pick<Updates, 'seen'>
}

export class Teller {
  readonly #parts: Parts
  #home: { changed(): void } | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Begins to tell. The home hears of changes from now on, too. */
  open(home: { changed(): void }): void {
    this.#home = home
    const { box, rooms, door, contacts } = this.#parts
    const changed = (): void => this.changed()
    box.on('changed', changed)
    rooms.on('people', changed)
    door.on('countdown', changed)
    door.on('ended', changed)
    contacts.on('changed', changed)
    changed()
  }

  /** Something that somebody is shown may have changed. Cheap: who is told looks whether it really has. */
  changed(): void {
    const { painter, phones } = this.#parts
    painter.paint()
    this.#home?.changed()
    phones.door.show(this.#forPhones())
  }

  /** For the home's automation. */
  view(): View {
    const { box, rooms, notices, phones, history, live, pushes } = this.#parts
    const pairing = phones.pairing.state.is !== 'closed'
    return {
      wanted: box.wanted,
      actual: box.actual,
      people: rooms.people,
      notices: notices.all,
      pairing,
      missed: history.missed.length,
      watching: live.state?.watching ?? 0,
      private: live.isPrivate(box.wanted.private),
      pushes: pushes.list(),
      update: updateForHome(this.#parts.updates.seen),
    }
  }

  /** For the command line. */
  status(): Status {
    const { name, version, ports, box, rooms, notices, painter, workers, live, pushes } = this.#parts
    return {
      name,
      pid: process.pid,
      version,
      ports,
      inCall: box.actual.room !== null,
      live: live.state,
      pushes: pushes.list(),
      watch: this.#parts.watch.now,
      relays: this.#parts.relays.all,
      update: this.#parts.updates.seen,
      wanted: { ...withoutLinks(box.wanted), inCall: box.wanted.room !== null },
      actual: withoutLinks(box.actual),
      people: rooms.people,
      waiting: painter.guests.map((guest) => guest.name),
      notices: notices.all,
      workers: workers(),
      refused: rooms.refused(),
    }
  }

  #forPhones() {
    const { name, version, text, box, rooms, notices, contacts, history, painter, phones, presence, live, pushes } = this.#parts
    return remoteState({
      name,
      version,
      wanted: box.wanted,
      actual: box.actual,
      people: rooms.people,
      live: live.state,
      private: live.isPrivate(box.wanted.private),
      pushes: pushes.list(text),
      watch: this.#parts.watch.now,
      relays: this.#parts.relays.all,
      update: this.#parts.updates.seen,
      text,
      waiting: painter.guests.map((guest) => guest.name),
      countdown: painter.countdown,
      notices: notices.list(text),
      contacts: contacts.all,
      there: (peer) => presence.of(peer),
      missed: history.missed.length,
      phones: phones.roster.phones,
      connected: phones.door.connected,
      pairing: phones.pairing.state,
    })
  }
}

/** A room's secret, and a link that may hold the key of a private broadcast, are told to nobody. */
function withoutLinks<T extends { room: unknown; watch: unknown }>(from: T): Omit<T, 'room' | 'watch'> {
  const { room: _, watch: __, ...rest } = from
  return rest
}

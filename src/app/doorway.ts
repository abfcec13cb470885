// doorway.ts — what happens at our door, and at the door of whom we call, told to the middle and to the people in the room.
import type { Amiss } from '../core/amiss.ts'
import type { Box } from '../core/box.ts'
import type { RoomSecret } from '../core/id.ts'
import { rings } from '../core/plan.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import type { Chime } from '../media/sound.ts'
import type { DoorWord } from '../wire/signal.ts'
import type { Contacts } from './contacts.ts'
import type { Door } from './door.ts'
import type { History } from './history.ts'
import { NEW, type Notices } from './notices.ts'
import type { Painter } from './painter.ts'
import type { Rooms } from './rooms.ts'

type Parts = {
  /** The room behind our door. */
  readonly own: RoomSecret
  readonly box: Box
  readonly rooms: Rooms
  readonly door: Door
  readonly contacts: Contacts
  readonly history: History
  readonly sound: { chime(chime: Chime | null): void }
  readonly painter: Painter
  readonly clock: Clock
  readonly notices: Notices
  readonly log: Log
}

export function wireDoor(parts: Parts): void {
  wireOurs(parts)
  wireTheirs(parts)
}

function wireOurs({ own, box, rooms, door, history, sound, painter, notices, log }: Parts): void {
  rooms.on('waiting', (guests) => {
    painter.guests = guests
    door.hear(guests)
    painter.paint()
  })
  door.on('ringing', (ringing) => {
    if (ringing) log.info('somebody is at the door', { caller: ringing.name, contact: ringing.contact })
    // Where it rings, the TV itself says so.
    if (ringing) notices.set('person', box.actual.room === null ? null : { is: 'at our door', name: ringing.name }, NEW)
    box.saw({ ringing })
  })
  door.on('countdown', (left) => {
    painter.countdown = left
    ring()
    painter.paint()
  })
  door.on('answer', () => box.ask({ want: 'answer' }))
  door.on('ended', (entry) => {
    history.add({ ...entry, at: Date.now() })
    log.info('the ringing is over', { what: entry.what })
    painter.paint()
  })
  const ring = () => sound.chime(!rings(box.wanted, box.actual) ? null : painter.countdown === null ? 'ring' : 'count')
  box.on('changed', (wanted, actual) => {
    const away = wanted.room !== null && wanted.room !== own
    rooms.be(away ? 'busy' : wanted.quiet || actual.night ? 'quiet' : 'ringing')
    door.look()
    ring()
  })
}

/** How long the box stays at the door of somebody who does not come. */
const ENOUGH = seconds(5)

function wireTheirs({ box, rooms, contacts, notices, painter, clock, log }: Parts): void {
  let waiting = new AbortController()
  let door: RoomSecret | null = null
  /** Nobody comes: we go, unless by then somebody is there, or we are elsewhere. */
  const go = (from: RoomSecret): void => {
    waiting.abort()
    door = from
    waiting = new AbortController()
    const { signal } = waiting
    const gone = () => void (rooms.people.length === 0 && box.ask({ want: 'leave' }))
    clock.sleep('at the door of who does not come', ENOUGH, signal).then(gone, () => {})
  }
  box.on('changed', ({ room }) => room !== door && waiting.abort())
  rooms.on('door', (peer, says) => {
    const contact = contacts.of(peer)
    if (!contact || contact.room !== box.wanted.room) return // anybody in a room can speak; only who lives there can send us away
    log.info('word from the door', { who: contact.name, says })
    notices.set('person', { is: SAYS[says], name: contact.name }, NEW)
    painter.paint()
    if (says === 'ringing') waiting.abort()
    else go(contact.room)
  })
}

const SAYS = { ringing: 'rings there', declined: 'will not come', busy: 'is busy', quiet: 'wants quiet' } as const satisfies Record<
  DoorWord,
  Amiss['is']
>

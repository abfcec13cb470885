// picture.ts — what the TV shows, from what the box knows. Pure.
import type { Person } from '../call/person.ts'
import type { Actual } from '../core/plan.ts'
import type { Wanted } from '../core/wanted.ts'
import { type Scene, SELF, type Seat, SHARE, type Tile } from '../media/scene.ts'

export type Known = {
  readonly name: string
  readonly link: string
  readonly wanted: Wanted
  readonly actual: Actual
  readonly people: readonly Person[]
  readonly seatOf: (person: Person) => Seat | null
  /** Who speaks by our own ears, by seat. */
  readonly speaking: ReadonlySet<Seat>
  /** Who has spoken long enough to be shown large. */
  readonly large: Seat | null
  /** Who waits in our room while we are in no call. */
  readonly caller: string | null
  readonly notice: string | null
}

/** Up to so many people a calm grid shows everybody well; with more, who speaks is shown large. */
const LARGE_FROM = 2

export function picture(known: Known): Scene {
  const { actual, wanted } = known
  const base = { roomName: known.name, notice: known.notice, caller: known.caller }
  if (actual.room === null)
    return { ...base, show: known.caller ? 'ringing' : 'idle', link: known.link, self: null, people: [], share: null }

  const people = known.people.flatMap((person) => {
    const seat = known.seatOf(person)
    return seat === null ? [] : [tile(person, seat, known.speaking.has(seat))]
  })
  const sharer = known.people.findLast((person) => person.screen && person.state === 'live')
  const self: Tile = {
    seat: SELF,
    name: known.name,
    state: 'live',
    muted: actual.muted,
    camera: wanted.camera && actual.camera !== 'closed',
    speaking: known.speaking.has(SELF),
    emoji: null,
  }
  return {
    ...base,
    show: 'call',
    link: known.link,
    self,
    people,
    large: people.length > LARGE_FROM ? known.large : null,
    share: sharer ? { ...tile(sharer, SHARE, false), camera: true } : null,
  }
}

const tile = (person: Person, seat: Seat, speaking: boolean): Tile => ({
  seat,
  name: person.name,
  state: person.state,
  muted: person.muted,
  camera: person.camera,
  speaking: speaking && !person.muted,
  emoji: person.emoji,
})

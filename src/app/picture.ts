// picture.ts — what the TV shows, from what the box knows. Pure.
import type { Person } from '../call/person.ts'
import type { Layout } from '../core/intent.ts'
import { type Actual, rings } from '../core/plan.ts'
import { type Language, textIn } from '../core/text/text.ts'
import type { Wanted } from '../core/wanted.ts'
import {
  type MenuScene,
  type PairingScene,
  REPLAY,
  type Scene,
  SELF,
  type Seat,
  type SetupScene,
  SHARE,
  type Tile,
  type WatchScene,
} from '../media/scene.ts'

export type Known = {
  readonly name: string
  /** The way into the room that the picture is of; null: it is not ours to show. */
  readonly link: string | null
  readonly wanted: Wanted
  readonly actual: Actual
  readonly people: readonly Person[]
  readonly seatOf: (person: Person) => Seat | null
  /** Who speaks by our own ears, by seat. */
  readonly speaking: ReadonlySet<Seat>
  /** Who has spoken long enough to be shown large. */
  readonly large: Seat | null
  /** Seconds until the box answers by itself; null: it will not. */
  readonly countdown: number | null
  /** Whose calls were missed. */
  readonly missed: readonly string[]
  /** How many watch our broadcast; null: there is none. */
  readonly watching: number | null
  readonly private?: boolean
  /** The broadcast that is to come; null: none was announced. */
  readonly announced: { readonly title: string; readonly begins: number } | null
  /** The broadcast of elsewhere that is watched here; null: none is. */
  readonly watch: WatchScene | null
  readonly notice: string | null
  /** A quiet line about an update. */
  readonly update?: string | null
  readonly language: Language
  readonly menu: MenuScene | null
  readonly pairing: PairingScene | null
  /** The set-up of a new box, instead of the idle picture. */
  readonly setup?: SetupScene | null
}

/** Up to so many people a calm grid shows everybody well; with more, who speaks is shown large. */
const LARGE_FROM = 2

export function picture(known: Known): Scene {
  const { actual, wanted } = known
  const rung = rings(wanted, actual)
  const base = {
    roomName: known.name,
    notice: known.notice,
    language: known.language,
    menu: known.menu,
    pairing: known.pairing,
    caller: rung ? (actual.ringing?.name ?? null) : null,
    countdown: known.countdown,
    missed: known.missed,
    live: liveOf(known),
    announced: known.announced,
    update: known.update ?? null,
  }
  const { watch } = known
  if (actual.room === null && !rung && actual.watch !== null && watch !== null)
    return { ...base, show: 'watch', link: null, self: null, people: [], share: null, watch, replay: screenOf(watch) }
  const setup = known.setup ?? null
  if (actual.room === null)
    return { ...base, show: rung ? 'ringing' : 'idle', link: known.link, self: null, people: [], share: null, setup }

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
    large: largeOf(wanted.layout, people, known.large),
    replay: actual.replay > 0 ? { ...PAST, name: textIn(known.language).past } : null,
    share: sharer ? { ...tile(sharer, SHARE, false), camera: true } : null,
  }
}

const PAST = { seat: REPLAY, state: 'live', muted: false, camera: true, speaking: false, emoji: null } as const

/** Its picture, where there is one: one that does not go on lies there faint. */
const screenOf = ({ is }: WatchScene): Tile | null =>
  is === 'comes' || is === 'plays' || is === 'paused' || is === 'lost'
    ? { ...PAST, name: 'broadcast', state: is === 'lost' ? 'reconnecting' : 'live' }
    : null

/** A broadcast is said as long as it goes on, whoever of us it is that broadcasts. */
function liveOf({ watching, private: isPrivate, people, language }: Known): string | null {
  const text = textIn(language)
  if (watching !== null) return text.live(watching, isPrivate === true)
  const by = people.find(({ live }) => live)
  return by ? text.liveBy(by.name) : null
}

/** auto: large from three people on. grid: nobody. speaker: somebody always, the first until one speaks. */
function largeOf(layout: Layout, people: readonly Tile[], speaks: Seat | null): Seat | null {
  if (layout === 'grid') return null
  if (layout === 'speaker') return speaks ?? people[0]?.seat ?? null
  return people.length > LARGE_FROM ? speaks : null
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

// painter.ts — keeps the TV's picture and our own words to the others up to date with what is.
//
// It looks at the box, the rooms and our ears, makes a Scene of it (picture.ts) and shows it, and tells the others whether we
// are muted, seen and speaking. Repeating a scene costs nothing: the screen draws only what changed.

import type { Guest } from '../call/lobby.ts'
import type { Sending } from '../call/person.ts'
import type { Box } from '../core/box.ts'
import type { RoomSecret } from '../core/id.ts'
import { type Language, textIn } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { hear, SILENCE, type Speech } from '../lib/speech.ts'
import type { Ms } from '../lib/unit.ts'
import { emphasis, nobodyLarge } from '../media/emphasis.ts'
import { type MenuScene, type PairingScene, type Scene, SELF, type Seat, type SetupScene } from '../media/scene.ts'
import type { History } from './history.ts'
import type { Notices } from './notices.ts'
import { type Known, picture } from './picture.ts'
import type { Rooms } from './rooms.ts'
import type { Seats } from './seats.ts'

type Parts = {
  readonly name: string
  /** The link of our own room, and its secret. */
  readonly link: () => string
  readonly own: RoomSecret
  readonly history: History
  readonly box: Box
  readonly rooms: Rooms
  readonly seats: Seats
  readonly screen: { show(scene: Scene): void }
  readonly language: Language
  /** The menu, what stands in a line of its own, and pairing. */
  readonly couch: () => {
    readonly menu: MenuScene | null
    readonly asks: string | null
    readonly pairing: PairingScene | null
    readonly setup: SetupScene | null
  }
  readonly notices: Notices
  /** How many watch our broadcast; null: there is none. */
  readonly watching: () => number | null
  /** It is for those alone who have its whole link. */
  readonly isPrivate: () => boolean
  /** The broadcast of elsewhere that is watched here. */
  readonly watch: () => Known['watch']
  /** The broadcast that is to come. */
  readonly announced: () => Known['announced']
  /** A quiet line about an update; null: nothing. */
  readonly update: () => string | null
  readonly clock: Clock
}

/** Levels come ten times a second; after a pause the first one counts for no longer than this. */
const LONGEST_GAP = 200

export class Painter {
  /** Who waits at our own door. */
  guests: readonly Guest[] = []
  /** Seconds until the box answers by itself; null: it will not. */
  countdown: number | null = null
  readonly #parts: Parts
  readonly #ears = new Map<Seat, Speech>()
  #emphasis = nobodyLarge
  #heardAt = Number.NEGATIVE_INFINITY as Ms
  #shown = ''

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Our ears: levels of our microphone and of each seat, dBFS, ten times a second. */
  heard(levels: { readonly me: number; readonly seats: Readonly<Record<Seat, number>> }): void {
    const before = this.#speaking()
    const now = this.#parts.clock.now()
    const all: Array<[Seat, number]> = [
      [SELF, levels.me],
      ...Object.entries(levels.seats).map(([seat, level]): [Seat, number] => [Number(seat), level]),
    ]
    const since = Math.min(now - this.#heardAt, LONGEST_GAP)
    this.#heardAt = now
    for (const [seat, level] of all) this.#ears.set(seat, hear(this.#ears.get(seat) ?? SILENCE, Math.max(level, -90), now, since))
    const large = this.#emphasis.large
    const present = this.#parts.rooms.people.flatMap((person) => this.#parts.seats.of(person.peer) ?? [])
    this.#emphasis = emphasis(this.#emphasis, new Set(this.#speaking()), present, now)
    if (this.#emphasis.large !== large || this.#speaking().join() !== before.join()) this.paint()
  }

  forget(seat: Seat): void {
    this.#ears.delete(seat)
  }

  /** What our devices do now. */
  sending(): Sending {
    const { actual, wanted } = this.#parts.box
    const muted = actual.muted || actual.sound === 'missing'
    return {
      muted,
      camera: wanted.camera && actual.camera !== 'closed',
      screen: false,
      speaking: !muted && this.#speaking().includes(SELF),
      live: actual.live,
    }
  }

  paint(): void {
    const { name, link, own, box, rooms, seats, screen, notices, history } = this.#parts
    rooms.say(this.sending())
    const couch = this.#parts.couch()
    const text = textIn(this.#parts.language)
    const shut = box.actual.shutter === 'shut' && box.wanted.room !== null
    const scene = picture({
      name,
      link: box.actual.room === null || box.actual.room === own ? link() : null,
      wanted: box.wanted,
      actual: box.actual,
      people: rooms.people,
      seatOf: (person) => seats.of(person.peer),
      speaking: new Set(this.#speaking()),
      large: this.#emphasis.large,
      countdown: this.countdown,
      missed: history.missed,
      watching: this.#parts.watching(),
      private: this.#parts.isPrivate(),
      announced: this.#parts.announced(),
      watch: this.#parts.watch(),
      update: this.#parts.update(),
      // A menu covers it; what is asked of people stands above everything.
      notice: couch.asks ?? (couch.menu ? null : shut ? text.shutterShut : notices.fresh(text)),
      language: this.#parts.language,
      menu: couch.menu,
      pairing: couch.pairing,
      setup: couch.setup,
    })
    const shown = JSON.stringify(scene)
    if (shown === this.#shown) return
    this.#shown = shown
    screen.show(scene)
  }

  #speaking(): Seat[] {
    return [...this.#ears].filter(([, ear]) => ear.speaking).map(([seat]) => seat)
  }
}

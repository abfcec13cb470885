// couch.ts — who sits before the TV with a remote: keys to wishes, the menu, and the question whether to leave.

import { Keys } from '../control/keys.ts'
import type { Box } from '../core/box.ts'
import type { Key } from '../core/key.ts'
import { type Language, textIn } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { ms } from '../lib/unit.ts'
import type { MenuScene } from '../media/scene.ts'
import { keyState } from './body.ts'
import type { Checkup } from './checkup.ts'
import type { Contacts } from './contacts.ts'
import type { Door } from './door.ts'
import type { History } from './history.ts'
import { Menu } from './menu.ts'
import type { Chosen, World } from './menu-page.ts'
import type { Notices } from './notices.ts'
import type { Presence } from './presence.ts'
import type { HousePrograms } from './programs.ts'
import type { Question } from './question.ts'
import type { SavedRooms } from './saved-rooms.ts'

/** Longer than what counts as a long press. */
const HELD = ms(900)

/** What the couch needs of paired phones. */
type Phones = {
  readonly list: () => ReadonlyArray<{ readonly key: string; readonly name: string }>
  readonly remove: (key: string) => void
  /** Begins to pair, or says yes or no to the phone that asks. */
  readonly start: () => void
  /** A phone is being paired: OK and BACK are about it, and nothing else. */
  readonly pairing: () => boolean
  readonly answer: (yes: boolean) => void
}

type Parts = {
  readonly box: Box
  readonly door: Door
  readonly contacts: Contacts
  readonly history: History
  readonly notices: Notices
  readonly phones: Phones
  readonly question: Question
  readonly about: () => World['about']
  readonly own: World['own']
  readonly rooms: SavedRooms
  readonly hours: World['hours']
  readonly checkup: Checkup
  readonly presence: Presence
  readonly programs: HousePrograms
  readonly language: Language
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Keys that do what they always do, whatever the TV asks. */
const PRIVATE: ReadonlySet<Key> = new Set(['mute', 'volume-up', 'volume-down'])

export class Couch {
  readonly keys: Keys
  /** The TV asks whether to leave the call. */
  asked = false
  readonly #menu = new Menu()
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    const { box, clock, log } = parts
    this.keys = new Keys({
      clock,
      state: () => keyState(box.wanted, box.actual, this.#menu.open),
      onListenerError: (error) => log.error('a listener of the keys failed', error),
    })
  }

  /** Begins to obey keys. */
  open(): void {
    const { box, door, onChange, phones, question } = this.#parts
    let swallowed = false
    this.keys.on('key', (key) => {
      // Any key stops the box from answering by itself. Who pressed one to stop it has not asked for anything else.
      swallowed = door.cancel() && key !== 'ok' && key !== 'button'
      const asks = phones.pairing() ? phones : question.open ? question : null
      if (!asks || PRIVATE.has(key)) return
      swallowed = true
      if (key === 'ok' || key === 'button' || key === 'back') asks.answer(key !== 'back')
      onChange()
    })
    this.keys.on('move', (move) => {
      if (swallowed) return
      if (move.to === 'box') box.ask(move.intent)
      else if (move.to === 'question') this.asked = move.asked
      else this.#do(this.#menu.move(move.move, this.#world()))
      this.#attend()
      onChange()
    })
    box.on('changed', (wanted, actual) => {
      if (actual.ringing && wanted.room === null) this.#menu.close()
      this.#attend()
    })
  }

  /** A press from elsewhere than a device. A long one is let go when it has been taken for one. */
  async press(key: Key, long: boolean): Promise<void> {
    this.keys.edge({ key, down: true, from: 'asked' })
    if (long) await this.#parts.clock.sleep('a key is held', HELD, AbortSignal.timeout(2 * HELD)).catch(() => {})
    this.keys.edge({ key, down: false, from: 'asked' })
  }

  /** What the TV shows of the menu; null: it is closed. */
  scene(): MenuScene | null {
    return this.#menu.open ? this.#menu.scene(this.#world()) : null
  }

  /** What is looked at only while it is shown. */
  #attend(): void {
    this.#parts.checkup.watch(this.#menu.page === 'health')
    this.#parts.presence.watch(this.#menu.page === 'contacts')
    this.#parts.programs.watch(this.#menu.page === 'watch')
  }

  #do(chosen: Chosen | null): void {
    const { box, history, phones } = this.#parts
    if (chosen?.do === 'ask') box.ask(chosen.intent)
    else if (chosen?.do === 'pair') phones.start()
    else if (chosen?.do === 'remove phone') phones.remove(chosen.key)
    else if (chosen?.do === 'open' && chosen.page === 'calls') history.see()
  }

  #world(): World {
    const { box, contacts, history, phones, notices, about, own, rooms, hours, checkup, presence, programs, language } = this.#parts
    return {
      text: textIn(language),
      wanted: box.wanted,
      actual: box.actual,
      contacts: contacts.all,
      there: (peer) => presence.of(peer),
      calls: history.all,
      phones: phones.list(),
      about: about(),
      notices: notices.list(textIn(language)),
      programs: programs.all,
      own,
      rooms: rooms.all,
      hours,
      checkup: checkup.rows,
    }
  }
}

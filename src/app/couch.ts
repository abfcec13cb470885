// couch.ts — who sits before the TV with a remote: keys to wishes, the menu, and the question whether to leave.

import { Keys } from '../control/keys.ts'
import type { Box } from '../core/box.ts'
import type { Key } from '../core/key.ts'
import { type Language, textIn } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { ms, seconds } from '../lib/unit.ts'
import type { MenuScene } from '../media/scene.ts'
import { keyState } from './body.ts'
import type { Checkup } from './checkup.ts'
import type { Contacts } from './contacts.ts'
import type { Door } from './door.ts'
import type { FirstBoot } from './firstboot.ts'
import type { History } from './history.ts'
import type { Machine } from './machine.ts'
import { Menu } from './menu.ts'
import type { Chosen, World } from './menu-page.ts'
import type { Notices } from './notices.ts'
import type { Presence } from './presence.ts'
import type { HousePrograms } from './programs.ts'
import type { Question } from './question.ts'
import type { SavedRooms } from './saved-rooms.ts'
import type { Updates } from './updates.ts'

/** Longer than what counts as a long press. */
const HELD = ms(900)
/** For what an order to an update takes to be taken. */
const PATIENCE = seconds(60)

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
  /** The set-up of the network; null: it is not ours. */
  readonly firstBoot: FirstBoot | null
  readonly about: () => World['about']
  readonly own: World['own']
  readonly rooms: SavedRooms
  readonly hours: World['hours']
  readonly checkup: Checkup
  readonly machine: Pick<Machine, 'isOurs' | 'hold' | 'order'>
  readonly presence: Presence
  readonly programs: HousePrograms
  readonly updates: Pick<Updates, 'seen' | 'order'>
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
      if (!asks && this.#isForSetUp(key)) swallowed = true
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
    this.keys.on('hold', (holding) => this.#parts.machine.hold(holding))
    this.keys.on('held', () => void this.#parts.machine.order('reset'))
    box.on('changed', (wanted, actual) => {
      if (actual.ringing && wanted.room === null) this.#menu.close()
      this.#attend()
    })
  }

  /** The card of the set-up stands where the idle picture would: OK, the button and BACK are about it while nothing lies over it. */
  #isForSetUp(key: Key): boolean {
    const { firstBoot } = this.#parts
    if (!firstBoot || this.#menu.open || (key !== 'ok' && key !== 'button' && key !== 'back')) return false
    return firstBoot.key(key === 'back' ? 'back' : 'ok')
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
    const { box, history, phones, updates, log } = this.#parts
    if (chosen?.do === 'ask') box.ask(chosen.intent)
    else if (chosen?.do === 'pair') phones.start()
    else if (chosen?.do === 'update')
      updates
        .order(chosen.order, AbortSignal.timeout(PATIENCE))
        .catch((error: unknown) => log.error('an update is not as somebody wanted', error))
    else if (chosen?.do === 'network') this.#setUpNetwork(chosen.on)
    else if (chosen?.do === 'open' && chosen.page === 'network')
      this.#parts.firstBoot?.look().catch((error: unknown) => log.error('the network could not be looked at', error))
    else if (chosen?.do === 'remove phone') phones.remove(chosen.key)
    else if (chosen?.do === 'machine') void this.#parts.machine.order(chosen.order)
    else if (chosen?.do === 'open' && chosen.page === 'calls') history.see()
  }

  #setUpNetwork(on: boolean): void {
    if (on) this.#parts.firstBoot?.ask()
    else this.#parts.firstBoot?.leave()
  }

  #world(): World {
    const { box, contacts, history, phones, notices, about, own, rooms, hours, checkup, presence, programs, updates, language } =
      this.#parts
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
      update: updates.seen,
      network: this.#parts.firstBoot?.network ?? null,
      machine: this.#parts.machine.isOurs,
    }
  }
}

// updates.ts — looks for updates and brings them in: does the step that update.ts says is due, and tells it what came of it.
//
// It reads the list now and then where an address is set, and asks nobody where none is. What it fetches lies on the large partition until it
// is installed. It never begins anything while something goes on in the room; what is being fetched then is put off, and goes on where it was.
import { UPDATE_WHYS, type UpdateOrder, type UpdateSeen, type UpdateWhy } from '../core/update.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Release } from '../system/release.ts'
import type { Bundle } from '../system/update/bundle.ts'
import { type Offer, offerIn } from '../system/update/list.ts'
import type { UpdateList } from '../wire/updates.ts'
import { isNight } from './night.ts'
import { type Event, type Found, next, nothing, seenOf, stepOf, type Trial, tellingOf, type Update } from './update.ts'
import type { UpdateCard } from './update-card.ts'

/** What lies outside: the list, bundles, and this machine's files of them. */
export interface UpdateWorld {
  /** An address as a person wrote it. @throws Refusal 'bad-request' */
  address(text: string): URL
  list(from: URL, signal: AbortSignal): Promise<UpdateList>
  /** Brings it onto the disk and gives its path. */
  fetch(offer: Offer, onProgress: (percent: number) => void, signal: AbortSignal): Promise<string>
  examine(path: string, signal: AbortSignal): Promise<Bundle>
  /** What was fetched is not needed any more. */
  tidy(): Promise<void>
}

/** What is kept over a start: the newest list's number, and how the last update ended when people have been told. */
export type UpdateKept = { readonly number: number; readonly told: string | null }

export type UpdatesParts = {
  /** What this card is; null: no card of ours. */
  readonly release: Release | null
  /** The version that runs. */
  readonly runs: string
  readonly settings: { readonly from: string; readonly night: boolean }
  readonly hours: { readonly from: string; readonly to: string }
  readonly card: UpdateCard
  readonly world: UpdateWorld
  readonly shelf: { read(): Promise<UpdateKept>; write(kept: UpdateKept): Promise<void> }
  /** Nothing goes on in the room. */
  readonly rest: () => boolean
  readonly date: () => Date
  readonly clock: Clock
  readonly log: Log
}

const LOOK = seconds(30)
const LOOK_AT_ROOM = seconds(1)
/** After the start a box has other things to do. */
const FIRST_LIST = seconds(90)
const LIST_AGAIN = seconds(6 * 3600)
const LIST_AGAIN_SOON = seconds(1800)
/** What failed is not done again at once. */
const AFTER_FAULT = seconds(600)
/** Where people have set no quiet hours. */
const NIGHT = { from: '02:00', to: '05:00' }
/** A box that has not been told the time believes it is 1970. */
const TRUE_FROM = 2024

export class Updates extends Emitter<{ changed: [] }> {
  readonly #parts: UpdatesParts
  #now: Update = nothing
  #kept: UpdateKept = { number: 0, told: null }
  #ended: string | null = null
  #notBefore = 0 as Ms
  #wake = new AbortController()

  constructor(parts: UpdatesParts) {
    super((error) => parts.log.error('a listener of updates failed', error))
    this.#parts = parts
  }

  get seen(): UpdateSeen {
    const { runs, settings } = this.#parts
    return seenOf(this.#now, runs, settings.from !== '')
  }

  /** Looks after updates until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, settings, shelf, log } = this.#parts
    this.#kept = await shelf.read()
    let listAt = (clock.now() + FIRST_LIST) as Ms
    let asked = false
    while (!signal.aborted) {
      this.#wake = new AbortController()
      try {
        // The steward ends when nobody asks it: it is asked again only while something is on trial.
        if (!asked || this.#now.is === 'trying') await this.#lookAtCard(signal)
        asked = true
        if (this.#now.is === 'no card') return
        if (settings.from !== '' && clock.now() >= listAt) {
          const read = await this.#readList(settings.from, false, signal)
          listAt = (clock.now() + (read ? LIST_AGAIN : LIST_AGAIN_SOON)) as Ms
        }
        if (clock.now() >= this.#notBefore) await this.#act(signal)
      } catch (error) {
        if (signal.aborted) return
        log.error('updates could not be looked after', error)
        this.#notBefore = (clock.now() + AFTER_FAULT) as Ms
      }
      await clock.sleep('look after updates again', LOOK, AbortSignal.any([signal, this.#wake.signal])).catch(() => {})
    }
  }

  /**
   * What people say to an update.
   * @throws Refusal 'not-allowed' in a sentence where it makes no sense; what the steward or the list say
   */
  async order(order: UpdateOrder, signal: AbortSignal): Promise<UpdateSeen> {
    const { card, settings, clock } = this.#parts
    this.#onlyOnCard()
    if (order === 'check') {
      if (settings.from === '') throw new Refusal('not-allowed', 'nobody is asked for updates: the setting update.from is empty')
      await this.#readList(settings.from, true, signal, true)
    } else if (order === 'undo') await card.undo(signal)
    else {
      if (order === 'seen') await this.#tell()
      else if (this.#now.is !== 'offered' && this.#now.is !== 'ready') throw new Refusal('not-allowed', 'there is no update that waits')
      this.#hear({ its: 'order', order })
      this.#notBefore = clock.now()
    }
    this.#wake.abort()
    return this.seen
  }

  /**
   * A person's own: a bundle on this machine, or the address of a list (which is not kept).
   * @throws Refusal 'update-…' when it is none for this box, 'not-allowed' when one is under way, Fault 'updates-away'
   */
  async give(what: string, signal: AbortSignal): Promise<UpdateSeen> {
    const { world } = this.#parts
    this.#onlyOnCard()
    if (!/\.raucb$/.test(what)) {
      await this.#readList(what, true, signal, true)
      if (this.#now.is === 'offered') this.#hear({ its: 'order', order: 'now' })
    } else {
      const { version, size } = await world.examine(what, signal)
      const found: Found = { version, size, notes: null, url: null, sha256: null, file: what }
      this.#hear({ its: 'file', found, path: what })
      if (!('found' in this.#now) || this.#now.found.file !== what) throw new Refusal('not-allowed', 'another update is under way')
    }
    this.#notBefore = this.#parts.clock.now()
    this.#wake.abort()
    return this.seen
  }

  #onlyOnCard(): void {
    if (this.#now.is === 'no card')
      throw new Refusal('not-allowed', 'this box does not run from a card of ours, so it is not updated from here')
  }

  #hear(event: Event): void {
    const was = JSON.stringify(this.#now)
    this.#now = next(this.#now, event)
    if (JSON.stringify(this.#now) !== was) this.emit('changed')
  }

  async #lookAtCard(signal: AbortSignal): Promise<void> {
    const { card, release } = this.#parts
    const status = release && (await card.status(signal))
    if (!status) return this.#hear({ its: 'no card' })
    const { trial } = status
    this.#ended = trial?.is === 'over' ? tellingOf(trial) : null
    this.#hear({ its: 'card', trial: ours(trial), told: this.#kept.told })
  }

  /** How the last one ended is not told again. */
  async #tell(): Promise<void> {
    if (this.#ended === null || this.#ended === this.#kept.told) return
    this.#kept = { ...this.#kept, told: this.#ended }
    await this.#parts.shelf.write(this.#kept)
  }

  /** @param loudly says why it could not be read; else only the log does. */
  async #readList(text: string, asked: boolean, signal: AbortSignal, loudly = false): Promise<boolean> {
    const { world, release, log, shelf } = this.#parts
    try {
      const from = world.address(text)
      const list = await world.list(from, signal)
      // An old list hides what is new: who serves it may be doing so on purpose.
      if (list.number < this.#kept.number) throw new Refusal('update-older', 'the list of updates is older than one that was read before')
      if (list.number > this.#kept.number) {
        this.#kept = { ...this.#kept, number: list.number }
        await shelf.write(this.#kept)
      }
      const offer = release && offerIn(list, from, release)
      this.#hear({ its: 'list', found: offer && { ...offer, file: null }, asked })
      return true
    } catch (error) {
      signal.throwIfAborted()
      if (loudly || !(error instanceof Refusal || error instanceof Fault)) throw error
      log.warn('the list of updates could not be read', { why: error.message })
      return false
    }
  }

  async #act(signal: AbortSignal): Promise<void> {
    for (;;) {
      const step = stepOf(this.#now, this.#around())
      if (step.do === 'nothing' || step.do === 'put off') return
      if (step.do === 'try') return this.#parts.card.try(signal)
      this.#hear({ its: 'progress', percent: 0 })
      try {
        if (step.do === 'fetch') await this.#fetch(step.found, signal)
        else await this.#install(step.path, signal)
      } catch (error) {
        signal.throwIfAborted()
        this.#parts.log.warn('an update came to nothing', { why: error instanceof Error ? error.message : String(error) })
        this.#hear({ its: 'failed', why: whyOf(error) })
        this.#notBefore = (this.#parts.clock.now() + AFTER_FAULT) as Ms
        return
      }
    }
  }

  async #fetch(found: Found, signal: AbortSignal): Promise<void> {
    const { world, clock } = this.#parts
    if (found.url === null || found.sha256 === null) throw new Refusal('update-unreadable', 'this update has no address')
    const { version, url, sha256, size } = found
    const offer: Offer = { version, url, sha256, size, notes: found.notes ?? { en: '', de: '' } }
    const off = new AbortController()
    const over = new AbortController()
    const watch = async (): Promise<void> => {
      while (stepOf(this.#now, this.#around()).do !== 'put off') await clock.sleep('look at the room again', LOOK_AT_ROOM, over.signal)
      off.abort()
    }
    watch().catch(() => {})
    try {
      const path = await world.fetch(offer, (percent) => this.#hear({ its: 'progress', percent }), AbortSignal.any([signal, off.signal]))
      const bundle = await world.examine(path, signal)
      if (bundle.version !== version) throw new Refusal('update-damaged', 'what came is another version than the list says')
      this.#hear({ its: 'fetched', path })
    } catch (error) {
      signal.throwIfAborted()
      if (!off.signal.aborted) throw error
      this.#hear({ its: 'put off' })
    } finally {
      over.abort()
    }
  }

  async #install(path: string, signal: AbortSignal): Promise<void> {
    const { card, clock, world, log } = this.#parts
    const over = new AbortController()
    const watch = async (): Promise<void> => {
      for (;;) {
        await clock.sleep('look how far an installation is', LOOK_AT_ROOM, AbortSignal.any([signal, over.signal]))
        const percent = await card.progress(signal).catch(() => null)
        if (percent !== null && !over.signal.aborted) this.#hear({ its: 'progress', percent })
      }
    }
    watch().catch(() => {})
    try {
      await card.install(path, signal)
    } finally {
      over.abort()
    }
    log.info('an update is installed', { version: this.seen.version })
    this.#hear({ its: 'installed' })
    await world.tidy()
  }

  #around() {
    const { rest, date, hours, settings } = this.#parts
    const now = date()
    const quiet = hours.from !== '' && hours.to !== '' ? hours : NIGHT
    return { rest: rest(), night: now.getFullYear() >= TRUE_FROM && isNight(quiet, now), byNight: settings.night }
  }
}

/** What people have asked for themselves is no news to them. */
const ours = (trial: Trial): Trial => (trial?.is === 'over' && trial.outcome === 'asked' ? null : trial)

function whyOf(error: unknown): UpdateWhy {
  if (error instanceof Fault && error.code === 'updates-away') return 'away'
  if (error instanceof Fault && error.code === 'disk-full') return 'full'
  const code = error instanceof Refusal ? error.code.replace('update-', '') : ''
  return UPDATE_WHYS.find((why) => why === code) ?? 'failed'
}

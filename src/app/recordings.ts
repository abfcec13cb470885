// recordings.ts — what people do with what was recorded: look at the list, keep, mark, remove, and take a ticket to download.
//
// A ticket is 32 random bytes, good for one download of one run (or a piece of it) within a minute. Who has it needs nothing else, so it is
// given to who may already ask: a paired phone, the person at the machine.
import { captionsFile, keptCaptions } from '../broadcast/captions-kept.ts'
import { parcelOf } from '../broadcast/remix/parcel.ts'
import { type Film, type FilmSource, openFilm } from '../broadcast/store/film.ts'
import { type Piece, piecesOf } from '../broadcast/store/mark.ts'
import { openedFilm } from '../broadcast/store/opened.ts'
import type { Pin } from '../broadcast/store/pin.ts'
import type { Run } from '../broadcast/store/run.ts'
import type { Said } from '../broadcast/store/said.ts'
import type { Store } from '../broadcast/store/store.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import { hex, type Random, systemRandom } from '../wire/crypto.ts'
import type { Identity } from '../wire/key.ts'
import type { WatchKeys } from './watch-keys.ts'

/** The path under which a ticket is given in. */
export const pathOf = (ticket: string): string => `/recording/${ticket}`

export type Recording = {
  /** Its name in orders. */
  readonly run: number
  /** ms since 1970. */
  readonly from: number
  readonly to: number
  readonly bytes: number
  /** It is not let go when space is needed. */
  readonly kept: boolean
  /** It is going on. */
  readonly live: boolean
  /** Its beginning is still there. */
  readonly whole: boolean
  /** What cut marks make of it. */
  readonly pieces: readonly Piece[]
  /** It has captions. */
  readonly captions: boolean
  /** Bytes of our own camera and microphone of that time; 0: they were not kept. */
  readonly own: number
  /** There is nothing else: somebody else broadcast that call. */
  readonly alone: boolean
}

/** What of a recording is downloaded: the broadcast, or our own camera and microphone; as a film, its captions, or as a file of tracks for a remix. */
export const WHICH = ['broadcast', 'own', 'captions', 'broadcast tracks', 'own tracks'] as const
export type Which = (typeof WHICH)[number]
const isOwn = (which: Which): boolean => which === 'own' || which === 'own tracks'
type Kind = 'film' | 'captions' | 'tracks'
const kindOf = (which: Which): Kind =>
  which === 'captions' ? which : which === 'broadcast tracks' || which === 'own tracks' ? 'tracks' : 'film'

/** `2026-11-21 20.15`, by the clock on the wall. @param ms since 1970 */
export function stampOf(ms: number): string {
  const at = new Date(ms)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}.${two(at.getMinutes())}`
}

/** `Kitchen 2026-11-21 20.15.mp4`. @param began ms since 1970 */
export const filmName = (box: string, began: number): string => `${box} ${stampOf(began)}.mp4`

type Signer = Pick<Identity, 'publicKey' | 'sign'>
type Parts = {
  /** Null: nothing is kept. */
  readonly store: Store | null
  /** What is kept of our own camera and microphone; left out or null: nothing is. */
  readonly own?: Store | null
  /** What opens the private ones of the store. */
  readonly keys?: Pick<WatchKeys, 'of' | 'secretOf' | 'forget'>
  /** What was said while it was recorded. */
  readonly said?: Said | null
  /** Our own tracks are kept now. */
  readonly keeps?: () => boolean
  /** Who signs for tracks, and under which name; left out: none can be downloaded. */
  readonly signs?: { readonly name: string; readonly broadcast: Signer; readonly own: Signer }
  /** Something goes out now. */
  readonly isLive: () => boolean
  /** Wall clock, ms since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
}

const VALID = seconds(60)
const MOST_TICKETS = 16
const pinName = (run: number): string => `run ${run}`
const isPinned = (pins: readonly Pin[], { run }: Run): boolean => pins.some((pin) => 'run' in pin && pin.run === run)
const overlap = (a: Pick<Run, 'from' | 'to'>, b: Pick<Run, 'from' | 'to'>): boolean => a.from < b.to && a.to > b.from
type Ticket = { readonly which: Which; readonly run: number; readonly piece: Piece | null; readonly until: number }

export class Recordings {
  readonly #parts: Parts
  readonly #tickets = new Map<string, Ticket>()
  readonly #removed = new Set<(run: number) => void>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Newest first. */
  get all(): readonly Recording[] {
    return [...this.#broadcasts, ...this.#alone].sort((a, b) => b.from - a.from)
  }

  get #broadcasts(): readonly Recording[] {
    const { store, isLive } = this.#parts
    if (!store) return []
    const { runs, pins, marks } = store
    const newest = runs.at(-1)?.run
    return runs.map((run) => ({
      ...{ run: run.run, from: run.from, to: run.to, bytes: run.bytes, whole: run.begins, alone: false },
      kept: isPinned(pins, run),
      live: run.run === newest && !run.ends && isLive(),
      pieces: piecesOf(run, marks),
      captions: run.captions,
      own: this.#ownOf(run).reduce((sum, { bytes }) => sum + bytes, 0),
    }))
  }

  /** Our own tracks of calls that somebody else broadcast. */
  get #alone(): readonly Recording[] {
    const { own, store, keeps } = this.#parts
    if (!own) return []
    const newest = own.runs.at(-1)?.run
    const alone = own.runs.filter((run) => !store?.runs.some((each) => overlap(each, run)))
    return alone.map((run) => ({
      ...{
        run: run.run,
        from: run.from,
        to: run.to,
        bytes: run.bytes,
        whole: run.begins,
        alone: true,
        pieces: [],
        captions: false,
        own: run.bytes,
      },
      kept: isPinned(own.pins, run),
      live: run.run === newest && !run.ends && keeps?.() === true,
    }))
  }

  /** @throws Refusal 'bad-request' when there is no such recording; Fault when the disk fails */
  async keep(run: number, on: boolean): Promise<void> {
    for (const { store, run: each } of this.#runsOf(this.#find(run)))
      await (on ? store.pin({ name: pinName(each), run: each }) : store.unpin(pinName(each)))
  }

  /** With our own tracks of its time. @throws Refusal 'bad-request' also for one that is going on, or that somebody wants kept */
  async remove(run: number): Promise<void> {
    const found = this.#find(run)
    if (found.live) throw new Refusal('bad-request', 'this recording is going on; end the broadcast first')
    if (found.kept) throw new Refusal('bad-request', 'this recording is kept; let it go first')
    for (const { store, run: each } of this.#runsOf(found)) {
      await store.unpin(pinName(each))
      await store.remove(each)
    }
    if (!found.alone) {
      await this.#parts.said?.forget(run)
      await this.#parts.keys?.forget(run)
    }
    this.#parts.log.info('a recording was removed', { run })
    for (const listener of this.#removed) listener(run)
  }

  /** Calls back whenever a recording was removed. */
  whenRemoved(listener: (run: number) => void): void {
    this.#removed.add(listener)
  }

  /** A cut mark, now. @throws Refusal 'bad-request' when nothing is recorded now */
  async mark(is: 'begin' | 'end'): Promise<void> {
    const live = this.#broadcasts.find((each) => each.live)
    if (!live) throw new Refusal('bad-request', 'nothing is recorded now')
    await this.#store.mark({ run: live.run, is, at: this.#parts.date() })
  }

  /**
   * 64 characters of lower-case hex.
   * @param number of the piece, from 0; null: all of it
   * @throws Refusal 'bad-request' when there is no such recording
   */
  ticket(run: number, number: number | null, which: Which = 'broadcast'): string {
    const found = this.#find(run)
    if (found.alone && which === 'broadcast tracks') throw new Refusal('bad-request', 'somebody else broadcast that call')
    if (which === 'captions' && !found.captions) throw new Refusal('bad-request', 'this recording has no captions')
    if (found.alone && which === 'broadcast') return this.ticket(run, number, 'own')
    const track = isOwn(which) ? this.#ownOf(found).at(-1)?.run : run
    if (track === undefined) throw new Refusal('bad-request', 'our own camera and microphone were not kept of this recording')
    const piece = number === null ? null : (found.pieces[number] ?? null)
    if (number !== null && !piece) throw new Refusal('bad-request', 'this recording has no such piece')
    const { clock, random = systemRandom } = this.#parts
    for (const [name, { until }] of this.#tickets)
      if (until <= clock.now() || this.#tickets.size >= MOST_TICKETS) this.#tickets.delete(name)
    const name = hex(random(32))
    this.#tickets.set(name, { which, run: track, piece, until: clock.now() + VALID })
    return name
  }

  /** What a ticket is for; it is used up. Null when it is none (any more), or there is no picture in it. */
  async take(name: string): Promise<Film | null> {
    const ticket = this.#use(name, 'film')
    const { own, log } = this.#parts
    if (ticket && isOwn(ticket.which)) return own ? openFilm(own, ticket.run, ticket.piece, log) : null
    return ticket && openFilm(this.#opened, ticket.run, ticket.piece, log)
  }

  /** The captions that a ticket is for, as a file of WebVTT in the time of the film; it is used up. Null as above. `began`: ms since 1970. */
  async takeCaptions(name: string): Promise<{ readonly began: number; readonly bytes: Uint8Array } | null> {
    const ticket = this.#use(name, 'captions')
    const film = ticket && (await openFilm(this.#opened, ticket.run, ticket.piece, this.#parts.log))
    return film && { began: film.began, bytes: captionsFile(await keptCaptions(this.#opened, ticket.run), film) }
  }

  /** The file of tracks that a ticket is for; it is used up. Null when it is for none (any more). `began`: ms since 1970. */
  takeTracks(name: string): { readonly began: number; readonly bytes: AsyncIterable<Uint8Array> } | null {
    const ticket = this.#use(name, 'tracks')
    const { signs, own } = this.#parts
    const store = ticket && isOwn(ticket.which) ? own : this.#store
    const run = store?.runs.find((each) => each.run === ticket?.run)
    if (!ticket || !signs || !store || !run) return null
    const is = isOwn(ticket.which) ? 'own' : 'broadcast'
    const marks = store.marks.filter((mark) => mark.run === run.run).map(({ is: which, at }) => ({ is: which, at: Math.round(at) }))
    const chat = is === 'own' ? [] : [...(this.#parts.said?.of(run.run) ?? [])]
    const secret = is === 'own' ? null : (this.#parts.keys?.secretOf(run.run) ?? null)
    const about = { is, name: signs.name, run: run.run, marks, chat, ...(secret !== null && { secret }) } as const
    return { began: run.from, bytes: parcelOf(store, about, signs[is]) }
  }

  /** @param kind what it must be for; one of another kind is left as it is */
  #use(name: string, kind: Kind): Ticket | null {
    const ticket = this.#tickets.get(name)
    if (!ticket || kindOf(ticket.which) !== kind) return null
    this.#tickets.delete(name)
    return ticket.until <= this.#parts.clock.now() ? null : ticket
  }

  get #store(): Store {
    const { store } = this.#parts
    if (!store) throw new Refusal('bad-request', 'nothing is recorded on this box')
    return store
  }

  /** What was broadcast, as we may read it. */
  get #opened(): FilmSource {
    return openedFilm(this.#store, (run) => this.#parts.keys?.of(run) ?? null)
  }

  /** All that is kept of a recording, and where. */
  #runsOf(found: Recording): ReadonlyArray<{ readonly store: Store; readonly run: number }> {
    const { own } = this.#parts
    const ours = own ? this.#ownOf(found).map(({ run }) => ({ store: own, run })) : []
    return found.alone ? ours : [{ store: this.#store, run: found.run }, ...ours]
  }

  /** Our own tracks of the time of a recording. */
  #ownOf(time: Pick<Run, 'from' | 'to'>): readonly Run[] {
    return this.#parts.own?.runs.filter((own) => overlap(own, time)) ?? []
  }

  #find(run: number): Recording {
    const found = this.all.find((each) => each.run === run)
    if (!found) throw new Refusal('bad-request', 'there is no such recording (any more)')
    return found
  }
}

// giving.ts — who may have our own tracks of a call, and how they get them: the box listens in the rooms of calls of which it keeps some, and gives
// to who was there, when the people here have said yes (or the settings have, beforehand).
//
// It listens while it is in such a room, and for a week after such a call, in four rooms at most; it says nothing there. Who asks must have the
// room's key, and must have been in that very call by their own key; to all others it is as if nobody listened. A no stands for ten
// minutes, a yes for a day. While a call is on, hardly anything goes out.
import { Giver, type Granted } from '../broadcast/remix/giver.ts'
import { Pace } from '../broadcast/remix/pace.ts'
import type { Run } from '../broadcast/store/run.ts'
import type { Store } from '../broadcast/store/store.ts'
import type { Meeting } from '../call/meeting.ts'
import type { Config } from '../core/config.ts'
import type { PeerId, RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Identity } from '../wire/key.ts'
import { programOf } from '../wire/manifest.ts'
import type { Plea } from '../wire/presence.ts'
import { closeAboutTracks } from '../wire/tracks.ts'
import type { RecordedCall } from '../wire/tracks-roster.ts'
import { MOST_RUNS } from '../wire/tracks-word.ts'
import type { Span, TracksRoster } from './tracks-roster.ts'

/** Listens in a room until the signal is aborted; answers those whom `answers` names. */
export type Attend = (
  place: { readonly room: RoomSecret; readonly at: string | null },
  answers: (peer: PeerId, plea: Plea) => boolean,
  met: (meeting: Pick<Meeting, 'peer' | 'send' | 'close' | 'on'>) => void,
  signal: AbortSignal,
) => Promise<void>

type Parts = {
  readonly setting: Config['live']['give']
  /** What is kept of our own; null: nothing is. */
  readonly store: Pick<Store, 'runs' | 'told'> | null
  /** The run that goes on; null: none does. */
  readonly run: () => number | null
  /** Who signs own tracks, and the name that they go by. */
  readonly signs: Pick<Identity, 'publicKey' | 'sign'>
  readonly name: string
  readonly roster: TracksRoster
  readonly attend: Attend
  /** The room that we are in; null: in none. */
  readonly room: () => RoomSecret | null
  /** Asks the people here; null: nobody has answered. */
  readonly ask: (who: PeerId, name: string, call: RecordedCall) => Promise<boolean | null>
  /** Bits a second that may go out now. */
  readonly rate: () => number
  /** ms since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly log: Log
}

const DAY = 86_400_000
const MINUTE = 60_000
/** How long after a call the box listens in its room, and in how many rooms. */
export const LISTENS = 7 * DAY
export const MOST_ROOMS = 4
/** Clocks of boxes may differ by so much, ms. */
const APART = 60_000
const YES_STANDS = DAY
const NO_STANDS = 10 * MINUTE
/** One who comes more often than this within ten minutes is not answered. */
const OFTEN = 20
/** How long a question of somebody else is waited for. */
const IN_LINE = 2 * MINUTE

type Said = { readonly yes: boolean; readonly until: Ms }

export class Giving {
  readonly #parts: Parts
  readonly #ears = new Map<RoomSecret, { readonly end: AbortController; readonly done: Promise<void> }>()
  readonly #said = new Map<string, Said>()
  readonly #asked = new Map<string, Promise<boolean>>()
  readonly #came = new Map<PeerId, Ms[]>()
  readonly #end = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Where we listen now. */
  get rooms(): readonly RoomSecret[] {
    return [...this.#ears.keys()]
  }

  /** Something that matters may have changed: begins to listen where it should, and ends where it should not. */
  look(): void {
    if (this.#end.signal.aborted) return
    const wanted = this.#wanted()
    for (const [room, ear] of this.#ears) {
      if (wanted.some((call) => call.room === room)) continue
      this.#ears.delete(room)
      ear.end.abort()
    }
    for (const { room, at } of wanted) {
      if (this.#ears.has(room)) continue
      const end = new AbortController()
      const { attend, log } = this.#parts
      const answers = (peer: PeerId, plea: Plea) => this.#mayAsk(peer, room, plea) && !this.#isTooOften(peer)
      const done = attend({ room, at }, answers, (meeting) => this.#met(meeting, room), end.signal).catch((error: unknown) => {
        if (!end.signal.aborted) log.error('nobody can ask for our own tracks', error)
        this.#ears.delete(room)
      })
      this.#ears.set(room, { end, done })
    }
  }

  /** Looks now and then, as weeks go by, until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look()
      await this.#parts.clock.sleep('where own tracks are given', seconds(1800), signal).catch(() => {})
    }
  }

  async close(): Promise<void> {
    this.#end.abort()
    const ears = [...this.#ears.values()]
    this.#ears.clear()
    for (const { end } of ears) end.abort()
    await Promise.all(ears.map(({ done }) => done))
  }

  /** The newest call of each room in which somebody may ask us. */
  #wanted(): readonly RecordedCall[] {
    const { setting, roster, store, room, date } = this.#parts
    if (setting === 'nobody' || !store) return []
    const calls = new Map<RoomSecret, RecordedCall>()
    const { runs } = store
    for (const call of [...roster.all].reverse()) {
      const isNow = call.room === room()
      if (calls.has(call.room) || (!isNow && (call.ended ?? date()) < date() - LISTENS)) continue
      if (this.#runsOf(call, runs).length > 0) calls.set(call.room, call)
    }
    return [...calls.values()].slice(0, MOST_ROOMS)
  }

  /** What we keep of a call, and is over. */
  #runsOf({ began, ended }: RecordedCall, runs: readonly Run[] = this.#parts.store?.runs ?? []): readonly Run[] {
    const { run, date } = this.#parts
    return runs.filter((each) => each.run !== run() && each.from < (ended ?? date()) + 1000 && each.to > began - 1000)
  }

  /** The call that somebody may ask us for; null: they may not. */
  #callFor(peer: PeerId, room: RoomSecret, { from, to }: Span): RecordedCall | null {
    const calls = this.#parts.roster.shared(peer, room, { from: from - APART, to: to + APART })
    return calls.find((call) => this.#runsOf(call).length > 0) ?? null
  }

  #mayAsk(peer: PeerId, room: RoomSecret, time: Span): boolean {
    return this.#parts.setting !== 'nobody' && this.#callFor(peer, room, time) !== null
  }

  #isTooOften(peer: PeerId): boolean {
    const now = this.#parts.clock.now()
    const came = (this.#came.get(peer) ?? []).filter((at) => now - at < 10 * MINUTE)
    this.#came.set(peer, [...came, now].slice(-OFTEN))
    return came.length >= OFTEN
  }

  #met(meeting: Pick<Meeting, 'peer' | 'send' | 'close' | 'on'>, room: RoomSecret): void {
    const { clock, rate, log } = this.#parts
    const giver = new Giver({
      send: (frame) => meeting.send(frame),
      leave: (time, wait) =>
        this.#leave(meeting.peer, room, time, wait).catch((error: unknown) => {
          log.error('nobody could be asked whether our own tracks are given', error)
          return null
        }),
      pace: new Pace(clock, rate),
      clock,
      onEnd: (why) => {
        log.info('somebody who asked for our own tracks is gone', { why })
        meeting.close()
      },
    })
    meeting.on('bytes', (bytes) => giver.hear(bytes))
    meeting.on('closed', () => giver.close('the link is down'))
    giver.open()
  }

  async #leave(peer: PeerId, room: RoomSecret, time: Span, wait: () => void): Promise<Granted | null> {
    const { signs, name, store, log } = this.#parts
    const call = this.#callFor(peer, room, time)
    const who = call?.people.find((person) => person.peer === peer)
    if (!call || !who || !store || !(await this.#mayHave(peer, who.name, call, wait))) return null
    log.info('our own tracks are given', { who: who.name })
    const tracks = this.#runsOf(call)
      .slice(-MOST_RUNS)
      .map(({ run, bytes }) => ({ run, bytes, about: closeAboutTracks({ is: 'own', name, run, marks: [], chat: [] }, signs) }))
    return { program: programOf(signs.publicKey), tracks, source: store }
  }

  async #mayHave(peer: PeerId, name: string, call: RecordedCall, wait: () => void): Promise<boolean> {
    const { setting, clock } = this.#parts
    if (setting === 'call') return true
    const key = `${peer} ${call.room} ${call.began}`
    const said = this.#said.get(key)
    if (said && said.until > clock.now()) return said.yes
    wait()
    const asked = this.#asked.get(key) ?? this.#ask(key, peer, name, call).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asked)
    return asked
  }

  async #ask(key: string, peer: PeerId, name: string, call: RecordedCall): Promise<boolean> {
    const { ask, clock } = this.#parts
    const until = clock.now() + IN_LINE
    let yes = await ask(peer, name, call)
    while (yes === null && clock.now() < until - MINUTE) {
      await clock.sleep('until the TV may ask', seconds(2), this.#end.signal)
      yes = await ask(peer, name, call)
    }
    for (const [each, { until: end }] of this.#said) if (end <= clock.now()) this.#said.delete(each)
    this.#said.set(key, { yes: yes === true, until: (clock.now() + (yes ? YES_STANDS : NO_STANDS)) as Ms })
    return yes === true
  }
}

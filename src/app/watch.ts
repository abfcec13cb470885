// watch.ts — a broadcast of elsewhere on the TV of this room, at live or behind it, as long as that is wished.
//
// The box is a viewer of its own relay (app/house.ts): a program comes into the house once, however many screens of it show it, the TV among them.
// Everything is checked before it is used (broadcast/reading). The parts go as they are to a worker that plays them on the TV and the loudspeaker as if somebody in a
// call sent them (media/replay.ts, app/again.ts): a seat that no program shows and no camera or microphone has to do with.
//
// A stretch is what is played in one go. It begins at the newest, or at a time; where that is not to be had, or breaks off, it is tried again,
// and `now` tells the people in the room.
import type { OriginAnswer, OriginAsk } from '../broadcast/origin.ts'
import { Larder } from '../broadcast/reading/larder.ts'
import { Unsealer } from '../broadcast/reading/unsealer.ts'
import type { HouseStatus } from '../broadcast/relay/house.ts'
import { Inside } from '../broadcast/relay/inside.ts'
import type { Watching } from '../core/wanted.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { ms, seconds } from '../lib/unit.ts'
import type { WatchScene } from '../media/scene.ts'
import { type About, openAbout } from '../wire/about.ts'
import { hex, type Random, unhex } from '../wire/crypto.ts'
import { unsealTitle, type WatchKey, watchKey } from '../wire/watch-key.ts'
import { parseWatchLink, type WatchLink } from '../wire/watch-link.ts'
import type { SeatPlayer, Stage } from './again.ts'
import { runReel } from './watch/reel.ts'
import type { Showing } from './watch/showing.ts'

/** What passes programs on in this house. */
export interface Relays {
  /** False when there are as many as can be. */
  bring(link: WatchLink): boolean
  readonly all: readonly HouseStatus[]
}

type Parts = {
  readonly relays: () => Relays
  /** Answers for the box's own program and for all that are passed on here. */
  readonly answer: (ask: OriginAsk) => Promise<OriginAnswer | null>
  /** Whether a program comes from this very box: nobody has to be asked for it. */
  readonly isOwn: (link: WatchLink) => boolean
  readonly play: (stage: Stage) => Promise<SeatPlayer>
  /** ms since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** One time back, ms. */
export const STEP = 30_000
/** Standing still for so long is said, ms; and where the program goes on without us for so long, it is begun anew. */
const [STILL, ANEW] = [2500, 8000]
/** What is shown of how it is, and how often what is said of the program is asked for. */
const [LOOK, ASK] = [ms(500), seconds(10)]
const AGAIN = ms(300)
/** A program that ended stays on the screen for so long. */
const STAYS = seconds(120)
/** Standing still so often in half a minute, a smaller picture is taken. */
const OFTEN = 2

type Run = {
  readonly link: WatchLink
  readonly way: Inside
  /** What opens it; null: it is open, or the link was not whole. */
  readonly key: WatchKey | null
  readonly unsealer: Unsealer
  readonly larder: Larder
  readonly stop: AbortController
  /** What is wished of it. */
  wish: Watching
  /** Ends the stretch that is played. */
  turn: AbortController
  /** Where the next one begins. */
  where: number | 'newest'
  showing: Showing | null
  is: WatchScene['is']
  about: { readonly title: string; readonly begins: number | null; readonly at: number }
  /** How many pictures below the best one is taken, and when it stood still lately. */
  below: number
  stalls: readonly number[]
  done: Promise<void>
}

/** changed: `now` is another. over: the program has ended, some time ago. */
export class Watch extends Emitter<{ changed: []; over: [] }> {
  readonly #parts: Parts
  #run: Run | null = null
  #told = ''

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of what is watched failed', error))
    this.#parts = parts
  }

  /** How it is, for the TV; null: nothing is watched. */
  get now(): WatchScene | null {
    const run = this.#run
    if (!run) return null
    const { title, begins } = run.about
    const is = run.wish.at === 'paused' && run.is !== 'ended' ? 'paused' : run.is
    return { is, title, begins, behind: run.wish.at === 'live' ? 0 : Math.max(1, Math.round(this.#behind(run) / STEP)) }
  }

  /**
   * Shows it from now on as it is wished.
   * @throws Refusal 'bad-link'; 'not-allowed' when as many programs are passed on here as can be
   */
  async be(wish: Watching): Promise<void> {
    const link = parseWatchLink(wish.link)
    const run = this.#run
    if (!run || run.wish.link !== wish.link) {
      await this.end()
      this.#begin(link, wish)
      return
    }
    const before = run.wish
    const position = this.#position(run)
    run.wish = wish
    if (wish.at === 'live') this.#go(run, 'newest')
    else if (wish.back > before.back) this.#go(run, position - (wish.back - before.back) * STEP)
    else if (wish.at !== before.at) this.#go(run, position)
    this.#tell()
  }

  /** Nothing of it is seen or heard from the end of it on. Safe to call twice. */
  async end(): Promise<void> {
    const run = this.#run
    this.#run = null
    run?.stop.abort()
    await run?.showing?.close()
    await run?.done
    if (run) this.#tell()
  }

  #begin(link: WatchLink, wish: Watching): void {
    const { answer, clock, log } = this.#parts
    if (!this.#bring({ link }))
      throw new Refusal('not-allowed', 'As many broadcasts come into the house as this box can pass on. Close one first.')
    const way = new Inside(link.program, answer)
    const key = link.secret && watchKey(link.program, link.secret)
    const unsealer = new Unsealer(key)
    const run: Run = {
      ...{ link, way, wish, key, unsealer },
      larder: new Larder(way, clock, (why) => log.warn('a part of the broadcast was refused', { why }), unsealer),
      stop: new AbortController(),
      turn: new AbortController(),
      where: 'newest',
      showing: null,
      is: 'comes',
      about: { title: '', begins: null, at: 0 },
      below: 0,
      stalls: [],
      done: Promise.resolve(),
    }
    if (wish.at !== 'live') run.where = this.#newest(run) - Math.max(1, wish.back) * STEP
    this.#run = run
    log.info('the TV shows a broadcast', { program: link.program, from: link.origin })
    const { signal } = run.stop
    const failed = (error: unknown) => signal.aborted || log.error('the broadcast is not shown any more', error)
    run.done = Promise.all([this.#play(run).catch(failed), this.#look(run).catch(failed), this.#ask(run).catch(failed)]).then(() => {})
    this.#tell()
  }

  #go(run: Run, where: number | 'newest'): void {
    run.where = where
    run.turn.abort()
  }

  #bring({ link }: Pick<Run, 'link'>): boolean {
    const { relays, isOwn } = this.#parts
    return isOwn(link) || relays().bring(link)
  }

  /** Stretch after stretch. */
  async #play(run: Run): Promise<void> {
    const { clock, log } = this.#parts
    const { signal } = run.stop
    while (!signal.aborted) {
      run.turn = new AbortController()
      const turn = AbortSignal.any([signal, run.turn.signal])
      const { where } = run
      if (run.wish.at === 'paused') {
        // Its last picture stays.
        await run.showing?.close()
        run.showing = null
        await clock.sleep('a broadcast that is paused', seconds(86_400), turn).catch(() => {})
        continue
      }
      this.#bring(run)
      try {
        await this.#stretch(run, where, turn)
      } catch (error) {
        if (!turn.aborted && !(error instanceof Fault)) throw error
        if (!turn.aborted) log.warn('the broadcast could not be played; it is tried again', { why: String(error) })
      }
      await run.showing?.close()
      // Whoever was away for long goes on where that was, or at live.
      if (!turn.aborted) run.where = run.wish.at === 'live' ? 'newest' : this.#position(run)
      if (!turn.aborted) await clock.sleep('before a broadcast is begun anew', AGAIN, turn).catch(() => {})
    }
  }

  #stretch(run: Run, where: number | 'newest', turn: AbortSignal): Promise<void> {
    const { link, way, larder, unsealer, below } = run
    const { clock, random, play, log } = this.#parts
    run.showing = null
    const hear = {
      began: (showing: Showing) => {
        run.showing = showing
        this.#be(run, 'comes')
      },
      ended: () => this.#be(run, 'ended'),
      cannot: (why: 'locked' | 'odd') => this.#be(run, why),
      away: () => void this.#bring(run),
    }
    return runReel(
      { program: link.program, seat: hex(random(8)), ...{ way, larder, unsealer, where, below, play, clock, log, hear } },
      turn,
    )
  }

  /** How it is while nothing of it is here. */
  #isWithout(run: Run): WatchScene['is'] {
    const state = this.#status(run)?.state
    if (state === 'away' || state === 'full') return state === 'full' ? 'full' : 'lost'
    return state === 'nothing' || this.#parts.isOwn(run.link) ? 'none' : state === 'ended' ? 'ended' : 'comes'
  }

  /** Looks, twice a second, how it goes. */
  async #look(run: Run): Promise<void> {
    const { clock } = this.#parts
    const { signal } = run.stop
    let ended: number | null = null
    while (!signal.aborted) {
      await clock.sleep('a look at the broadcast on the TV', LOOK, signal)
      this.#see(run)
      ended = run.is === 'ended' ? (ended ?? clock.now()) : null
      if (ended !== null && clock.now() - ended >= STAYS) {
        this.emit('over')
        return
      }
      this.#tell()
    }
  }

  #see(run: Run): void {
    const { showing, is } = run
    if (is === 'ended' || is === 'odd' || is === 'locked' || run.wish.at === 'paused') return
    if (!showing) {
      const without = this.#isWithout(run)
      if (without !== 'comes' || is !== 'lost') this.#be(run, without)
      return
    }
    const now = this.#parts.clock.now()
    const { dryAt } = showing
    if (dryAt === null) {
      if (showing.isSeen) this.#be(run, 'plays')
      return
    }
    if (is === 'lost' && now - dryAt >= ANEW && this.#status(run)?.state === 'live')
      this.#go(run, run.wish.at === 'live' ? 'newest' : showing.position)
    if (now - dryAt < STILL || is === 'lost') return
    this.#be(run, 'lost')
    run.stalls = [...run.stalls.filter((at) => now - at < 30_000), now]
    if (run.stalls.length < OFTEN) return
    run.below++
    run.stalls = []
  }

  /** What is said of the program, by its broadcaster. */
  async #ask(run: Run): Promise<void> {
    const { clock } = this.#parts
    const { signal } = run.stop
    while (!signal.aborted) {
      const said = await run.way.about(signal)
      const about = said === null ? null : openAbout(said, run.link.program)
      if (about && about.at >= run.about.at) run.about = { ...about, title: titleIn(about, run.key) }
      this.#tell()
      await clock.sleep('what is said of the broadcast', ASK, signal)
    }
  }

  #status({ link }: Run): HouseStatus | null {
    return this.#parts.relays().all.find(({ program }) => program === link.program) ?? null
  }
  /** ms since 1970, by the broadcaster's clock as far as it is known. */
  #newest(run: Run): number {
    return this.#status(run)?.at ?? this.#parts.date()
  }
  #position(run: Run): number {
    return run.showing?.position ?? (run.where === 'newest' ? this.#newest(run) : run.where)
  }
  #behind(run: Run): number {
    return this.#newest(run) - this.#position(run)
  }

  #be(run: Run, is: WatchScene['is']): void {
    if (run.is === is) return
    run.is = is
    this.#parts.log.info('the broadcast on the TV', { is })
    this.#tell()
  }

  #tell(): void {
    const told = JSON.stringify(this.now)
    if (told === this.#told) return
    this.#told = told
    this.emit('changed')
  }
}

/** What a program is called, where our key opens that. */
function titleIn({ title, sealed }: About, key: WatchKey | null): string {
  if (!sealed) return title
  return (key?.lock === sealed.lock && unsealTitle(key, unhex(sealed.title))) || ''
}

// player.ts — plays a program: at live, or anywhere in what is kept; keeps the picture near live, mends standstills, goes on by itself after trouble.
//
// One tail follows the newest always. One stretch at a time is played: the live one takes its entries from the tail, an older one from a feed of its
// own. A jump that the buffers cannot serve ends the stretch and begins another.

import { Feed, type FeedFlaw, type ManifestWay } from '../../../broadcast/reading/feed.ts'
import { Larder, type ObjectWay } from '../../../broadcast/reading/larder.ts'
import { type Fit, Unsealer } from '../../../broadcast/reading/unsealer.ts'
import type { Clock } from '../../../lib/clock.ts'
import { ms } from '../../../lib/unit.ts'
import type { ProgramId, TrackInit, TrackPart } from '../../../wire/manifest.ts'
import type { ObjectFlaw } from '../../../wire/object.ts'
import type { WatchKey } from '../../../wire/watch-key.ts'
import type { GetPart } from './captions.ts'
import { isAllShown } from './ending.ts'
import { landing, type Target } from './landing.ts'
import { Motion, TICK } from './motion.ts'
import { Picking } from './picking.ts'
import type { Choice, Rendition } from './quality.ts'
import type { Lane, Screen } from './screen.ts'
import { Stretch, typeOf } from './stretch.ts'
import { Tail, type TailState } from './tail.ts'
import { secondOf, wallOf } from './timeline.ts'

export type Flaw = FeedFlaw | ObjectFlaw
export type PlayerNow = {
  readonly tail: TailState
  /** Whether the newest is for who has this link. */
  readonly fit: Fit
  /** The last of the newest is here. */
  readonly isOver: boolean
  /** The program is over, and all of it was shown. */
  readonly hasEnded: boolean
  /** Something is on the screen. */
  readonly hasPicture: boolean
  readonly isPlaying: boolean
  /** It should play and stands still. */
  readonly isWaiting: boolean
  readonly isLive: boolean
  /** The browser plays only after somebody has touched the page. */
  readonly needsTouch: boolean
  /** Seconds; null: nothing is shown. */
  readonly behind: number | null
  /** Wall clock of what is shown and of the newest, ms since 1970. */
  readonly position: number | null
  readonly edge: number | null
  /** The oldest that is known to be there without asking. */
  readonly from: number | null
  readonly renditions: readonly Rendition[]
  readonly choice: Choice
  readonly shown: number | null
  /** Times it stood still. */
  readonly stalls: number
}

export type PlayerParts = {
  readonly program: ProgramId
  /** What stands in the link; null: nothing does. */
  readonly key: WatchKey | null
  readonly way: ManifestWay & ObjectWay
  readonly screen: Screen
  readonly clock: Clock
  /** Wall clock, ms since 1970. */
  readonly now: () => number
  readonly seat: string
  readonly canPlay: (type: string) => boolean
  readonly changed: (now: PlayerNow) => void
  /** Captions of what is played. */
  readonly said?: (part: TrackPart, init: TrackInit, get: GetPart) => void
  readonly refused: (why: Flaw) => void
}

/** Nearer than this to live is live, seconds; and who plays on nearer than so many ms wants to be. */
const [AT_LIVE, NEAR_LIVE] = [4, 2000]
/** Later than so many ms, what is still waited for of a larger picture is let be; and so long the first of a program may take. */
const [LATE, FIRST] = [3000, 10_000]
/** Objects wait so long after a lost line before a stretch is begun anew, ms. */
const AGAIN = ms(500)

export class Player {
  readonly #parts: PlayerParts
  readonly #tail: Tail
  readonly #larder: Larder
  readonly #unsealer: Unsealer
  readonly #motion: Motion
  readonly #picking: Picking
  #stretch: Stretch | null = null
  #over = new AbortController()
  #isLive = true
  /** Whether the person wants to be at live; then the pace is kept. */
  #wantsLive = true
  /** Where a stretch is to begin to be seen, ms since 1970; null: it is seen. */
  #target: Target | null = 'newest'
  #wantsPlay = true
  #needsTouch = false
  /** Of what was played, all is there; nothing more comes by itself. */
  #isOver = false
  #types = ''
  /** When the stretch began, by the clock; or when it was last looked why nothing is seen of it. */
  #begun = 0

  constructor(parts: PlayerParts) {
    this.#parts = parts
    this.#unsealer = new Unsealer(parts.key)
    this.#larder = new Larder(parts.way, parts.clock, parts.refused, this.#unsealer)
    this.#picking = new Picking({ inits: () => this.#tail.inits.values(), canPlay: parts.canPlay, clock: parts.clock })
    this.#motion = new Motion(parts.screen, parts.clock)
    this.#tail = new Tail({ clock: parts.clock, now: parts.now, heard: () => this.#heard(), refused: parts.refused })
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, screen } = this.#parts
    const newest = this.#feed(null, () => (this.#wantsPlay ? this.#picking.wants : []))
    const tail = this.#tail.run(newest, signal)
    signal.addEventListener('abort', () => this.#over.abort(), { once: true })
    const ticks = async (): Promise<void> => {
      for (let i = 0; !signal.aborted; i++) {
        await clock.sleep('a look at the screen', TICK, signal)
        this.#tick()
        if (i % 5 === 0) this.#tell()
        if (i % 200 === 0) await screen.tidy().catch(() => {})
      }
    }
    await Promise.all([tail, ticks()])
  }

  play(): void {
    this.#wantsPlay = true
    this.#needsTouch = false
    const { edge } = this.#tail
    const position = this.#position
    if (this.#isLive && edge !== null && position !== null && edge - position < NEAR_LIVE) this.#wantsLive = true
    if (!this.#stretch && this.#tail.isWhole) this.#begin('newest')
    else this.#start()
  }
  pause(): void {
    this.#wantsPlay = false
    this.#wantsLive = false
    this.#parts.screen.video.pause()
    this.#tell()
  }
  get isWanted(): boolean {
    return this.#wantsPlay
  }

  goLive(): void {
    this.#wantsPlay = true
    this.#wantsLive = true
    const { second, end, back } = this.#motion
    if (this.#isLive && this.#stretch && this.#target === null && end - second < 18 && this.#edgeIsNear(end)) {
      this.#motion.jumpTo(end - back)
      this.#start()
    } else this.#begin('newest')
  }

  /** To a wall-clock time, ms since 1970; at the newest or later: live. */
  seek(wall: number): void {
    const { edge } = this.#tail
    if (edge !== null && wall > edge - 1500 && !this.#tail.hasEnded) {
      this.goLive()
      return
    }
    this.#wantsLive = false
    const line = this.#stretch?.timeline
    const second = line ? secondOf(line, wall) : null
    const { video } = this.#parts.screen
    const { buffered } = video
    video.playbackRate = 1
    for (let i = 0; second !== null && this.#target === null && i < buffered.length; i++)
      if (second >= buffered.start(i) && second < buffered.end(i) - 0.3) {
        this.#motion.jumpTo(second)
        this.#start()
        return
      }
    this.#begin(wall)
  }

  /** So many seconds on, or back. */
  step(seconds: number): void {
    const from = typeof this.#target === 'number' ? this.#target : this.#position
    if (from !== null) this.seek(from + seconds * 1000)
  }

  pick(choice: Choice): void {
    this.#picking.choice = choice
    this.#tell()
  }

  get #position(): number | null {
    const line = this.#stretch?.timeline
    return line && this.#target === null ? wallOf(line, this.#motion.second) : null
  }

  get #fit(): Fit {
    const { last } = this.#tail
    return last ? this.#unsealer.fits(last) : 'yes'
  }

  #feed(from: number | null, wants: () => readonly string[] = () => []): Feed {
    const { program, way, clock, seat } = this.#parts
    return new Feed({ program, way, clock, from, seat, wants, unsealer: this.#unsealer })
  }

  #heard(): void {
    const isIdle = !this.#stretch || (this.#isOver && !this.#tail.hasEnded)
    if (this.#tail.isWhole && isIdle && this.#wantsPlay && !this.#over.signal.aborted) this.#begin('newest')
    this.#tell()
  }

  /** Ends what is played and begins elsewhere. */
  #begin(where: Target): void {
    if (where === 'newest' && this.#fit !== 'yes') return
    this.#over.abort()
    const over = new AbortController()
    this.#over = over
    this.#target = where
    this.#isOver = false
    this.#begun = this.#parts.clock.now()
    this.#isLive = where === 'newest'
    this.#wantsLive = this.#isLive
    this.#motion.begin()
    const { screen, clock } = this.#parts
    const stretch = new Stretch(
      {
        larder: this.#larder,
        screen,
        clock,
        chosen: () => this.#picking.chosen,
        isLive: this.#isLive,
        said: (part, init) => this.#parts.said?.(part, init, () => this.#larder.get(part.object, null, over.signal)),
        before: () => this.#motion.measure(),
        after: (isAll) => this.#arrived(isAll),
        lost: () => {},
        flows: (track, segment) => this.#isLive && this.#tail.flows(track, segment),
      },
      this.#tail.inits.values(),
    )
    this.#stretch = stretch
    const play = async (): Promise<void> => {
      await this.#open(over.signal)
      const entries = where === 'newest' ? this.#tail.entries(over.signal) : this.#older(where, over.signal)
      await stretch.play(this.#unsealer.those(entries), over.signal)
      if (over.signal.aborted) return
      if (this.#tail.hasEnded) {
        this.#isOver = true
        return
      }
      // Left behind (paused for long, or a device that slept): on from where it was.
      await clock.sleep('before playing on', AGAIN, over.signal)
      const position = this.#position
      this.#begin(this.#wantsLive ? 'newest' : (position ?? 'newest'))
    }
    play().catch((error: unknown) => {
      if (!over.signal.aborted) reportError(error)
    })
    this.#tell()
  }

  /** The lanes that the program needs; the same ones again are only emptied. */
  async #open(signal: AbortSignal): Promise<void> {
    const { screen } = this.#parts
    const { video, audio } = this.#picking.chosen
    const types = new Map<Lane, string>()
    for (const [lane, track] of [['video', video] as const, ['audio', audio] as const]) {
      const init = track === null ? undefined : this.#tail.inits.get(track)
      if (init) types.set(lane, typeOf(init.description))
    }
    const key = [...types.keys()].join()
    if (key === this.#types && key !== '') await screen.clear()
    else await screen.open(types)
    this.#types = key
    signal.throwIfAborted()
  }

  async *#older(from: number, signal: AbortSignal) {
    for await (const news of this.#feed(from).follow(signal)) {
      if (news.is === 'refused') this.#parts.refused(news.why)
      if (news.is !== 'entry') continue
      const last = this.#tail.last
      const { entry } = news
      yield { entry, isNewest: !last || entry.run > last.run || (entry.run === last.run && entry.number >= last.number - 1) }
      // One that has ended may have another behind it.
      if (entry.isLast && (!last || entry.run >= last.run)) return
    }
  }

  /** A part is on the screen. */
  #arrived(isAll: boolean): void {
    const line = this.#stretch?.timeline
    if (this.#target === null || !line) return
    const back = this.#tail.hasEnded ? 1 : this.#motion.back
    const second = landing(this.#target, this.#parts.screen.video.buffered, line, isAll, back)
    if (second === null) return
    this.#target = null
    this.#motion.jumpTo(second)
    this.#start()
  }

  #start(): void {
    const { video } = this.#parts.screen
    this.#tell()
    if (!this.#wantsPlay || this.#target !== null) return
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return
      // Sound wants a touch first in most browsers; the picture alone mostly does not.
      if (!video.muted) {
        video.muted = true
        this.#start()
      } else {
        this.#needsTouch = true
        this.#wantsPlay = false
        this.#tell()
      }
    })
  }

  #edgeIsNear(end: number): boolean {
    const line = this.#stretch?.timeline
    const wall = line ? wallOf(line, end) : null
    const { edge } = this.#tail
    return wall !== null && edge !== null && edge - wall < 2000
  }

  #tick(): void {
    const { video } = this.#parts.screen
    if (this.#target === 'newest' && this.#wantsPlay && this.#tail.state === 'there') this.#lookForFirst()
    if (this.#target !== null || !this.#wantsPlay || video.paused) return
    if (this.#isLate) {
      this.#begin('newest')
      return
    }
    const seen = this.#motion.look(() => this.#hasReachedEnd)
    const isStuck = seen === 'stuck' && this.#tail.state === 'there' && !this.#hasReachedEnd
    if (seen === 'stood' || isStuck) this.#picking.stood()
    if (isStuck) this.#begin(this.#wantsLive ? 'newest' : (this.#position ?? 'newest'))
    if (seen === 'moves') this.#picking.plays()
    if (seen === 'stands' && this.#motion.isWaiting) this.#picking.stands()
    if (seen === 'stood') this.#tell()
    if (seen !== 'moves' || !this.#isLive || !this.#wantsLive) return
    if (this.#tail.hasEnded) video.playbackRate = 1
    else this.#motion.keepPace()
  }

  /** Nothing is seen yet, at live: what is chosen is too much for the line from the start. */
  #lookForFirst(): void {
    const now = this.#parts.clock.now()
    if (now - this.#begun < FIRST) return
    this.#begun = now
    this.#picking.late()
    if (this.#stretch?.shown.video !== this.#picking.chosen.video) this.#begin('newest')
  }

  /** A smaller picture is there at live, and what is shown of the larger one is far from it. */
  get #isLate(): boolean {
    const { boxNow } = this.#tail
    const smaller = this.#isLive && this.#wantsLive ? this.#picking.smallerThan(this.#stretch?.shown.video ?? null) : null
    return smaller !== null && boxNow !== null && boxNow - (this.#position ?? boxNow) > LATE && this.#tail.flows(smaller)
  }

  get #hasReachedEnd(): boolean {
    const { second, end, isWaiting } = this.#motion
    const isAllIn = this.#isOver || (this.#isLive && (this.#stretch?.isAllIn ?? false))
    return isAllShown({ isOver: this.#tail.hasEnded, isAllIn, isSought: this.#target !== null, left: end - second, isWaiting })
  }

  #tell(): void {
    const { video } = this.#parts.screen
    const { boxNow, edge } = this.#tail
    const position = this.#position
    const isOver = this.#tail.hasEnded
    const newest = isOver ? edge : boxNow
    const behind = position !== null && newest !== null ? Math.max(0, (newest - position) / 1000) : null
    this.#parts.changed({
      tail: this.#tail.state,
      fit: this.#fit,
      isOver,
      hasEnded: this.#hasReachedEnd,
      hasPicture: this.#motion.hasPicture,
      isPlaying: this.#wantsPlay && !video.paused,
      isWaiting: this.#motion.isWaiting || (this.#target !== null && this.#wantsPlay),
      isLive: this.#isLive && (this.#wantsLive || !this.#wantsPlay) && !isOver && behind !== null && behind < AT_LIVE,
      needsTouch: this.#needsTouch,
      behind,
      position: typeof this.#target === 'number' ? this.#target : position,
      edge: isOver ? edge : (boxNow ?? edge),
      from: this.#tail.first,
      renditions: this.#picking.renditions,
      choice: this.#picking.choice,
      shown: this.#stretch?.shown.video ?? null,
      stalls: this.#motion.stalls,
    })
  }
}

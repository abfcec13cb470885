// player.ts — plays a program: at live, or anywhere in what is kept; keeps the picture near live, mends standstills, goes on by itself after trouble.
//
// One tail follows the newest always. One stretch at a time is played: the live one takes its entries from the tail, an older one from a feed of its
// own. A jump that the buffers cannot serve ends the stretch and begins another.

import { Feed, type FeedFlaw, type ManifestWay } from '../../../broadcast/reading/feed.ts'
import { Larder, type ObjectWay } from '../../../broadcast/reading/larder.ts'
import type { Clock } from '../../../lib/clock.ts'
import { ms } from '../../../lib/unit.ts'
import type { ProgramId } from '../../../wire/manifest.ts'
import type { ObjectFlaw } from '../../../wire/object.ts'
import { calm, PACE, type Pace, stalled, step } from './pace.ts'
import { type Choice, choose, type Rendition, renditionsOf } from './quality.ts'
import type { Lane, Screen } from './screen.ts'
import { type Chosen, Stretch, typeOf } from './stretch.ts'
import { Tail, type TailState } from './tail.ts'
import { secondOf, wallOf } from './timeline.ts'

export type Flaw = FeedFlaw | ObjectFlaw
export type PlayerNow = {
  readonly tail: TailState
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
  readonly way: ManifestWay & ObjectWay
  readonly screen: Screen
  readonly clock: Clock
  /** Wall clock, ms since 1970. */
  readonly now: () => number
  readonly seat: string
  readonly canPlay: (type: string) => boolean
  readonly changed: (now: PlayerNow) => void
  readonly refused: (why: Flaw) => void
}

const TICK = ms(50)
/** How long the least that lay ahead is remembered, ms. */
const LATELY = 1200
/** Standing still for so long, with something behind a gap, the gap is jumped, ms. */
const STUCK = 250
/** Seconds that may lie before a gap, unplayed. */
const LEFT = 0.5
/** Standing still for so long, ms, though there is something new, everything is begun anew. */
const LONG = 6000
/** Nearer than this to live is live, seconds; and who plays on nearer than so many ms wants to be. */
const [AT_LIVE, NEAR_LIVE] = [4, 2000]
/** Objects wait so long after a lost line before a stretch is begun anew, ms. */
const AGAIN = ms(500)

export class Player {
  readonly #parts: PlayerParts
  readonly #tail: Tail
  readonly #larder: Larder
  #stretch: Stretch | null = null
  #over = new AbortController()
  #isLive = true
  /** Whether the person wants to be at live; then the pace is kept. */
  #wantsLive = true
  /** Where a stretch is to begin to be seen, ms since 1970; null: it is seen. */
  #target: number | 'newest' | null = 'newest'
  #wantsPlay = true
  #needsTouch = false
  #hasPicture = false
  #pace: Pace = PACE
  #ahead: ReadonlyArray<{ readonly at: number; readonly s: number }> = []
  #moved = { second: 0, at: 0 }
  #begun = 0
  /** Of what was played, all is there; nothing more comes by itself. */
  #isOver = false
  #isWaiting = false
  #stalls = 0
  #recent: readonly number[] = []
  #choice: Choice = 'auto'
  #auto = 0
  #types = ''

  constructor(parts: PlayerParts) {
    this.#parts = parts
    this.#larder = new Larder(parts.way, parts.clock, parts.refused)
    this.#tail = new Tail({ clock: parts.clock, now: parts.now, heard: () => this.#heard(), refused: parts.refused })
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, screen } = this.#parts
    const tail = this.#tail.run(this.#feed(null), signal)
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
    const end = this.#end
    if (this.#isLive && this.#stretch && this.#target === null && end - this.#second < 18 && this.#edgeIsNear(end)) {
      this.#jumpTo(end - this.#pace.margin - 0.05)
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
        this.#jumpTo(second)
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
    this.#choice = choice
    this.#tell()
  }

  get #second(): number {
    return this.#parts.screen.video.currentTime
  }
  get #end(): number {
    return this.#parts.screen.endFrom(this.#second)
  }
  get #position(): number | null {
    const line = this.#stretch?.timeline
    return line && this.#target === null ? wallOf(line, this.#second) : null
  }
  get #renditions(): readonly Rendition[] {
    return renditionsOf([...this.#tail.inits.values()], (type) => this.#parts.canPlay(type))
  }
  get #chosen(): Chosen {
    const sound = [...this.#tail.inits.values()].find(
      (init) => init.description.kind === 'audio' && this.#parts.canPlay(typeOf(init.description)),
    )
    return { video: choose(this.#renditions, this.#choice, this.#auto), audio: sound?.track ?? null }
  }

  #feed(from: number | null): Feed {
    const { program, way, clock, seat } = this.#parts
    return new Feed({ program, way, clock, from, seat })
  }

  #heard(): void {
    const isIdle = !this.#stretch || (this.#isOver && !this.#tail.hasEnded)
    if (this.#tail.isWhole && isIdle && this.#wantsPlay && !this.#over.signal.aborted) this.#begin('newest')
    this.#tell()
  }

  /** Ends what is played and begins elsewhere. */
  #begin(where: number | 'newest'): void {
    this.#over.abort()
    const over = new AbortController()
    this.#over = over
    this.#target = where
    this.#isOver = false
    this.#begun = this.#parts.clock.now()
    this.#isLive = where === 'newest'
    this.#wantsLive = this.#isLive
    this.#ahead = []
    const { screen, clock } = this.#parts
    screen.video.playbackRate = 1
    const stretch = new Stretch(
      {
        larder: this.#larder,
        screen,
        clock,
        chosen: () => this.#chosen,
        isLive: this.#isLive,
        before: () => this.#measure(),
        after: (isAll) => this.#arrived(isAll),
        lost: () => {},
      },
      this.#tail.inits.values(),
    )
    this.#stretch = stretch
    const play = async (): Promise<void> => {
      await this.#open(over.signal)
      const entries = where === 'newest' ? this.#tail.entries(over.signal) : this.#older(where, over.signal)
      await stretch.play(entries, over.signal)
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
    const { video, audio } = this.#chosen
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
    const { screen } = this.#parts
    const line = this.#stretch?.timeline
    if (this.#target === null || !line) return
    const { buffered } = screen.video
    const last = buffered.length - 1
    if (last < 0) return
    if (this.#target === 'newest') {
      if (!isAll && buffered.end(last) - buffered.start(0) < 15) return
      const back = this.#tail.hasEnded ? 1 : this.#pace.margin + 0.05
      this.#target = null
      this.#jumpTo(Math.max(buffered.start(last), buffered.end(last) - back))
    } else {
      const meant = secondOf(line, this.#target) ?? buffered.start(0)
      const second = Math.max(meant, buffered.start(0) + 0.01)
      if (second > buffered.end(last) - 0.3 && !isAll) return
      this.#target = null
      this.#jumpTo(Math.min(second, buffered.end(last) - 0.1))
    }
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

  #jumpTo(second: number): void {
    this.#parts.screen.video.currentTime = second
    this.#moved = { second, at: this.#parts.clock.now() }
    this.#ahead = []
  }

  #edgeIsNear(end: number): boolean {
    const line = this.#stretch?.timeline
    const wall = line ? wallOf(line, end) : null
    const { edge } = this.#tail
    return wall !== null && edge !== null && edge - wall < 2000
  }

  #measure(): void {
    const at = this.#parts.clock.now()
    this.#ahead = [...this.#ahead.filter((each) => at - each.at < LATELY), { at, s: this.#end - this.#second }]
  }

  #tick(): void {
    const { screen, clock } = this.#parts
    const { video } = screen
    if (this.#target !== null || !this.#wantsPlay || video.paused) return
    const now = clock.now()
    this.#measure()
    const second = this.#second
    const moves = second !== this.#moved.second
    if (moves) {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) this.#hasPicture = true
      if (this.#isWaiting) this.#isWaiting = false
      else this.#pace = calm(this.#pace, TICK / 1000)
      this.#moved = { second, at: now }
    } else if (now - this.#moved.at > STUCK && !video.seeking) {
      if (!this.#isWaiting && !this.#hasReachedEnd) this.#stand(now)
      const after = screen.after(second + 0.001)
      // Browsers stop a little before the end of what they have.
      if (after !== null && this.#end - second < LEFT) this.#jumpTo(after + 0.01)
      else if (now - this.#begun > LONG && now - this.#moved.at > LONG && this.#tail.state === 'there' && !this.#hasReachedEnd)
        this.#begin(this.#wantsLive ? 'newest' : (this.#position ?? 'newest'))
    }
    if (this.#isLive && this.#wantsLive && moves && this.#ahead.length > 10) this.#keepPace(video)
  }

  /** The picture stands still, and should not. */
  #stand(now: number): void {
    this.#isWaiting = true
    this.#stalls++
    this.#pace = stalled(this.#pace)
    this.#recent = [...this.#recent.filter((at) => now - at < 30_000), now]
    if (this.#recent.length >= 2 && this.#auto < this.#renditions.length - 1) {
      this.#auto++
      this.#recent = []
    }
    this.#tell()
  }

  #keepPace(video: HTMLVideoElement): void {
    if (this.#tail.hasEnded) {
      video.playbackRate = 1
      return
    }
    const least = Math.min(...this.#ahead.map(({ s }) => s))
    const next = step(this.#pace, least, video.playbackRate)
    if ('jump' in next) this.#jumpTo(this.#second + next.jump)
    else if (next.rate !== video.playbackRate) video.playbackRate = next.rate
  }

  get #hasReachedEnd(): boolean {
    return this.#tail.hasEnded && this.#target === null && this.#end - this.#second < 0.25 && this.#edgeIsNear(this.#end)
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
      hasEnded: this.#hasReachedEnd,
      hasPicture: this.#hasPicture,
      isPlaying: this.#wantsPlay && !video.paused,
      isWaiting: this.#isWaiting || (this.#target !== null && this.#wantsPlay),
      isLive: this.#isLive && (this.#wantsLive || !this.#wantsPlay) && !isOver && behind !== null && behind < AT_LIVE,
      needsTouch: this.#needsTouch,
      behind,
      position: typeof this.#target === 'number' ? this.#target : position,
      edge: isOver ? edge : (boxNow ?? edge),
      from: this.#tail.first,
      renditions: this.#renditions,
      choice: this.#choice,
      shown: this.#stretch?.shown.video ?? null,
      stalls: this.#stalls,
    })
  }
}

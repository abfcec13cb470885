// stretch.ts — plays entries: fetches what they promise, in time, and puts it on the screen in order, pictures and sound each in their lane.
//
// A lane begins with a part that can be decoded by itself, and does so again after one that was not to be had. Which rendition a segment is played in says
// switching.ts.

import type { Larder } from '../../../broadcast/reading/larder.ts'
import type { Clock } from '../../../lib/clock.ts'
import { ms } from '../../../lib/unit.ts'
import type { Description, Entry, TrackInit, TrackPart } from '../../../wire/manifest.ts'
import type { Lane, Screen } from './screen.ts'
import { Switching } from './switching.ts'
import { emptyTimeline, place, type Timeline } from './timeline.ts'

export type Chosen = { readonly video: number | null; readonly audio: number | null }
/** What the browser is told of a track. */
export const typeOf = ({ kind, codecs }: Description): string => `${kind}/mp4; codecs="${codecs}"`

export type StretchOptions = {
  readonly larder: Larder
  readonly screen: Pick<Screen, 'append' | 'endFrom' | 'has'> & { readonly video: { readonly currentTime: number } }
  readonly clock: Clock
  /** What should be shown, now. */
  readonly chosen: () => Chosen
  /** Whether parts that do not exist yet are asked for. */
  readonly isLive: boolean
  /** A part of captions; what is shown of it is no business of the screen's. */
  readonly said?: (part: TrackPart, init: TrackInit) => void
  /** A part is about to be put in. */
  readonly before: () => void
  /** A part is in. `isAll`: so is all that there was. */
  readonly after: (isAll: boolean) => void
  /** A part was not to be had, or of no use. */
  readonly lost: () => void
  /** Is it known that a rendition is there in a segment, or was in the one before it? */
  readonly flows?: (track: number, segment: number) => boolean
}

/** Seconds ahead of the picture after which nothing more is fetched, and parts of a lane that may be under way. */
const [ENOUGH, UNDER_WAY] = [20, 6]
const LOOK = ms(200)

type Placed = TrackPart & { readonly run: number }
type Line = {
  readonly switching: Switching<Placed>
  track: number | null
  isBroken: boolean
  waiting: number
  init: string | null
  chain: Promise<void>
}

export class Stretch {
  readonly #options: StretchOptions
  readonly #inits = new Map<number, TrackInit>()
  readonly #lines: Readonly<Record<Lane, Line>>
  #timeline: Timeline = emptyTimeline
  #isAll = false

  /** @param inits what is known of tracks already */
  constructor(options: StretchOptions, inits: Iterable<TrackInit>) {
    this.#options = options
    this.#lines = { video: newLine(options.flows), audio: newLine(options.flows) }
    for (const init of inits) this.#inits.set(init.track, init)
  }

  get timeline(): Timeline {
    return this.#timeline
  }
  /** All that there was is on the screen, as far as it was to be had. */
  get isAllIn(): boolean {
    return this.#isAll && this.#lines.video.waiting + this.#lines.audio.waiting === 0
  }
  /** The tracks that are shown. */
  get shown(): Chosen {
    return { video: this.#lines.video.track, audio: this.#lines.audio.track }
  }

  /** Until the entries end. Rejects with the signal's reason. */
  async play(entries: AsyncIterable<{ readonly entry: Entry; readonly isNewest: boolean }>, signal: AbortSignal): Promise<void> {
    for await (const { entry, isNewest } of entries) {
      signal.throwIfAborted()
      for (const init of entry.inits) this.#inits.set(init.track, init)
      this.#isAll = isNewest
      for (const part of entry.parts) this.#take(part, entry.run, signal)
      await this.#room(signal)
    }
    await Promise.all([this.#lines.video.chain, this.#lines.audio.chain])
  }

  #take(part: TrackPart, run: number, signal: AbortSignal): void {
    const init = this.#inits.get(part.track)
    const lane = init?.description.kind
    if (init && lane === 'text') this.#options.said?.(part, init)
    if (!init || !lane || lane === 'text' || !this.#options.screen.has(lane)) return
    const line = this.#lines[lane]
    const wanted = this.#options.chosen()[lane]
    for (const next of line.switching.take({ ...part, run }, wanted)) {
      line.track = next.track
      const known = this.#inits.get(next.track)
      if (known) this.#play(lane, known, next, next.track === wanted, signal)
    }
  }

  #play(lane: Lane, init: TrackInit, part: Placed, goesOn: boolean, signal: AbortSignal): void {
    const line = this.#lines[lane]
    if (line.isBroken && !part.independent) return
    line.isBroken = false
    const { description } = init
    const placed = place(this.#timeline, part, part.run, description.timescale)
    this.#timeline = placed.line
    const { larder, isLive } = this.#options
    const bytes = larder.get(part.object, { track: description.name, sequence: part.sequence }, signal).catch(() => null)
    if (isLive && this.#isAll && goesOn) larder.hint(description.name, part.sequence + 1, signal)
    line.waiting++
    line.chain = line.chain
      .then(() => this.#put(lane, line, init, part, bytes, placed.offset, signal))
      .catch(() => this.#break(line, signal))
      .finally(() => {
        line.waiting--
        if (!signal.aborted) this.#options.after(this.isAllIn)
      })
  }

  async #put(
    lane: Lane,
    line: Line,
    init: TrackInit,
    part: TrackPart,
    coming: Promise<Uint8Array<ArrayBuffer> | null>,
    offset: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { screen, larder, before } = this.#options
    const bytes = await coming
    if (signal.aborted) return
    // What needs a part that is missing is of no use.
    if (!bytes || (line.isBroken && !part.independent)) return this.#break(line, signal)
    const type = typeOf(init.description)
    if (line.init !== init.object.name) {
      const header = await larder.get(init.object, null, signal)
      if (!header) return this.#break(line, signal)
      await screen.append(lane, header, offset, type)
      line.init = init.object.name
    }
    signal.throwIfAborted()
    before()
    await screen.append(lane, bytes, offset, type)
    line.isBroken = false
  }

  #break(line: Line, signal: AbortSignal): void {
    line.isBroken = true
    if (!signal.aborted) this.#options.lost()
  }

  /** Waits while there is enough ahead, or too much under way. */
  async #room(signal: AbortSignal): Promise<void> {
    const { screen, clock } = this.#options
    const { video, audio } = this.#lines
    const isFull = (): boolean => {
      const now = screen.video.currentTime
      return screen.endFrom(now) - now > ENOUGH || Math.max(video.waiting, audio.waiting) >= UNDER_WAY * (this.#options.isLive ? 4 : 1)
    }
    while (isFull()) await clock.sleep('enough lies ahead', LOOK, signal)
  }
}

const newLine = (flows: StretchOptions['flows']): Line => ({
  ...{ switching: new Switching(flows), track: null },
  ...{ isBroken: false, waiting: 0, init: null, chain: Promise.resolve() },
})

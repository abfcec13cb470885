// tail.ts — the newest of a program: follows it always, also while something older is watched, and knows where live is.
//
// It holds the checked entries of the last minute, so that going back to live needs nobody; and how this device's clock stands to the broadcaster's,
// learnt from the entries that came quickest.

import type { Feed, FeedFlaw } from '../../../broadcast/reading/feed.ts'
import { type Told, tell, tellFrom } from '../../../broadcast/told.ts'
import type { Clock } from '../../../lib/clock.ts'
import { unreachable } from '../../../lib/fault.ts'
import type { Entry, TrackInit } from '../../../wire/manifest.ts'

/** Entries kept: a minute and more. */
const KEPT = 700
/** Entries among which the newest part of a picture is. */
const LATELY = 40
/** ms that the idea of the broadcaster's clock may fall back by in a second, so that an old lucky guess does not stay for ever. */
const FORGETS = 0.5

export type TailState = 'looking' | 'there' | 'full' | 'nothing' | 'away'
type Held = Told & { readonly entry: Entry }

export class Tail {
  readonly #clock: Clock
  readonly #now: () => number
  readonly #heard: () => void
  readonly #refused: (why: FeedFlaw) => void
  #held: readonly Held[] = []
  #wake = Promise.withResolvers<void>()
  #ahead: { readonly by: number; readonly at: number } | null = null
  state: TailState = 'looking'
  /** The first answer is here, whole. */
  isWhole = false
  readonly inits = new Map<number, TrackInit>()
  /** The newest segment of each track. */
  readonly #newest = new Map<number, number>()

  /** @param now wall clock, ms since 1970  @param heard something is different */
  constructor(parts: { clock: Clock; now: () => number; heard: () => void; refused: (why: FeedFlaw) => void }) {
    this.#clock = parts.clock
    this.#now = parts.now
    this.#heard = parts.heard
    this.#refused = parts.refused
  }

  get last(): Entry | null {
    return this.#held.at(-1)?.entry ?? null
  }
  /** When the oldest that is held was signed, ms since 1970. */
  get first(): number | null {
    return this.#held.find(({ begins }) => begins.length > 0)?.at ?? null
  }
  get hasEnded(): boolean {
    return this.last?.isLast ?? false
  }
  /** The broadcaster's clock, as far as can be told from here: ms since 1970. */
  get boxNow(): number | null {
    return this.#ahead && this.#now() + this.#ahead.by - ((this.#clock.now() - this.#ahead.at) / 1000) * FORGETS
  }
  /** The end of the newest part of a picture, ms since 1970: renditions come one after the other. */
  get edge(): number | null {
    const ends = (kind: 'video' | null): number[] =>
      this.#held.slice(-LATELY).flatMap(({ entry }) =>
        entry.parts.flatMap(({ track, at, duration }) => {
          const description = this.inits.get(track)?.description
          return description && (kind ?? description.kind) === description.kind ? at + (duration / description.timescale) * 1000 : []
        }),
      )
    const pictures = ends('video')
    const all = pictures.length > 0 ? pictures : ends(null)
    return all.length > 0 ? Math.max(...all) : null
  }

  /** Is a track there in this segment, or was in the one before? @param segment left out: the newest */
  flows(track: number, segment = Math.max(0, ...this.#newest.values())): boolean {
    return (this.#newest.get(track) ?? 0) >= segment - 1
  }

  /** Follows until the signal is aborted. */
  async run(feed: Feed, signal: AbortSignal): Promise<void> {
    for await (const news of feed.follow(signal)) {
      switch (news.is) {
        case 'entry':
          this.#take(news.entry)
          break
        case 'refused':
          this.#refused(news.why)
          break
        case 'all there':
          this.isWhole ||= this.#held.length > 0
          this.#turn(this.#held.length > 0 ? 'there' : 'nothing')
          break
        case 'full':
        case 'nothing':
        case 'away':
          this.#turn(news.is)
          break
        default:
          unreachable(news)
      }
    }
  }

  /** What is needed to play at the newest, and all that follows. Ends when it was left behind by more than is kept. */
  async *entries(signal: AbortSignal): AsyncGenerator<{ readonly entry: Entry; readonly isNewest: boolean }> {
    const stop = aborted(signal)
    let next = tellFrom(this.#held, null, null)[0] ?? null
    let before: Held | null = null
    while (!signal.aborted) {
      if (next) {
        yield { entry: next.entry, isNewest: next === this.#held.at(-1) }
        before = next
      }
      const at = before ? this.#held.indexOf(before) : -1
      if (before && at < 0) return
      next = this.#held[at + 1] ?? null
      if (!next) await Promise.race([this.#wake.promise, stop])
    }
  }

  #take(entry: Entry): void {
    const by = entry.at - this.#now()
    const at = this.#clock.now()
    const before = this.#ahead
    if (!before || by > before.by - ((at - before.at) / 1000) * FORGETS) this.#ahead = { by, at }
    for (const init of entry.inits) this.inits.set(init.track, init)
    for (const { track, segment } of entry.parts) this.#newest.set(track, segment)
    this.#held = [...this.#held.slice(-KEPT), { ...tell(entry, ''), entry }]
    this.#turn('there')
    const { resolve } = this.#wake
    this.#wake = Promise.withResolvers<void>()
    resolve()
  }

  #turn(state: TailState): void {
    this.state = state
    this.#heard()
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })

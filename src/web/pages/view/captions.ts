// captions.ts — which caption stands under the picture at a moment: live, or of then. It hears of the parts of captions that are played, and fetches them
// only while somebody wants to see them, near the moment that is shown. Pure but for what it is given to fetch with.
import { type Cue, cuesIn } from '../../../wire/captions.ts'
import type { TrackInit, TrackPart } from '../../../wire/manifest.ts'

/** Captions that there are, in their language; `text`: what stands there now, line by line; empty: nothing. */
export type CaptionNow = { readonly language: string; readonly label: string; readonly text: string }
/** The bytes of a part, checked; null: they are not to be had. May reject. */
export type GetPart = () => Promise<Uint8Array | null>

type Held = {
  readonly part: TrackPart
  readonly language: string
  readonly label: string
  /** Wall clock of its beginning and end, ms since 1970. */
  readonly from: number
  readonly to: number
  readonly get: GetPart
  /** By wall clock; null: not asked for yet. */
  cues: readonly Cue[] | null
}

/** Parts that are remembered: some minutes. */
const KEPT = 600
/** There are captions where a part lies within so many ms of what is shown. */
const NEAR = 20_000
/** Fetched from so long before what is shown to so long after it, ms: a cue may begin before its part. */
const [BEHIND, AHEAD] = [1500, 15_000]
/** Nothing of captions is larger, bytes; and one byte shows nothing. */
const [LARGEST, BLANK] = [64 * 1024, 1]

export class CaptionReel {
  readonly #changed: () => void
  #held: readonly Held[] = []

  /** @param changed something was fetched: ask again what is shown */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** A part is played soon, or was just now. The same part again takes the place of the one before. */
  hear(part: TrackPart, { description }: TrackInit, get: GetPart): void {
    if (description.kind !== 'text' || part.object.size > LARGEST) return
    const { language, label, timescale } = description
    const before = this.#held.find((each) => each.part.object.name === part.object.name && each.from === part.at)
    const cues = before?.cues ?? (part.object.size === BLANK ? [] : null)
    const held = { part, language, label, from: part.at, to: part.at + (part.duration * 1000) / timescale, get, cues }
    this.#held = [...this.#held.filter((each) => each !== before), held].slice(-KEPT)
  }

  /** @param wall wall clock of what is shown, ms since 1970 @param wanted somebody wants to read; null: there are no captions there */
  at(wall: number, wanted: boolean): CaptionNow | null {
    const near = this.#held.filter(({ from, to }) => from < wall + NEAR && to > wall - NEAR)
    const last = near.findLast(({ from }) => from <= wall) ?? near[0]
    if (!last) return null
    const { language, label } = last
    if (!wanted) return { language, label, text: '' }
    for (const each of near) if (!each.cues && each.from < wall + AHEAD && each.to > wall - BEHIND) void this.#fetch(each)
    const cues = near.flatMap((each) => each.cues ?? []).filter(({ from, to }) => from <= wall && wall < to)
    const newest = cues.sort((a, b) => a.from - b.from).at(-1)
    return { language, label, text: newest?.text ?? '' }
  }

  async #fetch(held: Held): Promise<void> {
    held.cues = []
    const bytes = await held.get().catch(() => null)
    const start = (held.part.start * (held.to - held.from)) / held.part.duration
    const wall = (ms: number): number => held.from + ms - start
    held.cues = (bytes ? cuesIn(bytes) : null)?.map(({ from, to, text }) => ({ from: wall(from), to: wall(to), text })) ?? []
    if (held.cues.length > 0) this.#changed()
  }
}

// cut.ts — what the cutter gives, and the line of parts that each track makes of its samples.
import type { Description, TrackPart } from '../../wire/manifest.ts'
import type { Grid } from './grid.ts'
import { chunkBytes, type Sample } from './part.ts'

export type Cut =
  /** What the track is from its next part on. Comes again when the encoder begins anew with another shape. */
  | { readonly is: 'init'; readonly track: number; readonly description: Description; readonly bytes: Uint8Array }
  | ({ readonly is: 'part' } & PartCut)

/** A part as the manifest names it, with its bytes instead of their promise. */
export type PartCut = Omit<TrackPart, 'object'> & { readonly bytes: Uint8Array }

/** Which segment a part belongs to. */
export type Belongs = { readonly number: number; readonly afterBreak: boolean }

export class Line {
  readonly #track: number
  readonly #timescale: number
  readonly #grid: Grid
  readonly #wall: (pts: number) => number
  #sequence: number
  #segment = -1
  #at = 0
  /** Where its last part ended, ticks. */
  end = 0

  /** @param wall ms since 1970 of an encoder's time, ns */
  constructor(parts: { track: number; timescale: number; grid: Grid; wall: (pts: number) => number; sequence: number }) {
    this.#track = parts.track
    this.#timescale = parts.timescale
    this.#grid = parts.grid
    this.#wall = parts.wall
    this.#sequence = parts.sequence
  }

  part(segment: Belongs, start: number, samples: readonly Sample[]): Cut {
    const firstOfSegment = segment.number !== this.#segment
    this.#segment = segment.number
    // The wall clock may have been put back meanwhile; ours goes on.
    this.#at = Math.max(this.#at, Math.round(this.#wall(this.#grid.ptsOf(start, this.#timescale))), 0)
    const duration = samples.reduce((sum, sample) => sum + sample.duration, 0)
    this.end = start + duration
    const sequence = this.#sequence++
    return {
      is: 'part',
      track: this.#track,
      sequence,
      segment: segment.number,
      independent: samples[0]?.isKey ?? false,
      firstOfSegment,
      afterBreak: firstOfSegment && segment.afterBreak,
      start,
      duration,
      at: this.#at,
      bytes: chunkBytes({ sequence: sequence + 1, firstOfSegment, start, at: this.#at, samples }),
    }
  }
}

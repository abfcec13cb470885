// strip.ts — the parts of one track whose samples have times of their own: collected until somebody closes the part.
import type { Cut } from '../cutter/cut.ts'
import { chunkBytes, type Sample } from '../cutter/part.ts'

type Parts = {
  readonly track: number
  readonly timescale: number
  /** The number of the first part. */
  readonly sequence: number
  /** Wall clock of a time of this track, ms since 1970. */
  readonly wall: (ticks: number, timescale: number) => number
}

/** Samples of one part, at most; then it is closed anyhow. */
const MOST = 512

export class Strip {
  readonly #parts: Parts
  #sequence: number
  #segment = -1
  #open: { readonly start: number; readonly segment: number; readonly samples: Sample[] } | null = null
  #end = 0
  #at = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#sequence = parts.sequence
  }

  /** Where the last sample ended, ticks. 0: nothing has been. */
  get end(): number {
    return this.#end
  }
  /** Of the part that is open, ticks. */
  get length(): number {
    return this.#open ? this.#end - this.#open.start : 0
  }

  /** One sample more. What does not follow on the one before, or is of another segment, begins another part. */
  add(start: number, sample: Sample, segment: number): Cut[] {
    const goesOn = this.#open && this.#open.segment === segment && this.#end === start && this.#open.samples.length < MOST
    const cuts = goesOn ? [] : this.close()
    const from = Math.max(start, this.#end)
    this.#open ??= { start: from, segment, samples: [] }
    this.#open.samples.push(sample)
    this.#end = from + sample.duration
    return cuts
  }

  /** The part that is open, as far as it came. */
  close(): Cut[] {
    const open = this.#open
    if (!open) return []
    this.#open = null
    const { track, timescale, wall } = this.#parts
    const { start, segment, samples } = open
    const firstOfSegment = segment !== this.#segment
    this.#segment = segment
    this.#at = Math.max(this.#at, Math.round(wall(start, timescale)), 0)
    const sequence = this.#sequence++
    const bytes = chunkBytes({ sequence: sequence + 1, firstOfSegment, start, at: this.#at, samples })
    const duration = this.#end - start
    const independent = samples[0]?.isKey ?? false
    return [{ is: 'part', track, sequence, segment, independent, firstOfSegment, afterBreak: false, start, duration, at: this.#at, bytes }]
  }
}

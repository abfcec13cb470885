// grid.ts — the program's own time: slots of one frame, parts and segments made of slots, all counted from whole frames. Pure.
//
// Everything is computed from a slot's number and never summed up, so nothing can drift: after hours slot 300,000 is where it belongs. Times of
// the encoder (pts, ns) are only used to find a frame's slot. When the encoder begins anew (a break), another stretch of slots begins
// behind the last one; times never go back.
import { VIDEO_TIMESCALE } from './init.ts'

/** Frames a second, as numerator and denominator. */
export type Rate = readonly [number, number]
/** Where a segment begins. `pts`: of the picture's keyframe there, ns. */
export type Mark = { readonly number: number; readonly slot: number; readonly pts: number; readonly afterBreak: boolean }

const SECOND = 1e9
/** Marks that tracks behind the picture may still ask for. */
const KEPT = 16

export class Grid {
  readonly rate: Rate
  /** Slots in a part, and in a segment; a segment is a whole number of parts. */
  readonly partSlots: number
  readonly segmentSlots: number
  /** The next slot that the picture will fill. */
  next = 0
  marks: readonly Mark[] = []
  #base = 0
  #start = 0

  /** @param part @param segment seconds, meant */
  constructor(rate: Rate, part: number, segment: number) {
    this.rate = rate
    const perSecond = rate[0] / rate[1]
    this.partSlots = Math.max(1, Math.round(part * perSecond))
    this.segmentSlots = this.partSlots * Math.max(1, Math.round((segment * perSecond) / this.partSlots))
  }

  /** A new stretch: slot 0 is the frame of this time, and lies at `start` (ticks of the picture, after all that was before). */
  begin(pts: number, start: number): void {
    this.#base = pts
    this.#start = start
    this.next = 0
    this.marks = []
  }

  mark(mark: Mark): void {
    this.marks = [...this.marks, mark].slice(-KEPT)
  }

  /** The segment that begins with the frame of this time; null: none does. */
  markAt(pts: number): Mark | null {
    const half = (SECOND * this.rate[1]) / this.rate[0] / 2
    return this.marks.find((mark) => Math.abs(mark.pts - pts) < half) ?? null
  }

  slotOf(pts: number): number {
    return Math.round(((pts - this.#base) * this.rate[0]) / (SECOND * this.rate[1]))
  }

  /** A slot's time in the program, in so many ticks a second. */
  ticks(slot: number, timescale = VIDEO_TIMESCALE): number {
    const inPicture = this.#start + Math.round((slot * VIDEO_TIMESCALE * this.rate[1]) / this.rate[0])
    return timescale === VIDEO_TIMESCALE ? inPicture : Math.round((inPicture * timescale) / VIDEO_TIMESCALE)
  }

  /** The time in the program of an encoder's time, ticks. */
  ticksOf(pts: number, timescale: number): number {
    return Math.round((this.#start * timescale) / VIDEO_TIMESCALE + ((pts - this.#base) * timescale) / SECOND)
  }

  /** The encoder's time of a time in the program, ns. */
  ptsOf(ticks: number, timescale: number): number {
    return this.#base + (ticks / timescale - this.#start / VIDEO_TIMESCALE) * SECOND
  }
}

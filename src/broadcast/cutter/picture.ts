// picture.ts — a picture track in the cutter: frames into slots, slots into parts.
//
// A part is given away the moment its last slot is filled; it does not wait for the frame after. A frame that was left out is covered by the one
// before it (if that is still here) or the one after it, so decode times have no holes. What cannot be covered that way is a break.
import type { Description } from '../../wire/manifest.ts'
import type { Belongs, Cut, Line } from './cut.ts'
import type { Grid } from './grid.ts'
import { codecOf, type ParameterSets, type Picture, pictureIn, type Shape, setsInRecord, shapeOf, type VideoForm } from './h264.ts'
import { VIDEO_TIMESCALE, videoInit } from './init.ts'

export type PicturePlan = {
  readonly kind: 'video'
  readonly track: number
  /** In addresses, like `v0`. */
  readonly name: string
  readonly form: VideoForm
  /** The avcC record, when the form is `avc`. */
  readonly record?: Uint8Array
  /** Bits a second, at most: what playlists promise. */
  readonly bandwidth: number
  /** It has only every so many frames of the lead; left out: all. */
  readonly every?: number
}

type Held = { readonly slot: number; slots: number; readonly bytes: Uint8Array; readonly isKey: boolean }
/** A frame may come this many slots late before it counts as a break. */
const LATE = 1

export class PictureTrack {
  readonly plan: PicturePlan
  readonly line: Line
  readonly #grid: Grid
  #sets: ParameterSets | null
  #shape: Shape | null = null
  #told = ''
  #segment: Belongs & { readonly slot: number } = { number: -1, slot: 0, afterBreak: false }
  #partSlot = 0
  #next = 0
  #held: Held[] = []

  constructor(plan: PicturePlan, grid: Grid, line: Line) {
    this.plan = plan
    this.line = line
    this.#grid = grid
    this.#sets = plan.record ? setsInRecord(plan.record) : null
  }

  /** The next slot to be filled. */
  get next(): number {
    return this.#next
  }
  get sinceSegment(): number {
    return this.#next - this.#segment.slot
  }

  picture(bytes: Uint8Array): Picture {
    return pictureIn(bytes, this.plan.form)
  }

  /** Could a program begin with this picture? Then its init segment, unless it has been told already; null when it could not. */
  inits(picture: Picture): Cut[] | null {
    const { sps, pps } = picture
    if (sps && pps) this.#sets = { sps, pps }
    this.#shape = this.#sets ? shapeOf(this.#sets.sps) : null
    if (!picture.isKey || !this.#sets || !this.#shape) return null
    const bytes = videoInit(this.#sets, this.#shape)
    const name = bytes.join()
    if (name === this.#told) return []
    this.#told = name
    return [{ is: 'init', track: this.plan.track, description: this.#describe(this.#shape), bytes }]
  }

  /** Does the picture bring other parameter sets than the init segment has? Then only a break helps. */
  isOther({ sps, pps }: Picture): boolean {
    const differs = (a: Uint8Array | null, b: Uint8Array | undefined) => a !== null && a.join() !== b?.join()
    return differs(sps, this.#sets?.sps) || differs(pps, this.#sets?.pps)
  }

  /** A new stretch of the grid: all that was before is gone. */
  reset(): void {
    this.#held = []
    this.#next = 0
    this.#partSlot = 0
  }

  /** The slot that a frame of this time gets, or null when it fits nowhere. */
  place(pts: number): number | null {
    const slot = this.#grid.slotOf(pts)
    if (slot < this.#next - LATE) return null
    if (slot <= this.#next) return this.#next
    // Every part in between must have a frame of its own: the one it holds, or this one.
    const partEnd = this.#partSlot + this.#grid.partSlots
    if (this.#held.length > 0) return slot < partEnd + this.#grid.partSlots ? slot : null
    return slot < partEnd ? slot : null
  }

  /** Puts a frame into its slot, and gives the parts that are whole now. @param segment of this slot, when one begins with it */
  put(picture: Picture, slot: number, segment: (Belongs & { readonly slot: number }) | null): Cut[] {
    const cuts: Cut[] = []
    const last = this.#held.at(-1)
    if (last && slot > this.#next) {
      last.slots += Math.min(slot, this.#partSlot + this.#grid.partSlots) - this.#next
      this.#next = last.slot + last.slots
      cuts.push(...this.#closeIfFull())
    }
    if (segment) {
      cuts.push(...this.close())
      this.#segment = segment
      this.#partSlot = segment.slot
      this.#next = segment.slot
    }
    // What is still missing before it lies in its own part: it is shown for that time too.
    this.#held.push({ slot: this.#next, slots: slot + 1 - this.#next, bytes: picture.sample, isKey: picture.isKey })
    this.#next = slot + 1
    cuts.push(...this.#closeIfFull())
    return cuts
  }

  /** Is there nothing missing between what is here and this slot, but for what the frame before covers? */
  reaches(slot: number): boolean {
    return slot === this.#next || (this.#held.length > 0 && slot > this.#next && slot <= this.#partSlot + this.#grid.partSlots)
  }

  /** It ends here, before this slot: its last frame stays on until then, if it is the only one that is not over. */
  end(slot: number): Cut[] {
    const last = this.#held.at(-1)
    const rest = Math.min(slot, this.#partSlot + this.#grid.partSlots) - this.#next
    if (last && rest > 0 && rest < (this.plan.every ?? 1)) {
      last.slots += rest
      this.#next += rest
    }
    return this.close()
  }

  /** The part that is open, as far as it came. */
  close(): Cut[] {
    const [first] = this.#held
    if (!first) return []
    const samples = this.#held.map(({ slot, slots, bytes, isKey }) => ({
      bytes,
      isKey,
      duration: this.#grid.ticks(slot + slots) - this.#grid.ticks(slot),
    }))
    this.#held = []
    this.#partSlot = this.#next
    return [this.line.part(this.#segment, this.#grid.ticks(first.slot), samples)]
  }

  #closeIfFull(): Cut[] {
    return this.#next >= this.#partSlot + this.#grid.partSlots ? this.close() : []
  }

  #describe(shape: Shape): Description {
    const { rate, partSlots, segmentSlots } = this.#grid
    const ticks = (slots: number) => Math.ceil((slots * VIDEO_TIMESCALE * rate[1]) / rate[0])
    return {
      kind: 'video',
      name: this.plan.name,
      codecs: codecOf(shape),
      timescale: VIDEO_TIMESCALE,
      partTarget: ticks(partSlots),
      segmentTarget: ticks(segmentSlots),
      bandwidth: this.plan.bandwidth,
      width: shape.width,
      height: shape.height,
      rate: [rate[0], rate[1] * (this.plan.every ?? 1)],
    }
  }
}

// seat.ts — one seat's pictures: RTP in, frames of the tile's size into the stage. Knows when a picture is there and when it stands still.
import { Bug } from '../../lib/fault.ts'
import { type Fit, fitPicture } from '../fit.ts'
import { openPipeline, type Pipeline } from '../gst.ts'
import type { Placement, Rect, Size } from '../layout.ts'
import type { Seat } from '../scene.ts'
import { FINE, NO_PROGRAM, pictureOf, ROUGH, seat as seatLaunch, sized } from './launch.ts'
import { rendered, type Stage } from './stage.ts'

const FROZEN_MS = 2000
const REBUILD_MS = 200
/** A pipeline that is thrown away keeps its files until the collector comes: this often, then the whole child is renewed. */
const REBUILDS = 100
/** What the decoder may still hold of the one who sat here before. */
const FLUSH_MS = 100

/** empty: nobody is to be seen. awaited: somebody, no picture yet. shown: moving. frozen: it was shown, and stands still. */
export type Showing = 'empty' | 'awaited' | 'shown' | 'frozen'
export type SeatNews = 'first' | 'frozen' | 'moving'

/** Where else a picture goes, beside the TV: an appsrc of another pipeline. */
type Borrower = { readonly pipeline: Pipeline; readonly input: string }

export class SeatPicture {
  readonly #seat: Seat
  readonly #stage: Stage
  readonly #onRebuilt: (why: string) => void
  #pipeline: Pipeline
  #showing: Showing = 'empty'
  #frames = 0
  #since = 0
  #size: Size | null = null
  readonly #caps = { '': '', '1': '' }
  #place: Placement | null = null
  #borrower: Borrower | null = null
  #lentPlace: Placement | null = null
  #patience = 10
  #rebuilds = 0

  constructor(seat: Seat, stage: Stage, onRebuilt: (why: string) => void) {
    this.#seat = seat
    this.#stage = stage
    this.#onRebuilt = onRebuilt
    this.#pipeline = this.#build()
  }

  get port(): number {
    return Number(this.#pipeline.get('net', 'port'))
  }
  get showing(): Showing {
    return this.#showing
  }
  /** Of the picture that comes in; null: not known yet. */
  get size(): Size | null {
    return this.#size
  }

  /** Somebody is to be seen from now on (or somebody else): nothing is shown before a new frame has come. */
  fill(now: number): void {
    this.#showing = 'awaited'
    this.#since = now
    this.#frames = -1
  }

  empty(): void {
    this.#showing = 'empty'
  }

  patience(ms: number): void {
    this.#patience = ms
    this.#pipeline.set('jitter', 'latency', String(ms))
  }

  /** Where the tile is. The picture in it follows its own shape; gives the part of the screen it covers. */
  place(at: Placement): Rect {
    this.#place = at
    return this.#fit('', at)
  }

  /** Gives its picture to a program too, from now on; null: not any more. The TV sees no difference. */
  lend(to: Borrower | null): void {
    this.#borrower = to
    if (to) this.#pipeline.bridge('out1', to.pipeline, to.input)
    else this.lentPlace(null)
  }

  /** Where its tile is in the program, in which it is no mirror; gives the part that it covers. Null: it has none. */
  lentPlace(at: Placement | null): Rect | null {
    this.#lentPlace = at
    this.#pipeline.set('fit1', 'method', at ? FINE : ROUGH)
    if (at) return this.#fit('1', at)
    this.#cut('1', { left: 0, right: 0, top: 0, bottom: 0 }, NO_PROGRAM)
    return null
  }

  #fit(way: '' | '1', at: Placement): Rect {
    const { scaled, crop, box } = fitPicture(this.#size ?? { width: 16, height: 9 }, at, at.fit)
    this.#cut(way, crop, sized(scaled.width, scaled.height))
    return { x: at.x + box.x, y: at.y + box.y, width: box.width, height: box.height }
  }

  #cut(way: '' | '1', crop: Fit['crop'], caps: string): void {
    if (caps !== this.#caps[way]) {
      // First nothing is cut, then the new size, then the new cut: so never more is cut off than is there.
      for (const edge of ['left', 'right', 'top', 'bottom']) this.#pipeline.set(`crop${way}`, edge, '0')
      this.#pipeline.set(`scaled${way}`, 'caps', caps)
      this.#caps[way] = caps
    }
    for (const [edge, px] of Object.entries(crop)) this.#pipeline.set(`crop${way}`, edge, String(px))
  }

  /** Looks what came since the last look. `moved`: the picture has another shape, so place it again. */
  look(now: number): { readonly news: SeatNews | null; readonly moved: boolean } {
    if (this.#showing === 'empty') return { news: null, moved: false }
    const frames = rendered(this.#pipeline, 'out')
    if (this.#frames < 0) {
      if (now - this.#since >= FLUSH_MS) this.#frames = frames
      return { news: null, moved: false }
    }
    const moved = this.#measure()
    if (frames === this.#frames) {
      const stands = this.#showing === 'shown' && now - this.#since > FROZEN_MS
      if (stands) this.#showing = 'frozen'
      return { news: stands ? 'frozen' : null, moved }
    }
    this.#frames = frames
    this.#since = now
    const was = this.#showing
    this.#showing = 'shown'
    return { news: was === 'awaited' ? 'first' : was === 'frozen' ? 'moving' : null, moved }
  }

  stop(): void {
    this.#pipeline.stop()
  }

  /** True when the decoded picture has changed its size. */
  #measure(): boolean {
    const caps = this.#pipeline.caps('decoder', 'src')
    const width = Number(/[ ,]width=\(int\)(\d+)/.exec(caps)?.[1] ?? 0)
    const height = Number(/[ ,]height=\(int\)(\d+)/.exec(caps)?.[1] ?? 0)
    if (!width || !height || (this.#size?.width === width && this.#size.height === height)) return false
    this.#size = { width, height }
    return true
  }

  #build(): Pipeline {
    const pipeline = openPipeline(seatLaunch(this.#seat))
    pipeline.bridge('out', this.#stage.pipeline, `in${pictureOf(this.#seat)}`)
    pipeline.onBus((event) => {
      if ((event.type === 'error' || event.type === 'eos') && pipeline === this.#pipeline)
        setTimeout(() => this.#rebuild(event.type === 'error' ? `${event.source}: ${event.message}` : 'it ended'), REBUILD_MS)
    })
    pipeline.play()
    return pipeline
  }

  #rebuild(why: string): void {
    if (++this.#rebuilds > REBUILDS) throw new Bug(`the pipeline of seat ${this.#seat} failed ${REBUILDS} times, last: ${why}`)
    this.#caps[''] = ''
    this.#caps['1'] = ''
    this.#size = null
    this.#pipeline = this.#build()
    this.patience(this.#patience)
    if (this.#place) this.place(this.#place)
    if (this.#borrower) this.lend(this.#borrower)
    if (this.#lentPlace) this.lentPlace(this.#lentPlace)
    if (this.#showing !== 'empty') {
      this.#showing = 'awaited'
      this.#frames = 0
      this.#since = performance.now()
    }
    this.#onRebuilt(why)
  }
}

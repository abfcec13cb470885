// seat.ts — one person's voice on its way into the mix: a short queue between the network's pace and ours.
//
// Decoded samples come in when packets come; the mixer takes 480 every 10 ms of our own clock. The queue is kept as
// short as the network allows: it watches how little was in hand in each second when a packet came, and reads a little
// faster or slower to bring that to its margin (so a sender's clock drift is removed too). A voice that ran dry gets a longer margin, and keeps
// it while the network stays bad. A gap is entered and left by a fade: nobody hears a click, whoever comes or goes.
import { decibels, FRAME, Meter, power } from './frame.ts'
import { Stretch } from './stretch.ts'

/** Samples kept to fade out with when nothing more comes: 2 ms, and the resampler's 16. */
const RESERVE = 112
const FADE = 96
/** What should still be in hand when a packet comes, samples: 7 ms at first, between 4 and 120 ms as the network is. */
const MARGIN = { first: 360, least: 192, most: 5760, more: 480 }
/** Half a second: no network makes us fall further behind. */
const CAPACITY = 32_768
const MOST = 24_000
/** Frames in one watch over the fill, and watches without trouble until the margin shrinks by a sixteenth. */
const WATCH = 100
const CALM = 10
/** The step may differ from 1 by this much: a third of what the ear notices of pitch. */
const MOST_STEP = 1000e-6
/** Seconds over which an error of the fill is mended. */
const MEND = 4
/** Under this nobody hears that 10 ms are left out, dBFS. */
const QUIET = -55

export class SeatQueue {
  /** Times the voice ran dry while it spoke. */
  dry = 0
  readonly #queue = new Stretch(CAPACITY)
  readonly #frame = new Float32Array(FRAME)
  readonly #meter = new Meter()
  #playing = false
  /** How the wave before the next frame would have gone on; `turn` says that the next frame begins with a fade from it. */
  readonly #tail = new Float32Array(FADE)
  #turn = false
  #quiet = true
  #margin = MARGIN.first
  #step = 1
  #lowest = Number.POSITIVE_INFINITY
  #frames = 0
  #calm = 0

  /** Samples lost to the bound. */
  get dropped(): number {
    return this.#queue.dropped
  }

  /**
   * Decoded samples, as many as came.
   * @param phase how much of the time to the mixer's next frame has passed, 0 to 1. Without it what is in hand would seem
   *   to jump by a whole frame whenever a packet slips past a frame of ours.
   */
  write(samples: Float32Array, phase: number): void {
    const inHand = this.#queue.waiting - RESERVE - FRAME * phase
    this.#lowest = Math.min(this.#lowest, inHand)
    this.#queue.write(samples)
    const over = this.#queue.waiting - MOST
    if (over > 0) this.#leap(over + MOST - this.#margin - FRAME * 2)
    if (!this.#playing && inHand >= this.#margin) {
      this.#again()
      if (!this.#turn) this.#end()
      this.#playing = true
    }
  }

  /** Adds the next 480 samples to the mix; nothing when the person is silent or gone. */
  mixInto(mix: Float32Array): void {
    if (!this.#playing && !this.#turn) return
    const frame = this.#frame
    frame.fill(0)
    if (this.#playing) this.#play()
    if (this.#turn) for (let i = 0; i < FADE; i++) frame[i] = ((frame[i] ?? 0) * i + (this.#tail[i] ?? 0) * (FADE - i)) / FADE
    this.#turn = false
    this.#quiet = decibels(power(frame)) < QUIET
    this.#meter.hear(frame)
    for (let i = 0; i < FRAME; i++) mix[i] = (mix[i] ?? 0) + (frame[i] ?? 0)
  }

  /** dBFS since last asked. */
  level(): number {
    return this.#meter.take()
  }

  /** The seat is empty: what it said last fades away in the next frame, and the next person begins afresh. */
  clear(): void {
    this.#end()
    this.#queue.clear()
    this.#playing = false
    this.#margin = MARGIN.first
    this.#step = 1
    this.#again()
  }

  #play(): void {
    this.#watch()
    const enough = this.#queue.waiting >= FRAME * this.#step + RESERVE
    const count = this.#queue.read(this.#frame, FRAME, this.#step)
    if (enough) return
    // It ran dry. If it was silence that ended, the sender just stopped sending; else the network is late.
    if (!this.#quiet) {
      this.dry++
      this.#margin = Math.min(MARGIN.most, this.#margin + MARGIN.more)
    }
    const from = Math.max(0, count - FADE)
    for (let i = from; i < count; i++) this.#frame[i] = (this.#frame[i] ?? 0) * ((count - 1 - i) / (count - from))
    this.#queue.clear()
    this.#playing = false
    this.#again()
  }

  /** Once a second: is more in hand than the network asks for, or less? */
  #watch(): void {
    const over = this.#lowest - this.#margin
    if (++this.#frames < WATCH) {
      if (this.#quiet && this.#frames > WATCH / 2 && over > FRAME && over < MOST) this.#leap(FRAME)
      return
    }
    if (++this.#calm >= CALM) {
      this.#calm = 0
      this.#margin = Math.max(MARGIN.least, this.#margin * (15 / 16))
    }
    if (over < Number.POSITIVE_INFINITY) this.#step = 1 + Math.min(MOST_STEP, Math.max(-MOST_STEP, over / MEND / 48_000))
    this.#lowest = Number.POSITIVE_INFINITY
    this.#frames = 0
  }

  /** Leaves samples out, with a cross-fade over the seam. */
  #leap(samples: number): void {
    this.#end()
    this.#queue.skip(samples - FADE)
    this.#lowest = Number.POSITIVE_INFINITY
  }

  /** What the wave would do next is kept, to be faded out over what really follows. */
  #end(): void {
    this.#tail.fill(0)
    if (this.#playing) this.#queue.read(this.#tail, FADE, this.#step)
    this.#turn = true
  }

  #again(): void {
    this.#lowest = Number.POSITIVE_INFINITY
    this.#frames = 0
    this.#calm = 0
  }
}

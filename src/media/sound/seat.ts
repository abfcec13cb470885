// seat.ts — one person's voice on its way into the mix: a short queue between the network's pace and ours.
//
// Decoded samples come in when packets come; the mixer takes 480 every 10 ms of our own clock. How long may a packet
// be late? With x samples in hand when it comes, at the share `phase` of a frame after the mixer's last turn, the
// mixer can take floor(x / 480) frames more, so there is still
//
//     slack = 480 * (floor(x / 480) + 1 - phase)     samples of time.
//
// The queue is kept as short as it can be with the least slack of each second above a margin: what x has beyond a
// whole number of frames gives no slack and is only delay. It is corrected by reading a little faster or slower (so a
// sender's clock drift is removed too), or at once where nobody hears it. A voice that ran dry gets a longer margin,
// and keeps it while the network stays bad. It begins, ends and is cut with a fade: nobody hears a click.
import { decibels, FRAME, Meter, power } from './frame.ts'
import { Stretch } from './stretch.ts'

/** Samples of a fade: 1 ms. */
const FADE = 48
/** Kept in the queue to fade out with when nothing more comes: a fade, and what the resampler looks ahead. */
const RESERVE = FADE + 16
/** Samples that x should have beyond whole frames, so that it does not fall below by itself. */
const GUARD = 24
/** Slack to have, samples: 3 ms at first and at least, up to 120 ms as the network is. */
const MARGIN = { first: 144, least: 144, most: 5760, more: 240 }
/** Slack beyond the margin before anything is shortened: 1 ms. */
const SURE = 48
const CAPACITY = 32_768
/** Half a second: no network makes us fall further behind. */
const MOST = 24_000
/** Frames in one look at the slack, and looks without trouble until the margin shrinks by an eighth. */
const WATCH = 100
const CALM = 10
/** The step may differ from 1 by this much: a third of what the ear notices of pitch. */
const MOST_STEP = 1000e-6
/** Seconds over which the queue is corrected. */
const MEND = 4
/** Under this nobody hears that a little is left out, dBFS. */
const QUIET = -55
const SILENCE = new Float32Array(FRAME)

export class SeatQueue {
  /** Times the voice ran dry while it spoke. */
  dry = 0
  readonly #queue = new Stretch(CAPACITY)
  readonly #frame = new Float32Array(FRAME)
  readonly #meter = new Meter()
  /** How the wave before the next frame would have gone on; `turn` says that the next frame begins with a fade from it. */
  readonly #tail = new Float32Array(FADE)
  #turn = false
  #playing = false
  #quiet = true
  #margin = MARGIN.first
  #step = 1
  /** Of this second: the least slack, and what x had beyond whole frames then. */
  #least = Number.POSITIVE_INFINITY
  #beyond = 0
  #frames = 0
  #calm = 0
  /** Samples that could be left out. */
  #over = 0

  /** Samples lost to the bound. */
  get dropped(): number {
    return this.#queue.dropped
  }

  /**
   * Decoded samples, as many as came.
   * @param phase how much of the time to the mixer's next frame has passed, 0 to 1
   */
  write(samples: Float32Array, phase: number): void {
    if (this.#playing) {
      this.#see(phase)
      this.#queue.write(samples)
    } else {
      this.#begin(phase)
      this.#queue.write(samples.map((x, i) => (i < FADE ? (x * i) / FADE : x)))
    }
    if (this.#queue.waiting > MOST) this.#leap(this.#queue.waiting - this.#margin - FRAME * 2)
  }

  /** Adds the next 480 samples to the mix; nothing when the person is silent or gone. Gives what it added, lent until the next; null: nothing. */
  mixInto(mix: Float32Array): Float32Array | null {
    if (!this.#playing && !this.#turn) return null
    const frame = this.#frame
    frame.fill(0)
    if (this.#playing) this.#play()
    if (this.#turn) for (let i = 0; i < FADE; i++) frame[i] = ((frame[i] ?? 0) * i + (this.#tail[i] ?? 0) * (FADE - i)) / FADE
    this.#turn = false
    this.#quiet = decibels(power(frame)) < QUIET
    this.#meter.hear(frame)
    for (let i = 0; i < FRAME; i++) mix[i] = (mix[i] ?? 0) + (frame[i] ?? 0)
    return frame
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
  }

  /** The first samples come: silence before them gives the slack. */
  #begin(phase: number): void {
    const more = Math.max(0, Math.ceil((this.#margin - FRAME * (1 - phase)) / FRAME))
    this.#queue.write(SILENCE, RESERVE + GUARD)
    for (let i = 0; i < more; i++) this.#queue.write(SILENCE)
    this.#playing = true
    this.#quiet = true
    this.#least = Number.POSITIVE_INFINITY
    this.#frames = 0
    this.#calm = 0
    this.#over = 0
  }

  #see(phase: number): void {
    const x = this.#queue.waiting - RESERVE
    const whole = Math.floor(x / FRAME) * FRAME
    const slack = whole + FRAME * (1 - phase)
    if (slack >= this.#least) return
    this.#least = slack
    this.#beyond = x - whole
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
  }

  /** Once a second: is there less slack than the network asks for, or more? */
  #watch(): void {
    if (this.#quiet && this.#over > SURE) {
      this.#leap(this.#over)
      this.#over = 0
      this.#step = 1
    }
    if (++this.#frames < WATCH) return
    this.#frames = 0
    if (++this.#calm >= CALM) {
      this.#calm = 0
      this.#margin = Math.max(MARGIN.least, this.#margin * (7 / 8))
    }
    if (this.#least === Number.POSITIVE_INFINITY) return
    const spare = this.#least - this.#margin
    this.#least = Number.POSITIVE_INFINITY
    if (spare < 0) this.#over = this.#beyond - FRAME - SURE
    else if (spare < SURE) this.#over = 0
    else this.#over = this.#beyond - GUARD + Math.floor((spare - SURE) / FRAME) * FRAME
    this.#step = 1 + Math.min(MOST_STEP, Math.max(-MOST_STEP, this.#over / MEND / 48_000))
  }

  /** Leaves samples out, with a cross-fade over the seam. */
  #leap(samples: number): void {
    this.#end()
    this.#queue.skip(samples - FADE)
    this.#least = Number.POSITIVE_INFINITY
  }

  /** What the wave would do next is kept, to be faded out over what really follows. */
  #end(): void {
    this.#tail.fill(0)
    if (this.#playing) this.#queue.read(this.#tail, FADE, this.#step)
    this.#turn = true
  }
}

// pace.ts — what the loudspeaker's queue tells, and what is done about it. Pure.
//
// GStreamer takes frames from our queue and gives them to the device, which has a clock of its own and a buffer that
// we cannot see into. But when that buffer is full the queue begins to fill; so the queue's mean is held at a
// quarter of a frame, which holds the device's buffer full and the delay still. The first turns fill it with silence.
//
// A sink that takes everything at once (a file, a socket) has no clock: its queue is always empty. It is 'free':
// frames go out as they are.
import { DriftLoop } from './drift.ts'
import { FRAME } from './frame.ts'

/** Mean fill to hold: a quarter of a frame, so one waits a quarter of the time. The device's own buffer is the reserve. */
const TARGET = FRAME / 4
/** Fill up to which silence is poured at first. */
const PRIMED = FRAME
/** Looks in one mean: a second. */
const LOOKS = 100
/** Looks in a row that found nothing: the device's buffer has run empty too, and the slow loop would take too long. 2 s. */
const EMPTY = 200
/** Looks in a row that found something: the sink has a clock after all. 1 s. */
const FILLED = 100
/** Silence poured in to fill a device, at most: more than any device's buffer of ours. */
const PRIME = 40
/** If the mean is this much above the target, that is left out where nobody hears it: the delay jumps once and is short again. */
const MUCH = FRAME
/** Looks between two of such jumps, since an echo canceller has to follow each: 20 s. */
const SELDOM = 2000
/** Above this a frame is left out; a stalled sink must not make us late for good. */
const MOST = FRAME * 10
/** Looks in a row above MOST after which the sink is called dead: 2 s. */
const DEAD = 200

export type Pacing = 'priming' | 'paced' | 'free'

export class Pace {
  /** Frames left out because the device did not take them in time, and frames of silence given because it wanted more. */
  dropped = 0
  padded = 0
  /** Times the device ran out of sound after it had been filled. */
  starved = 0
  state: Pacing = 'priming'
  /** Samples to leave out of the frame that is given: what was poured too much to fill the device. */
  trim = 0
  readonly #drift = new DriftLoop(TARGET, LOOKS)
  #poured = 0
  /** Samples that were poured in too much to fill the device. */
  #excess = 0
  #sinceJump = SELDOM
  #empty = 0
  #filled = 0
  #full = 0

  /** How far to read for each sample that is played. */
  get step(): number {
    return this.state === 'paced' ? this.#drift.step : 1
  }

  /** The loudspeaker's clock against the microphone's; 100e-6 when the microphone is 100 millionths faster. */
  get drift(): number {
    return this.#drift.drift
  }

  /** Samples that wait in the queue, on average. */
  get waits(): number {
    return this.#drift.held
  }

  get dead(): boolean {
    return this.#full > DEAD
  }

  /** A frame is about to be given: what is done? @param fill the queue now, samples  @param quiet the frame is next to silence */
  before(fill: number, quiet: boolean): 'give' | 'leave out' | 'give with silence' {
    this.trim = 0
    if (fill > MOST) {
      this.#full++
      this.dropped++
      this.#drift.restart()
      return 'leave out'
    }
    this.#full = 0
    if (this.state !== 'priming') {
      this.#lessen(quiet)
      return 'give'
    }
    if (fill >= PRIMED) {
      this.state = 'paced'
      this.#excess = fill + FRAME / 4
      this.#lessen(quiet)
      return 'give'
    }
    // Silence between words is not heard, silence within one is: then the device has to wait for a pause.
    if (!quiet) return 'give'
    if (++this.#poured > PRIME) {
      this.state = 'free'
      return 'give'
    }
    this.padded++
    return 'give with silence'
  }

  /** Takes away what was poured too much, where nobody hears it. */
  #lessen(quiet: boolean): void {
    if (!quiet || this.#excess === 0) return
    this.trim = Math.min(this.#excess, FRAME)
    this.#excess -= this.trim
    this.#drift.restart()
  }

  /** A look at the queue some time between two frames; once per frame, each time at another moment. */
  look(fill: number): void {
    this.#empty = fill === 0 ? this.#empty + 1 : 0
    this.#filled = fill === 0 ? 0 : this.#filled + 1
    if (this.state === 'paced') {
      this.#drift.see(fill)
      const much = this.#drift.held - TARGET
      if (++this.#sinceJump > SELDOM && much > MUCH) {
        this.#sinceJump = 0
        this.#excess = Math.round(much)
      }
      if (this.#empty < EMPTY) return
      this.starved++
      this.#empty = 0
      this.#poured = 0
      this.#excess = 0
      this.#drift.restart()
      this.state = 'priming'
    } else if (this.state === 'free' && this.#filled >= FILLED) this.state = 'paced'
  }
}

// drift.ts — how much faster one clock runs than another, learnt from how full the queue between them is. Pure.
//
// A proportional-integral loop on the mean fill. The plant is an integrator (fill changes by 48,000 samples a second
// for each unit of mismatch), so Kp = 2w/48000 and Ki = w^2/48000 give a critically damped loop of speed w. It starts
// fast, to find the drift within seconds of opening a device, and then slows down, to hold it without being heard:
// the ear notices pitch from about 3,000 millionths on, and an echo canceller wants the delay to stand still.

const RATE = 48_000
/** Loop speed when it begins and when it has settled, radians per second. */
const FAST = 0.7
const SLOW = 0.08
/** How fast it slows down, seconds. */
const CALM = 4
/** A stall moves the fill at once and says nothing of the clocks: from errors above this nothing is learnt, samples. */
const LEARN = 120
/** Once it is slow it looks this many times as long before it judges. */
const LONGER = 4
/** Crystals of consumer devices stay within this. */
const MOST_DRIFT = 400e-6
/** With the proportional part: a third of what the ear notices. */
const MOST_STEP = 1000e-6

export class DriftLoop {
  readonly #target: number
  readonly #every: number
  #looks = 0
  #sum = 0
  #seconds = 0
  #drift = 0
  #step = 1

  /**
   * @param target fill to hold, samples
   * @param looks  looks over which the fill is averaged at first, each 10 ms after the one before
   */
  constructor(target: number, looks: number) {
    this.#target = target
    this.#every = looks
  }

  /** How far the reader goes for each sample: above 1 when the writer is the faster one. */
  get step(): number {
    return this.#step
  }

  /** The mismatch found so far, without the part that mends the fill: 100e-6 when the writer is 100 millionths faster. */
  get drift(): number {
    return this.#drift
  }

  /** One look at the fill, samples; once every 10 ms. */
  see(fill: number): void {
    this.#sum += fill
    const speed = Math.max(SLOW, FAST / (1 + this.#seconds / CALM))
    if (++this.#looks < (speed > FAST / LONGER ? this.#every : this.#every * LONGER)) return
    const error = this.#sum / this.#looks - this.#target
    const time = this.#looks / 100
    this.#looks = 0
    this.#sum = 0
    this.#seconds += time
    if (Math.abs(error) < LEARN) this.#drift = within(this.#drift + ((speed * speed) / RATE) * error * time, MOST_DRIFT)
    this.#step = 1 + within(this.#drift + ((2 * speed) / RATE) * error, MOST_STEP)
  }

  /** The queue was emptied or filled by force: what is known of the clocks stays, the half-made mean goes. */
  restart(): void {
    this.#looks = 0
    this.#sum = 0
  }
}

const within = (x: number, most: number): number => Math.min(most, Math.max(-most, x))

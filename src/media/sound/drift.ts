// drift.ts — how much faster one clock runs than another, learnt from how full the queue between them is. Pure.
//
// A proportional-integral loop on the mean fill. The plant is an integrator (fill changes by 48,000 samples a second
// for each unit of mismatch), so Kp = 2w/48000 and Ki = w^2/48000 give a critically damped loop of speed w. It starts
// faster, to find the drift soon after a device was opened, and then slows down, to hold it without being heard: the
// ear notices pitch from about 3,000 millionths on, and an echo canceller wants the delay to stand still.

const RATE = 48_000
/** Loop speed when it begins and when it has settled, radians per second. */
const FAST = 0.25
const SLOW = 0.05
/** How fast it slows down, seconds. */
const CALM = 8
/** What the integral may learn from one look at most, samples; a stall moves the fill by much and says nothing of the clocks. */
const LEARN = 40
/** The fill it finds at first is held, if it is within these, and brought to the target by so much a second, samples. */
const FIRST = { least: 60, most: 1000 }
const BLEED = 4
/** Once it is slow it looks this many times as long before it judges. */
const LONGER = 4
/** Crystals of consumer devices stay within this. */
const MOST_DRIFT = 400e-6
/** What the proportional part may add. The fill is known to some 50 samples, and an echo canceller follows 100 millionths. */
const GENTLE = 120e-6
/** After a stall of more than a frame it may add more until that is made good, and nothing is learnt: a third of what the ear notices. */
const FRAME = 480
const FIRM = 1000e-6

export class DriftLoop {
  readonly #target: number
  #held: number | null = null
  readonly #every: number
  #looks = 0
  #sum = 0
  #seconds = 0
  #drift = 0
  #stalled = false
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

  /** The fill that is held now, samples: the target, or on its way there from what was found. */
  get held(): number {
    return this.#held ?? this.#target
  }

  /** One look at the fill, samples; once every 10 ms. */
  see(fill: number): void {
    this.#sum += fill
    const speed = Math.max(SLOW, FAST / (1 + this.#seconds / CALM))
    if (++this.#looks < (speed > FAST / LONGER ? this.#every : this.#every * LONGER)) return
    const mean = this.#sum / this.#looks
    const time = this.#looks / 100
    this.#held ??= Math.min(FIRST.most, Math.max(FIRST.least, mean))
    const bleed = within((this.#target - this.#held) / time, BLEED)
    this.#held += bleed * time
    const error = mean - this.#held
    this.#looks = 0
    this.#sum = 0
    this.#seconds += time
    this.#stalled = Math.abs(error) > (this.#stalled ? LEARN : FRAME)
    if (!this.#stalled) this.#drift = within(this.#drift + ((speed * speed) / RATE) * within(error, LEARN) * time, MOST_DRIFT)
    this.#step = 1 + this.#drift - bleed / RATE + within(((2 * speed) / RATE) * error, this.#stalled ? FIRM : GENTLE)
  }

  /** The queue was emptied or filled by force: what is known of the clocks stays, what was held of the fill goes. */
  restart(): void {
    this.#held = null
    this.#looks = 0
    this.#sum = 0
  }
}

const within = (x: number, most: number): number => Math.min(most, Math.max(-most, x))

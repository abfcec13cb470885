// trend.ts — is a queue growing on the way? A line through the last twenty delays, and a threshold that learns how restless the way is.
//
// The delay gradient as libwebrtc takes it since 2017 (a least-squares slope in place of the draft's Kalman filter), and the adaptive
// threshold of draft-ietf-rmcat-gcc-02 §5.4: it rises when other traffic makes us tremble, so that a TCP beside us does not starve us.
import type { Step } from './group.ts'

export type Use = 'normal' | 'over' | 'under'

const WINDOW = 20
const SMOOTHING = 0.9
const GAIN = 4
const MOST_STEPS = 60
/** Over the threshold for this long, twice at least, before it is believed. */
const PATIENCE = 10 // ms
const UP = 0.0087
const DOWN = 0.039
const FIRST_THRESHOLD = 12.5 // ms
const LEAST_THRESHOLD = 6
const MOST_THRESHOLD = 600
/** A leap this far beyond is not learned from. */
const OUTLIER = 15

export class Trend {
  use: Use = 'normal'
  #times: number[] = []
  #delays: number[] = []
  #steps = 0
  #sum = 0
  #smooth = 0
  #firstAt = Number.NaN
  #slope = 0
  #slopeBefore = 0
  #threshold = FIRST_THRESHOLD
  #learnedAt = Number.NaN
  #overFor = -1
  #overCount = 0

  /** @param cameAt of the last packet of the group, in ms on the other side's clock */
  take(step: Step, cameAt: number): void {
    this.#steps = Math.min(this.#steps + 1, 1000)
    if (Number.isNaN(this.#firstAt)) this.#firstAt = cameAt
    this.#sum += step.came - step.sent
    this.#smooth = SMOOTHING * this.#smooth + (1 - SMOOTHING) * this.#sum
    this.#times.push(cameAt - this.#firstAt)
    this.#delays.push(this.#smooth)
    if (this.#times.length > WINDOW) {
      this.#times.shift()
      this.#delays.shift()
    }
    if (this.#times.length === WINDOW) this.#slope = slopeOf(this.#times, this.#delays) ?? this.#slope
    this.#judge(step.sent, cameAt)
  }

  #judge(sent: number, now: number): void {
    if (this.#steps < 2) return
    const lean = Math.min(this.#steps, MOST_STEPS) * this.#slope * GAIN
    if (lean > this.#threshold) {
      this.#overFor = this.#overFor < 0 ? sent / 2 : this.#overFor + sent
      this.#overCount++
      if (this.#overFor > PATIENCE && this.#overCount > 1 && this.#slope >= this.#slopeBefore) {
        this.#overFor = 0
        this.#overCount = 0
        this.use = 'over'
      }
    } else {
      this.#overFor = -1
      this.#overCount = 0
      this.use = lean < -this.#threshold ? 'under' : 'normal'
    }
    this.#slopeBefore = this.#slope
    this.#learn(Math.abs(lean), now)
  }

  #learn(lean: number, now: number): void {
    const passed = Number.isNaN(this.#learnedAt) ? 0 : Math.min(100, now - this.#learnedAt)
    this.#learnedAt = now
    if (lean > this.#threshold + OUTLIER) return
    const speed = lean < this.#threshold ? DOWN : UP
    const learned = this.#threshold + speed * (lean - this.#threshold) * passed
    this.#threshold = Math.max(LEAST_THRESHOLD, Math.min(MOST_THRESHOLD, learned))
  }
}

/** Least squares; null when all times are one. */
export function slopeOf(x: readonly number[], y: readonly number[]): number | null {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length
  let over = 0
  let under = 0
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] ?? 0) - meanX
    over += dx * ((y[i] ?? 0) - meanY)
    under += dx * dx
  }
  return under === 0 ? null : over / under
}

// acked.ts — how much really arrives, in bits per second, from what the other side has acknowledged.
//
// Samples of 150 ms (the first of 500 ms) weighed by how far they lie from what was believed: one odd sample moves little, a steady
// change moves fast. libwebrtc's Bayesian estimator.

const FIRST_WINDOW = 500 // ms
const WINDOW = 150
const DOUBT = 10
/** Variance that every sample adds, and a change that was announced. */
const DRIFT = 5
const SHAKEN = 200

export class AckedRate {
  /** Bits per second; null before there was half a second of traffic. */
  rate: number | null = null
  /** The most that came in one sample of the last moments, bits per second: while a queue stands, what the way lets through to us. */
  peak = 0
  /** What came in the latest sample, bits per second. */
  latest = 0
  #variance = 50
  #at = Number.NaN
  #window = 0
  #bytes = 0

  /** In the order of arrival. @param cameAt ms */
  take(cameAt: number, bytes: number): void {
    const sample = this.#sample(cameAt, bytes)
    if (sample === null) return
    this.peak = Math.max(sample, this.latest)
    this.latest = sample
    if (this.rate === null) {
      this.rate = sample
      return
    }
    const doubt = (DOUBT * Math.abs(this.rate - sample)) / Math.max(1, this.rate)
    const ofSample = Math.max(1e-6, doubt * doubt)
    const ofBelief = this.#variance + DRIFT
    this.rate = (ofSample * this.rate + ofBelief * sample) / (ofSample + ofBelief)
    this.#variance = (ofSample * ofBelief) / (ofSample + ofBelief)
  }

  /** We were quiet and begin to send in earnest: the next samples count more. */
  shake(): void {
    this.#variance += SHAKEN
  }

  #sample(now: number, bytes: number): number | null {
    const window = this.rate === null ? FIRST_WINDOW : WINDOW
    const passed = now - this.#at
    if (Number.isNaN(passed) || passed < -window) {
      this.#at = now
      this.#window = 0
      this.#bytes = bytes
      return null
    }
    this.#window += Math.max(0, passed)
    if (passed > window) {
      this.#bytes = 0 // a pause: what came before it says nothing of now
      this.#window %= window
    }
    this.#at = Math.max(now, this.#at)
    let sample: number | null = null
    if (this.#window >= window) {
      sample = (this.#bytes * 8000) / window
      this.#window -= window
      this.#bytes = 0
    }
    this.#bytes += bytes
    return sample
  }
}

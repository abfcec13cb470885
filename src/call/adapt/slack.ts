// slack.ts — do we send much less than we might? Then what arrives says nothing of what could, and one must probe to know.
//
// "Application limited region" of the field: a bucket filled with 65 % of the target and emptied by what is sent.

const SHARE = 0.65
const WINDOW = 500 // ms
const BEGINS = 0.8
const ENDS = 0.5

export class Slack {
  isSlack = false
  #left = 0
  #at = Number.NaN

  /** @param bytes that left now; 0 only to let time pass  @param target bits per second */
  sent(bytes: number, target: number, now: number): void {
    const full = (target * SHARE * WINDOW) / 8000
    const passed = Number.isNaN(this.#at) ? 0 : Math.max(0, now - this.#at)
    this.#at = now
    const left = this.#left + (target * SHARE * passed) / 8000 - bytes
    this.#left = Math.min(full, Math.max(-full, left))
    if (!this.isSlack && this.#left > BEGINS * full) this.isSlack = true
    else if (this.isSlack && this.#left < ENDS * full) this.isSlack = false
  }
}

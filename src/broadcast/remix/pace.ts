// pace.ts — no faster than so many bits a second, by the rate of the moment: a call may begin while something is fetched, and goes first.
import type { Clock } from '../../lib/clock.ts'
import { type Ms, ms } from '../../lib/unit.ts'

/** Longer than this nobody sleeps without looking at the rate again. */
const LOOK = 500

export class Pace {
  readonly #clock: Clock
  readonly #rate: () => number
  #readyAt: number

  /** @param rate bits a second, asked again and again; more than 0 */
  constructor(clock: Clock, rate: () => number) {
    this.#clock = clock
    this.#rate = rate
    this.#readyAt = clock.now()
  }

  /** Waits until so many bytes may go. What the signal was aborted with is thrown. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    let bits = bytes * 8
    this.#readyAt = Math.max(this.#readyAt, this.#clock.now())
    while (this.#readyAt > this.#clock.now()) {
      const pause = ms(Math.min(LOOK, this.#readyAt - this.#clock.now()))
      await this.#clock.sleep('fetching leaves room for the call', pause, signal)
    }
    // Paid in pieces of what half a second carries, so that a rate that changes is felt at once.
    for (;;) {
      const piece = Math.min(bits, (this.#rate() * LOOK) / 1000)
      this.#readyAt += (piece * 1000) / this.#rate()
      bits -= piece
      if (bits <= 0) return
      await this.#clock.sleep('fetching leaves room for the call', ms(Math.max(0, this.#readyAt - this.#clock.now())) as Ms, signal)
      this.#readyAt = Math.max(this.#readyAt, this.#clock.now())
    }
  }
}

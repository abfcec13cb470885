// counts.ts — what a call refused, by reason: for status, for tests, and for one log line a minute.
import type { Clock } from '../lib/clock.ts'
import { Tally } from '../lib/tally.ts'
import { seconds } from '../lib/unit.ts'

const EVERY = seconds(60)

export class Counts {
  readonly #by = new Map<string, number>()
  readonly #tally = new Tally()

  /** The reasons are words of our own code, so there are few of them, whatever strangers send. */
  add(why: string): void {
    this.#by.set(why, (this.#by.get(why) ?? 0) + 1)
    this.#tally.add(why)
  }

  read(): Record<string, number> {
    return Object.fromEntries(this.#by)
  }

  report(say: (count: number, last: string) => void, clock: Clock, signal: AbortSignal): Promise<void> {
    return this.#tally.report(EVERY, say, clock, signal)
  }
}

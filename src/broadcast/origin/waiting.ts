// waiting.ts — the requests that wait for the next update. Hundreds wait at once, five times a second anew: one clock counts for all of them.
import type { Clock } from '../../lib/clock.ts'
import { type Ms, ms } from '../../lib/unit.ts'

export type Waited = 'came' | 'late' | 'crowded'
type Waiter = { readonly isSo: () => boolean; readonly late: number; readonly end: (how: Waited) => void }
/** How exactly the longest time to wait is kept. */
const LOOK = ms(500)

export class Waiting {
  readonly #clock: Clock
  readonly #most: number
  readonly #waiters = new Set<Waiter>()
  #counting: AbortController | null = null

  /** @param most how many may wait at once */
  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Something has come: whoever waited for it waits no more. */
  look(): void {
    for (const waiter of [...this.#waiters]) if (waiter.isSo()) waiter.end('came')
  }

  /** Waits for updates until it is so; 'late' also when the one who asked has gone. */
  until(isSo: () => boolean, time: Ms, signal: AbortSignal): Promise<Waited> {
    if (isSo()) return Promise.resolve('came')
    if (signal.aborted) return Promise.resolve('late')
    if (this.#waiters.size >= this.#most) return Promise.resolve('crowded')
    return new Promise((done) => {
      const goes = (): void => waiter.end('late')
      const waiter: Waiter = {
        isSo,
        late: this.#clock.now() + time,
        end: (how) => {
          this.#waiters.delete(waiter)
          if (this.#waiters.size === 0) this.#counting?.abort('nobody waits')
          signal.removeEventListener('abort', goes)
          done(how)
        },
      }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', goes)
      if (!this.#counting || this.#counting.signal.aborted) void this.#count()
    })
  }

  /** While anybody waits: ends what has waited too long. */
  async #count(): Promise<void> {
    this.#counting = new AbortController()
    const { signal } = this.#counting
    while (!signal.aborted) {
      await this.#clock.sleep('requests that wait for the next part', LOOK, signal).catch(() => {})
      const now = this.#clock.now()
      if (!signal.aborted) for (const waiter of [...this.#waiters]) if (now >= waiter.late) waiter.end('late')
    }
  }
}

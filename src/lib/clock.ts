// clock.ts — time as the house sees it: monotonic, named, abortable. Runs in Node and in a page.
import type { Ms } from './unit.ts'

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, so it is right on a Pi whose date is still 1970. */
  now(): Ms
  /** Rejects with the signal's reason when aborted. The name is for logs and test failures. */
  sleep(name: string, time: Ms, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now() as Ms,
  sleep: (_name, time, signal) =>
    new Promise((wake, reject) => {
      signal.throwIfAborted()
      const stop = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        wake()
      }, time)
      signal.addEventListener('abort', stop, { once: true })
    }),
}

/** Time that moves only when a test says so. Wakes sleepers in the order of their due time. */
export class FakeClock implements Clock {
  #now = 0
  #sleepers: Array<{ name: string; at: number; wake: () => void }> = []

  now(): Ms {
    return this.#now as Ms
  }

  /** The names of all who sleep now, soonest first: for the messages of failed tests. */
  get sleeping(): readonly string[] {
    return [...this.#sleepers].sort((a, b) => a.at - b.at).map((s) => s.name)
  }

  sleep(name: string, time: Ms, signal: AbortSignal): Promise<void> {
    return new Promise((wake, reject) => {
      signal.throwIfAborted()
      const sleeper = { name, at: this.#now + time, wake }
      this.#sleepers.push(sleeper)
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper)
        reject(signal.reason)
      })
    })
  }

  /** Moves time forward, stopping at each due sleeper so that what it does then is seen by those due later. */
  async advance(time: Ms): Promise<void> {
    const end = this.#now + time
    await settled()
    for (;;) {
      const next = this.#sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#now = Math.max(this.#now, next.at)
      this.#sleepers = this.#sleepers.filter((s) => s !== next)
      next.wake()
      await settled()
    }
    this.#now = end
    await settled()
  }
}

/** Waits until all promises that can settle now have settled. */
const settled = () => new Promise<void>((done) => (typeof setImmediate === 'function' ? setImmediate(done) : setTimeout(done, 0)))

// metrics-process.ts — the numbers that this process knows of itself: time, memory, how late its event loop runs.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Numbers } from './metrics.ts'

/** Milliseconds between two looks at the event loop; what it measures is how much later than that it got its turn. */
const EVERY = 20

export class ProcessNumbers {
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: EVERY })
  }

  open(): this {
    this.#delay.enable()
    return this
  }

  /** Reads them; the lag is counted anew from here on. */
  read(): Pick<Numbers, 'uptime' | 'memory' | 'timers' | 'lag'> {
    const { rss, heapUsed } = process.memoryUsage()
    const late = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - EVERY) : 0)
    const nothing = this.#delay.count === 0
    const lag = {
      median: nothing ? 0 : late(this.#delay.percentile(50)),
      p99: nothing ? 0 : late(this.#delay.percentile(99)),
      longest: nothing ? 0 : late(this.#delay.max),
    }
    this.#delay.reset()
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    return { uptime: process.uptime(), memory: { rss, heap: heapUsed }, timers, lag }
  }

  close(): void {
    this.#delay.disable()
  }
}

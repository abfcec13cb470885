// rarely.ts — a broker that may be away for days: it is tried for a while and then let be for a minute, again and again. For who only listens.
import type { Broker, BrokerEvents, OpenBroker, Will } from '../call/signalling.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'

/** How long it is tried, and how long it is let be then. */
export const TRIED = seconds(10)
export const LET_BE = seconds(60)

export const rarely =
  (open: OpenBroker, clock: Clock, log: Log): OpenBroker =>
  (will) => {
    const broker = new RareBroker(open, will, clock, log)
    broker.open()
    return broker
  }

class RareBroker extends Emitter<BrokerEvents> implements Broker {
  readonly #open: OpenBroker
  readonly #will: Will
  readonly #clock: Clock
  readonly #log: Log
  readonly #end = new AbortController()
  #inner: Broker | null = null
  #isUp = false
  #running: Promise<void> = Promise.resolve()

  constructor(open: OpenBroker, will: Will, clock: Clock, log: Log) {
    super((error) => log.error('a listener of a broker failed', error))
    this.#open = open
    this.#will = will
    this.#clock = clock
    this.#log = log
  }

  open(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#end.signal.aborted) this.#log.error('a broker is not tried any more', error)
    })
  }

  publish(topic: string, payload: Uint8Array, options: { readonly retain: boolean }): void {
    this.#inner?.publish(topic, payload, options)
  }

  subscribe(topic: string): void {
    this.#inner?.subscribe(topic)
  }

  async close(): Promise<void> {
    this.#end.abort()
    await this.#running
    await this.#inner?.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    for (;;) {
      const inner = this.#open(this.#will)
      this.#inner = inner
      inner.on('message', (topic, payload) => this.emit('message', topic, payload))
      inner.on('up', () => {
        this.#isUp = true
        this.emit('up')
      })
      inner.on('down', () => {
        this.#isUp = false
        this.emit('down')
      })
      // It goes on for as long as it is there now and then.
      do await this.#clock.sleep('whether a broker is there', TRIED, signal)
      while (this.#isUp)
      this.#inner = null
      await inner.close()
      await this.#clock.sleep('before a broker is tried again', LET_BE, signal)
    }
  }
}

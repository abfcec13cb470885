// spare.ts — one transport that is ready before anybody is here: its sockets are open, and it knows how they look from outside.
//
// Whoever dials or is dialled would wait for that first: half a round trip to a server, before the other end can be told where we are. The one that
// is taken is replaced a moment later, so that the next who comes finds one too. A spare one is let go after a while, as passwords for
// relays run out, and when our network is another one.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import type { Transport } from './transport.ts'

/** A link that is being set up should not have to share the machine with making the next spare one. */
const PAUSE = seconds(5)

/** How long a spare one is kept, and whether there is another one after it. */
export type SpareRule = { readonly life: Ms; readonly again: boolean }

type Parts<T extends Transport> = {
  readonly open: () => T
  readonly rule: SpareRule | null
  readonly clock: Clock
  readonly log: Log
}

export class Spare<T extends Transport> {
  readonly #parts: Parts<T>
  readonly #closing = new Set<Promise<void>>()
  #spare: T | null = null
  #turn = new AbortController()
  #isClosed = false

  /** @param parts.rule null: none is kept, each is made when it is needed */
  constructor(parts: Parts<T>) {
    this.#parts = parts
  }

  start(): void {
    if (this.#parts.rule) this.#keep(ms(0))
  }

  /** The spare one if there is one, else a new one. It belongs to who took it. */
  take(): T {
    const { open, rule } = this.#parts
    const spare = this.#spare
    this.#spare = null
    if (rule?.again && !this.#isClosed) this.#keep(PAUSE)
    return spare ?? open()
  }

  /** Our network is another one now. */
  moved(): void {
    if (this.#spare && !this.#isClosed) this.#keep(ms(0))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#turn.abort()
    this.#drop()
    await Promise.all(this.#closing)
  }

  #keep(pause: Ms): void {
    const { log } = this.#parts
    this.#turn.abort()
    const turn = new AbortController()
    this.#turn = turn
    this.#drop()
    this.#kept(pause, turn.signal).catch((error) => {
      if (!turn.signal.aborted) log.error('no spare transport could be kept', error)
    })
  }

  async #kept(pause: Ms, signal: AbortSignal): Promise<void> {
    const { open, rule, clock } = this.#parts
    if (pause > 0) await clock.sleep('pause before another spare transport', pause, signal)
    for (;;) {
      const spare = open()
      this.#spare = spare
      spare.prepare?.()
      if (!rule) return
      await clock.sleep('life of a spare transport', rule.life, signal)
      this.#drop()
      if (!rule.again) return
    }
  }

  #drop(): void {
    const spare = this.#spare
    this.#spare = null
    if (!spare) return
    const closing: Promise<void> = spare
      .close()
      .catch((error) => this.#parts.log.error('a spare transport did not close', error))
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

// push.ts — the program sent on to another server, as the daemon sees it: one line to one address, with what is known of it.
//
// The line is held by a worker (push/child.ts) that lives while the broadcast does. It may hang, fall or wait for a server that is not there: nothing of
// the call or the broadcast waits for it, and what it cannot take is left out.
import type { PushWhy } from '../core/amiss.ts'
import type { PushAddress } from '../core/push-address.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import type { PushInit, PushNews, PushOrder, PushPart, PushTrack } from './push/order.ts'
import { type Fork, Worker } from './worker.ts'

/** closed: no broadcast is on, or it was taken away. `why` is said while waiting. */
export type PushState = { readonly is: 'closed' | 'connecting' | 'sending' | 'waiting'; readonly why: PushWhy | null }

export const PUSH_MODULE = new URL('./push/child.ts', import.meta.url)
/** For the last frames and a goodbye. */
const GOODBYE = seconds(2)

export class Push extends Emitter<{ changed: [] }> {
  readonly #address: PushAddress
  readonly #clock: Clock
  readonly #log: Log
  readonly #worker: Worker<PushOrder, PushNews>
  readonly #inits = new Map<PushTrack, PushInit>()
  readonly #ended = new AbortController()
  #state: PushState = { is: 'connecting', why: null }
  #isOpen = false

  constructor(parts: { address: PushAddress; fork: Fork; clock: Clock; log: Log }) {
    const { address, fork, clock } = parts
    const log = parts.log.part('push')
    super((error) => log.error('a listener of a push failed', error))
    this.#address = address
    this.#clock = clock
    this.#log = log
    this.#worker = new Worker<PushOrder, PushNews>({
      name: 'push',
      module: PUSH_MODULE,
      ...{ fork, clock, log: parts.log },
      first: () => [
        { do: 'open', by: address.by, location: address.location },
        ...[...this.#inits.values()].map((init) => ({ do: 'init' as const, init })),
      ],
    })
    this.#worker.on('news', (news) => this.#hear(news))
    this.#worker.on('fault', () => this.#is({ is: 'waiting', why: 'broke off' }))
  }

  get state(): PushState {
    return this.#state
  }

  /** Begins, or goes on, for as long as it takes, until close(). */
  open(inits: readonly PushInit[]): void {
    this.#isOpen = true
    for (const init of inits) this.#inits.set(init.track, init)
    this.#worker.start()
  }

  /** From here on the track's parts follow on this. */
  init(init: PushInit): void {
    this.#inits.set(init.track, init)
    if (this.#isOpen) this.#worker.send({ do: 'init', init })
  }

  part(part: PushPart): void {
    if (this.#isOpen) this.#worker.send({ do: 'part', part })
  }

  /** Sends what is on its way, tells the other end that it was all, and is gone within 3 s. For good. */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#worker.send({ do: 'end' })
    await this.#clock.sleep('goodbye of a push', GOODBYE, this.#ended.signal).catch(() => {})
    await this.#worker.stop()
    this.#is({ is: 'closed', why: null })
  }

  #hear(news: PushNews): void {
    const { shown } = this.#address
    switch (news.say) {
      case 'connecting':
        // While it is tried again, why it failed stays said.
        if (this.#state.why === null) this.#is({ is: 'connecting', why: null })
        break
      case 'sending':
        this.#log.info('the broadcast goes on to another server', { to: shown })
        this.#is({ is: 'sending', why: null })
        break
      case 'waiting':
        if (this.#state.why !== news.why)
          this.#log.warn('the broadcast does not reach another server', { to: shown, why: news.why, said: news.said })
        this.#is({ is: 'waiting', why: news.why })
        break
      case 'left out':
        this.#log.debug('the line to another server is slow', { to: shown, partsLeftOut: news.parts })
        break
      case 'ended':
        this.#ended.abort()
        break
      default:
        unreachable(news)
    }
  }

  #is(state: PushState): void {
    if (state.is === this.#state.is && state.why === this.#state.why) return
    this.#state = state
    this.emit('changed')
  }
}

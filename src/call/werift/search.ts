// search.ts — when which way is tried: the timing of connectivity checks (RFC 8445 §6.1.4). What a check is, werift's agent knows.
//
// The first check starts at once. Until there is a way all are tried over and over; after that those that would be better, for a while.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import { type Agent, PAIR, type Pair } from './inner.ts'
import { rank } from './pair.ts'

/** RFC 8445 §14.2: the pause between one check and the next, as short as may be. A box with two networks has a dozen pairs to try. */
const PACE = ms(5)
/** When there is nothing to try, or all have failed, we look again after so long; how long in all is the link's decision. */
const AGAIN = ms(300)
/** Once there is a way, all that could be better are tried so often. */
const BETTER_ROUNDS = 48

export class Search {
  readonly #agent: Agent
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  /** Rounds that are left to look for a better way, and whether anybody looks. */
  #rounds = 0
  #isLooking = false
  #isClosed = false
  /** Ends the rest between two looks at nothing new. */
  #rest: AbortController | null = null

  constructor({ agent, clock, onError }: { agent: Agent; clock: Clock; onError: (error: unknown) => void }) {
    this.#agent = agent
    this.#clock = clock
    this.#onError = onError
  }

  /** There is something new to try: looks for a way, or for a better one. @param signal ends with the peer's credentials */
  lookOn(signal: AbortSignal): void {
    this.#rounds = BETTER_ROUNDS
    this.#rest?.abort()
    if (this.#isLooking || this.#isClosed || !this.#agent.remotePassword) return
    this.#isLooking = true
    this.#check(signal).catch((error) => {
      if (!signal.aborted) this.#onError(error)
    })
  }

  /** Starts the most promising check that waits; false when none does. */
  checkOne(): boolean {
    if (this.#isClosed || !this.#agent.remotePassword) return false
    const pairs = this.#wouldHelp
    const pair = pairs.find(({ state }) => state === PAIR.waiting) ?? pairs.find(({ state }) => state === PAIR.frozen)
    if (pair) pair.handle = this.#agent.checkStart(pair)
    return pair !== undefined
  }

  /** Its signal was aborted, and the next lookOn() begins anew. */
  restart(): void {
    this.#isLooking = false
  }

  close(): void {
    this.#isClosed = true
  }

  async #check(signal: AbortSignal): Promise<void> {
    try {
      while (!this.#agent.nominated || (this.#rounds > 0 && this.#wouldHelp.length > 0)) {
        const isIdle = !this.checkOne() && !this.#wouldHelp.some(({ state }) => state === PAIR.inProgress)
        await this.#pause(isIdle, signal)
        if (!isIdle) continue
        if (this.#agent.nominated) this.#rounds--
        for (const pair of this.#wouldHelp) if (pair.state === PAIR.failed) pair.updateState(PAIR.waiting)
      }
    } finally {
      // At once: a word that something new is there must not come to a search that is just over.
      if (!signal.aborted) this.#isLooking = false
    }
  }

  /** Until the next check; when there was none to start, until something new comes, or it is time to try all again. */
  async #pause(isIdle: boolean, signal: AbortSignal): Promise<void> {
    const rest = isIdle ? new AbortController() : null
    this.#rest = rest
    try {
      await this.#clock.sleep('between connectivity checks', rest ? AGAIN : PACE, rest ? AbortSignal.any([signal, rest.signal]) : signal)
    } catch {
      signal.throwIfAborted() // else we were woken, and that is no trouble
    } finally {
      if (this.#rest === rest) this.#rest = null
    }
  }

  /** The ways that would be better than the one that was agreed on; without one, all. */
  get #wouldHelp(): readonly Pair[] {
    const { nominated, checkList } = this.#agent
    return nominated ? checkList.filter((pair) => rank(pair) > rank(nominated)) : checkList
  }
}

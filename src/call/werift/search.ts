// search.ts — when which way is tried: the timing of connectivity checks (RFC 8445 §6.1.4). What a check is, werift's agent knows.
//
// The first check starts at once. Until there is a way all are tried over and over; after that those that would be better, for a while.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import { type Agent, PAIR, type Pair } from './inner.ts'
import { rank } from './pair.ts'

/** RFC 8445 §14: the pause between one check and the next. */
const PACE = ms(20)
/** When all have failed they are tried again; how long in all is the link's decision. */
const AGAIN = ms(300)
/** Once there is a way, all that could be better are tried so often. */
const BETTER_ROUNDS = 12

export class Search {
  readonly #agent: Agent
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  /** Rounds that are left to look for a better way, and whether anybody looks. */
  #rounds = 0
  #isLooking = false
  #isClosed = false

  constructor({ agent, clock, onError }: { agent: Agent; clock: Clock; onError: (error: unknown) => void }) {
    this.#agent = agent
    this.#clock = clock
    this.#onError = onError
  }

  /** There is something new to try: looks for a way, or for a better one. @param signal ends with the peer's credentials */
  lookOn(signal: AbortSignal): void {
    this.#rounds = BETTER_ROUNDS
    if (this.#isLooking || this.#isClosed || !this.#agent.remotePassword) return
    this.#isLooking = true
    this.#check(signal)
      .catch((error) => {
        if (!signal.aborted) this.#onError(error)
      })
      .finally(() => {
        if (!signal.aborted) this.#isLooking = false
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
    while (!this.#agent.nominated || (this.#rounds > 0 && this.#wouldHelp.length > 0)) {
      const isIdle = !this.checkOne() && !this.#wouldHelp.some(({ state }) => state === PAIR.inProgress)
      await this.#clock.sleep('between connectivity checks', isIdle ? AGAIN : PACE, signal)
      if (!isIdle) continue
      if (this.#agent.nominated) this.#rounds--
      for (const pair of this.#wouldHelp) if (pair.state === PAIR.failed) pair.updateState(PAIR.waiting)
    }
  }

  /** The ways that would be better than the one that was agreed on; without one, all. */
  get #wouldHelp(): readonly Pair[] {
    const { nominated, checkList } = this.#agent
    return nominated ? checkList.filter((pair) => rank(pair) > rank(nominated)) : checkList
  }
}

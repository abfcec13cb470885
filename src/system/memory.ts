// memory.ts — gives memory back that is not needed any more.
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'

/** What is closing takes its time; and who comes and goes in a row is not disturbed in between. */
const QUIET = seconds(2)

/** Collects when it has been quiet for a while: every guest leaves something behind. A collection takes tens of milliseconds, when nothing flows. */
export class Tidy {
  readonly #clock: Clock
  readonly #giveBack: () => void
  #turn = 0

  constructor(clock: Clock, giveBack: () => void) {
    this.#clock = clock
    this.#giveBack = giveBack
  }

  /** Something has ended. @param isQuiet asked before the collection */
  async soon(isQuiet: () => boolean): Promise<void> {
    const turn = ++this.#turn
    await this.#clock.sleep('until it is quiet', QUIET, NEVER)
    if (turn === this.#turn && isQuiet()) this.#giveBack()
  }
}

const NEVER = new AbortController().signal

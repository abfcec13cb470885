// memory.ts — gives memory back that is not needed any more.
import type { Clock } from '../lib/clock.ts'
import { collect } from '../lib/collect.ts'
import { seconds } from '../lib/unit.ts'

/**
 * One full collection: reading the sources leaves some 6 MB behind that a box at rest would carry for hours, and so does every
 * guest in a smaller way. It takes some tens of milliseconds, so it is for moments when nothing flows.
 */
export const giveBack = collect

/** What is closing takes its time; and who comes and goes in a row is not disturbed in between. */
const QUIET = seconds(2)

/** Collects when it has been quiet for a while. */
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

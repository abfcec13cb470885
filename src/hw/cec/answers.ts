// answers.ts — what we answer to whoever asks on the CEC line, and how often: two devices that answer each other's answers would never end.
import type { Clock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import type { Bytes } from './codec.ts'
import type { Line } from './line.ts'
import * as word from './message.ts'

const BUDGET = { answers: 20, within: seconds(10) } as const

export class Answers {
  readonly #line: Pick<Line, 'place' | 'tell'>
  readonly #clock: Clock
  #answered: readonly number[] = []
  /** Questions that were not answered, because there were too many. */
  left = 0

  constructor(line: Pick<Line, 'place' | 'tell'>, clock: Clock) {
    this.#line = line
    this.#clock = clock
  }

  /** We are who is shown. */
  shown(): void {
    this.#answer((us, physical) => word.activeSource(us, physical))
  }

  to(question: Extract<word.Heard, { heard: 'question' }>): void {
    this.#answer((us) => answerTo(question, us))
  }

  /** Says it, unless too many ask, or we have no address. */
  #answer(what: (us: number, physical: number) => Bytes): void {
    const { physical, logical } = this.#line.place
    if (physical === null || logical === null) return
    const now = this.#clock.now()
    this.#answered = this.#answered.filter((at) => now - at < BUDGET.within)
    if (this.#answered.length >= BUDGET.answers) {
      this.left++
      return
    }
    this.#answered = [...this.#answered, now]
    this.#line.tell(what(logical, physical))
  }
}

function answerTo(question: Extract<word.Heard, { heard: 'question' }>, us: number): Bytes {
  switch (question.about) {
    case 'power':
      return word.reportPowerOn(us, question.from)
    case 'menu':
      return word.menuActive(us, question.from)
    case 'deck':
      return word.deckStopped(us, question.from)
    case 'unknown':
      return word.abort(us, question.from, question.opcode)
    default:
      return unreachable(question.about)
  }
}

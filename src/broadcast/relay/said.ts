// said.ts — what a program says of itself, as a relay tells it on: the broadcaster's own statement (wire/about.ts), asked for once for all who ask here.
import type { Clock } from '../../lib/clock.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { openAbout } from '../../wire/about.ts'
import type { ProgramId } from '../../wire/manifest.ts'

/** It is asked for again after so long, and told for so long when nothing newer comes. */
const [FRESH, GOOD] = [seconds(3), seconds(30)]

export type SaidParts = {
  readonly program: ProgramId
  /** As it came; null: nothing. */
  readonly ask: () => Promise<string | null>
  readonly clock: Clock
  /** It was not the broadcaster who said it. */
  readonly refused: () => void
}

export class Said {
  readonly #parts: SaidParts
  #last: { readonly text: string; readonly from: number | null; readonly signed: number; readonly at: Ms } | null = null
  #asking: Promise<void> | null = null

  constructor(parts: SaidParts) {
    this.#parts = parts
  }

  /** The earliest that can be watched, ms since 1970, as was said last. */
  get from(): number | null {
    return this.#last?.from ?? null
  }

  /** Null when nothing of today is known. */
  async text(): Promise<string | null> {
    const { clock } = this.#parts
    if (!this.#last || clock.now() - this.#last.at >= FRESH) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = null
      })
      await this.#asking
    }
    const last = this.#last
    return last && clock.now() - last.at < GOOD ? last.text : null
  }

  async #ask(): Promise<void> {
    const { program, ask, clock, refused } = this.#parts
    const text = await ask()
    if (text === null) return
    const about = openAbout(text, program)
    if (!about) refused()
    else if (about.at >= (this.#last?.signed ?? 0)) this.#last = { text, from: about.from, signed: about.at, at: clock.now() }
  }
}

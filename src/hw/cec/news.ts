// news.ts — waiting for something to become true by what is heard on the CEC line, and no longer than a TV may take.
import type { Clock } from '../../lib/clock.ts'
import type { Ms } from '../../lib/unit.ts'

export class News {
  readonly #clock: Clock
  readonly #looks = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Something was heard: whoever waits looks. */
  tell(): void {
    for (const look of [...this.#looks]) look()
  }

  /** @returns whether it became true. Rejects with the signal's reason. */
  async until(so: () => boolean, most: Ms, signal: AbortSignal): Promise<boolean> {
    const enough = new AbortController()
    const look = (): void => void (so() && enough.abort())
    this.#looks.add(look)
    look()
    await this.#clock.sleep('the TV tells', most, AbortSignal.any([signal, enough.signal])).catch(() => {})
    this.#looks.delete(look)
    signal.throwIfAborted()
    return so()
  }
}

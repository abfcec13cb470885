// again.ts — when a device that is missing is tried again: soon, then ever more seldom (a pipeline that failed leaves some memory behind),
// and at once when a sound card came. A card that just came may not be ours to open yet: so "soon" begins anew then.

/** First and longest pause, ms. */
const SOON = 500
const SELDOM = 300_000

export const pauseBefore = (tries: number): number => Math.min(SELDOM, SOON * 2 ** Math.min(tries, 10))

export class Again {
  readonly #attempt: () => void
  #tries = 0
  #timer: NodeJS.Timeout | null = null

  /** @param attempt opens the device; when that fails, lost() is called */
  constructor(attempt: () => void) {
    this.#attempt = attempt
  }

  lost(): void {
    this.#after(pauseBefore(this.#tries++))
  }

  /** It works: when it is lost the next time, it is looked for soon. */
  well(): void {
    this.#tries = 0
  }

  /** A card came: is it this one? */
  hope(): void {
    if (!this.#timer) return
    this.#tries = 0
    this.#after(0)
  }

  #after(pause: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#attempt()
    }, pause)
  }
}

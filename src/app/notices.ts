// notices.ts — what is amiss, one plain sentence each. The status and the doctor tell all of it for as long as it is so; the
// TV shows a sentence while it is new, so that a box without a loudspeaker does not complain over every call.
import { type Ms, seconds } from '../lib/unit.ts'

export type About =
  | 'camera'
  | 'sound'
  | 'echo'
  | 'screen'
  | 'broker'
  | 'room'
  | 'person'
  | 'health'
  | 'button'
  | 'light'
  | 'shutter'
  | 'home'
  | 'health'

/** How long a sentence is new: people in the room must have seen and read it. */
export const NEW = seconds(15)

type Notice = { readonly sentence: string; readonly since: Ms; readonly until: Ms }

export class Notices {
  readonly #by = new Map<About, Notice>()
  readonly #now: () => Ms

  constructor(now: () => Ms) {
    this.#now = now
  }

  /** What is amiss with one thing now; null when it is well. `lasts` is for what happened once and is over. */
  set(about: About, sentence: string | null, lasts: Ms = Number.POSITIVE_INFINITY as Ms): void {
    const was = this.#by.get(about)
    if (was?.sentence === sentence && was.until === Number.POSITIVE_INFINITY) return
    this.#by.delete(about)
    const now = this.#now()
    if (sentence) this.#by.set(about, { sentence, since: now, until: (now + lasts) as Ms })
  }

  /** All that is amiss, the latest first. */
  get all(): readonly string[] {
    return this.#those(({ until }) => until > this.#now())
  }

  /** The latest that is still new, for the TV. */
  get fresh(): string | null {
    return this.#those(({ since, until }) => until > this.#now() && since + NEW > this.#now())[0] ?? null
  }

  #those(which: (notice: Notice) => boolean): string[] {
    const found = [...this.#by.values()].filter(which)
    return found.map(({ sentence }) => sentence).reverse()
  }
}

// notices.ts — what is amiss, one plain sentence each: for the TV, the status and the doctor. The latest stands first.
import type { Ms } from '../lib/unit.ts'

export type About = 'camera' | 'sound' | 'echo' | 'screen' | 'broker' | 'room' | 'person' | 'pages'

export class Notices {
  readonly #by = new Map<About, { readonly sentence: string; readonly until: Ms }>()
  readonly #now: () => Ms

  constructor(now: () => Ms) {
    this.#now = now
  }

  /** What is amiss with one thing now; null when it is well. `lasts` is for what people should read once. */
  set(about: About, sentence: string | null, lasts: Ms = Number.POSITIVE_INFINITY as Ms): void {
    this.#by.delete(about)
    if (sentence) this.#by.set(about, { sentence, until: (this.#now() + lasts) as Ms })
  }

  get all(): readonly string[] {
    const now = this.#now()
    return [...this.#by.values()]
      .filter(({ until }) => until > now)
      .map(({ sentence }) => sentence)
      .reverse()
  }
}

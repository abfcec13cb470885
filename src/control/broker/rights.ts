// rights.ts — who has which words of the broker: guests those of rooms, the home and the box those of the box. Pure.
import { mayHear, type Publishing, whyNot } from '../access.ts'
import { type Home, mayHearBox, mayHearHome, whyNotBox, whyNotHome } from '../topic-access.ts'

/** guest: has the words of rooms. home: has this box. box: speaks as this box. */
export type Who = 'guest' | 'home' | 'box'

export class Rights {
  readonly #home: Home | null

  /** @param home that the broker serves too; null: there is none, and everybody is a guest */
  constructor(home: Home | null) {
    this.#home = home
  }

  /** Why it may not be said, or null. */
  whyNot(who: Who, publishing: Publishing): string | null {
    if (who === 'guest' || !this.#home) return whyNot(publishing)
    return who === 'box' ? whyNotBox(publishing, this.#home) : whyNotHome(publishing, this.#home)
  }

  mayHear(who: Who, filter: string): boolean {
    if (who === 'guest' || !this.#home) return mayHear(filter)
    return who === 'box' ? mayHearBox(filter, this.#home) : mayHearHome(filter, this.#home)
  }
}

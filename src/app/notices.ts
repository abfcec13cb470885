// notices.ts — what is amiss now. The status and the doctor tell all of it for as long as it is so, in English; the TV shows it in
// its language and only while it is new, so that a box without a loudspeaker does not complain over every call.
import { type Amiss, sentenceOf } from '../core/amiss.ts'
import { type Text, textIn } from '../core/text/text.ts'
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
  | 'live'
  | 'recording'
  | 'push'
  | 'update'

/** How long a sentence is new: people in the room must have seen and read it. */
export const NEW = seconds(15)

type Notice = { readonly what: readonly Amiss[]; readonly since: Ms; readonly until: Ms }

export class Notices {
  readonly #by = new Map<About, Notice>()
  readonly #now: () => Ms

  constructor(now: () => Ms) {
    this.#now = now
  }

  /** What is amiss with one thing now; null or nothing when it is well. `lasts` is for what happened once and is over. */
  set(about: About, amiss: Amiss | readonly Amiss[] | null, lasts: Ms = Number.POSITIVE_INFINITY as Ms): void {
    const what = amiss === null ? [] : 'is' in amiss ? [amiss] : amiss
    const was = this.#by.get(about)
    if (was?.until === Number.POSITIVE_INFINITY && JSON.stringify(was.what) === JSON.stringify(what)) return
    this.#by.delete(about)
    const now = this.#now()
    if (what.length > 0) this.#by.set(about, { what, since: now, until: (now + lasts) as Ms })
  }

  /** All that is amiss, a sentence for each thing, the latest first. In English. */
  get all(): readonly string[] {
    return this.#those(({ until }) => until > this.#now(), textIn('en'))
  }

  /** The same in the words of one language, each sentence by itself: for a list. */
  list(text: Text): readonly string[] {
    const now = this.#now()
    const found = [...this.#by.values()].filter(({ until }) => until > now).reverse()
    return found.flatMap(({ what }) => what.map((amiss) => sentenceOf(amiss, text.amiss)))
  }

  /** The latest that is still new, for the TV. */
  fresh(text: Text): string | null {
    return this.#those(({ since, until }) => until > this.#now() && since + NEW > this.#now(), text)[0] ?? null
  }

  #those(which: (notice: Notice) => boolean, text: Text): string[] {
    const found = [...this.#by.values()].filter(which)
    return found.map(({ what }) => what.map((amiss) => sentenceOf(amiss, text.amiss)).join(' ')).reverse()
  }
}

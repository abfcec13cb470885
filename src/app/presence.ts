// presence.ts — which contacts' boxes are there: asked while somebody looks at the contacts, a few at once, and soon forgotten.
//
// No connection is kept: a box with many contacts costs its contacts nothing while nobody looks.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Contact } from '../wire/contact.ts'

type Parts = {
  readonly contacts: () => readonly Contact[]
  /** Asks at their door; null: nothing is known. Never rejects. */
  readonly ask: (contact: Contact, signal: AbortSignal) => Promise<boolean | null>
  /** Those in a call with us, who need not be asked. */
  readonly people: () => ReadonlyArray<{ readonly peer: PeerId }>
  readonly onChange: () => void
  readonly clock: Clock
  readonly onTrouble: (error: unknown) => void
}

const AT_ONCE = 3
/** A list longer than this is not asked to its end: nobody reads so far. */
const MOST = 30
/** An answer is not asked for again so soon, and is believed no longer. */
export const FRESH = seconds(15)
export const KEPT = seconds(60)
const AGAIN = seconds(5)

type Answer = { readonly there: boolean | null; readonly at: Ms }

export class Presence {
  readonly #parts: Parts
  readonly #answers = new Map<PeerId, Answer>()
  readonly #end = new AbortController()
  #watching: AbortController | null = null
  #asking: Promise<void> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether a contact's box is there; null: not known. */
  of(peer: PeerId): boolean | null {
    if (this.#parts.people().some((person) => person.peer === peer)) return true
    const answer = this.#answers.get(peer)
    return answer && this.#parts.clock.now() - answer.at < KEPT ? answer.there : null
  }

  /** Somebody looks at the contacts on the TV, or does not any more. Returns at once. */
  watch(on: boolean): void {
    if (on === (this.#watching !== null)) return
    this.#watching?.abort()
    this.#watching = null
    if (!on) return
    const watching = new AbortController()
    this.#watching = watching
    this.#repeat(watching.signal).catch((error: unknown) => !watching.signal.aborted && this.#parts.onTrouble(error))
  }

  /** Asks those of whom nothing fresh is known. What comes of it is told by onChange; resolves when all have been asked. */
  look(): Promise<void> {
    if (this.#end.signal.aborted) return Promise.resolve()
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** Asks nobody any more. */
  close(): void {
    this.watch(false)
    this.#end.abort()
  }

  async #repeat(signal: AbortSignal): Promise<void> {
    for (;;) {
      void this.look()
      await this.#parts.clock.sleep('ask again who is there', AGAIN, signal)
    }
  }

  async #askAll(): Promise<void> {
    const { clock, contacts, people, onTrouble } = this.#parts
    const known = contacts().slice(0, MOST)
    for (const peer of this.#answers.keys()) if (!known.some((contact) => contact.peer === peer)) this.#answers.delete(peer)
    const here = new Set(people().map(({ peer }) => peer))
    const stale = known.filter(
      ({ peer }) => !here.has(peer) && clock.now() - (this.#answers.get(peer)?.at ?? Number.NEGATIVE_INFINITY) >= FRESH,
    )
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(stale))).catch(onTrouble)
  }

  async #work(waiting: Contact[]): Promise<void> {
    const { ask, clock, onChange } = this.#parts
    for (let next = waiting.shift(); next && !this.#end.signal.aborted; next = waiting.shift()) {
      const there = await ask(next, this.#end.signal)
      const before = this.of(next.peer)
      this.#answers.set(next.peer, { there, at: clock.now() })
      if (this.of(next.peer) !== before) onChange()
    }
  }
}

// press.ts — from keys that go down and up to presses: short, long, double; and again and again while held.
//
// A key waits only for what it may mean. One that has neither a long nor a double meaning is pressed when it goes down;
// one with a long meaning when it comes up, or, long, after 700 ms while it is still held; only one with a double
// meaning waits 300 ms for its second press.
import type { Edge, Key, Press } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, ms } from '../lib/unit.ts'

export const LONG: Ms = ms(700)
export const DOUBLE: Ms = ms(300)
/** Before the first repeat: longer than a TV takes to notice that a key was let go. */
export const REPEAT_AFTER: Ms = ms(600)
export const REPEAT_EVERY: Ms = ms(150)
/** A key that seems to be held longer than that is stuck. */
const MOST_REPEATS = 100

/** What a key may mean just now, beside a short press. */
export type Meaning = { readonly long: boolean; readonly double: boolean; readonly repeats: boolean }

/** fresh: not yet decided. spent: its press has been told. */
type Held = { readonly edge: Edge; readonly timer: AbortController; readonly meaning: Meaning; state: 'fresh' | 'spent' }

export class Presses {
  readonly #clock: Clock
  readonly #meaning: (key: Key) => Meaning
  readonly #fire: (key: Key, press: Press) => void
  readonly #held = new Map<string, Held>()
  /** Let go once, and perhaps pressed again soon. */
  readonly #once = new Map<string, AbortController>()

  /** @param meaning asked when a key goes down  @param fire must not throw */
  constructor(clock: Clock, meaning: (key: Key) => Meaning, fire: (key: Key, press: Press) => void) {
    this.#clock = clock
    this.#meaning = meaning
    this.#fire = fire
  }

  edge(edge: Edge): void {
    const name = `${edge.from} ${edge.key}`
    if (edge.down) this.#down(name, edge)
    else this.#up(name)
  }

  /** A device is gone: what it held down counts as never pressed. */
  forget(from: string): void {
    for (const [name, held] of this.#held) {
      if (held.edge.from !== from) continue
      held.timer.abort()
      this.#held.delete(name)
    }
  }

  /** Forgets everything, and all timers. */
  close(): void {
    for (const held of this.#held.values()) held.timer.abort()
    for (const timer of this.#once.values()) timer.abort()
    this.#held.clear()
    this.#once.clear()
  }

  #down(name: string, edge: Edge): void {
    if (this.#held.has(name)) return
    const held: Held = { edge, timer: new AbortController(), meaning: this.#meaning(edge.key), state: 'spent' }
    this.#held.set(name, held)
    const first = this.#once.get(name)
    if (first !== undefined) {
      first.abort()
      this.#once.delete(name)
      this.#fire(edge.key, 'double')
      return
    }
    if (held.meaning.long || held.meaning.double) {
      held.state = 'fresh'
      if (held.meaning.long) this.#after('a key is held', LONG, held.timer, () => this.#spend(held, 'long'))
      return
    }
    this.#fire(edge.key, 'short')
    if (held.meaning.repeats) void this.#repeat(held).catch(() => {})
  }

  #up(name: string): void {
    const held = this.#held.get(name)
    if (held === undefined) return
    this.#held.delete(name)
    held.timer.abort()
    if (held.state === 'spent') return
    if (!held.meaning.double) {
      this.#spend(held, 'short')
      return
    }
    const timer = new AbortController()
    this.#once.set(name, timer)
    this.#after('a key may come twice', DOUBLE, timer, () => {
      this.#once.delete(name)
      this.#spend(held, 'short')
    })
  }

  #spend(held: Held, press: Press): void {
    held.state = 'spent'
    this.#fire(held.edge.key, press)
  }

  async #repeat({ edge, timer: { signal } }: Held): Promise<void> {
    await this.#clock.sleep('a key repeats', REPEAT_AFTER, signal)
    for (let n = 0; n < MOST_REPEATS && !signal.aborted && this.#meaning(edge.key).repeats; n++) {
      this.#fire(edge.key, 'short')
      await this.#clock.sleep('a key repeats', REPEAT_EVERY, signal)
    }
  }

  #after(name: string, time: Ms, timer: AbortController, then: () => void): void {
    this.#clock.sleep(name, time, timer.signal).then(
      () => {
        if (!timer.signal.aborted) then()
      },
      () => {},
    )
  }
}

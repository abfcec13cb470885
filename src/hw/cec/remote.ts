// remote.ts — the keys of a TV’s remote: what the wire calls pressed and released becomes down and up.
//
// A held key is pressed again and again by the TV: that is one press. A release may get lost: a press that is not
// repeated is over.
import type { Edge, Key } from '../../core/key.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Ms, ms } from '../../lib/unit.ts'

const RELEASE: Ms = ms(550)

export class Remote {
  readonly #clock: Clock
  readonly #from: string
  readonly #tell: (edge: Edge) => void
  #held: { readonly key: Key; readonly timer: AbortController } | null = null

  constructor(clock: Clock, from: string, tell: (edge: Edge) => void) {
    this.#clock = clock
    this.#from = from
    this.#tell = tell
  }

  /** @param key null: one that is none of ours */
  press(key: Key | null): void {
    if (this.#held !== null && this.#held.key !== key) this.release()
    if (key === null) return
    const again = this.#held !== null
    this.#held?.timer.abort()
    const timer = new AbortController()
    this.#held = { key, timer }
    this.#clock.sleep('a key of the TV is let go', RELEASE, timer.signal).then(
      () => {
        if (this.#held?.timer === timer) this.release()
      },
      () => {},
    )
    if (!again) this.#tell({ key, down: true, from: this.#from })
  }

  release(): void {
    const held = this.#held
    if (held === null) return
    this.#held = null
    held.timer.abort()
    this.#tell({ key: held.key, down: false, from: this.#from })
  }
}

// hold.ts — the box's own button, held for ten seconds: the one way to erase a box without a remote, a phone or a TV.
//
// For three seconds nothing is said: then it may still be a long press. From then on people are told how long it still takes; letting go stops
// it. After ten seconds letting go does it, and nothing else does: a button that is stuck, or lies under a book, never lets go.
import type { Edge, Key } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'

/** Said to people: how many seconds it still takes, or that it is done by letting go now; null: nothing is going on. */
export type Holding = { readonly left: number } | 'let go' | null

const KEY: Key = 'button'
const QUIET = 3
const WHOLE = 10
const SECOND: Ms = seconds(1)
/** Who has not let go after this does not want it, or is a book. */
const ARMED: Ms = seconds(10)

export type HoldParts = {
  readonly clock: Clock
  /** Must not throw. */
  readonly onChange: (holding: Holding) => void
  /** It was held, and let go in time. Must not throw. */
  readonly onHeld: () => void
}

export class Hold {
  readonly #parts: HoldParts
  #held: { readonly from: string; readonly timer: AbortController; armed: boolean } | null = null

  constructor(parts: HoldParts) {
    this.#parts = parts
  }

  edge({ key, down, from }: Edge): void {
    if (key !== KEY) return
    if (down) {
      if (!this.#held) this.#begin(from)
    } else if (this.#held?.from === from) {
      const { armed } = this.#held
      this.#end()
      if (armed) this.#parts.onHeld()
    }
  }

  /** A device is gone: that is no letting go. */
  forget(from: string): void {
    if (this.#held?.from === from) this.#end()
  }

  close(): void {
    this.#end()
  }

  #begin(from: string): void {
    const held = { from, timer: new AbortController(), armed: false }
    this.#held = held
    this.#count(held).catch(() => {})
  }

  async #count(held: { readonly timer: AbortController; armed: boolean }): Promise<void> {
    const { clock, onChange } = this.#parts
    const { signal } = held.timer
    await clock.sleep('the button is held', seconds(QUIET), signal)
    for (let left = WHOLE - QUIET; left > 0; left--) {
      onChange({ left })
      await clock.sleep('the button is held', SECOND, signal)
    }
    held.armed = true
    onChange('let go')
    await clock.sleep('until the button is let go', ARMED, signal)
    held.armed = false
    onChange(null)
  }

  #end(): void {
    const held = this.#held
    if (!held) return
    this.#held = null
    held.timer.abort()
    this.#parts.onChange(null)
  }
}

// password.ts — one password, asked over a network: compared in constant time, and answered so slowly that guessing is hopeless.
//
// A wrong one is answered after a second; only a few may wait at a time, and who comes on top is refused unheard. So strangers
// together have a few guesses a second. The right one is never kept waiting by its own slowness, only by a full waiting room.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'

const PAUSE: Ms = seconds(1)
const MOST_WAITING = 4

const digest = (text: Uint8Array) => createHash('sha256').update(text).digest()

export class Password {
  readonly #digest: Uint8Array | null
  readonly #clock: Clock
  #waiting = 0

  /** @param password empty: none is ever right */
  constructor(password: string, clock: Clock) {
    this.#digest = password === '' ? null : digest(Buffer.from(password))
    this.#clock = clock
  }

  /** Whether it is the one; false also when too many wrong ones wait. */
  async isRight(said: Uint8Array, signal: AbortSignal): Promise<boolean> {
    if (this.#digest === null || this.#waiting >= MOST_WAITING) return false
    if (timingSafeEqual(digest(said), this.#digest)) return true
    this.#waiting++
    await this.#clock.sleep('pause after a wrong password', PAUSE, signal).catch(() => {})
    this.#waiting--
    return false
  }
}

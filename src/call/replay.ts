// replay.ts — which letters were here before. A broker may keep, repeat and reorder what it likes.
//
// Per sender's session: the highest counter and which of the 64 below it were seen (the window of RFC 4303, section 3.4.3). So a
// letter that was overtaken is still taken, once; anything older is not. Only verified letters are remembered.
const WINDOW = 64
const SESSIONS = 256

type Seen = { highest: number; below: bigint }

export class Replay {
  readonly #seen = new Map<string, Seen>()

  isNew(session: string, counter: number): boolean {
    const seen = this.#seen.get(session)
    if (!seen || counter > seen.highest) return true
    const back = seen.highest - counter
    return back < WINDOW && (seen.below & (1n << BigInt(back))) === 0n
  }

  /** The session used longest ago is forgotten beyond 256: memory is not for strangers to fill. */
  remember(session: string, counter: number): void {
    const seen = this.#seen.get(session) ?? { highest: counter, below: 0n }
    this.#seen.delete(session)
    this.#seen.set(session, seen)
    if (counter > seen.highest) {
      const rise = counter - seen.highest
      seen.below = rise < WINDOW ? BigInt.asUintN(WINDOW, seen.below << BigInt(rise)) : 0n
      seen.highest = counter
    }
    const back = seen.highest - counter
    if (back < WINDOW) seen.below |= 1n << BigInt(back)
    if (this.#seen.size <= SESSIONS) return
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest)
      break
    }
  }
}

// mute-gate.ts — the program's sound on its way through the daemon: stopped with the wish to be muted, until the worker answers for it. Pure.
//
// Voices and microphone are one mix in it, so nothing can be taken out here; but it can be held back. Mostly the worker answers within
// milliseconds that nothing of the microphone came in after the wish, and all goes on as if nothing had been. When it was too late for that, what
// was held is thrown away.

/** Packets, at most: 4 s. A worker that answers later is dead, and what it coded then is worth nothing. */
const MOST = 200

export class MuteGate<T> {
  /** Thrown away so far. */
  dropped = 0
  readonly #give: (piece: T) => void
  /** The last wish that has no answer yet; 0: none. */
  #asked = 0
  #count = 0
  #held: T[] = []

  constructor(give: (piece: T) => void) {
    this.#give = give
  }

  /** Muted: from now on nothing passes. Gives the number that the answer has to name. */
  shut(): number {
    this.#asked = ++this.#count
    return this.#asked
  }

  take(piece: T): void {
    if (this.#asked === 0) this.#give(piece)
    else {
      this.#held.push(piece)
      if (this.#held.length > MOST) this.#drop()
    }
  }

  /** The worker's answer to the wish of that number. @param inTime it was in time to take all back */
  answered(number: number, inTime: boolean): void {
    if (!inTime) this.#drop()
    if (number !== this.#asked) return
    this.#asked = 0
    const held = this.#held
    this.#held = []
    for (const piece of held) this.#give(piece)
  }

  /** What is held belongs to a stream that is over. */
  forget(): void {
    this.#drop()
  }

  /** The worker fell: it will not answer any more. */
  lost(): void {
    this.#drop()
    this.#asked = 0
  }

  #drop(): void {
    this.dropped += this.#held.length
    this.#held = []
  }
}

// crossed.ts — which words have crossed between two brokers: what comes back of them is known and does not cross again.
//
// Every word of a room is sealed with a fresh nonce, so no two are alike and each is known by its hash.
import { createHash } from 'node:crypto'

export class Crossed {
  readonly #limit: number
  readonly #hashes = new Set<string>()

  /** @param limit how many words are remembered; the oldest is forgotten first */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether a word has not crossed yet; from now on it has. */
  isNew(topic: string, payload: Uint8Array): boolean {
    const hash = createHash('sha256').update(topic).update('\n').update(payload).digest('base64')
    if (this.#hashes.has(hash)) return false
    this.#hashes.add(hash)
    for (const oldest of this.#hashes) {
      if (this.#hashes.size <= this.#limit) break
      this.#hashes.delete(oldest)
    }
    return true
  }
}

// toll.ts — how often somebody may ask for a new session, by where they come from. Pure: time comes in as numbers.
//
// A session costs a handshake of some 20 ms of processor before anybody has shown that they mean it. Many may sit behind one address, so a few
// may come at once; then one every other second.

/** Sessions that may be asked for at once, and then how often, per ms. */
const AT_ONCE = 12
const REFILL = 1 / 2000
/** Addresses that are remembered: who is forgotten has rested longest. */
const MOST = 500

export class Toll {
  readonly #spent = new Map<string, { spent: number; at: number }>()

  /** Milliseconds to wait; 0: go on, and it is counted. */
  ask(address: string, now: number): number {
    const known = this.#spent.get(address)
    const spent = known ? Math.max(0, known.spent - (now - known.at) * REFILL) : 0
    if (spent + 1 > AT_ONCE) return Math.ceil((spent + 1 - AT_ONCE) / REFILL)
    this.#spent.delete(address)
    this.#spent.set(address, { spent: spent + 1, at: now })
    if (this.#spent.size > MOST) for (const [oldest] of this.#spent) return this.#forget(oldest)
    return 0
  }

  #forget(address: string): 0 {
    this.#spent.delete(address)
    return 0
  }
}

// seats.ts — which input of the TV and of the mixer each person has. A person keeps one seat from arrival to farewell.
import type { PeerId } from '../core/id.ts'
import { PEOPLE, type Seat } from '../media/scene.ts'

export class Seats {
  readonly #of = new Map<PeerId, Seat>()

  /** The person's seat; a newcomer gets the lowest free one, null when all are taken. */
  take(peer: PeerId): Seat | null {
    const has = this.#of.get(peer)
    if (has !== undefined) return has
    const taken = new Set(this.#of.values())
    const free = PEOPLE.find((seat) => !taken.has(seat))
    if (free === undefined) return null
    this.#of.set(peer, free)
    return free
  }

  /** Frees the person's seat and says which it was; null when they had none. */
  leave(peer: PeerId): Seat | null {
    const seat = this.#of.get(peer) ?? null
    this.#of.delete(peer)
    return seat
  }

  of(peer: PeerId): Seat | null {
    return this.#of.get(peer) ?? null
  }

  who(seat: Seat): PeerId | null {
    for (const [peer, its] of this.#of) if (its === seat) return peer
    return null
  }
}

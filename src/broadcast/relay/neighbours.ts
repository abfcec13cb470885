// neighbours.ts — which relays of a program there are in the house, as heard, and whom to read from. Time is told, nothing is waited for.
//
// The first who watches leads: it reads from the origin and says so. Who hears of one that leads reads from it. When two lead, the one with the lower id
// goes on. Who told something wrong is never read from again, under whatever id it comes: it is known by its address. Who was slow or had
// nothing is left alone for a while.
import type { Ms } from '../../lib/unit.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import type { Heard, Offer } from './offer.ts'

export type Neighbour = Offer & { readonly address: string }
export type Choice = { readonly is: 'lead' } | { readonly is: 'follow'; readonly neighbour: Neighbour }

/** Offers that are remembered, in all and of one address. */
const MOST = { all: 32, address: 4 }

/** @param follows the id of the one that is read from now @param there who may be read from */
export function choose(
  me: { readonly id: string; readonly leads: boolean; readonly follows: string | null },
  there: readonly Neighbour[],
): Choice {
  const lowest = there.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0]
  if (!lowest || (me.leads && me.id < lowest.id)) return { is: 'lead' }
  const same = there.find(({ id }) => id === me.follows)
  return { is: 'follow', neighbour: same ?? lowest }
}

export class Neighbours {
  readonly #program: ProgramId
  readonly #own: string
  readonly #all = new Map<string, Neighbour & { readonly until: Ms }>()
  readonly #liars = new Set<string>()
  readonly #shunned = new Map<string, Ms>()

  /** @param own our id: our own words come back to us */
  constructor(program: ProgramId, own: string) {
    this.#program = program
    this.#own = own
  }

  hear({ id, program, port, address, ttl }: Heard, now: Ms): void {
    if (program !== this.#program || id === this.#own) return
    const known = this.#all.get(id)
    // An id belongs to who had it first, as long as that one is there.
    if (known && known.until > now && known.address !== address) return
    if (ttl === 0) {
      this.#all.delete(id)
      return
    }
    this.#sweep(now)
    const there = [...this.#all.values()].filter((each) => each.id !== id)
    if (there.length >= MOST.all || there.filter((each) => each.address === address).length >= MOST.address) return
    this.#all.set(id, { id, program, port, address, until: (now + ttl * 1000) as Ms })
  }

  /** It is there: it gives what it has, whatever became of its words. */
  keep({ id }: Pick<Neighbour, 'id'>, until: Ms): void {
    const known = this.#all.get(id)
    if (known && known.until < until) this.#all.set(id, { ...known, until })
  }

  /** Who may be read from now. */
  there(now: Ms): readonly Neighbour[] {
    this.#sweep(now)
    return [...this.#all.values()].filter(({ id, address }) => !this.#liars.has(address) && (this.#shunned.get(id) ?? 0) <= now)
  }

  /** It told something that the broadcaster did not sign. */
  distrust({ address }: Pick<Neighbour, 'address'>): void {
    this.#liars.add(address)
    if (this.#liars.size > MOST.all) for (const oldest of this.#liars) return void this.#liars.delete(oldest)
  }
  shun({ id }: Pick<Neighbour, 'id'>, until: Ms): void {
    this.#shunned.set(id, until)
  }

  #sweep(now: Ms): void {
    for (const [id, { until }] of this.#all) if (until <= now) this.#all.delete(id)
    for (const [id, until] of this.#shunned) if (until <= now) this.#shunned.delete(id)
  }
}

// crowd.ts — how many connections are open, in all and from where, so that one place cannot take them all.
//
// Who has just come and asked nothing yet is a newcomer. Newcomers are what costs nothing to be, and what slow connections stay for ever, so a place
// has room for a few only; with its first whole request a connection settles, and of those a place may have many: two hundred who
// watch a broadcast from behind one router have a connection each over HTTP/2, and another for the chat.
//
// From this machine itself come many tabs, or a proxy with everybody behind it: it may have more. An IPv6 host can take any
// address of its /64, so those are counted together too; a home has one /64 for all its devices, so that share is bigger.
// An open connection that rests costs some 15 kB, with TLS and HTTP/2 near 100: all places taken are 100 MB, which a small Pi can bear.

export type CrowdLimits = {
  readonly all: number
  readonly address: number
  readonly network: number
  readonly loopback: number
  /** How many of those of an address may be newcomers; left out: all. */
  readonly fresh?: number
  readonly freshLoopback?: number
}
export const CROWD: CrowdLimits = { all: 1000, address: 400, network: 500, loopback: 800, fresh: 20, freshLoopback: 200 }

/** One connection. Both may be called more than once. */
export type Visit = {
  /** It has asked for something, and is no newcomer any more. */
  settle(): void
  leave(): void
}

export class Crowd {
  #all = 0
  readonly #counts = new Map<string, number>()
  readonly #fresh = new Map<string, number>()
  readonly #limits: CrowdLimits

  constructor(limits: CrowdLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all
  }

  /** Lets one more in from an address; null when it is one too many. */
  enter(address: string): Visit | null {
    const places = placesOf(address, this.#limits)
    const isFull = places.some(([place, limit]) => (this.#counts.get(place) ?? 0) >= limit)
    if (this.#all >= this.#limits.all || isFull || (this.#fresh.get(address) ?? 0) >= freshOf(address, this.#limits)) return null
    let is: 'new' | 'settled' | 'gone' = 'new'
    this.#all++
    for (const [place] of places) step(this.#counts, place, 1)
    step(this.#fresh, address, 1)
    const settle = (): void => {
      if (is !== 'new') return
      is = 'settled'
      step(this.#fresh, address, -1)
    }
    const leave = (): void => {
      settle()
      if (is === 'gone') return
      is = 'gone'
      this.#all--
      for (const [place] of places) step(this.#counts, place, -1)
    }
    return { settle, leave }
  }
}

function step(counts: Map<string, number>, of: string, by: 1 | -1): void {
  const count = (counts.get(of) ?? 0) + by
  if (count > 0) counts.set(of, count)
  else counts.delete(of)
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

const freshOf = (address: string, { fresh, freshLoopback }: CrowdLimits): number =>
  (isLoopback(address) ? freshLoopback : fresh) ?? Number.POSITIVE_INFINITY

function placesOf(address: string, limits: CrowdLimits): Array<readonly [string, number]> {
  if (isLoopback(address)) return [[address, limits.loopback]]
  const own = [address, limits.address] as const
  return address.includes(':') && !/^fe80:/i.test(address) ? [own, [`${networkOf(address)}/64`, limits.network]] : [own]
}

/** The first four groups of an IPv6 address. */
function networkOf(address: string): string {
  const [left = '', right] = address.split('::')
  const head = left.split(':').filter(Boolean)
  const tail = right === undefined ? [] : right.split(':').filter(Boolean)
  const middle = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...middle, ...tail].slice(0, 4).join(':')
}

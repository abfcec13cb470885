// crowd.ts — how many connections are open, in all and from where, so that one place cannot take them all.
//
// From this machine itself come many tabs, or a proxy with everybody behind it: it may have more. An IPv6 host can take any
// address of its /64, so those are counted together too; a home has one /64 for all its devices, so that share is bigger.

export type CrowdLimits = { readonly all: number; readonly address: number; readonly network: number; readonly loopback: number }
export const CROWD: CrowdLimits = { all: 200, address: 20, network: 80, loopback: 150 }

export class Crowd {
  #all = 0
  readonly #counts = new Map<string, number>()
  readonly #limits: CrowdLimits

  constructor(limits: CrowdLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all
  }

  /** Lets one more in from an address: gives what to call when it has gone, or null when it is one too many. */
  enter(address: string): (() => void) | null {
    const places = placesOf(address, this.#limits)
    if (this.#all >= this.#limits.all || places.some(([place, limit]) => (this.#counts.get(place) ?? 0) >= limit)) return null
    this.#add(places, 1)
    let here = true
    return () => {
      if (here) this.#add(places, -1)
      here = false
    }
  }

  #add(places: ReadonlyArray<readonly [string, number]>, step: 1 | -1): void {
    this.#all += step
    for (const [place] of places) {
      const count = (this.#counts.get(place) ?? 0) + step
      if (count > 0) this.#counts.set(place, count)
      else this.#counts.delete(place)
    }
  }
}

function placesOf(address: string, limits: CrowdLimits): Array<readonly [string, number]> {
  if (address === '::1' || address.startsWith('127.')) return [[address, limits.loopback]]
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

// lan.ts — a home of the laboratory with several machines on its network: a switch where else there is one host, and what the router's way to the internet
// carries.
import { cable } from './cable.ts'
import type { Home } from './lab.ts'
import { addNamespace, inside, ip, nameOf, removeNamespace } from './netns.ts'

export type Machine = {
  readonly namespace: string
  readonly address: string
  /** Its cable is pulled at the switch: it notices nothing, and nobody hears of it. */
  readonly unplug: () => void
}

export class Lan implements Disposable {
  readonly #home: Home
  readonly #machines: string[] = []
  #count = 10

  /** Makes the home's host a switch that still has its address. */
  constructor(home: Home) {
    this.#home = home
    const gate = home.address.replace(/\d+$/, '1')
    ip(
      [
        'link add br0 type bridge',
        `addr del ${home.address}/24 dev eth0`,
        'link set eth0 master br0',
        'link set br0 up',
        `addr add ${home.address}/24 dev br0`,
        `route add default via ${gate}`,
      ],
      home.namespace,
    )
  }

  /** One more machine on the network. */
  machine(what: string): Machine {
    const namespace = nameOf(what)
    const n = this.#count++
    const address = this.#home.address.replace(/\d+$/, String(n))
    addNamespace(namespace)
    this.#machines.push(namespace)
    cable(namespace, 'eth0', this.#home.namespace, `p${n}`)
    ip([`link set p${n} master br0`], this.#home.namespace)
    ip([`addr add ${address}/24 dev eth0`, `route add default via ${this.#home.address.replace(/\d+$/, '1')}`], namespace)
    return { namespace, address, unplug: () => void ip([`link set p${n} down`], this.#home.namespace) }
  }

  /** Bytes of frames that came in from the internet so far, as the router's interface counts them. */
  get incoming(): number {
    return incomingOf(this.#home)
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#machines) removeNamespace(namespace)
  }
}

export function incomingOf(home: Home): number {
  const router = home.namespace.replace(/-h(\d+)$/, '-r$1')
  return Number(inside(router, 'cat', ['/sys/class/net/wan/statistics/rx_bytes']).trim())
}

/** As `ip netns exec` wants it. */
export const within = (namespace: string, program: string, args: readonly string[]): readonly [string, string[]] => [
  'ip',
  ['netns', 'exec', namespace, program, ...args],
]

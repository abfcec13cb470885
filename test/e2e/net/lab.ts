// lab.ts — an internet on this machine: a public network, a server on it, and homes behind routers of every kind. Needs root.
//
//   host 192.168.N.2 ── router ── [carrier's router] ── 203.0.113.0/24 ── server 203.0.113.10 and .11
//
// All of it is network namespaces; nothing leaves the machine. Documentation addresses (RFC 5737) stand for public ones.
import { cable, type Line } from './cable.ts'
import { isCarrier, type Nat, rules } from './nat.ts'
import { addNamespace, inside, ip, nameOf, removeNamespace, tidy } from './netns.ts'

export const SERVER = '203.0.113.10'
/** The server's second address: a machine has only one port 443. */
export const SERVER_TOO = '203.0.113.11'
const GATE = '203.0.113.1'

export class Home implements Disposable {
  readonly nat: Nat
  /** Where programs of this home run. */
  readonly namespace: string
  /** The host's address at home. */
  readonly address: string
  readonly #parts: readonly Disposable[]

  constructor(nat: Nat, namespace: string, address: string, parts: readonly Disposable[]) {
    this.nat = nat
    this.namespace = namespace
    this.address = address
    this.#parts = parts
  }

  [Symbol.dispose](): void {
    for (const part of this.#parts.toReversed()) part[Symbol.dispose]()
  }
}

export class Lab implements Disposable {
  /** The namespace of the server. */
  readonly server = nameOf('server')
  readonly #internet = nameOf('inet')
  readonly #homes = new Set<Home>()
  #count = 0

  constructor() {
    tidy()
    addNamespace(this.#internet)
    try {
      // A bridge without an address of its own takes that of a port, and another one when that goes: nobody would find the gate any more.
      const bridge = 'link add br0 address 02:00:00:00:00:01 type bridge'
      ip([bridge, 'link set br0 up', `addr add ${GATE}/24 dev br0`], this.#internet)
      // As on the internet, private destinations vanish without a word.
      ip(
        ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((net) => `route add blackhole ${net}`),
        this.#internet,
      )
      addNamespace(this.server)
      this.#join(this.server, 'eth0', 'p-server')
      ip([`addr add ${SERVER}/24 dev eth0`, `addr add ${SERVER_TOO}/24 dev eth0`, `route add default via ${GATE}`], this.server)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  /** A new home behind a router of this kind. @param line of its way to the internet; none: as fast as can be */
  home(nat: Nat, line?: Line): Home {
    const n = ++this.#count
    if (n > 200) throw new Error('no more addresses for homes')
    const [host, router, carrier] = [nameOf(`h${n}`), nameOf(`r${n}`), nameOf(`c${n}`)]
    const outer = `203.0.113.${20 + n}`
    const lan = nat === 'open' ? `198.51.100.${n}` : `192.168.${n}.2`
    const parts: Disposable[] = []
    const namespace = (name: string) => {
      parts.push({ [Symbol.dispose]: () => removeNamespace(name) })
      addNamespace(name)
    }
    const home = new Home(nat, host, lan, parts)
    this.#homes.add(home)
    parts.push({ [Symbol.dispose]: () => this.#homes.delete(home) })

    namespace(host)
    namespace(router)
    const edge = isCarrier(nat) ? carrier : router
    if (isCarrier(nat)) {
      namespace(carrier)
      parts.push(cable(carrier, 'customer', router, 'wan'))
      ip([`addr add 100.64.${n}.1/24 dev customer`], carrier)
      ip([`addr add 100.64.${n}.2/24 dev wan`, `route add default via 100.64.${n}.1`], router)
      this.#rule(router, 'port restricted', 'wan', 'lan')
    }
    parts.push(this.#join(edge, isCarrier(nat) ? 'outer' : 'wan', `p-${n}`, line))
    const device = isCarrier(nat) ? 'outer' : 'wan'
    ip([`addr add ${outer}/24 dev ${device}`, `route add default via ${GATE}`], edge)
    this.#rule(edge, nat, device, isCarrier(nat) ? 'customer' : 'lan')

    parts.push(cable(router, 'lan', host, 'eth0'))
    if (nat === 'open') {
      // No NAT: the host has a public address of its own, and the internet knows the way to it.
      ip([`addr add 198.51.100.254/32 dev lan`, `route add ${lan}/32 dev lan`], router)
      ip([`addr add ${lan}/32 dev eth0`, 'route add 198.51.100.254 dev eth0', 'route add default via 198.51.100.254'], host)
      ip([`route add ${lan}/32 via ${outer}`], this.#internet)
      parts.push({ [Symbol.dispose]: () => ip([`route del ${lan}/32 via ${outer}`], this.#internet) })
    } else {
      ip([`addr add 192.168.${n}.1/24 dev lan`], router)
      ip([`addr add ${lan}/24 dev eth0`, `route add default via 192.168.${n}.1`], host)
    }
    return home
  }

  [Symbol.dispose](): void {
    for (const home of [...this.#homes]) home[Symbol.dispose]()
    removeNamespace(this.server)
    removeNamespace(this.#internet)
  }

  #join(namespace: string, device: string, port: string, line?: Line): Disposable {
    const joined = cable(namespace, device, this.#internet, port, line)
    ip([`link set ${port} master br0`], this.#internet)
    return joined
  }

  #rule(router: string, nat: Nat, outside: string, inner: string): void {
    const text = rules(nat, outside, inner)
    if (text) inside(router, 'nft', ['-f', '-'], text)
  }
}

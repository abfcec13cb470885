// street.ts — some machines on one street: each on a cable of its own to one switch, and each cable as bad as a test says, while it is used. Needs root.
import { BadCable } from './cable.ts'
import { addNamespace, ip, nameOf, removeNamespace, tidy } from './netns.ts'

export type StreetHouse = { readonly namespace: string; readonly address: string }

export class Street implements Disposable {
  readonly houses: readonly StreetHouse[]
  readonly #switch = nameOf('street')
  readonly #cables: BadCable[] = []

  constructor(count: number) {
    tidy()
    addNamespace(this.#switch)
    ip(['link add br0 address 02:00:00:00:00:02 type bridge', 'link set br0 up'], this.#switch)
    this.houses = Array.from({ length: count }, (_, i) => {
      const [namespace, address] = [nameOf(`s${i}`), `198.51.100.${i + 1}`]
      addNamespace(namespace)
      this.#cables.push(new BadCable(namespace, 'eth0', this.#switch, `p${i}`, { delay: 5 }))
      ip([`link set p${i} master br0`], this.#switch)
      ip([`addr add ${address}/24 dev eth0`, 'route add default dev eth0'], namespace)
      return { namespace, address }
    })
  }

  /** Per cent of packets that vanish on every cable, each way. */
  set loss(percent: number) {
    for (const cable of this.#cables) cable.loss = percent
  }

  [Symbol.dispose](): void {
    for (const cable of this.#cables) cable[Symbol.dispose]()
    for (const { namespace } of this.houses) removeNamespace(namespace)
    removeNamespace(this.#switch)
  }
}

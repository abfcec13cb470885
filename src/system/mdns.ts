// mdns.ts — multicast DNS on the networks that this machine is on: bytes out to each, bytes in from whoever is on the same one. The only door to the
// groups 224.0.0.251 and ff02::fb. What the bytes mean, others know (wire/dns.ts). Another program here, like avahi, may use the same port.
//
// A network is one family on one interface, and has a socket of its own. Over IPv6 we are known by our link-local address, which every network has with or
// without a router; who is told it needs to know the interface, too: addresses of others come with their zone (fe80::1%eth0).
import { createSocket, type Socket } from 'node:dgram'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'

const GROUPS = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' } as const
const PORT = 5353
/** Networks come and go: they are looked at anew after so long. */
const LOOK = seconds(5)
/** Messages a second that are read; a home has a handful. */
const READ = 200

export type Network = {
  readonly family: 'IPv4' | 'IPv6'
  /** Its interface. */
  readonly on: string
  /** Ours, without a zone. */
  readonly address: string
  readonly netmask: string
}

const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i

/** Those of a machine with these interfaces, without loopback. Pure. */
export const networksOf = (interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): Network[] =>
  Object.entries(interfaces).flatMap(([on, all = []]) => {
    const outside = all.filter(({ internal }) => !internal)
    const four = outside.filter(({ family }) => family === 'IPv4')
    const six = outside.filter(({ family, address }) => family === 'IPv6' && LINK_LOCAL.test(address)).slice(0, 1)
    return [...four, ...six].map(({ family, address, netmask }) => ({ family, on, address: address.replace(/%.*$/, ''), netmask }))
  })

const keyOf = ({ on, address }: Network): string => `${address}%${on}`

export class MulticastDns {
  readonly #clock: Clock
  readonly #log: Log
  readonly #sockets = new Map<string, { readonly network: Network; readonly socket: Socket }>()
  readonly #listeners = new Set<(bytes: Uint8Array, from: string) => void>()
  #looked: Ms | null = null
  #networks: readonly Network[] = []
  #second = { at: 0, read: 0 }
  #isClosed = false

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Calls back with every message from a machine on one of our networks, and with our own. `from` of IPv6 has its zone. */
  hear(listener: (bytes: Uint8Array, from: string) => void): () => void {
    this.#listeners.add(listener)
    this.#look()
    return () => void this.#listeners.delete(listener)
  }

  /** To all networks. @param bytesFor makes the message for the network on which we have this address */
  send(bytesFor: (address: string) => Uint8Array): void {
    this.#look()
    for (const { network, socket } of this.#sockets.values()) socket.send(bytesFor(network.address), PORT, GROUPS[network.family], () => {})
  }

  close(): void {
    this.#isClosed = true
    for (const { socket } of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    this.#listeners.clear()
  }

  #look(): void {
    const now = this.#clock.now()
    if (this.#isClosed || (this.#looked !== null && now - this.#looked < LOOK)) return
    this.#looked = now
    this.#networks = networksOf(networkInterfaces())
    const keys = new Set(this.#networks.map(keyOf))
    for (const [key, { socket }] of this.#sockets)
      if (!keys.has(key)) {
        this.#sockets.delete(key)
        socket.close()
      }
    for (const network of this.#networks) if (!this.#sockets.has(keyOf(network))) this.#open(network)
  }

  #open(network: Network): void {
    const { family, on, address } = network
    const isSix = family === 'IPv6'
    const socket = createSocket({ type: isSix ? 'udp6' : 'udp4', reuseAddr: true, ipv6Only: isSix })
    const key = keyOf(network)
    this.#sockets.set(key, { network, socket })
    const end = (error: unknown): void => {
      if (this.#sockets.get(key)?.socket !== socket) return
      this.#sockets.delete(key)
      this.#log.warn('no word of relays can be had on a network', { address, on, why: String(error) })
      socket.close()
    }
    socket.on('error', end)
    socket.on('message', (bytes, { address: from }) => this.#read(bytes, from, network))
    socket.bind(PORT, () => {
      try {
        const where = isSix ? `::%${on}` : address
        socket.addMembership(GROUPS[family], where)
        socket.setMulticastInterface(where)
        socket.setMulticastTTL(255)
        socket.setMulticastLoopback(true)
        socket.unref()
      } catch (error) {
        end(error)
      }
    })
  }

  #read(bytes: Uint8Array, from: string, network: Network): void {
    const second = Math.floor(this.#clock.now() / 1000)
    if (this.#second.at !== second) this.#second = { at: second, read: 0 }
    // A socket of IPv6 hears what comes in on other interfaces, too: their own ones do that.
    if (++this.#second.read > READ || !isNear(from, network.family === 'IPv6' ? [network] : this.#networks)) return
    for (const listener of this.#listeners) listener(bytes, from)
  }
}

/** Is the address on one of these networks? Of IPv6 only those that no router passes on are. Pure. */
export const isNear = (from: string, all: readonly Network[]): boolean =>
  from.includes(':')
    ? LINK_LOCAL.test(from) && all.some(({ family, on }) => family === 'IPv6' && from.endsWith(`%${on}`))
    : all.some(({ family, address, netmask }) => family === 'IPv4' && (bits(from) & bits(netmask)) === (bits(address) & bits(netmask)))
const bits = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0)

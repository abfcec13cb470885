// mdns.ts — multicast DNS on the networks that this machine is on: bytes out to each, bytes in from whoever is on the same one. The only door to the
// group 224.0.0.251. What the bytes mean, others know (wire/dns.ts). Another program here, like avahi, may use the same port.
import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'

const [GROUP, PORT] = ['224.0.0.251', 5353]
/** Networks come and go: they are looked at anew after so long. */
const LOOK = seconds(5)
/** Messages a second that are read; a home has a handful. */
const READ = 200

type Network = { readonly address: string; readonly netmask: string }

/** IPv4 networks that this machine is on, without loopback. */
const networks = (): Network[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal))

export class MulticastDns {
  readonly #clock: Clock
  readonly #log: Log
  readonly #sockets = new Map<string, Socket>()
  readonly #listeners = new Set<(bytes: Uint8Array, from: string) => void>()
  #looked: Ms | null = null
  #networks: readonly Network[] = []
  #second = { at: 0, read: 0 }
  #isClosed = false

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Calls back with every message from a machine on one of our networks, and with our own. */
  hear(listener: (bytes: Uint8Array, from: string) => void): () => void {
    this.#listeners.add(listener)
    this.#look()
    return () => void this.#listeners.delete(listener)
  }

  /** To all networks. @param bytesFor makes the message for the network on which we have this address */
  send(bytesFor: (address: string) => Uint8Array): void {
    this.#look()
    for (const [address, socket] of this.#sockets) socket.send(bytesFor(address), PORT, GROUP, () => {})
  }

  close(): void {
    this.#isClosed = true
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    this.#listeners.clear()
  }

  #look(): void {
    const now = this.#clock.now()
    if (this.#isClosed || (this.#looked !== null && now - this.#looked < LOOK)) return
    this.#looked = now
    this.#networks = networks()
    const addresses = new Set(this.#networks.map(({ address }) => address))
    for (const [address, socket] of this.#sockets)
      if (!addresses.has(address)) {
        this.#sockets.delete(address)
        socket.close()
      }
    for (const address of addresses) if (!this.#sockets.has(address)) this.#open(address)
  }

  #open(address: string): void {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    this.#sockets.set(address, socket)
    const end = (error: unknown): void => {
      if (this.#sockets.get(address) !== socket) return
      this.#sockets.delete(address)
      this.#log.warn('no word of relays can be had on a network', { address, why: String(error) })
      socket.close()
    }
    socket.on('error', end)
    socket.on('message', (bytes, { address: from }) => this.#read(bytes, from))
    socket.bind(PORT, () => {
      try {
        socket.addMembership(GROUP, address)
        socket.setMulticastInterface(address)
        socket.setMulticastTTL(255)
        socket.setMulticastLoopback(true)
        socket.unref()
      } catch (error) {
        end(error)
      }
    })
  }

  #read(bytes: Uint8Array, from: string): void {
    const second = Math.floor(this.#clock.now() / 1000)
    if (this.#second.at !== second) this.#second = { at: second, read: 0 }
    if (++this.#second.read > READ || !isNear(from, this.#networks)) return
    for (const listener of this.#listeners) listener(bytes, from)
  }
}

/** Is the address on one of these networks? Pure. */
export const isNear = (address: string, all: readonly Network[]): boolean =>
  all.some(({ address: own, netmask }) => (bits(address) & bits(netmask)) === (bits(own) & bits(netmask)))
const bits = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0)

// far.ts — an internet in memory: homes behind routers, a STUN server and a broker, all of them far apart, in a time that only tests move.
//
// Real transports run over it: what werift takes for UDP sockets are ours. So it can be counted how many trips from one home to the other a
// set-up takes: time stands still while a program works, and moves by the length of the lines alone (and by whatever timer it waits for).
// Routers are the usual ones: one outer port per socket, open to those addresses that were written to (port restricted cone).
import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { classes, Message, methods, parseMessage, UdpTransport } from 'werift'
import type { Broker, BrokerEvents, OpenBroker, Will } from '../../../src/call/signalling.ts'
import type { IceServer } from '../../../src/call/transport.ts'
import '../../../src/call/werift/socket.ts'
import { Emitter } from '../../../src/lib/emitter.ts'

const SERVER = '203.0.113.10'
const SERVER_PORT = 3478
export const STUN: readonly IceServer[] = [{ urls: `stun:${SERVER}:${SERVER_PORT}` }]

type Packet = { readonly at: number; readonly from: string; readonly to: string; readonly data: Buffer; readonly passed: boolean }

/** Whose program runs now. */
const here = new AsyncLocalStorage<Home>()

/** One address at home, whatever machine the test runs on. */
os.networkInterfaces = () => {
  const home = here.getStore()
  const address = { address: home?.inner ?? '192.168.0.2', netmask: '255.255.255.0', mac: '02:00:00:00:00:01', internal: false }
  return { eth0: [{ ...address, family: 'IPv4', cidr: `${address.address}/24` }] }
}
syncBuiltinESMExports()

export class Home {
  readonly name: string
  /** Behind the router. */
  readonly inner: string
  readonly address: string
  readonly far: Far
  readonly sockets: FarSocket[] = []

  constructor(far: Far, name: string, address: string) {
    this.far = far
    this.name = name
    this.address = address
    this.inner = address.replace('203.0.113', '192.168.0')
  }

  /** Runs something as if it ran there. */
  run<R>(what: () => R): R {
    return here.run(this, what)
  }

  /** The way to a broker on the server. */
  broker(open: OpenBroker): OpenBroker {
    return (will) => new FarBroker(this, open, will)
  }
}

export class Far {
  /** Milliseconds from one home to the other, there and back. */
  readonly roundTrip: number
  readonly packets: Packet[] = []
  readonly #homes: Home[] = []

  constructor(roundTrip: number) {
    this.roundTrip = roundTrip
    // The one place where werift makes its sockets.
    UdpTransport.init = async () => {
      const home = here.getStore()
      if (!home) throw new Error('a socket was opened in nobody’s home')
      const socket = new FarSocket(home)
      home.sockets.push(socket)
      return socket as unknown as UdpTransport
    }
  }

  home(name: string): Home {
    const home = new Home(this, name, `203.0.113.${20 + this.#homes.length}`)
    this.#homes.push(home)
    return home
  }

  carry(socket: FarSocket, data: Buffer, host: string, port: number): void {
    const { home } = socket
    socket.opened.add(`${host} ${port}`)
    const bytes = Buffer.from(data)
    if (host === SERVER) {
      this.later(this.roundTrip / 2, home, () => socket.hear(reflect(bytes, home.address, socket.port), SERVER, SERVER_PORT))
      return
    }
    const target = this.#homes.find(({ address }) => address === host)?.sockets.find((one) => one.port === port && !one.closed)
    const at = performance.now()
    if (!target) {
      this.packets.push({ at, from: home.name, to: `${host}:${port}`, data: bytes, passed: false })
      return
    }
    this.later(this.roundTrip / 2, target.home, () => {
      const passed = target.opened.has(`${home.address} ${socket.port}`)
      this.packets.push({ at, from: home.name, to: target.home.name, data: bytes, passed })
      if (passed) target.hear(bytes, home.address, socket.port)
    })
  }

  later(time: number, home: Home, act: () => void): void {
    setTimeout(() => home.run(act), time)
  }
}

let ports = 40_000

class FarSocket {
  readonly home: Home
  readonly port = ++ports
  readonly type = 'udp'
  readonly addressFamily = 4
  readonly opened = new Set<string>()
  closed = false
  onData: (data: Buffer, from: readonly [string, number]) => void = () => {}
  readonly socket = {
    on: () => {},
    send: (data: Buffer, port: number, host: string) => this.home.far.carry(this, data, host, port),
    getSendQueueCount: () => 0,
    setRecvBufferSize: () => {},
    setSendBufferSize: () => {},
  }

  constructor(home: Home) {
    this.home = home
  }

  get address() {
    return { address: '0.0.0.0', port: this.port, family: 'IPv4' }
  }

  hear(data: Buffer, host: string, port: number): void {
    if (!this.closed) this.onData(data, [host, port])
  }

  async send(data: Buffer, [host, port]: readonly [string, number]): Promise<void> {
    this.home.far.carry(this, data, host, port)
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

function reflect(request: Buffer, host: string, port: number): Buffer {
  const asked = parseMessage(request)
  if (!asked) return Buffer.alloc(0)
  return new Message(methods.BINDING, classes.RESPONSE, asked.transactionId).setAttribute('XOR-MAPPED-ADDRESS', [host, port]).bytes
}

/** A broker half way between the homes. Nothing overtakes anything. */
class FarBroker extends Emitter<BrokerEvents> implements Broker {
  readonly #home: Home
  #inner: Broker | null = null

  constructor(home: Home, open: OpenBroker, will: Will) {
    super((error) => {
      throw error
    })
    this.#home = home
    this.#out(() => {
      const inner = open(will)
      this.#inner = inner
      inner.on('up', () => this.#in(() => this.emit('up')))
      inner.on('down', () => this.#in(() => this.emit('down')))
      inner.on('message', (topic, payload) => this.#in(() => this.emit('message', topic, payload)))
    })
  }

  publish(topic: string, payload: Uint8Array, options: { readonly retain: boolean }): void {
    this.#out(() => this.#inner?.publish(topic, payload, options))
  }

  subscribe(topic: string): void {
    this.#out(() => this.#inner?.subscribe(topic))
  }

  async close(): Promise<void> {
    this.#out(() => void this.#inner?.close())
  }

  #out(act: () => void): void {
    this.#home.far.later(this.#home.far.roundTrip / 4, this.#home, act)
  }

  #in(act: () => void): void {
    this.#home.far.later(this.#home.far.roundTrip / 4, this.#home, act)
  }
}

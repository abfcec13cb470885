// broker.ts — an MQTT broker in memory, with everything a bad one may do: forget, restart, cut people off, meddle with what passes.
//
// It keeps the promises that a call relies on and no more: order per client, retained messages, wills. Nothing is delivered in the same
// turn in which it was published. `meddle` sees every message before it is delivered and says what goes on instead.
import type { Broker, BrokerEvents, OpenBroker, Will } from '../../src/call/signalling.ts'
import { Emitter } from '../../src/lib/emitter.ts'

export type Passing = { readonly from: string; readonly topic: string; readonly payload: Uint8Array; readonly retain: boolean }
export type Meddle = (message: Passing) => readonly Passing[]

const honest: Meddle = (message) => [message]

export class FakeBroker {
  /** Every message as it was published, wills included. */
  readonly passed: Passing[] = []
  readonly retained = new Map<string, Uint8Array>()
  meddle: Meddle = honest
  readonly #clients = new Set<FakeClient>()
  #running = true

  /** The way to this broker for somebody, by a name that tests use to cut them off. */
  for(name: string): OpenBroker {
    return (will) => {
      const client = new FakeClient(this, name, will)
      this.#clients.add(client)
      if (this.#running) queueMicrotask(() => client.connect())
      return client
    }
  }

  /** Somebody's connection breaks: the broker plays their will. They stay away until heal(). */
  cut(name: string): void {
    for (const client of this.#named(name)) client.lose({ will: true })
  }

  /** The broker plays somebody's will although they are here. */
  playWill(name: string): void {
    for (const client of this.#named(name)) this.take({ from: name, ...client.will })
  }

  heal(name: string): void {
    for (const client of this.#named(name)) client.connect()
  }

  /** The broker dies, without playing a will, and is away. With `forget`, it also loses what was retained. */
  stop({ forget }: { forget: boolean }): void {
    this.#running = false
    if (forget) this.retained.clear()
    for (const client of this.#clients) client.lose({ will: false })
  }

  start(): void {
    this.#running = true
    for (const client of this.#clients) client.connect()
  }

  get running(): boolean {
    return this.#running
  }

  take(message: Passing): void {
    this.passed.push(message)
    for (const passing of this.meddle(message)) this.deliver(passing)
  }

  /** Brings a message to everybody who asked for its topic, whoever invented it. */
  deliver({ topic, payload, retain }: Passing): void {
    if (retain && payload.length === 0) this.retained.delete(topic)
    else if (retain) this.retained.set(topic, payload)
    for (const client of this.#clients) client.receive(topic, payload)
  }

  forget(client: FakeClient): void {
    this.#clients.delete(client)
  }

  #named(name: string): FakeClient[] {
    return [...this.#clients].filter((client) => client.name === name)
  }
}

class FakeClient extends Emitter<BrokerEvents> implements Broker {
  readonly name: string
  readonly #broker: FakeBroker
  readonly will: Will
  readonly #topics = new Set<string>()
  #connected = false
  #closed = false

  constructor(broker: FakeBroker, name: string, will: Will) {
    super((error) => {
      throw error
    })
    this.name = name
    this.#broker = broker
    this.will = will
  }

  connect(): void {
    if (this.#connected || this.#closed || !this.#broker.running) return
    this.#connected = true
    this.emit('up')
  }

  lose({ will }: { will: boolean }): void {
    if (!this.#connected) return
    this.#connected = false
    this.#topics.clear()
    if (will) this.#broker.take({ from: this.name, ...this.will })
    this.emit('down')
  }

  publish(topic: string, payload: Uint8Array, { retain }: { retain: boolean }): void {
    if (this.#connected) this.#broker.take({ from: this.name, topic, payload: payload.slice(), retain })
  }

  subscribe(topic: string): void {
    if (!this.#connected) return
    this.#topics.add(topic)
    for (const [kept, payload] of this.#broker.retained) if (matches(topic, kept)) this.#later(kept, payload)
  }

  receive(topic: string, payload: Uint8Array): void {
    if (this.#connected && [...this.#topics].some((wanted) => matches(wanted, topic))) this.#later(topic, payload)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#connected = false
    this.#broker.forget(this)
  }

  #later(topic: string, payload: Uint8Array): void {
    queueMicrotask(() => {
      if (this.#connected) this.emit('message', topic, payload.slice())
    })
  }
}

const matches = (wanted: string, topic: string): boolean =>
  wanted.endsWith('/+') ? topic.startsWith(wanted.slice(0, -1)) && !topic.slice(wanted.length - 1).includes('/') : wanted === topic

// mqtt.ts — a broker as the call wants it, made of mqtt.js: in this process over a stream, or anywhere over a URL.
// The only file of the daemon that knows mqtt.js exists.
//
// Everything is QoS 0. MQTT runs over TCP, so nothing is lost or disordered while a connection lives; when it dies the session
// dies with it (clean session: no broker has to remember us), and at every new 'up' the caller subscribes and says all that
// still holds. QoS 1 would add an answer per message and no more safety: what it would send again is old by then.
//
// Each connection is a new client of the library. Nothing is queued while there is none: it would be stale when it went out.
// The client id stays the same, so that the broker ends a half-dead connection of ours, with its will, before it greets the
// new one; and keepalive is 5 s, which notices a broker that hangs in 7.5 s at most.
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { connect, type IClientOptions, MqttClient } from 'mqtt'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { ms, seconds } from '../lib/unit.ts'

/** message: whatever came. fresh: the same, but only what is said now, not what the broker had kept from before. */
type BrokerEvents = {
  message: [topic: string, payload: Uint8Array]
  fresh: [topic: string, payload: Uint8Array]
  up: []
  down: []
}
export type Will = { readonly topic: string; readonly payload: Uint8Array; readonly retain: boolean }

/** A broker elsewhere that asks who we are. */
export type Door = {
  /** mqtt://, mqtts://, ws:// or wss:// */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Certificates of authorities, PEM, that are believed for this broker and no others. Without: those the system believes. */
  readonly ca?: string | undefined
  /** Any certificate will do: for brokers that are told nothing but what is sealed. */
  readonly anyCertificate?: boolean
}
/**
 * A mqtt://, mqtts://, ws:// or wss:// URL (credentials inside it) or several with blanks between, the nodes of a cluster, tried in turn;
 * a Door; or something that opens a stream into a broker.
 */
export type Way = string | Door | (() => Duplex)

export type MqttOptions = {
  readonly clock: Clock
  readonly log: Log
  /** 0 to 1, for the spread of pauses. */
  readonly random?: () => number
}

/** Opens brokers that lie at the end of one way. Each tries for as long as it is not closed. */
export const brokerOver =
  (way: Way, options: MqttOptions) =>
  (will: Will | null): MqttBroker => {
    const broker = new MqttBroker(way, options, will)
    broker.open()
    return broker
  }

/** Bytes that may wait for the network; what comes on top is dropped and counted. */
const BACKLOG = 1024 * 1024

export class MqttBroker {
  readonly dropped = new Tally()
  readonly #way: Way
  readonly #clock: Clock
  readonly #log: Log
  readonly #random: () => number
  readonly #will: Will | null
  readonly #id = `parlor-${randomBytes(16).toString('hex')}`
  readonly #events: Emitter<BrokerEvents>
  readonly #closed = new AbortController()
  #state: 'new' | 'up' | 'down' = 'new'
  #client: MqttClient | null = null
  /** Which of several nodes is dialled next. */
  #turn = 0
  /** Aborted when a pause before connecting makes no sense. */
  #hurry = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(way: Way, { clock, log, random }: MqttOptions, will: Will | null) {
    this.#way = way
    this.#clock = clock
    this.#log = log
    this.#random = random ?? Math.random
    this.#will = will
    this.#events = new Emitter((error) => log.error('a listener of the broker failed', error))
  }

  /** Begins to connect; 'up' comes later, never before this has returned. */
  open(): void {
    this.#running = this.#run()
  }

  on<E extends keyof BrokerEvents>(event: E, listener: (...args: BrokerEvents[E]) => void): Off {
    return this.#events.on(event, listener)
  }

  /**
   * Says something under a topic. While there is no connection it is dropped: 'up' is the moment to say it again.
   * @returns false when it was dropped
   */
  publish(topic: string, payload: Uint8Array, options: { retain: boolean }): boolean {
    const client = this.#client
    if (!client?.connected || this.#closed.signal.aborted) {
      this.dropped.add('no connection')
      return false
    }
    if (client.stream.writableLength > BACKLOG) {
      this.dropped.add('the network is full')
      return false
    }
    client.publish(topic, asBuffer(payload), { qos: 0, retain: options.retain })
    return true
  }

  /** Asks for what is said under a topic, for as long as this connection lives. */
  subscribe(topic: string): void {
    if (!this.#client?.connected || this.#closed.signal.aborted) return
    this.#client.subscribe(topic, { qos: 0 }, (_error, _asked, answer) => {
      if (answer?.granted.some((granted) => Number(granted) >= 128)) this.#log.warn('the broker refuses a subscription', { topic })
    })
  }

  /** Does not listen to a topic any more. */
  unsubscribe(topic: string): void {
    if (this.#client?.connected && !this.#closed.signal.aborted) this.#client.unsubscribe(topic)
  }

  /**
   * The network is another one now: the connection is dead, though nobody may have noticed. Connects anew at once.
   * @returns false when there is nothing to be done, because the broker is in this process
   */
  renew(): boolean {
    if (typeof this.#way === 'function') return false
    this.#hurry.abort()
    this.#hurry = new AbortController()
    this.#client?.end(true)
    return true
  }

  /** Says goodbye properly, so that the will is not read out, and stops for good. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort(new Error('closed'))
      const client = this.#client
      if (client) await Promise.race([ended(client), this.#pause('goodbye to a broker', 1000)])
      client?.end(true)
    }
    await this.#running
  }

  async #run(): Promise<void> {
    await Promise.resolve()
    while (!this.#closed.signal.aborted) {
      const hurry = AbortSignal.any([this.#closed.signal, this.#hurry.signal])
      const why = await this.#connection()
      this.#client = null
      if (this.#closed.signal.aborted) return
      if (this.#state !== 'down') {
        this.#state = 'down'
        this.#log.warn('the broker is away', { why })
        this.#events.emit('down')
      }
      await this.#clock.sleep('pause before reconnecting', ms(1000 * (0.75 + this.#random() / 2)), hurry).catch(() => {})
    }
  }

  /** One connection from its first byte to its end; says why it ended. */
  #connection(): Promise<string> {
    return new Promise((done) => {
      let why = 'it closed the connection'
      const client = this.#dial((error) => done(error.message))
      if (!client) return
      this.#client = client
      client.on('connect', () => this.#up(client))
      client.on('message', (topic, payload, { retain }) => {
        if (!this.#closed.signal.aborted) this.#events.emit('message', topic, payload)
        if (!this.#closed.signal.aborted && !retain) this.#events.emit('fresh', topic, payload)
      })
      client.on('error', (error) => {
        why = error.message || why
      })
      client.on('close', () => {
        client.end(true)
        done(why)
      })
    })
  }

  #dial(fail: (error: Error) => void): MqttClient | null {
    const way = this.#way
    try {
      if (typeof way === 'function') return new MqttClient(() => way(), this.#options())
      if (typeof way === 'string') {
        const nodes = way.split(' ')
        return connect(nodes[this.#turn++ % nodes.length] ?? way, this.#options())
      }
      const { url, user, password, ca, anyCertificate } = way
      return connect(url, {
        ...this.#options(),
        ...(user !== undefined && { username: user }),
        ...(password !== undefined && { password }),
        ...(ca !== undefined && { ca }),
        ...(anyCertificate && { rejectUnauthorized: false }),
      })
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)))
      return null
    }
  }

  #up(client: MqttClient): void {
    if (this.#closed.signal.aborted) return
    const socket: object = client.stream
    if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay(true)
    if (this.#state === 'down') this.#log.info('the broker answers again')
    this.#state = 'up'
    this.#events.emit('up')
  }

  #options(): IClientOptions {
    const will = this.#will
    return {
      clientId: this.#id,
      protocolVersion: 4,
      clean: true,
      keepalive: 5,
      // Our own words must not put the question off whether the other side still answers.
      reschedulePings: false,
      connectTimeout: seconds(5),
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // Else the library keeps a Buffer for each number up to 65,535, in all clients and brokers of this process: 10 MB.
      writeCache: false,
      ...(will && { will: { topic: will.topic, payload: asBuffer(will.payload), qos: 0 as const, retain: will.retain } }),
    }
  }

  #pause(name: string, time: number): Promise<void> {
    return this.#clock.sleep(name, ms(time), new AbortController().signal)
  }
}

const ended = (client: MqttClient): Promise<void> => new Promise((done) => client.end(false, {}, () => done()))
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

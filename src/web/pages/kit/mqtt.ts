// mqtt.ts — the broker as a page sees it: MQTT 3.1.1 over the WebSocket of the server that the page came from.
//
// The only file of the pages that knows the mqtt library. It takes the client alone, without the library's ways to
// other transports, which spares a phone some 40 kB (vite.config.ts says what stands for Node's modules).
// The client connects again by itself, for ever; what was published while it was down is not kept, because every
// word of a call is worth nothing late: at each 'up' the caller says again what is true then.
import client from 'mqtt/lib/client'
import { browserStreamBuilder } from 'mqtt/lib/connect/ws'
import type { Broker, OpenBroker } from '../../../call/signalling.ts'
import { Emitter } from '../../../lib/emitter.ts'

/** Seconds. A frozen broker is noticed within 1.5 times this. */
const KEEPALIVE = 5
const AGAIN_AFTER_MS = 1000
const GIVE_UP_AFTER_MS = 5000

type Client = InstanceType<typeof client.default>
type Events = { message: [topic: string, payload: Uint8Array]; up: []; down: [] }

/** Opens the broker at /mqtt of this page's own host. Throws nothing: trouble shows as 'down' and a later 'up'. */
export const openBroker: OpenBroker = (will) => {
  const { protocol, hostname, port } = location
  const secure = protocol === 'https:'
  const mqtt = new client.default((self: Client) => browserStreamBuilder(self, self.options), {
    protocol: secure ? 'wss' : 'ws',
    hostname,
    port: port ? Number(port) : secure ? 443 : 80,
    path: '/mqtt',
    protocolVersion: 4,
    // Our own words must not put the question off whether the other side still answers.
    reschedulePings: false,
    clientId: `page-${crypto.getRandomValues(new Uint32Array(4)).join('')}`,
    clean: true,
    keepalive: KEEPALIVE,
    reconnectPeriod: AGAIN_AFTER_MS,
    connectTimeout: GIVE_UP_AFTER_MS,
    queueQoSZero: false,
    // Else it makes a buffer for each number up to 65,535 before its first word: time and memory of a phone.
    writeCache: false,
    resubscribe: false,
    timerVariant: 'native',
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 0, retain: will.retain },
  })
  const broker = new PageBroker(mqtt)
  broker.listen()
  return broker
}

class PageBroker extends Emitter<Events> implements Broker {
  readonly #mqtt: Client
  #now: 'new' | 'up' | 'down' = 'new'

  constructor(mqtt: Client) {
    super(reportError)
    this.#mqtt = mqtt
  }

  /** Wires the library's events. Called once, by openBroker. */
  listen(): void {
    this.#mqtt.on('connect', () => this.#turn('up'))
    this.#mqtt.on('close', () => this.#turn('down'))
    this.#mqtt.on('message', (topic: string, payload: Uint8Array) => this.emit('message', topic, new Uint8Array(payload)))
    // A refused or broken connection also closes, and is tried again: 'down' has said it.
    this.#mqtt.on('error', () => {})
  }

  publish(topic: string, payload: Uint8Array, { retain }: { retain: boolean }): void {
    if (this.#mqtt.connected) this.#mqtt.publish(topic, Buffer.from(payload), { qos: 0, retain })
  }

  subscribe(topic: string): void {
    if (this.#mqtt.connected) this.#mqtt.subscribe(topic, { qos: 0 })
  }

  /** Says goodbye to the broker, so that the will is not sent; what was published before goes out first. */
  close(): Promise<void> {
    return new Promise((done) => this.#mqtt.end(false, {}, () => done()))
  }

  /** The library says 'close' again at every vain attempt; we say it once. */
  #turn(to: 'up' | 'down'): void {
    if (this.#now === to) return
    this.#now = to
    this.emit(to)
  }
}

// rehearsal.ts — a whole call with ourselves, played through once while nothing else is to be done.
//
// The first call of a process is slow: the code that seals, signs and connects has never run, and a browser's first
// connection starts threads. So two calls of our own meet in a room that exists nowhere, over a messenger in memory and real
// transports on this machine, confirm each other, and are gone. Nobody else can see it; no device is touched.
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import { derive, newSecretKey, publicKeyOf, SEAL_KEY, sign, systemRandom } from '../wire/crypto.ts'
import { type Identity, peerOf, type RoomKeys } from '../wire/key.ts'
import { Call } from './call.ts'
import type { Broker, BrokerEvents, OpenBroker } from './signalling.ts'
import type { Transport } from './transport.ts'

/** However slow the machine, it ends. */
const LONGEST = seconds(4)

/**
 * Plays one call through. Never rejects: a rehearsal that fails costs nobody anything.
 * @param openTransport as the real call opens it
 */
export async function rehearse(parts: { openTransport: () => Transport; clock: Clock; log: Log; signal: AbortSignal }): Promise<boolean> {
  const messenger = new Messenger()
  const room = roomOfOurOwn()
  const over = new AbortController()
  const either = AbortSignal.any([parts.signal, over.signal])
  let opened = 0
  const calls = ['one', 'two'].map((name) => {
    const call = new Call<Transport>({
      identity: somebody(),
      name,
      kind: 'browser',
      room,
      openBroker: messenger.open,
      openTransport: parts.openTransport,
      clock: parts.clock,
      log: silent,
      random: systemRandom,
    })
    call.on('opened', () => ++opened === 2 && over.abort())
    return call
  })
  const joined = Promise.allSettled(calls.map((call) => call.join(either)))
  await parts.clock.sleep('rehearsal', LONGEST, either).catch(() => {})
  over.abort()
  await Promise.allSettled(calls.map((call) => call.leave()))
  await joined
  parts.log.debug('rehearsed a call', { linked: opened === 2 })
  return opened === 2
}

function somebody(): Identity {
  const secret = newSecretKey(systemRandom)
  const publicKey = publicKeyOf(secret)
  return { peer: peerOf(publicKey), publicKey, sign: (bytes) => sign(secret, bytes) }
}

function roomOfOurOwn(): RoomKeys {
  const secret = systemRandom(16)
  const key = (info: string, length: number) => derive(secret, secret, info, length)
  return { id: peerOf(key('room', 32)) as string as RoomKeys['id'], epoch: 0, seal: key('seal', SEAL_KEY), sas: key('sas', 32) }
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, part: () => silent }

/** A broker for two in this process: retains, delivers in order, forgets nobody. */
class Messenger {
  readonly #retained = new Map<string, Uint8Array>()
  readonly #clients = new Set<Client>()

  readonly open: OpenBroker = () => {
    const client = new Client(this)
    this.#clients.add(client)
    queueMicrotask(() => client.emit('up'))
    return client
  }

  publish(topic: string, payload: Uint8Array, retain: boolean): void {
    if (retain) this.#retained.set(topic, payload)
    for (const client of this.#clients) client.hear(topic, payload)
  }

  giveRetained(client: Client): void {
    for (const [topic, payload] of this.#retained) client.hear(topic, payload)
  }

  forget(client: Client): void {
    this.#clients.delete(client)
  }
}

class Client extends Emitter<BrokerEvents> implements Broker {
  readonly #messenger: Messenger
  readonly #filters = new Set<string>()

  constructor(messenger: Messenger) {
    super(() => {})
    this.#messenger = messenger
  }

  publish(topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): void {
    this.#messenger.publish(topic, payload, retain)
  }

  subscribe(filter: string): void {
    this.#filters.add(filter)
    this.#messenger.giveRetained(this)
  }

  hear(topic: string, payload: Uint8Array): void {
    const anybody = topic.replace(/[^/]+$/, '+')
    if (this.#filters.has(topic) || this.#filters.has(anybody)) queueMicrotask(() => this.emit('message', topic, payload))
  }

  async close(): Promise<void> {
    this.#messenger.forget(this)
  }
}

// broker.ts — the MQTT broker inside the box, made of aedes. The only file that knows aedes exists.
//
// It carries what the people of a room say to each other and nothing else: access.ts says which words, gate.ts how fast and
// how long, retained.ts what is kept. It serves anybody who can open a stream to it: browsers over WebSocket (the web server
// hands their streams over), the box itself without a port, and, where wanted, plain MQTT on a port.
//
// MQTT 3.1.1, QoS 0 and 1, clean sessions only: there is no session to come back to, so nothing is queued for those who are
// away.
//
// Who comes without a name is a guest and has the words of rooms. Who comes as "home" with the home's password sees the box
// and nothing else (topic-access.ts); wrong passwords are answered slowly, a few at a time, so that guessing takes for ever.
// A client that asks for more is refused; one that breaks a rule is cut off. Neither is logged one by one.
import { type Duplex, duplexPair } from 'node:stream'
import { Aedes, type AedesOptions, type Client, type ConnectPacket } from 'aedes'
import type { RoomId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { seconds } from '../lib/unit.ts'
import { LONGEST_SIGNAL, roomIn, whyNot } from './access.ts'
import { memory } from './broker/memory.ts'
import { Rights, type Who } from './broker/rights.ts'
import { Gate, type GateLimits } from './gate.ts'
import { type Listening, listenPort } from './local.ts'
import { Password } from './password.ts'
import { Retained, type RetainedLimits } from './retained.ts'
import { type Home, isKept, LONGEST_WORD } from './topic-access.ts'

export type BrokerLimits = {
  /** Streams open at once, our own not counted. */
  readonly clients: number
  readonly subscriptions: number
  /** Topics under which one client may have something kept. */
  readonly kept: number
  readonly gate: GateLimits
  /** The same, for the box itself. */
  readonly ownGate: GateLimits
  readonly retained: Partial<RetainedLimits>
}
const LIMITS: BrokerLimits = {
  clients: 128,
  subscriptions: 32,
  kept: 16,
  gate: { packet: LONGEST_SIGNAL + 1024, perSecond: 100, burst: 600, backlog: 512 * 1024 },
  ownGate: { packet: LONGEST_WORD + 1024, perSecond: 500, burst: 2000, backlog: 1024 * 1024 },
  retained: {},
}
const LONGEST_ID = 64
/** Seconds; a client must promise to be heard from at least that often. */
const LONGEST_KEEPALIVE = 120

export type BrokerCounts = { readonly clients: number; readonly retained: number; readonly rooms: number; readonly refused: number }

export interface EmbeddedBroker {
  /** Serves MQTT on a stream, until either side ends it. */
  accept(stream: Duplex): void
  /** A stream for a client in this process, which keeps the same rules; `who`: it speaks as the box of the home. */
  local(who?: 'guest' | 'box'): Duplex
  /** Serves plain MQTT on a port too. 0: any free one. Throws a Refusal 'port-taken'. */
  listen(host: string, port: number): Promise<{ readonly port: number }>
  counts(): BrokerCounts
  /** Tells of every word that a client says from now on, wills too; not of what was said by say(). */
  tap(listener: Tap): void
  /** Tells from now on when the first client listens in a room, and when the last one has gone. */
  watch(listener: Watch): void
  /** Says a word to the clients, as one of them would; what no client may say is not said. */
  say(topic: string, payload: Uint8Array, retain: boolean): void
  close(): Promise<void>
}
export type Tap = (topic: string, payload: Uint8Array, retain: boolean) => void
export type Watch = (room: RoomId, isHeard: boolean) => void

type Options = {
  readonly log: Log
  readonly clock: Clock
  readonly limits?: Partial<BrokerLimits>
  /** The home that this broker serves too. password: of the user "home"; empty: nobody comes in as such. */
  readonly home?: Home & { readonly password: string }
}

export async function openBroker({ log, clock, limits, home }: Options): Promise<EmbeddedBroker> {
  const broker = new AedesBroker(log, clock, { ...LIMITS, ...limits }, home ?? null)
  await broker.open()
  return broker
}

/** What one client has taken of its share. */
type Share = { readonly heard: Set<string>; readonly kept: Set<string> }

class AedesBroker implements EmbeddedBroker {
  readonly #log: Log
  readonly #clock: Clock
  readonly #limits: BrokerLimits
  readonly #retained: Retained
  readonly #odd = new Tally()
  readonly #gates = new Set<Gate>()
  readonly #own = new Set<Gate>()
  readonly #shares = new WeakMap<Client, Share>()
  readonly #listening: Listening[] = []
  /** Who listens in which room. */
  readonly #rooms = new Map<RoomId, Set<Client>>()
  #onRoom: Watch = () => {}
  readonly #closed = new AbortController()
  readonly #aedes: Aedes
  readonly #rights: Rights
  readonly #servesHome: boolean
  readonly #password: Password
  /** By stream; who is not named here is a guest. */
  readonly #who = new WeakMap<Duplex, Who>()

  constructor(log: Log, clock: Clock, limits: BrokerLimits, home: NonNullable<Options['home']> | null) {
    this.#log = log
    this.#clock = clock
    this.#limits = limits
    this.#rights = new Rights(home)
    this.#servesHome = home !== null
    this.#password = new Password(home?.password ?? '', clock)
    this.#retained = new Retained(clock, limits.retained, (topic) => home !== null && isKept(topic, home))
    // Without a limit nothing is queued inside. aedes goes through its queue by recursion: some thousand words that nobody hears would end us.
    this.#aedes = new Aedes({
      ...this.#rules(),
      persistence: memory(this.#retained, this.#odd),
      concurrency: 0,
      connectTimeout: 5000,
      drainTimeout: 5000,
    })
  }

  async open(): Promise<void> {
    this.#aedes.on('clientError', (_client, error) => this.#odd.add(error.message))
    this.#aedes.on('connectionError', (_client, error) => this.#odd.add(error.message))
    this.#aedes.on('clientDisconnect', (client) => this.#gone(client))
    await this.#aedes.listen()
    const say = (count: number, last: string) => this.#log.info('the broker refused some', { count, last })
    this.#odd.report(seconds(60), say, this.#clock, this.#closed.signal).catch(() => {})
  }

  accept(stream: Duplex): void {
    if (this.#closed.signal.aborted || this.#gates.size >= this.#limits.clients) {
      this.#odd.add('too many clients')
      stream.destroy()
      return
    }
    const gate = this.#gate(stream, this.#limits.gate)
    this.#gates.add(gate)
    gate.once('close', () => this.#gates.delete(gate))
    this.#aedes.handle(gate)
  }

  local(who: 'guest' | 'box' = 'guest'): Duplex {
    const [mine, theirs] = duplexPair()
    mine.on('error', () => {})
    // The two halves of a pair do not hear of each other's end by themselves.
    mine.once('close', () => theirs.destroy())
    theirs.once('close', () => mine.destroy())
    const gate = this.#gate(theirs, who === 'box' ? this.#limits.ownGate : this.#limits.gate)
    this.#who.set(gate, who)
    this.#own.add(gate)
    gate.once('close', () => this.#own.delete(gate))
    this.#aedes.handle(gate)
    return mine
  }

  async listen(host: string, port: number): Promise<{ readonly port: number }> {
    const listening = await listenPort(host, port, (stream) => this.accept(stream))
    this.#listening.push(listening)
    return { port: listening.port }
  }

  counts(): BrokerCounts {
    return {
      clients: this.#aedes.connectedClients,
      retained: this.#retained.size,
      rooms: this.#retained.rooms,
      refused: this.#odd.total,
    }
  }

  tap(listener: Tap): void {
    this.#aedes.on('publish', (packet, client) => {
      if (client) listener(packet.topic, asBytes(packet.payload), packet.retain)
    })
  }

  watch(listener: Watch): void {
    this.#onRoom = listener
  }

  say(topic: string, payload: Uint8Array, retain: boolean): void {
    const why = whyNot({ topic, size: payload.length, qos: 0, retain })
    if (why !== null) {
      this.#odd.add(why)
      return
    }
    const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos: 0 as const, retain, dup: false }
    this.#aedes.publish(packet, () => {})
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all(this.#listening.map((listening) => listening.close()))
    for (const gate of [...this.#gates, ...this.#own]) gate.destroy()
    await new Promise<void>((done) => this.#aedes.close(done))
  }

  #gate(stream: Duplex, limits: GateLimits): Gate {
    const gate = new Gate(stream, limits, this.#clock, (why) => this.#odd.add(why))
    gate.on('error', () => {})
    return gate.open()
  }

  #share(client: Client): Share {
    const share = this.#shares.get(client) ?? { heard: new Set(), kept: new Set() }
    this.#shares.set(client, share)
    return share
  }

  #rules(): AedesOptions {
    return {
      keepaliveLimit: LONGEST_KEEPALIVE,
      preConnect: (client, packet, done) => {
        const why = this.#whyNoConnect(client.conn, packet)
        done(why === null ? null : new Error(why), why === null)
      },
      authenticate: (client, user, password, done) => {
        void this.#greet(client.conn, user, password).then((may) => {
          if (!may) this.#odd.add('a wrong name or password')
          done(null, may)
        })
      },
      authorizePublish: (client, packet, done) => {
        const who = client ? this.#whoIs(client.conn) : 'guest'
        const why = this.#rights.whyNot(who, { topic: packet.topic, size: packet.payload.length, qos: packet.qos, retain: packet.retain })
        // Nobody's order is kept: it would be done again at every start.
        if (who === 'home') packet.retain = false
        if (client && who === 'guest' && why === null && packet.retain && !this.#mayKeep(client, packet.topic, packet.payload.length)) {
          this.#odd.add('too much to keep')
          packet.retain = false
        }
        done(why === null ? null : new Error(why))
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { heard } = this.#share(client)
        if (
          !this.#rights.mayHear(this.#whoIs(client.conn), subscription.topic) ||
          (heard.size >= this.#limits.subscriptions && !heard.has(subscription.topic))
        ) {
          this.#odd.add('a subscription that is not allowed')
          done(null, null)
          return
        }
        heard.add(subscription.topic)
        this.#listens(client, subscription.topic)
        done(null, { ...subscription, qos: subscription.qos > 1 ? 1 : subscription.qos })
      },
    }
  }

  #listens(client: Client, filter: string): void {
    const room = roomIn(filter)
    if (room === null) return
    const here = this.#rooms.get(room) ?? new Set()
    this.#rooms.set(room, here)
    here.add(client)
    if (here.size === 1) this.#onRoom(room, true)
  }

  #gone(client: Client): void {
    for (const filter of this.#share(client).heard) {
      const room = roomIn(filter)
      const here = room === null ? undefined : this.#rooms.get(room)
      if (room === null || !here?.delete(client) || here.size > 0) continue
      this.#rooms.delete(room)
      this.#onRoom(room, false)
    }
  }

  #whoIs(stream: Duplex): Who {
    return this.#who.get(stream) ?? 'guest'
  }

  /** Lets somebody in who says who they are; who says nothing is a guest, or one of ours. */
  async #greet(stream: Duplex, user: string | undefined, password: Readonly<Buffer> | undefined): Promise<boolean> {
    if (user === undefined && password === undefined) return true
    if (this.#whoIs(stream) === 'box' || !this.#servesHome || user !== 'home') return false
    if (!(await this.#password.isRight(password ?? Buffer.alloc(0), this.#closed.signal))) return false
    this.#who.set(stream, 'home')
    return true
  }

  /** Why a client may not come in, or null. */
  #whyNoConnect(stream: Duplex, { protocolVersion, clean, clientId, will, username }: ConnectPacket): string | null {
    if (protocolVersion === 5) return null // aedes itself answers this one, with the code that makes such clients fall back
    if (!clean) return 'a session to be kept'
    if (clientId.length > LONGEST_ID) return 'a client id too long'
    if (!will) return null
    // Who gives a name has not proven it yet, but a wrong password ends them before their will is kept.
    const who = username === undefined ? this.#whoIs(stream) : 'home'
    return this.#rights.whyNot(who, { topic: will.topic, size: will.payload.length, qos: will.qos ?? 0, retain: will.retain ?? false })
  }

  #mayKeep(client: Client, topic: string, length: number): boolean {
    const { kept } = this.#share(client)
    if (length === 0) return kept.delete(topic) || true
    if (kept.size >= this.#limits.kept && !kept.has(topic)) return false
    kept.add(topic)
    return true
  }
}

const asBytes = (payload: string | Uint8Array): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload) : payload)

// onward.ts — where one machine is not enough: joins the broker inside a rendezvous with a cluster of brokers behind it, so that guests
// of different rendezvous meet. Guests speak to the broker inside, with its rules and its bounds, and never to the cluster.
//
// A room is joined while a guest listens in it: what is said of it in here goes out, and what is said of it out there comes in.
//
// A cluster that has lost a node elects for many seconds (NATS: up to 9, several times over). Meanwhile it takes nobody in, and whoever
// asks it to keep a word is not heard until that is kept; but plain words go on. So three connections stand open all the time: two to
// different nodes listen, one of which talks, and a third one, which nobody waits for, says again what is to be kept. When a talker's
// node dies the other carries on at once.
//
// What crossed comes back, more than once: every word is sealed with a fresh nonce, so it is known by its hash. Empty words (a presence
// erased) are all alike; they are counted.
import type { RoomId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import { seconds } from '../lib/unit.ts'
import { roomIn } from './access.ts'
import type { EmbeddedBroker } from './broker.ts'
import { Crossed } from './crossed.ts'
import type { MqttBroker } from './mqtt.ts'

/** Words that are remembered as having crossed: some seconds of a busy rendezvous. */
const REMEMBERED = 32_768
/** After the last guest has gone a room is kept for so long: a page that is loaded again is back in a moment. */
const EMPTY_KEPT = seconds(20)
const LISTENING = 2
const NOTHING = new Uint8Array()
const KEPT = { retain: true } as const

type Inside = Pick<EmbeddedBroker, 'tap' | 'watch' | 'say'>
type Outside = Pick<MqttBroker, 'on' | 'publish' | 'subscribe' | 'unsubscribe' | 'close'>
type Room = {
  /** What our guests keep out there, and what of the others is kept in here: by topic. */
  readonly ours: Map<string, Uint8Array>
  readonly theirs: Set<string>
  /** Empty words of ours that are yet to come back, by topic. */
  readonly echoes: Map<string, number>
  /** Aborted when somebody comes back. */
  leaving: AbortController | null
}
export type OnwardParts = {
  readonly inside: Inside
  /** Opens a connection to the first of these nodes that takes us, and to another one when that dies. */
  readonly open: (nodes: string) => Outside
  readonly clock: Clock
}

/**
 * The orders in which the connections that listen try the nodes of a cluster: each begins with another one.
 * @param servers URLs with blanks between  @throws Refusal 'bad-config' for one that is no broker by MQTT
 */
export function ordersOf(servers: string): string[] {
  const nodes = servers.split(' ')
  if (nodes.some((url) => !/^mqtts?:$/.test(new URL(url).protocol)))
    throw new Refusal('bad-config', 'mqtt.server of a rendezvous must be mqtt:// or mqtts://')
  return nodes.slice(0, LISTENING).map((_, i) => [...nodes.slice(i), ...nodes.slice(0, i)].join(' '))
}

export class Onward {
  readonly #parts: OnwardParts
  readonly #links: readonly Outside[]
  readonly #keeper: Outside
  #keeps = false
  readonly #up = new Set<Outside>()
  readonly #rooms = new Map<RoomId, Room>()
  readonly #crossed = new Crossed(REMEMBERED)
  readonly #closed = new AbortController()

  /** @throws Refusal 'bad-config' */
  constructor(servers: string, parts: OnwardParts) {
    this.#parts = parts
    const orders = ordersOf(servers)
    this.#links = orders.map((nodes) => parts.open(nodes))
    this.#keeper = parts.open(orders.at(-1) ?? servers)
  }

  open(): void {
    for (const link of this.#links) {
      link.on('up', () => this.#isUp(link))
      link.on('down', () => void this.#up.delete(link))
      link.on('message', (topic, payload) => this.#in(topic, payload))
    }
    this.#keeper.on('up', () => {
      this.#keeps = true
      for (const { ours } of this.#rooms.values()) for (const [topic, payload] of ours) this.#keeper.publish(topic, payload, KEPT)
    })
    this.#keeper.on('down', () => {
      this.#keeps = false
    })
    this.#parts.inside.watch((room, isHeard) => (isHeard ? this.#serve(room) : this.#empty(room)))
    this.#parts.inside.tap((topic, payload, retain) => this.#out(topic, payload, retain))
  }

  /** Connections to the cluster that stand now and listen. */
  get up(): number {
    return this.#up.size
  }

  /** Rooms that are joined now. */
  get rooms(): number {
    return this.#rooms.size
  }

  /** Takes back what our guests keep out there, and ends. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    for (const [name, room] of this.#rooms) this.#forget(name, room)
    await Promise.all([...this.#links, this.#keeper].map((link) => link.close()))
  }

  #isUp(link: Outside): void {
    for (const room of this.#rooms.keys()) link.subscribe(filterOf(room))
    this.#up.add(link)
    if (this.#up.size > 1) return
    // Nobody heard us for a while.
    for (const { ours, echoes } of this.#rooms.values()) {
      echoes.clear()
      for (const [topic, payload] of ours) this.#publish(topic, payload, true)
    }
  }

  #serve(name: RoomId): void {
    const known = this.#rooms.get(name)
    if (known) {
      known.leaving?.abort()
      known.leaving = null
      return
    }
    this.#rooms.set(name, { ours: new Map(), theirs: new Set(), echoes: new Map(), leaving: null })
    for (const link of this.#up) link.subscribe(filterOf(name))
  }

  #empty(name: RoomId): void {
    const room = this.#rooms.get(name)
    if (!room || this.#closed.signal.aborted) return
    const leaving = new AbortController()
    room.leaving = leaving
    this.#parts.clock.sleep('an empty room', EMPTY_KEPT, AbortSignal.any([leaving.signal, this.#closed.signal])).then(
      () => this.#forget(name, room),
      () => {},
    )
  }

  /** Leaves no ghosts: neither of ours out there nor of theirs in here. */
  #forget(name: RoomId, { ours, theirs }: Room): void {
    this.#rooms.delete(name)
    for (const link of this.#up) link.unsubscribe(filterOf(name))
    for (const topic of ours.keys()) this.#publish(topic, NOTHING, true)
    for (const topic of theirs) this.#parts.inside.say(topic, NOTHING, true)
  }

  #out(topic: string, payload: Uint8Array, retain: boolean): void {
    const name = roomIn(topic)
    const room = name === null ? undefined : this.#rooms.get(name)
    if (payload.length > 0) this.#crossed.isNew(topic, payload)
    if (room && retain) {
      if (payload.length > 0) room.ours.set(topic, payload)
      else room.ours.delete(topic)
      room.theirs.delete(topic)
    }
    if (room && payload.length === 0 && this.#up.size > 0) {
      const times = retain && this.#keeps ? 2 : 1
      room.echoes.set(topic, (room.echoes.get(topic) ?? 0) + times * this.#up.size)
    }
    this.#publish(topic, payload, retain)
  }

  #publish(topic: string, payload: Uint8Array, retain: boolean): void {
    const talking = this.#links.find((link) => this.#up.has(link))
    talking?.publish(topic, payload, { retain: false })
    if (retain) this.#keeper.publish(topic, payload, KEPT)
  }

  #in(topic: string, payload: Uint8Array): void {
    const name = roomIn(topic)
    const room = name === null ? undefined : this.#rooms.get(name)
    if (!room || !(payload.length > 0 ? this.#crossed.isNew(topic, payload) : this.#isNoEcho(room, topic))) return
    const isKept = isPresence(topic)
    if (isKept && payload.length > 0) room.theirs.add(topic)
    else room.theirs.delete(topic)
    this.#parts.inside.say(topic, payload, isKept)
  }

  #isNoEcho({ echoes }: Room, topic: string): boolean {
    const due = echoes.get(topic) ?? 0
    if (due > 1) echoes.set(topic, due - 1)
    else echoes.delete(topic)
    return due === 0
  }
}

const filterOf = (room: RoomId): string => `parlor/1/room/${room}/#`
const isPresence = (topic: string): boolean => topic.split('/')[4] === 'peer'

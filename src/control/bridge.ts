// bridge.ts — joins the broker inside the box with another one, so that a room is one room on both.
//
// Pages and the box itself always speak to the broker inside, with its rules and its bounds; what is said of a room that is
// bridged goes out, and what is said of it out there comes in. So nobody who opens our page ever touches the other broker
// or learns its password.
//
// MQTT 3.1.1 gives back to us what we say. Every word of a room is sealed with a fresh nonce, so no two are alike: a word that
// crossed a moment ago is known by its hash and does not cross again. The empty ones (a presence erased) do not cross at all.
import type { RoomId } from '../core/id.ts'
import type { EmbeddedBroker } from './broker.ts'
import { Crossed } from './crossed.ts'
import type { MqttBroker } from './mqtt.ts'

/** Words that are remembered as having crossed: more than any room says while one comes back. */
const REMEMBERED = 1024

export class Bridge {
  readonly #inside: Pick<EmbeddedBroker, 'tap' | 'say'>
  readonly #outside: Pick<MqttBroker, 'on' | 'publish' | 'subscribe' | 'renew' | 'close'>
  readonly #rooms = new Set<RoomId>()
  readonly #crossed = new Crossed(REMEMBERED)
  /** What the other broker keeps because we brought it. */
  readonly #carried = new Set<string>()
  #up = false
  #whenUp: () => void = () => {}

  constructor(parts: {
    inside: Pick<EmbeddedBroker, 'tap' | 'say'>
    outside: Pick<MqttBroker, 'on' | 'publish' | 'subscribe' | 'renew' | 'close'>
  }) {
    this.#inside = parts.inside
    this.#outside = parts.outside
  }

  open(): void {
    this.#outside.on('down', () => {
      this.#up = false
    })
    this.#outside.on('up', () => {
      this.#up = true
      for (const room of this.#rooms) this.#outside.subscribe(`${topicOf(room)}#`)
      const then = this.#whenUp
      this.#whenUp = () => {}
      then()
    })
    this.#outside.on('message', (topic, payload) => {
      if (this.#crosses(topic, payload)) this.#inside.say(topic, payload, isPresence(topic))
    })
    this.#inside.tap((topic, payload, retain) => {
      if (!this.#crosses(topic, payload)) return
      if (retain && this.#carried.size < REMEMBERED) this.#carried.add(topic)
      this.#outside.publish(topic, payload, { retain })
    })
  }

  /** Whether the other broker is reached now. */
  get up(): boolean {
    return this.#up
  }

  /** Joins a room on both sides, from now on. */
  serve(room: RoomId): void {
    if (this.#rooms.has(room)) return
    this.#rooms.add(room)
    this.#outside.subscribe(`${topicOf(room)}#`)
  }

  /** The network is another one now: connects anew at once. @param then called when the other broker is reached again */
  renew(then: () => void): void {
    this.#whenUp = then
    this.#outside.renew()
  }

  /** Takes back what it brought, so that nobody who comes later takes those at this home for people who are there; and ends. */
  close(): Promise<void> {
    for (const topic of this.#carried) this.#outside.publish(topic, new Uint8Array(), { retain: true })
    return this.#outside.close()
  }

  /** Whether a word goes to the other side. */
  #crosses(topic: string, payload: Uint8Array): boolean {
    return this.#isOurs(topic) && payload.length > 0 && this.#crossed.isNew(topic, payload)
  }

  #isOurs(topic: string): boolean {
    const room = topic.split('/')[3] as RoomId | undefined
    return room !== undefined && this.#rooms.has(room) && topic.startsWith(topicOf(room))
  }
}

const topicOf = (room: RoomId): string => `parlor/1/room/${room}/`
const isPresence = (topic: string): boolean => topic.split('/')[4] === 'peer'

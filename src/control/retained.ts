// retained.ts — the last words that a broker keeps for those who come later, bounded in every direction.
//
// Presence is renewed by a heartbeat. What is not renewed for a minute is forgotten, whether its will came or not, so memory
// stays flat however many come and go. A full room takes nobody new; a full house forgets what was renewed longest ago, which
// is never somebody who is still here. What the box says of itself is not renewed and not forgotten: it is little, and its own.
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { wordOf } from './access.ts'
import { lies } from './topic-access.ts'

export type Kept = { readonly topic: string; readonly payload: Buffer; readonly qos: 0 | 1 }

export type RetainedLimits = {
  readonly perRoom: number
  readonly inAll: number
  /** Of all payloads together. */
  readonly bytes: number
  readonly presence: Ms
  readonly policy: Ms
}
const LIMITS: RetainedLimits = { perRoom: 64, inAll: 4096, bytes: 8 * 1024 * 1024, presence: seconds(60), policy: seconds(24 * 3600) }
const SWEEP: Ms = seconds(5)
/** Where the box's own words are counted; no room has this id. */
const OWN = 'the box'

export class Retained {
  #kept = new Map<string, Kept & { readonly room: string; readonly until: number }>()
  #perRoom = new Map<string, number>()
  #bytes = 0
  #nextSweep = 0
  readonly #clock: Clock
  readonly #limits: RetainedLimits
  readonly #isOwn: (topic: string) => boolean

  /** @param isOwn whether the box itself says this topic, and wants it kept */
  constructor(clock: Clock, limits: Partial<RetainedLimits> = {}, isOwn: (topic: string) => boolean = () => false) {
    this.#clock = clock
    this.#isOwn = isOwn
    this.#limits = { ...LIMITS, ...limits }
  }

  get size(): number {
    return this.#kept.size
  }
  get rooms(): number {
    return this.#perRoom.size
  }
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a message, or forgets the one of its topic when its payload is empty. False when its room is full. */
  keep(topic: string, payload: Buffer, qos: 0 | 1): boolean {
    const place = this.#placeOf(topic)
    if (!place) return false
    this.#sweep()
    const known = this.#kept.has(topic)
    if (payload.length > 0 && !known && (this.#perRoom.get(place.room) ?? 0) >= this.#limits.perRoom) return false
    this.#forget(topic)
    if (payload.length === 0) return true
    // A copy: the payload is a piece of a bigger buffer that would live as long as the message.
    this.#kept.set(topic, { topic, payload: Buffer.from(payload), qos, room: place.room, until: this.#clock.now() + place.ttl })
    this.#perRoom.set(place.room, (this.#perRoom.get(place.room) ?? 0) + 1)
    this.#bytes += payload.length
    while ((this.#kept.size > this.#limits.inAll || this.#bytes > this.#limits.bytes) && this.#forgetOldest());
    return true
  }

  /** What is kept under a topic or a filter. */
  matching(filter: string): Kept[] {
    const now = this.#clock.now()
    const one = this.#kept.get(filter)
    const found = /[+#]/.test(filter) ? [...this.#kept.values()].filter((kept) => lies(kept.topic, filter)) : one ? [one] : []
    return found.filter((kept) => kept.until > now)
  }

  /** Among which others something is kept, and for how long; null when it is nothing to be kept. */
  #placeOf(topic: string): { readonly room: string; readonly ttl: number } | null {
    const word = wordOf(topic)
    if (word) return { room: word.room, ttl: word.word === 'policy' ? this.#limits.policy : this.#limits.presence }
    return this.#isOwn(topic) ? { room: OWN, ttl: Number.POSITIVE_INFINITY } : null
  }

  #forget(topic: string): void {
    const kept = this.#kept.get(topic)
    if (!kept) return
    this.#kept.delete(topic)
    this.#bytes -= kept.payload.length
    const left = (this.#perRoom.get(kept.room) ?? 1) - 1
    if (left > 0) this.#perRoom.set(kept.room, left)
    else this.#perRoom.delete(kept.room)
  }

  /** A Map remembers the order of insertion, and every renewal inserts anew. */
  #forgetOldest(): boolean {
    for (const { topic, room } of this.#kept.values()) {
      if (room === OWN) continue
      this.#forget(topic)
      return true
    }
    return false
  }

  #sweep(): void {
    const now = this.#clock.now()
    if (now < this.#nextSweep) return
    this.#nextSweep = now + SWEEP
    for (const { topic, until } of [...this.#kept.values()]) if (until <= now) this.#forget(topic)
  }
}

// retained.ts — the last words that a broker keeps for those who come later, bounded in every direction.
//
// Presence is renewed by a heartbeat. What is not renewed for a minute is forgotten, whether its will came or not, so memory
// stays flat however many come and go. A full room takes nobody new; a full house forgets what was renewed longest ago, which
// is never somebody who is still here.
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { wordOf } from './access.ts'

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

export class Retained {
  #kept = new Map<string, Kept & { readonly room: string; readonly until: number }>()
  #perRoom = new Map<string, number>()
  #bytes = 0
  #nextSweep = 0
  readonly #clock: Clock
  readonly #limits: RetainedLimits

  constructor(clock: Clock, limits: Partial<RetainedLimits> = {}) {
    this.#clock = clock
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
    const word = wordOf(topic)
    if (!word) return false
    this.#sweep()
    const known = this.#kept.has(topic)
    if (payload.length > 0 && !known && (this.#perRoom.get(word.room) ?? 0) >= this.#limits.perRoom) return false
    this.#forget(topic)
    if (payload.length === 0) return true
    const ttl = word.word === 'policy' ? this.#limits.policy : this.#limits.presence
    // A copy: the payload is a piece of a bigger buffer that would live as long as the message.
    this.#kept.set(topic, { topic, payload: Buffer.from(payload), qos, room: word.room, until: this.#clock.now() + ttl })
    this.#perRoom.set(word.room, (this.#perRoom.get(word.room) ?? 0) + 1)
    this.#bytes += payload.length
    while (this.#kept.size > this.#limits.inAll || this.#bytes > this.#limits.bytes) this.#forgetOldest()
    return true
  }

  /** What is kept under a topic, or under `.../peer/+`. */
  matching(filter: string): Kept[] {
    const now = this.#clock.now()
    const prefix = filter.endsWith('/+') ? filter.slice(0, -1) : null
    const one = this.#kept.get(filter)
    const found = prefix === null ? (one ? [one] : []) : [...this.#kept.values()].filter((kept) => kept.topic.startsWith(prefix))
    return found.filter((kept) => kept.until > now)
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
  #forgetOldest(): void {
    for (const topic of this.#kept.keys()) {
      this.#forget(topic)
      return
    }
  }

  #sweep(): void {
    const now = this.#clock.now()
    if (now < this.#nextSweep) return
    this.#nextSweep = now + SWEEP
    for (const { topic, until } of [...this.#kept.values()]) if (until <= now) this.#forget(topic)
  }
}

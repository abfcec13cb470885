// shelf.ts — what a relay holds: objects that were promised by a signed entry, each fetched once however many ask, checked, and let go when there
// are too many.
//
// A name that nobody signed for is not even asked for. What cannot be had is not asked for again for a while, however often it is wanted here.
import type { Clock } from '../../lib/clock.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import type { ObjectName, ObjectPromise } from '../../wire/object.ts'
import type { Larder } from '../reading/larder.ts'

/** Where a part stands; null for headers. */
export type PartPlace = { readonly track: string; readonly sequence: number } | null
export type Promised = { readonly promise: ObjectPromise; readonly place: PartPlace; readonly track: number }

export type ShelfLimits = {
  /** Bytes of objects, in all. */
  readonly bytes: number
  /** Promises that are remembered. */
  readonly names: number
}
/** A minute and a half of 2.5 Mb/s; what is older is fetched again. */
export const SHELF: ShelfLimits = { bytes: 32 * 1024 * 1024, names: 8192 }

/** So long is waited for an object; a part that comes later than this is of no use to who watches live. */
const PATIENCE = seconds(4)
/** What was not to be had is not asked for again for so long. */
const MISSED_FOR = seconds(2)

export class Shelf {
  readonly #larder: Pick<Larder, 'get'>
  readonly #limits: ShelfLimits
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #promised = new Map<ObjectName, Promised>()
  readonly #held = new Map<ObjectName, Uint8Array>()
  readonly #under = new Map<ObjectName, Promise<Uint8Array | null>>()
  readonly #missed = new Map<ObjectName, Ms>()
  #bytes = 0

  /** @param signal ends all that is under way */
  constructor(larder: Pick<Larder, 'get'>, limits: ShelfLimits, clock: Clock, signal: AbortSignal) {
    this.#larder = larder
    this.#limits = limits
    this.#clock = clock
    this.#signal = signal
  }

  /** Bytes that are held. */
  get size(): number {
    return this.#bytes
  }

  promisedAs(name: ObjectName): Promised | null {
    return this.#promised.get(name) ?? null
  }

  /** A signed entry promises this object. What is promised again stays longest. */
  promise(promised: Promised): void {
    const { name } = promised.promise
    this.#promised.delete(name)
    this.#promised.set(name, promised)
    const bytes = this.#held.get(name)
    if (bytes) {
      this.#held.delete(name)
      this.#held.set(name, bytes)
    }
    for (const old of this.#promised.keys()) {
      if (this.#promised.size <= this.#limits.names) break
      this.#promised.delete(old)
      this.#drop(old)
    }
  }

  /** Exactly what was promised under this name; null when nobody promised it, or when it is not to be had now. */
  async get(name: ObjectName): Promise<Uint8Array | null> {
    const held = this.#held.get(name)
    if (held) return held
    const promised = this.#promised.get(name)
    if (!promised || this.#clock.now() < (this.#missed.get(name) ?? 0)) return null
    const under = this.#under.get(name) ?? this.#fetch(promised)
    this.#under.set(name, under)
    return under
  }

  async #fetch({ promise, place }: Promised): Promise<Uint8Array | null> {
    const { name } = promise
    const over = new AbortController()
    const either = AbortSignal.any([this.#signal, over.signal])
    this.#clock.sleep('until an object is given up', PATIENCE, either).then(
      () => over.abort('it takes too long'),
      () => {},
    )
    const bytes = await this.#larder.get(promise, place, either).catch(() => null)
    over.abort('it is here')
    this.#under.delete(name)
    if (bytes) this.#hold(name, bytes)
    else this.#miss(name)
    return bytes
  }

  #hold(name: ObjectName, bytes: Uint8Array): void {
    this.#missed.delete(name)
    if (!this.#promised.has(name)) return
    this.#held.set(name, bytes)
    this.#bytes += bytes.length
    for (const old of this.#held.keys()) {
      if (this.#bytes <= this.#limits.bytes) break
      this.#drop(old)
    }
  }

  #miss(name: ObjectName): void {
    const now = this.#clock.now()
    for (const [old, until] of this.#missed) if (until <= now) this.#missed.delete(old)
    this.#missed.set(name, (now + MISSED_FOR) as Ms)
  }

  #drop(name: ObjectName): void {
    this.#bytes -= this.#held.get(name)?.length ?? 0
    this.#held.delete(name)
  }
}

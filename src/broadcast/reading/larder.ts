// larder.ts — the bytes behind an entry, checked. Nothing leaves here that is not exactly what the broadcaster signed for; what is sealed is opened (unsealer.ts)
// where there is a key, and passed as it is where nobody opens anything (a relay).
//
// At the live edge the next part is asked for before anybody knows its name, by its number; it is held back until the entry comes that promises it.
// What does not fit is thrown away and had by its name; that failing, it stays a gap.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import { type ObjectFlaw, type ObjectName, type ObjectPromise, objectFlaw } from '../../wire/object.ts'
import type { Unsealer } from './unsealer.ts'

/** The way to who has the bytes. Both give null when they are not to be had, and reject only with the signal's reason. */
export interface ObjectWay {
  /** May wait until the part is there. */
  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null>
  /** @param anew whatever a cache has */
  object(name: ObjectName, anew: boolean, signal: AbortSignal): Promise<Uint8Array | null>
}

const TRIES = 3
const PAUSE = ms(250)
/** Hinted parts that may be under way. */
const HINTS = 8

export class Larder {
  readonly #way: ObjectWay
  readonly #clock: Clock
  readonly #refused: (why: ObjectFlaw, bytes: Uint8Array) => void
  readonly #unsealer: Pick<Unsealer, 'open'> | null
  readonly #hints = new Map<string, { readonly bytes: Promise<Uint8Array | null>; readonly over: AbortController }>()

  /** @param refused hears of everything that was not what was promised @param unsealer null: what is sealed stays so */
  constructor(
    way: ObjectWay,
    clock: Clock,
    refused: (why: ObjectFlaw, bytes: Uint8Array) => void,
    unsealer: Pick<Unsealer, 'open'> | null = null,
  ) {
    this.#way = way
    this.#clock = clock
    this.#refused = refused
    this.#unsealer = unsealer
  }

  /** The part of this number will be wanted soon. */
  hint(track: string, sequence: number, signal: AbortSignal): void {
    const key = `${track}/${sequence}`
    if (this.#hints.has(key) || signal.aborted) return
    const over = new AbortController()
    const bytes = this.#way.part(track, sequence, AbortSignal.any([signal, over.signal])).catch(() => null)
    this.#hints.set(key, { bytes, over })
    for (const [old, hint] of this.#hints) {
      if (this.#hints.size <= HINTS) break
      hint.over.abort()
      this.#hints.delete(old)
    }
  }

  /** What was promised; null when it is not to be had. Rejects with the signal's reason. @param place null for headers */
  async get(
    promise: ObjectPromise,
    place: { readonly track: string; readonly sequence: number } | null,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const key = place ? `${place.track}/${place.sequence}` : ''
    const hint = this.#hints.get(key)
    this.#hints.delete(key)
    let isOdd = false
    if (hint) {
      const bytes = await hint.bytes
      signal.throwIfAborted()
      const fit = bytes && this.#fits(bytes, promise)
      if (fit) return this.#open(promise, fit)
      isOdd = bytes !== null
    }
    for (let turn = 0; turn < TRIES; turn++) {
      if (turn > 0) await this.#clock.sleep('before asking for an object again', PAUSE, signal)
      const bytes = await this.#way.object(promise.name, isOdd, signal)
      const fit = bytes && this.#fits(bytes, promise)
      if (fit) return this.#open(promise, fit)
      isOdd ||= bytes !== null
    }
    return null
  }

  /** Exactly what was signed for: where that cannot be opened, the same bytes once more would not help. */
  #open({ name }: ObjectPromise, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
    return this.#unsealer ? this.#unsealer.open(name, bytes) : bytes
  }

  #fits(bytes: Uint8Array, promise: ObjectPromise): Uint8Array<ArrayBuffer> | null {
    const flaw = objectFlaw(bytes, promise)
    if (flaw === null) return bytes as Uint8Array<ArrayBuffer>
    this.#refused(flaw, bytes)
    return null
  }
}

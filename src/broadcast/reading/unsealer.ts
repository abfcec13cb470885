// unsealer.ts — opens what a private program's objects hold, for who has the key of its link: the page, and a box that shows a program on its own TV.
//
// Give one to both Feed and Larder: from the checked entries it learns where each object stands, and what the larder has checked against its name it
// opens there; so whoever asks the larder gets what can be played, open program or private. Without it (a relay) everything passes as it came.
//
//   const link = parseWatchLink(pasted)
//   const unsealer = new Unsealer(link.secret && watchKey(link.program, link.secret))
//   new Feed({ …, unsealer }), new Larder(way, clock, refused, unsealer)      unsealer.fits(entry): can this be shown?
import type { Entry } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { type Slot, unsealObject, type WatchKey } from '../../wire/watch-key.ts'

/** Whether what an entry brings can be shown: it is open or our key opens it; or no key is here, or one for another broadcast. */
export type Fit = 'yes' | 'no key' | 'another key'

/** Objects whose place is remembered: some minutes of a program with several renditions. */
const KNOWN = 8192

export class Unsealer {
  readonly #key: WatchKey | null
  /** Null: it is open. */
  readonly #places = new Map<ObjectName, { readonly slot: Slot; readonly lock: string | null }>()

  /** @param key what stands in the link; null: nothing does */
  constructor(key: WatchKey | null) {
    this.#key = key
  }

  fits({ lock }: Pick<Entry, 'lock'>): Fit {
    if (lock === undefined || lock === this.#key?.lock) return 'yes'
    return this.#key === null ? 'no key' : 'another key'
  }

  /** Of entries, those that can be shown. */
  async *those<Told extends { readonly entry: Entry }>(entries: AsyncIterable<Told>): AsyncGenerator<Told> {
    for await (const told of entries) if (this.fits(told.entry) === 'yes') yield told
  }

  /** An entry that was checked. */
  hear({ run, lock: of, inits, parts }: Entry): void {
    const lock = of ?? null
    for (const { track, object } of inits) this.#note(object.name, { slot: { run, track, sequence: null }, lock })
    for (const { track, sequence, object } of parts) this.#note(object.name, { slot: { run, track, sequence }, lock })
    for (const old of this.#places.keys()) {
      if (this.#places.size <= KNOWN) break
      this.#places.delete(old)
    }
  }

  /** What an object holds; null when our key does not open it, or no entry told of it. @param bytes checked against the name */
  open(name: ObjectName, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
    const place = this.#places.get(name)
    if (!place) return null
    if (place.lock === null) return bytes
    return this.#key?.lock === place.lock ? unsealObject(this.#key, place.slot, bytes) : null
  }

  #note(name: ObjectName, place: { readonly slot: Slot; readonly lock: string | null }): void {
    this.#places.delete(name)
    this.#places.set(name, place)
  }
}

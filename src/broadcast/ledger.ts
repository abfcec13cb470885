// ledger.ts — the entries of one run as they are signed, one after the other, each naming what is new with it. Pure but for the date.
import type { Identity } from '../wire/key.ts'
import { closeEntry, type Entry, entryHash, NO_HASH, type TrackInit, type TrackPart } from '../wire/manifest.ts'
import { promiseOf } from '../wire/object.ts'
import type { Cut } from './cutter/cut.ts'
import type { NamedObject, Published, Update } from './program.ts'

type Parts = {
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly before: Published | null
  /** Which secret the objects are sealed with (WatchKey.lock); left out: they are open. */
  readonly lock?: string
  /** Wall clock, ms since 1970. */
  readonly now: () => number
}

export class Ledger {
  /** The date, but above every run before it. */
  readonly run: number
  readonly #parts: Parts
  readonly #inits = new Map<number, TrackInit>()
  /** The last segment that each track began. */
  readonly #begun = new Map<number, number>()
  #number = 0
  #previous = NO_HASH
  #at = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.run = Math.max(Math.floor(parts.now()), (parts.before?.run ?? 0) + 1)
  }

  /** Entries so far. */
  get count(): number {
    return this.#number
  }

  /** What is to be published of these cuts, oldest first. */
  take(cuts: readonly Cut[]): Update[] {
    const updates: Update[] = []
    let fresh: NamedObject[] = []
    let [inits, parts]: [TrackInit[], TrackPart[]] = [[], []]
    const close = (): void => {
      if (parts.length > 0 || inits.length > 0) updates.push(this.#sign(inits, parts, fresh, false))
      fresh = []
      inits = []
      parts = []
    }
    for (const cut of cuts) {
      // An entry names a track once; and what is described anew must stand before its first part.
      if (parts.some(({ track }) => track === cut.track)) close()
      const object = promiseOf(cut.bytes)
      fresh.push({ promise: object, bytes: cut.bytes })
      if (cut.is === 'init') {
        const init = { track: cut.track, description: cut.description, object }
        this.#inits.set(cut.track, init)
        inits = [...inits.filter(({ track }) => track !== cut.track), init]
        continue
      }
      const { track, sequence, segment, independent, firstOfSegment, afterBreak, start, duration, at } = cut
      parts.push({ track, sequence, segment, independent, firstOfSegment, afterBreak, start, duration, at, object })
      if (!firstOfSegment) continue
      this.#begun.set(track, segment)
      inits = [...inits, ...this.#told(track, segment).filter((init) => !inits.includes(init))]
    }
    close()
    return updates
  }

  /** What is described where a track begins a segment: itself, and every one that rests, which nobody who comes late would hear of. */
  #told(track: number, segment: number): TrackInit[] {
    return [...this.#inits.values()].filter((init) => init.track === track || (this.#begun.get(init.track) ?? 0) < segment - 1)
  }

  /** The last of it. */
  end(): Update {
    return this.#sign([], [], [], true)
  }

  #sign(inits: readonly TrackInit[], parts: readonly TrackPart[], objects: readonly NamedObject[], isLast: boolean): Update {
    this.#at = Math.max(this.#at, Math.floor(this.#parts.now()), 0)
    const byTrack = <One extends { readonly track: number }>(all: readonly One[]): One[] => [...all].sort((a, b) => a.track - b.track)
    const entry: Entry = {
      run: this.run,
      number: this.#number++,
      previous: this.#previous,
      at: this.#at,
      isLast,
      ...(this.#parts.lock !== undefined && { lock: this.#parts.lock }),
      inits: byTrack(inits),
      parts: byTrack(parts),
    }
    const signed = closeEntry(entry, this.#parts.identity)
    this.#previous = entryHash(signed)
    return { signed, entry, objects }
  }
}

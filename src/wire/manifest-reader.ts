// manifest-reader.ts — is this entry the next one of its program? Pages, relays and players all ask here before they use or pass on anything.
//
// Who signed it, manifest.ts says; here is the order. A reader begins with whatever genuine entry it is first given, and from then on takes only
// the one that follows. It keeps a little of the past, so that it can tell an entry that comes twice from a second one in the
// same place: two signatures on one number mean that the broadcaster (or who has its key) tells different stories to different people.
// Pure: it waits for nothing and fetches nothing. Who is told 'ahead' asks for what is between, and gives the entry again.
import { hex, same } from './crypto.ts'
import { type Entry, type EntryFlaw, openEntry, type ProgramId, type TrackPart } from './manifest.ts'

export type ReadFlaw =
  | EntryFlaw
  | 'entry of an earlier run'
  | 'entry replayed'
  | 'entry too old to tell'
  | 'entry forked'
  | 'entry ahead of what is here'
  | 'entry after the end'
  | 'entry under another lock'
  | 'entry from before its predecessor'
  | 'entry with parts out of order'

export type Read =
  /** `begins`: there is nothing before it here; it is the first seen of its run. */
  { readonly ok: true; readonly entry: Entry; readonly begins: boolean } | { readonly ok: false; readonly why: ReadFlaw }

/** Where a reader stands. */
export type Head = {
  readonly run: number
  readonly number: number
  readonly hash: Uint8Array
  readonly at: number
  readonly isLast: boolean
  readonly lock: string | null
}

/** Entries whose hash is kept: 13 s of five a second. */
const KEPT = 64
type Place = Pick<TrackPart, 'sequence' | 'segment'> & { readonly end: number }

export class ManifestReader {
  readonly program: ProgramId
  #head: Head | null = null
  #hashes = new Map<number, string>()
  #places = new Map<number, Place>()

  constructor(program: ProgramId) {
    this.program = program
  }

  get head(): Head | null {
    return this.#head
  }

  /** Reads one entry from anybody. A refused one changes nothing. Never throws. */
  read(bytes: Uint8Array): Read {
    const opened = openEntry(bytes, this.program)
    if (!opened.ok) return opened
    const { entry, hash } = opened
    const head = this.#head
    const begins = head === null || entry.run > head.run
    const why = begins ? this.#oddParts(entry, new Map()) : (this.#misplaced(entry, hash, head) ?? this.#oddParts(entry, this.#places))
    if (why) return { ok: false, why }
    if (begins) {
      this.#hashes = new Map()
      this.#places = new Map()
    }
    this.#take(entry, hash)
    return { ok: true, entry, begins }
  }

  #misplaced(entry: Entry, hash: Uint8Array, head: Head): ReadFlaw | null {
    if (entry.run < head.run) return 'entry of an earlier run'
    if (entry.number <= head.number) {
      const known = this.#hashes.get(entry.number)
      if (known === undefined) return 'entry too old to tell'
      return known === hex(hash) ? 'entry replayed' : 'entry forked'
    }
    if (head.isLast) return 'entry after the end'
    if (entry.number > head.number + 1) return 'entry ahead of what is here'
    if (!same(entry.previous, head.hash)) return 'entry forked'
    // A run is private from its beginning to its end, or open.
    if ((entry.lock ?? null) !== head.lock) return 'entry under another lock'
    return entry.at < head.at ? 'entry from before its predecessor' : null
  }

  #oddParts(entry: Entry, places: ReadonlyMap<number, Place>): ReadFlaw | null {
    const isNext = (part: TrackPart): boolean => {
      const before = places.get(part.track)
      if (!before) return true
      const { sequence, segment, end } = before
      return (
        part.sequence === sequence + 1 && (part.firstOfSegment ? part.segment > segment : part.segment === segment) && part.start >= end
      )
    }
    return entry.parts.every(isNext) ? null : 'entry with parts out of order'
  }

  #take(entry: Entry, hash: Uint8Array): void {
    this.#head = { run: entry.run, number: entry.number, hash, at: entry.at, isLast: entry.isLast, lock: entry.lock ?? null }
    this.#hashes.set(entry.number, hex(hash))
    this.#hashes.delete(entry.number - KEPT)
    for (const { track, sequence, segment, start, duration } of entry.parts)
      this.#places.set(track, { sequence, segment, end: start + duration })
  }
}

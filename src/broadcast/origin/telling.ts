// telling.ts — the lines of the manifest that an origin can tell: the newest from memory, older ones from the store.
import { type Entry, lineOf } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { follows, isAt, type Place, type Told, tell, tellFrom } from '../told.ts'
import { count } from './answer.ts'

/** Where objects and entries are that are no longer in memory. */
export interface OlderObjects {
  object(name: ObjectName): Promise<Uint8Array | null>
  /** The signed entries of a time (ms since 1970, both ends included), oldest first. */
  entries?(from: number, to: number): AsyncIterable<{ readonly signed: Uint8Array; readonly entry: Entry }>
  /** From when to when there is something, ms since 1970. */
  readonly span?: { readonly from: number; readonly to: number } | null
}

/** What is asked of the manifest. */
export type ManifestAsk = {
  readonly place: Place | null
  readonly from: number | null
  readonly seat: string | null
  /** Names of tracks. */
  readonly want: readonly string[]
}

/** Entries that the manifest still has for who asks for what follows one it knows. */
const ENTRIES = 600
/** Old entries in one answer; and how long before a time its segments may have begun, ms. */
const [AT_ONCE, LEAD] = [200, 8000]

/**
 * `after=RUN.NUMBER`: what follows that entry, and waits for it. `from=MS`: from where the segments begin that were under way at that time; with
 * both, what follows an entry of that time, also when it is long ago. Neither: since the segments under way began. `seat` takes a seat.
 * `want=v1,v2`: tracks that are to be made, if they are made only while somebody wants them.
 * A sentence when it is none of these.
 */
export function manifestAsk(query: URLSearchParams): ManifestAsk | string {
  const { after = null, seat = null, want = null, from: time = null }: Partial<Record<string, string | null>> = Object.fromEntries(query)
  const from = count(time)
  const known = after === null ? null : /^(\d{1,15})\.(\d{1,15})$/.exec(after)
  if (after !== null && !known) return 'after is a run and a number, like 1795000000000.42.'
  if (from === 'odd') return 'from is a time in milliseconds since 1970.'
  if (seat !== null && !/^[0-9a-f]{16}$/.test(seat)) return 'A seat has 16 hex digits.'
  if (want !== null && !/^[a-z][a-z0-9]{0,15}(,[a-z][a-z0-9]{0,15}){0,7}$/.test(want)) return 'want names tracks, like v1 or v1,v2.'
  const all = want?.split(',') ?? []
  return { want: all, place: known ? { run: Number(known[1]), number: Number(known[2]) } : null, from, seat }
}

export class Telling {
  readonly #older: OlderObjects | null
  readonly #most: number
  #lines: readonly Told[] = []

  /** @param most how many entries are held in memory */
  constructor(older: OlderObjects | null, most = ENTRIES) {
    this.#older = older
    this.#most = most
  }

  /** @param oldest the first segment that is still in the playlists */
  add(entry: Entry, signed: Uint8Array, oldest: number): void {
    this.#lines = [...this.#lines.slice(-this.#most), tell(entry, lineOf(signed))]
    // Where nothing is kept, there are no entries without their objects.
    if (this.#older || !entry.parts.some(({ firstOfSegment }) => firstOfSegment)) return
    const isGone = ({ run, segment: of }: Told) => run !== entry.run || (of >= 0 && of < oldest)
    this.#lines = this.#lines.slice(this.#lines.findLastIndex(isGone) + 1)
  }

  forget(): void {
    this.#lines = []
  }

  /** The earliest that can be watched, ms since 1970; null: nothing yet. */
  get from(): number | null {
    return this.#older?.span?.from ?? this.#first?.at ?? null
  }

  /** What is in memory of an answer. */
  fresh({ place, from }: ManifestAsk): readonly Told[] {
    return tellFrom(this.#lines, place, from)
  }

  /** Lines of a time that is not in memory any more; null when it is, or when nothing was kept. */
  async old({ place, from }: ManifestAsk): Promise<readonly Told[] | null> {
    const [older, first] = [this.#older, this.#first]
    if (from === null || !older?.entries) return null
    if (first && (place ? follows(place, first) || isAt(place, first) : from >= first.at)) return null
    const found: Told[] = []
    const begin = Math.max(from - LEAD, older.span?.from ?? 0)
    for await (const { signed, entry } of older.entries(begin, Number.MAX_SAFE_INTEGER)) {
      if (!place || follows(entry, place)) found.push(tell(entry, lineOf(signed)))
      if (found.length >= AT_ONCE * 2) break
    }
    const some = place ? found : tellFrom(found, null, Math.max(from, begin + 1))
    return some.length > 0 ? some.slice(0, AT_ONCE) : null
  }

  get #first(): Told | undefined {
    return this.#lines.find(({ begins }) => begins.length > 0)
  }
}

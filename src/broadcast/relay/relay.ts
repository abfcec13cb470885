// relay.ts — a viewer that passes on what it gets: it reads a program like anybody, checks every entry and every object, and answers like the
// program's own origin. However many watch from here, upstream there is one viewer.
//
//   upstream ── entries ──▶ feed (signature, chain, order) ──┐
//            ── objects ──▶ larder (size, blocks, name) ─────┴─▶ origin ──▶ who watches
//
// An entry is passed on when the objects that are wanted here have come with it, in the order of the entries. Of a track that nobody here watches only the
// entries are taken. What cannot be had in time stays a gap, as at the origin itself. When upstream is silent there is nothing to pass on, and who watches
// sees that; the end of the program is an entry like the others. What is refused is never passed on, and told of.
//
// Where the bytes come from is no business of this file (ways.ts), nor whom to trust (house.ts).
import type { Clock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { Tally } from '../../lib/tally.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { hex, type Random, systemRandom } from '../../wire/crypto.ts'
import { type Entry, entryBytes, entryHash, type ProgramId } from '../../wire/manifest.ts'
import { ManifestReader, type Read } from '../../wire/manifest-reader.ts'
import { OBJECT_NAME, type ObjectFlaw, type ObjectName } from '../../wire/object.ts'
import type { BudgetLimits } from '../budget.ts'
import { trackNamed } from '../live.ts'
import { manifestAsk } from '../origin/telling.ts'
import { Origin, type OriginAnswer, type OriginAsk } from '../origin.ts'
import { Feed, type FeedFlaw, type FeedNews } from '../reading/feed.ts'
import { Larder } from '../reading/larder.ts'
import { follows, type Place } from '../told.ts'
import { Said } from './said.ts'
import { SHELF, Shelf, type ShelfLimits } from './shelf.ts'
import type { Upstream, Ways } from './ways.ts'

export type RelayFlaw = FeedFlaw | ObjectFlaw | 'about that the broadcaster did not sign'
/** Where the program stands, seen from here. */
export type RelayState = 'looking' | 'live' | 'ended' | 'full' | 'nothing' | 'away'
export type RelayStatus = {
  readonly program: ProgramId
  readonly state: RelayState
  /** Who it is read from. */
  readonly from: string
  readonly viewers: number
  /** When the newest entry was signed, ms since 1970. */
  readonly at: number | null
  /** What was refused so far, by kind. */
  readonly refused: Readonly<Record<string, number>>
}

export type RelayParts = {
  readonly program: ProgramId
  readonly ways: Ways
  readonly limits: BudgetLimits
  readonly clock: Clock
  readonly log: Log
  /** Hears of all that was refused, and who gave it. */
  readonly refused?: (why: RelayFlaw, by: Upstream | null) => void
  /** Hears of objects that were wanted and did not come. */
  readonly missed?: (by: Upstream) => void
  /** Hears of every entry that was taken, and of every answer that none came with. */
  readonly news?: (is: FeedNews['is']) => void
  readonly shelf?: ShelfLimits
  readonly random?: Random
}

/** Tracks that nobody asked for so long are not fetched any more. */
const WANTED_FOR = seconds(15)
/** Entries whose objects may be under way. */
const PENDING = 50
/** Entries whose hashes are kept, as many as are told from memory. */
const REMEMBERED = 640
/** How many answers make up a look back. */
const ANSWERS = 3
const REPORT = seconds(60)

export class Relay {
  readonly #parts: RelayParts
  readonly #closed = new AbortController()
  readonly #larder: Larder
  readonly #shelf: Shelf
  readonly #origin: Origin
  readonly #feed: Feed
  readonly #wanted = new Map<number, Ms>()
  /** When somebody here last asked for a playlist. */
  #listedAt: Ms | null = null
  /** What its tracks are called in addresses. */
  readonly #names = new Map<number, string>()
  readonly #odd = new Tally()
  /** Of the entries that were taken last. */
  readonly #hashes = new Map<string, string>()
  #state: RelayState = 'looking'
  #last: Entry | null = null
  #line: Promise<void> = Promise.resolve()
  #pending = 0
  readonly #said: Said

  constructor(parts: RelayParts) {
    const { program, ways, limits, clock, random = systemRandom } = parts
    this.#parts = parts
    this.#larder = new Larder(ways, clock, (why, bytes) => this.#refuse(why, ways.giver(bytes)))
    this.#shelf = new Shelf(this.#larder, parts.shelf ?? SHELF, clock, this.#closed.signal)
    this.#said = new Said({
      ...{ program, clock },
      ask: () => ways.about(this.#closed.signal).catch(() => null),
      refused: () => this.#refuse('about that the broadcaster did not sign', ways.now),
    })
    const relay = this
    this.#origin = new Origin({
      program,
      limits,
      clock,
      random,
      older: {
        object: (name) => this.#shelf.get(name),
        entries: (from) => this.#entries(from),
        get span() {
          const from = relay.#said.from
          return from === null ? null : { from, to: relay.#last?.at ?? from }
        },
      },
    })
    this.#feed = new Feed({ program, way: ways, clock, from: null, seat: hex(random(8)), wants: () => this.#wants })
  }

  get status(): RelayStatus {
    const { program, ways } = this.#parts
    return {
      program,
      state: this.#state,
      from: ways.now.name,
      viewers: this.#origin.viewers,
      at: this.#last?.at ?? null,
      refused: this.#odd.counts(),
    }
  }
  /** The newest entry that was taken. */
  get last(): Entry | null {
    return this.#last
  }
  get viewers(): number {
    return this.#origin.viewers
  }

  /** Bytes of objects that are held. */
  get held(): number {
    return this.#shelf.size
  }

  /** Follows the program until the signal is aborted. Rejects only for a bug. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, news: hear } = this.#parts
    const end = (): void => this.#closed.abort('the relay ends')
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const told = (count: number, last: string): void => log.warn('what was not signed was refused', { count, last })
    this.#odd.report(REPORT, told, clock, this.#closed.signal).catch(() => {})
    try {
      for await (const news of this.#feed.follow(this.#closed.signal)) {
        this.#hear(news)
        hear?.(news.is)
        if (this.#pending >= PENDING) await this.#line
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error
    } finally {
      end()
      await this.#line
    }
  }

  /** What is answered to who watches; null for an address that is none of this program's. */
  async answer(ask: OriginAsk): Promise<OriginAnswer | null> {
    this.#want(ask)
    const { program } = this.#parts
    if (ask.path === `/live/${program}/about`) return this.#told()
    if (this.#state === 'full' && !this.#last && ask.path.startsWith(`/live/${program}/`)) return FULL
    return this.#origin.answer(ask)
  }

  #hear(news: FeedNews): void {
    const { ways } = this.#parts
    switch (news.is) {
      case 'entry':
        this.#take(news)
        break
      case 'refused':
        this.#refuse(news.why, ways.told)
        break
      case 'all there':
        if (!this.#last) this.#turn('nothing')
        else this.#turn(this.#last.isLast ? 'ended' : 'live')
        break
      case 'full':
      case 'nothing':
      case 'away':
        this.#turn(news.is)
        break
      default:
        unreachable(news)
    }
  }

  #take({ entry, signed, begins }: { readonly entry: Entry; readonly signed: Uint8Array; readonly begins: boolean }): void {
    this.#last = entry
    this.#remember(placeOf(entry), hex(entryHash(signed)))
    this.#turn(entry.isLast ? 'ended' : 'live')
    for (const init of entry.inits) this.#names.set(init.track, init.description.name)
    const names = this.#promise(entry, (track) => this.#names.get(track) ?? null)
    const coming = names.filter(({ track }) => this.#isWanted(track)).map(({ name }) => this.#shelf.get(name))
    for (const { track, sequence } of entry.parts) {
      const name = this.#names.get(track)
      if (name && this.#isWanted(track) && !entry.isLast) this.#larder.hint(name, sequence + 1, this.#closed.signal)
    }
    const by = this.#parts.ways.now
    this.#pending++
    this.#line = this.#line.then(async () => {
      const came = await Promise.all(coming)
      this.#pending--
      if (this.#closed.signal.aborted) return
      if (came.includes(null)) this.#parts.missed?.(by)
      if (begins && entry.number !== 0) this.#origin.skip()
      this.#origin.update({ signed, entry, objects: [] })
    })
  }

  #remember(place: string, hash: string): void {
    this.#hashes.set(place, hash)
    for (const old of this.#hashes.keys()) {
      if (this.#hashes.size <= REMEMBERED) break
      this.#hashes.delete(old)
    }
  }

  /** Notes what an entry promises; gives the names with their tracks. @param nameOf of a track whose parts can be asked for by number */
  #promise(entry: Entry, nameOf: (track: number) => string | null): Array<{ readonly name: ObjectName; readonly track: number }> {
    for (const { track, object } of entry.inits) this.#shelf.promise({ promise: object, place: null, track })
    for (const { track, sequence, object } of entry.parts) {
      const name = nameOf(track)
      this.#shelf.promise({ promise: object, place: name === null ? null : { track: name, sequence }, track })
    }
    return [...entry.inits, ...entry.parts].map(({ track, object }) => ({ name: object.name, track }))
  }

  /**
   * What is watched here, in the words of upstream: of what is made only while somebody wants it, it must hear. Who reads playlists goes from one rendition
   * to another unasked: for them all are to be made, though only what they take is fetched.
   */
  get #wants(): string[] {
    const isListed = this.#listedAt !== null && this.#parts.clock.now() - this.#listedAt < WANTED_FOR
    return [...this.#names].flatMap(([track, name]) => (isListed || this.#isWanted(track) ? [name] : []))
  }

  /** Somebody here asks for this: whose track is it? */
  #want({ path, query }: OriginAsk): void {
    const [, first = '', second = '', third = ''] = path.split('/')
    const asked = first === 'live' && third === 'manifest' ? manifestAsk(new URLSearchParams(query)) : null
    if (asked && typeof asked !== 'string') for (const name of asked.want) this.#wantTrack(trackNamed(this.#origin.live, name)?.track)
    if (third.endsWith('.m3u8')) this.#listedAt = this.#parts.clock.now()
    const name = third.replace(/\.m3u8$/, '')
    const track =
      first === 'o' && OBJECT_NAME.test(second)
        ? this.#shelf.promisedAs(second as ObjectName)?.track
        : first === 'live'
          ? trackNamed(this.#origin.live, name)?.track
          : undefined
    this.#wantTrack(track)
  }

  #wantTrack(track: number | undefined): void {
    if (track !== undefined) this.#wanted.set(track, this.#parts.clock.now())
  }

  #isWanted(track: number): boolean {
    const at = this.#wanted.get(track)
    return at !== undefined && this.#parts.clock.now() - at < WANTED_FOR
  }

  /** Entries of long ago, as upstream has them, each the next one of the one before, and none that tells another story than what was taken here. */
  async *#entries(from: number): AsyncGenerator<{ readonly signed: Uint8Array; readonly entry: Entry }> {
    const { program, ways } = this.#parts
    const reader = new ManifestReader(program)
    let query = `from=${Math.max(0, Math.floor(from))}`
    for (let i = 0; i < ANSWERS; i++) {
      const answer = await ways.manifest(query, this.#closed.signal)
      if (answer.is !== 'lines') return
      const before = reader.head
      for await (const line of answer.lines) {
        const signed = entryBytes(line)
        const read: Read = signed ? reader.read(signed) : { ok: false, why: 'entry malformed' }
        const isOther = read.ok && reader.head && (this.#hashes.get(placeOf(read.entry)) ?? hex(reader.head.hash)) !== hex(reader.head.hash)
        if (!signed || !read.ok || isOther) {
          this.#refuse(read.ok ? 'entry forked' : read.why, ways.told)
          return
        }
        this.#promise(read.entry, () => null)
        yield { signed, entry: read.entry }
      }
      const last = reader.head
      // Where nothing more is known, the answer would be waited for.
      if (!last || last === before || !this.#last || !follows(this.#last, last)) return
      query = `after=${last.run}.${last.number}&from=${last.at}`
    }
  }

  async #told(): Promise<OriginAnswer> {
    const body = await this.#said.text()
    return body === null
      ? NOTHING
      : { status: 200, headers: { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
  }

  #refuse(why: RelayFlaw, by: Upstream | null): void {
    const { log, refused } = this.#parts
    if (!(why in this.#odd.counts())) log.warn('refused, and not passed on', { why, from: by?.name ?? 'nobody' })
    this.#odd.add(why)
    refused?.(why, by)
  }

  #turn(state: RelayState): void {
    if (state === this.#state) return
    const { log, ways } = this.#parts
    log.info(SENTENCES[state], { from: ways.now.name })
    this.#state = state
  }
}

const placeOf = ({ run, number }: Place): string => `${run}.${number}`

const SENTENCES: Readonly<Record<RelayState, string>> = {
  looking: 'looks for the broadcast',
  live: 'passes on the broadcast',
  ended: 'the broadcast has ended',
  full: 'as many watch the broadcast as can; waits for a place',
  nothing: 'there is no broadcast yet',
  away: 'the broadcast is not reached',
}

const OPEN = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'x-content-type-options': 'nosniff' }
const NOTHING: OriginAnswer = {
  status: 404,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: 'There is nothing here, or not any more.\n',
}
const FULL: OriginAnswer = {
  status: 503,
  headers: { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '5' },
  body: `${JSON.stringify({ full: true, sentence: 'As many are watching as the broadcast can serve. It is tried again in a moment.' })}\n`,
}

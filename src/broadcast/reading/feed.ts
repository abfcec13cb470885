// feed.ts — the entries of a program, one after the other, each checked before anything is done with it. Pages and relays
// read here alike; it knows no browser and no sockets.
//
// A feed begins at the newest, or at a time, and from then on takes only what follows what it has: asked for by number, so that whatever else comes
// is somebody's mistake or malice. It is refused, told of once, and asked for again. Where the origin has nothing between any more (a laptop
// that slept), the feed begins anew, but never with what is older than what it has seen.
import type { Clock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { type Entry, entryBytes, type ProgramId } from '../../wire/manifest.ts'
import { type Head, ManifestReader, type ReadFlaw } from '../../wire/manifest-reader.ts'
import type { Unsealer } from './unsealer.ts'

export type ManifestAnswer =
  | { readonly is: 'lines'; readonly lines: AsyncIterable<string> }
  /** As many watch as the box can serve; ask again after `wait`. */
  | { readonly is: 'full'; readonly wait: Ms }
  /** There is no such program, or nothing of it yet. */
  | { readonly is: 'nothing' }
  /** Nobody answers. */
  | { readonly is: 'away' }

/** The way to who has the manifest. */
export interface ManifestWay {
  /** Never rejects but with the signal's reason; reading the lines may end at any time. */
  manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer>
}

export type FeedFlaw = ReadFlaw | 'line that is no entry'
export type FeedNews =
  /** `begins`: nothing before it is here, so that it continues nothing. */
  | { readonly is: 'entry'; readonly entry: Entry; readonly signed: Uint8Array; readonly begins: boolean }
  | { readonly is: 'refused'; readonly why: FeedFlaw }
  /** One answer is over: what was there is here. */
  | { readonly is: 'all there' }
  | { readonly is: 'full'; readonly wait: Ms }
  | { readonly is: 'nothing' }
  | { readonly is: 'away' }

export type FeedOptions = {
  readonly program: ProgramId
  readonly way: ManifestWay
  readonly clock: Clock
  /** Where to begin, ms since 1970; null: at the newest. */
  readonly from: number | null
  /** 16 hex digits. */
  readonly seat: string
  /** Names of tracks that are to be made, if they are made only while somebody wants them; asked before every look. */
  readonly wants?: () => readonly string[]
  /** Hears of every entry that is taken. */
  readonly unsealer?: Pick<Unsealer, 'hear'>
}

const PAUSE = { away: seconds(1), nothing: seconds(3), refused: seconds(1), ended: seconds(3) }
/** An answer without news that comes sooner than this means that nobody waits there for the next: then we do. */
const SOON = 1000
/** Tracks that one may ask for. */
const MOST_WANTED = 8
/** Times to ask for what lies between before beginning anew. */
const TRIES = 2

export class Feed {
  readonly #options: FeedOptions
  #reader: ManifestReader
  #before: Head | null = null
  #gaps = 0

  constructor(options: FeedOptions) {
    this.#options = options
    this.#reader = new ManifestReader(options.program)
  }

  /** All that comes, until the signal is aborted. Who does not take it makes it wait. */
  async *follow(signal: AbortSignal): AsyncGenerator<FeedNews> {
    const { way, clock } = this.#options
    while (!signal.aborted) {
      const asked = clock.now()
      const answer = await way.manifest(this.#query(), signal)
      let pause: Ms | null = null
      switch (answer.is) {
        case 'lines': {
          let [heard, refused] = [0, false]
          for await (const news of this.#read(answer.lines, signal)) {
            heard++
            refused = news.is === 'refused'
            yield news
          }
          if (refused) pause = PAUSE.refused
          else {
            yield { is: 'all there' }
            if (heard === 0 && clock.now() - asked < SOON) pause = PAUSE.ended
          }
          break
        }
        case 'full':
          yield answer
          pause = answer.wait
          break
        case 'nothing':
          yield answer
          pause = PAUSE.nothing
          break
        case 'away':
          yield answer
          pause = PAUSE.away
          break
        default:
          unreachable(answer)
      }
      if (pause !== null && !signal.aborted) await clock.sleep('before asking for the manifest again', pause, signal)
    }
  }

  async *#read(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<FeedNews> {
    for await (const line of lines) {
      if (signal.aborted) return
      const bytes = entryBytes(line)
      if (!bytes) return yield { is: 'refused', why: 'line that is no entry' }
      const read = this.#reader.read(bytes)
      if (read.ok) {
        if (this.#before && !isLater(read.entry, this.#before)) {
          this.#beginAnew(this.#before)
          return yield { is: 'refused', why: 'entry of an earlier run' }
        }
        this.#before = null
        this.#gaps = 0
        this.#options.unsealer?.hear(read.entry)
        yield { is: 'entry', entry: read.entry, signed: bytes, begins: read.begins }
        continue
      }
      const { head } = this.#reader
      if (read.why !== 'entry ahead of what is here' || !head) return yield { is: 'refused', why: read.why }
      if (++this.#gaps > TRIES) {
        this.#gaps = 0
        this.#beginAnew(head)
      }
      return yield { is: 'refused', why: read.why }
    }
  }

  #beginAnew(after: Head): void {
    this.#before = after
    this.#reader = new ManifestReader(this.#options.program)
  }

  #query(): string {
    const { from, seat, wants } = this.#options
    const { head } = this.#reader
    const place = head ? `after=${head.run}.${head.number}&from=${head.at}&` : ''
    const begin = !head && !this.#before && from !== null ? `from=${Math.max(0, Math.floor(from))}&` : ''
    const want = (wants?.() ?? []).slice(0, MOST_WANTED).join()
    return `${place}${begin}seat=${seat}${want && `&want=${want}`}`
  }
}

const isLater = (entry: Entry, than: Head): boolean => entry.run > than.run || (entry.run === than.run && entry.number > than.number)

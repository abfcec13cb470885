// origin.ts — what is answered to who watches: playlists that wait for the next part, parts, objects, the manifest. Knows no sockets.
//
// Asked by GET, it changes nothing but who has a seat. Live bytes come from memory, older ones from the store. A request that waits (a reload that
// blocks, a hinted part) waits for the next update and no longer than the draft allows; how many may wait is limited. Beyond the budget a new
// viewer gets 503 with a time to come back and the names of the newest objects, to be had from others (each of them can be checked
// with the manifest, which stays open); those who have a seat go on.
import type { Clock } from '../lib/clock.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { hex, type Random, systemRandom } from '../wire/crypto.ts'
import { type Entry, lineOf, type ProgramId } from '../wire/manifest.ts'
import { OBJECT_NAME, type ObjectName } from '../wire/object.ts'
import { Budget, type BudgetLimits } from './budget.ts'
import { type Live, nextPart, nothingYet, type Segment, skipped, type Track, take, trackNamed } from './live.ts'
import { masterPlaylist, mediaPlaylist, targetDuration } from './playlist.ts'
import type { ProgramSink, Update } from './program.ts'
import { follows, isAt, type Place, type Told, tell, tellFrom } from './told.ts'

export type OriginAsk = {
  readonly path: string
  readonly query: string
  /** Whom the connection comes from: the seat of players that carry no seat in their addresses. */
  readonly address: string
  /** Aborted when the one who asked has gone. */
  readonly signal: AbortSignal
}
export type OriginAnswer = { readonly status: number; readonly headers: Record<string, string>; readonly body: Uint8Array | string }

/** Where objects and entries are that are no longer in memory. */
export interface OlderObjects {
  object(name: ObjectName): Promise<Uint8Array | null>
  /** The signed entries of a time (ms since 1970, both ends included), oldest first. */
  entries?(from: number, to: number): AsyncIterable<{ readonly signed: Uint8Array; readonly entry: Entry }>
  /** From when to when there is something, ms since 1970. */
  readonly span?: { readonly from: number; readonly to: number } | null
}

export type OriginOptions = {
  readonly program: ProgramId
  readonly limits: BudgetLimits
  readonly clock: Clock
  readonly older: OlderObjects | null
  /** Segments in the playlists: how far back one may go. */
  readonly window?: number
  /** What the program says of itself, as `closeAbout` gives it; without it nothing is said. @param from the earliest that can be watched */
  readonly about?: (seen: { readonly viewers: number; readonly from: number | null }) => string
  /** Entries of the manifest that are held in memory. */
  readonly entries?: number
  /** Requests that may wait at once. */
  readonly waiting?: number
  readonly random?: Random
}

const WINDOW = 30
/** Segments whose bytes are held in memory. */
const HELD = 6
const WAITING = 1200
/** Entries that the manifest still has for who asks for what follows one it knows. */
const ENTRIES = 600
const RETRY = 5
/** Old entries in one answer; and how long before a time its segments may have begun, ms. */
const [AT_ONCE, LEAD] = [200, 8000]
/** A manifest that has nothing new is answered after this at the latest, empty. */
const PATIENCE = seconds(5)
/** Seconds of budget sent ahead: then objects wait for others; and then parts do too. */
const [OBJECTS_AHEAD, PARTS_AHEAD] = [1, 3]

const FOREVER = 'public, max-age=31536000, immutable'
const OPEN = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'x-content-type-options': 'nosniff' }
const PLAYLIST = 'application/vnd.apple.mpegurl'

type Waited = 'came' | 'late' | 'crowded'
type Waiter = { readonly isSo: () => boolean; readonly late: number; readonly end: (how: Waited) => void }
/** How exactly the longest time to wait is kept. */
const LOOK = ms(500)

export class Origin implements ProgramSink {
  readonly #options: OriginOptions
  readonly #budget: Budget
  readonly #held = new Map<ObjectName, { readonly bytes: Uint8Array; readonly segment: number }>()
  readonly #waiters = new Set<Waiter>()
  #counting: AbortController | null = null
  readonly #texts = new Map<string, string>()
  #live: Live = nothingYet
  #lines: readonly Told[] = []

  constructor(options: OriginOptions) {
    this.#options = options
    this.#budget = new Budget(options.limits, options.clock)
  }

  get live(): Live {
    return this.#live
  }
  get viewers(): number {
    return this.#budget.seats
  }
  get waiting(): number {
    return this.#waiters.size
  }

  update({ signed, entry, objects }: Update): void {
    this.#live = take(this.#live, entry, this.#options.window ?? WINDOW)
    this.#texts.clear()
    const segment = Math.max(0, ...this.#live.tracks.map(({ segments }) => segments.at(-1)?.number ?? 0))
    for (const { promise, bytes } of objects) this.#held.set(promise.name, { bytes, segment })
    if (entry.parts.some(({ firstOfSegment }) => firstOfSegment)) this.#forget(segment - HELD)
    this.#lines = [...this.#lines.slice(-(this.#options.entries ?? ENTRIES)), tell(entry, lineOf(signed))]
    // Where nothing is kept, there are no entries without their objects.
    if (!this.#options.older && entry.parts.some(({ firstOfSegment }) => firstOfSegment)) {
      const oldest = Math.min(...this.#live.tracks.map(({ segments }) => segments[0]?.number ?? 0))
      const isGone = ({ run, segment: of }: Told) => run !== entry.run || (of >= 0 && of < oldest)
      this.#lines = this.#lines.slice(this.#lines.findLastIndex(isGone) + 1)
    }
    for (const waiter of [...this.#waiters]) if (waiter.isSo()) waiter.end('came')
  }

  /** What comes next does not follow what is here, as for a relay that was cut off for long: nothing of that is told any more. */
  skip(): void {
    this.#live = skipped(this.#live)
    this.#lines = []
    this.#texts.clear()
  }

  /** Has who watches another way (WHEP) a seat here too, or may they take one? To be asked again every few seconds while they stay. */
  takeSeat(seat: string): boolean {
    return this.#budget.admit(seat, this.#rate)
  }

  leaveSeat(seat: string): void {
    this.#budget.leave(seat)
  }

  /** Bytes that went to those. */
  sent(bytes: number): void {
    this.#budget.sent(bytes)
  }

  /** The answer; null for an address that is none of ours. Rejects only for a bug or a disk that fails. */
  async answer(ask: OriginAsk): Promise<OriginAnswer | null> {
    const [, first = '', ...rest] = ask.path.split('/')
    if (first === 'o' && rest.length === 1 && OBJECT_NAME.test(rest[0] ?? '')) return this.#object(rest[0] as ObjectName)
    if (first !== 'live' || rest[0] !== this.#options.program) return null
    const [, name = '', file = '', ...more] = rest
    const query = new URLSearchParams(ask.query)
    if (more.length > 0) return null
    if (file === '' && name === 'index.m3u8') return this.#master()
    if (file === '' && name === 'manifest') return this.#manifest(query, ask.signal)
    if (file === '' && name === 'about') return this.#about()
    if (file === '' && name.endsWith('.m3u8')) return this.#playlist(name.slice(0, -'.m3u8'.length), query, ask)
    const part = /^(\d{1,15})\.m4s$/.exec(file)
    if (part) return this.#part(name, Number(part[1]), ask.signal)
    const segment = /^s(\d{1,15})\.mp4$/.exec(file)
    return segment ? this.#segment(name, Number(segment[1])) : null
  }

  #master(): OriginAnswer {
    if (this.#live.tracks.length === 0) return soon('The program has not begun yet.')
    const seat = hex((this.#options.random ?? systemRandom)(8))
    if (!this.#budget.admit(seat, this.#rate)) return this.#full()
    return {
      status: 200,
      headers: { ...OPEN, 'content-type': PLAYLIST, 'cache-control': 'no-store' },
      body: masterPlaylist(this.#live, `?seat=${seat}`),
    }
  }

  async #playlist(name: string, query: URLSearchParams, ask: OriginAsk): Promise<OriginAnswer> {
    const seat = query.get('seat')
    const known = seat && /^[0-9a-f]{16}$/.test(seat) ? seat : `from ${ask.address}`
    if (!this.#budget.admit(known, this.#rate)) return this.#full()
    const [msn, part] = [count(query.get('_HLS_msn')), count(query.get('_HLS_part'))]
    if (msn === 'odd' || part === 'odd' || (part !== null && msn === null))
      return bad('_HLS_msn and _HLS_part are counts, the second only with the first.')
    if (msn !== null) {
      const track = trackNamed(this.#live, name)
      const last = track?.segments.at(-1)
      // 6.2.5.2: a reload that is far ahead of the list is a mistake.
      if (!track || !last || msn > last.number + 2) return bad('That is too far ahead.')
      const time = seconds(3 * targetDuration(track.description))
      const came = await this.#until(() => this.#live.hasEnded || isThere(trackNamed(this.#live, name), msn, part), time, ask.signal)
      if (came !== 'came') return came === 'crowded' ? this.#full() : soon('The next part has not come in time.')
    }
    const skip = ['YES', 'v2'].includes(query.get('_HLS_skip') ?? '')
    const key = `${name} ${skip}`
    const text = this.#texts.get(key) ?? mediaPlaylist(this.#live, name, { skip })
    if (text === null) return nothing()
    this.#texts.set(key, text)
    return { status: 200, headers: { ...OPEN, 'content-type': PLAYLIST, 'cache-control': 'no-cache' }, body: text }
  }

  async #part(name: string, sequence: number, signal: AbortSignal): Promise<OriginAnswer> {
    const find = () =>
      trackNamed(this.#live, name)
        ?.segments.flatMap(({ parts }) => parts)
        .find((part) => part.sequence === sequence)
    const track = trackNamed(this.#live, name)
    if (track && nextPart(track)?.sequence === sequence) {
      const time = seconds(3 * targetDuration(track.description))
      const came = await this.#until(() => this.#live.hasEnded || find() !== undefined, time, signal)
      if (came === 'crowded') return this.#full()
    }
    const part = find()
    return part ? this.#bytes([part.object.name], trackKind(trackNamed(this.#live, name)), 'public, max-age=3600', PARTS_AHEAD) : nothing()
  }

  async #segment(name: string, number: number): Promise<OriginAnswer> {
    const track = trackNamed(this.#live, name)
    const segment = track?.segments.find((each) => each.number === number && each.isWhole)
    if (!segment) return nothing()
    return this.#bytes(
      segment.parts.map(({ object }) => object.name),
      trackKind(track),
      'public, max-age=3600',
      PARTS_AHEAD,
    )
  }

  #object(name: ObjectName): Promise<OriginAnswer> {
    return this.#bytes([name], 'application/octet-stream', FOREVER, this.#isHeader(name) ? PARTS_AHEAD : OBJECTS_AHEAD)
  }

  #isHeader(name: ObjectName): boolean {
    return this.#live.tracks.some(({ init, segments }) => init.name === name || segments.some((segment) => segment.init.name === name))
  }

  async #bytes(names: readonly ObjectName[], type: string, cache: string, ahead: number): Promise<OriginAnswer> {
    if (this.#budget.ahead > ahead) return this.#full()
    const all: Uint8Array[] = []
    for (const name of names) {
      const bytes = this.#held.get(name)?.bytes ?? (await this.#options.older?.object(name)) ?? null
      if (!bytes) return nothing()
      all.push(bytes)
    }
    const [only] = all
    const body = all.length === 1 && only ? only : joined(all)
    this.#budget.sent(body.length)
    return { status: 200, headers: { ...OPEN, 'content-type': type, 'cache-control': cache }, body }
  }

  /**
   * `after=RUN.NUMBER`: what follows that entry, and waits for it. `from=MS`: from where the segments begin that were under way at that time; with
   * both, what follows an entry of that time, also when it is long ago. Neither: since the segments under way began. `seat` takes a seat.
   */
  async #manifest(query: URLSearchParams, signal: AbortSignal): Promise<OriginAnswer> {
    const { after = null, seat = null, from: time = null }: Partial<Record<string, string | null>> = Object.fromEntries(query)
    const from = count(time)
    const known = after === null ? null : /^(\d{1,15})\.(\d{1,15})$/.exec(after)
    if (after !== null && !known) return bad('after is a run and a number, like 1795000000000.42.')
    if (from === 'odd') return bad('from is a time in milliseconds since 1970.')
    if (seat !== null && !/^[0-9a-f]{16}$/.test(seat)) return bad('A seat has 16 hex digits.')
    if (seat !== null && !this.#budget.admit(seat, this.#rate)) return this.#full()
    const place = known ? { run: Number(known[1]), number: Number(known[2]) } : null
    const old = from === null ? null : await this.#older(place, from)
    if (old) return lines(old)
    const fresh = () => tellFrom(this.#lines, place, from)
    const isDone = () => fresh().length > 0 || this.#live.hasEnded
    if ((await this.#until(isDone, PATIENCE, signal)) === 'crowded') return this.#full()
    return lines(fresh())
  }

  /** Lines of a time that is not in memory any more; null when it is, or when nothing was kept. */
  async #older(place: Place | null, from: number): Promise<readonly Told[] | null> {
    const { older } = this.#options
    const first = this.#lines.find(({ begins }) => begins.length > 0)
    const isHere = first && (place ? follows(place, first) || isAt(place, first) : from >= first.at)
    if (!older?.entries || isHere) return null
    const found: Told[] = []
    const begin = Math.max(from - LEAD, older.span?.from ?? 0)
    for await (const { signed, entry } of older.entries(begin, Number.MAX_SAFE_INTEGER)) {
      if (!place || follows(entry, place)) found.push(tell(entry, lineOf(signed)))
      if (found.length >= AT_ONCE * 2) break
    }
    const some = place ? found : tellFrom(found, null, Math.max(from, begin + 1))
    return some.length > 0 ? some.slice(0, AT_ONCE) : null
  }

  #about(): OriginAnswer {
    const { about, older } = this.#options
    if (!about) return nothing()
    const held = this.#lines.find(({ begins }) => begins.length > 0)?.at ?? null
    const body = about({ viewers: this.#budget.seats, from: older?.span?.from ?? held })
    return { status: 200, headers: { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
  }

  #full(): OriginAnswer {
    const objects = this.#live.tracks.flatMap(({ description, init, segments }) => [
      { track: description.name, header: init.name },
      ...segments
        .slice(-2)
        .flatMap(({ parts }) =>
          parts.map(({ sequence, object }) => ({ track: description.name, sequence, object: object.name, size: object.size })),
        ),
    ])
    const body = {
      full: true,
      sentence: 'As many are watching from here as this box can serve. Try again in a moment, or take the objects from another viewer.',
      program: this.#options.program,
      manifest: `/live/${this.#options.program}/manifest`,
      objects,
    }
    return {
      status: 503,
      headers: { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': String(RETRY) },
      body: `${JSON.stringify(body)}\n`,
    }
  }

  /** Bits a second that one viewer takes: the best picture and one sound. */
  get #rate(): number {
    const most = (kind: 'video' | 'audio') =>
      Math.max(0, ...this.#live.tracks.filter((each) => each.description.kind === kind).map((each) => each.description.bandwidth))
    return most('video') + most('audio')
  }

  #forget(before: number): void {
    const headers = new Set(this.#live.tracks.flatMap(({ init, segments }) => [init.name, ...segments.map((segment) => segment.init.name)]))
    // Without a store everything that playlists name stays in memory.
    const oldest = this.#options.older ? before : Math.min(...this.#live.tracks.map(({ segments }) => segments[0]?.number ?? 0))
    for (const [name, { segment }] of this.#held) if (segment < oldest && !headers.has(name)) this.#held.delete(name)
  }

  /** Waits for updates until it is so. Hundreds wait at once, five times a second anew: one clock counts for all of them. */
  #until(isSo: () => boolean, time: Ms, signal: AbortSignal): Promise<Waited> {
    if (isSo()) return Promise.resolve('came')
    if (signal.aborted) return Promise.resolve('late')
    if (this.#waiters.size >= (this.#options.waiting ?? WAITING)) return Promise.resolve('crowded')
    return new Promise((done) => {
      const goes = (): void => waiter.end('late')
      const waiter: Waiter = {
        isSo,
        late: this.#options.clock.now() + time,
        end: (how) => {
          this.#waiters.delete(waiter)
          if (this.#waiters.size === 0) this.#counting?.abort('nobody waits')
          signal.removeEventListener('abort', goes)
          done(how)
        },
      }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', goes)
      if (!this.#counting || this.#counting.signal.aborted) void this.#count()
    })
  }

  /** While anybody waits: ends what has waited too long. */
  async #count(): Promise<void> {
    const { clock } = this.#options
    this.#counting = new AbortController()
    const { signal } = this.#counting
    while (!signal.aborted) {
      await clock.sleep('requests that wait for the next part', LOOK, signal).catch(() => {})
      const now = clock.now()
      if (!signal.aborted) for (const waiter of [...this.#waiters]) if (now >= waiter.late) waiter.end('late')
    }
  }
}

/** Is the part there, or the whole segment when no part is named (6.2.5.2)? A part past the end of a segment is the first of the next. */
function isThere(track: Track | null, msn: number, part: number | null): boolean {
  const last: Segment | undefined = track?.segments.at(-1)
  if (!last) return false
  if (last.number !== msn) return last.number > msn
  return part === null ? last.isWhole : last.parts.length > part
}

const trackKind = (track: Track | null): string => (track?.description.kind === 'audio' ? 'audio/mp4' : 'video/mp4')
const count = (text: string | null): number | null | 'odd' => (text === null ? null : /^\d{1,15}$/.test(text) ? Number(text) : 'odd')

const lines = (all: readonly Told[]): OriginAnswer => ({
  status: 200,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: all.map(({ text }) => `${text}\n`).join(''),
})

const plain = (status: number, sentence: string, more: Record<string, string> = {}): OriginAnswer => ({
  status,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...more },
  body: `${sentence}\n`,
})
const bad = (sentence: string): OriginAnswer => plain(400, sentence)
const nothing = (): OriginAnswer => plain(404, 'There is nothing here, or not any more.')
const soon = (sentence: string): OriginAnswer => plain(503, sentence, { 'retry-after': '1' })

function joined(all: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const each of all) {
    body.set(each, at)
    at += each.length
  }
  return body
}

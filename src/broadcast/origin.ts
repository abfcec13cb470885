// origin.ts — what is answered to who watches: playlists that wait for the next part, parts, objects, the manifest. Knows no sockets.
//
// Asked by GET, it changes nothing but who has a seat. Live bytes come from memory, older ones from the store. A request that waits (a reload that
// blocks, a hinted part) waits for the next update and no longer than the draft allows; how many may wait is limited. Beyond the budget a new
// viewer gets 503 with a time to come back and the names of the newest objects, to be had from others (each of them can be checked
// with the manifest, which stays open); those who have a seat go on.
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import { concat, hex, type Random, systemRandom } from '../wire/crypto.ts'
import type { ProgramId, TrackPart } from '../wire/manifest.ts'
import { OBJECT_NAME, type ObjectName } from '../wire/object.ts'
import { Budget, type BudgetLimits } from './budget.ts'
import { type Live, nextPart, nothingYet, skipped, type Track, take, trackNamed } from './live.ts'
import {
  A_WHILE,
  bad,
  count,
  FOREVER,
  facts,
  lines,
  nothing,
  OPEN,
  type OriginAnswer,
  type OriginAsk,
  playlist,
  secret,
  soon,
} from './origin/answer.ts'
import { manifestAsk, type OlderObjects, Telling } from './origin/telling.ts'
import { Waiting } from './origin/waiting.ts'
import { masterPlaylist, mediaPlaylist, targetDuration } from './playlist.ts'
import type { ProgramSink, Update } from './program.ts'
import { newestOf } from './row.ts'

export type { OriginAnswer, OriginAsk } from './origin/answer.ts'
export type { OlderObjects } from './origin/telling.ts'

/** By its playlist, as players do that go from one rendition to another unasked; or by its name, or for a part of it. */
export type AskedHow = 'list' | 'name'

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
  /** Hears which tracks are asked for, again and again while somebody watches them. */
  readonly asked?: (track: string, how: AskedHow) => void
  readonly random?: Random
}

const WINDOW = 30
/** Segments whose bytes are held in memory. */
const HELD = 6
const WAITING = 1200
const RETRY = 5
/** A manifest that has nothing new is answered after this at the latest, empty. */
const PATIENCE = seconds(5)
/** Seconds of budget sent ahead: then objects wait for others; and then parts do too. */
const [OBJECTS_AHEAD, PARTS_AHEAD] = [1, 3]

export class Origin implements ProgramSink {
  readonly #options: OriginOptions
  readonly #budget: Budget
  readonly #held = new Map<ObjectName, { readonly bytes: Uint8Array; readonly segment: number }>()
  readonly #waiting: Waiting
  readonly #telling: Telling
  readonly #texts = new Map<string, string>()
  #live: Live = nothingYet
  /** Its objects are sealed: players that read playlists could only play noise. */
  #isPrivate = false

  constructor(options: OriginOptions) {
    this.#options = options
    this.#budget = new Budget(options.limits, options.clock)
    this.#waiting = new Waiting(options.clock, options.waiting ?? WAITING)
    this.#telling = new Telling(options.older, options.entries)
  }

  get live(): Live {
    return this.#live
  }
  get viewers(): number {
    return this.#budget.seats
  }
  get waiting(): number {
    return this.#waiting.size
  }

  update({ signed, entry, objects }: Update): void {
    this.#live = take(this.#live, entry, this.#options.window ?? WINDOW)
    this.#isPrivate = entry.lock !== undefined
    this.#texts.clear()
    const segment = Math.max(0, ...this.#live.tracks.map(({ segments }) => segments.at(-1)?.number ?? 0))
    for (const { promise, bytes } of objects) this.#held.set(promise.name, { bytes, segment })
    if (entry.parts.some(({ firstOfSegment }) => firstOfSegment)) this.#forget(segment - HELD)
    this.#telling.add(entry, signed, this.#oldest)
    this.#waiting.look()
  }

  /** What comes next does not follow what is here, as for a relay that was cut off for long: nothing of that is told any more. */
  skip(): void {
    this.#live = skipped(this.#live)
    this.#telling.forget()
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
    if (this.#isPrivate && (/^[^/]+\.m3u8$/.test(name) || /^s\d+\.mp4$|\.vtt$/.test(file))) return secret()
    if (file === '' && name === 'index.m3u8') return this.#master()
    if (file === '' && name === 'manifest') return this.#manifest(query, ask.signal)
    if (file === '' && name === 'about') return this.#about()
    if (file === '' && name.endsWith('.m3u8')) return this.#playlist(name.slice(0, -'.m3u8'.length), query, ask)
    const part = /^(\d{1,15})\.(m4s|vtt)$/.exec(file)
    if (part) return this.#part(name, Number(part[1]), part[2] === 'vtt', ask.signal)
    const segment = /^s(\d{1,15})\.(mp4|vtt)$/.exec(file)
    return segment ? this.#segment(name, Number(segment[1]), segment[2] === 'vtt') : null
  }

  #master(): OriginAnswer {
    if (this.#live.tracks.length === 0) return soon('The program has not begun yet.')
    this.#options.asked?.('index', 'list')
    const seat = hex((this.#options.random ?? systemRandom)(8))
    if (!this.#budget.admit(seat, this.#rate)) return this.#full()
    return playlist(masterPlaylist(this.#live, `?seat=${seat}`), 'no-store')
  }

  async #playlist(name: string, query: URLSearchParams, ask: OriginAsk): Promise<OriginAnswer> {
    const seat = query.get('seat')
    const known = seat && /^[0-9a-f]{16}$/.test(seat) ? seat : `from ${ask.address}`
    if (!this.#budget.admit(known, this.#rate)) return this.#full()
    const [msn, part] = [count(query.get('_HLS_msn')), count(query.get('_HLS_part'))]
    if (msn === 'odd' || part === 'odd' || (part !== null && msn === null))
      return bad('_HLS_msn and _HLS_part are counts, the second only with the first.')
    this.#options.asked?.(name, 'list')
    if (msn !== null) {
      const track = trackNamed(this.#live, name)
      const last = track && newestOf(this.#live, track)
      // 6.2.5.2: a reload that is far ahead of the list is a mistake.
      if (!track || !last || msn > last.number + 2) return bad('That is too far ahead.')
      const time = seconds(3 * targetDuration(track.description))
      const came = await this.#waiting.until(() => this.#live.hasEnded || isThere(this.#live, name, msn, part), time, ask.signal)
      if (came !== 'came') return came === 'crowded' ? this.#full() : soon('The next part has not come in time.')
    }
    const skip = ['YES', 'v2'].includes(query.get('_HLS_skip') ?? '')
    const key = `${name} ${skip}`
    const text = this.#texts.get(key) ?? mediaPlaylist(this.#live, name, { skip })
    if (text === null) return nothing()
    this.#texts.set(key, text)
    return playlist(text, 'no-cache')
  }

  async #part(name: string, sequence: number, asFile: boolean, signal: AbortSignal): Promise<OriginAnswer> {
    this.#options.asked?.(name, 'name')
    const find = () =>
      trackNamed(this.#live, name)
        ?.segments.flatMap(({ parts }) => parts)
        .find((part) => part.sequence === sequence)
    const track = trackNamed(this.#live, name)
    if (track && nextPart(track) === sequence) {
      const time = seconds(3 * targetDuration(track.description))
      const came = await this.#waiting.until(() => this.#live.hasEnded || find() !== undefined, time, signal)
      if (came === 'crowded') return this.#full()
    }
    const part = find()
    return part ? this.#parts(trackNamed(this.#live, name), [part], asFile) : nothing()
  }

  async #segment(name: string, number: number, asFile: boolean): Promise<OriginAnswer> {
    const track = trackNamed(this.#live, name)
    const segment = track?.segments.find((each) => each.number === number && each.isWhole)
    return segment ? this.#parts(track, segment.parts, asFile) : nothing()
  }

  /** @param asFile with the track's init segment before it, as captions are asked for by players */
  #parts(track: Track | null, parts: readonly TrackPart[], asFile: boolean): Promise<OriginAnswer> {
    const names = parts.map(({ object }) => object.name)
    return this.#bytes(track && asFile ? [track.init.name, ...names] : names, trackKind(track), A_WHILE, PARTS_AHEAD)
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
    const body = all.length === 1 && only ? only : concat(...all)
    this.#budget.sent(body.length)
    return { status: 200, headers: { ...OPEN, 'content-type': type, 'cache-control': cache }, body }
  }

  async #manifest(query: URLSearchParams, signal: AbortSignal): Promise<OriginAnswer> {
    const ask = manifestAsk(query)
    if (typeof ask === 'string') return bad(ask)
    if (ask.seat !== null && !this.#budget.admit(ask.seat, this.#rate)) return this.#full()
    for (const name of ask.want) this.#options.asked?.(name, 'name')
    const old = await this.#telling.old(ask)
    if (old) return lines(old)
    const fresh = () => this.#telling.fresh(ask)
    const isDone = () => fresh().length > 0 || this.#live.hasEnded
    if ((await this.#waiting.until(isDone, PATIENCE, signal)) === 'crowded') return this.#full()
    return lines(fresh())
  }

  #about(): OriginAnswer {
    const { about } = this.#options
    if (!about) return nothing()
    return facts(200, about({ viewers: this.#budget.seats, from: this.#telling.from }))
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
    return facts(503, `${JSON.stringify(body)}\n`, { 'retry-after': String(RETRY) })
  }

  /** Bits a second that one viewer takes: the best picture and one sound. */
  get #rate(): number {
    const most = (kind: 'video' | 'audio') =>
      Math.max(0, ...this.#live.tracks.filter((each) => each.description.kind === kind).map((each) => each.description.bandwidth))
    return most('video') + most('audio')
  }

  /** The first segment that is still in the playlists. */
  get #oldest(): number {
    const first = this.#live.tracks.flatMap(({ segments }) => segments[0]?.number ?? [])
    return first.length > 0 ? Math.min(...first) : 0
  }

  #forget(before: number): void {
    const headers = new Set(this.#live.tracks.flatMap(({ init, segments }) => [init.name, ...segments.map((segment) => segment.init.name)]))
    // Without a store everything that playlists name stays in memory.
    const oldest = this.#options.older ? before : this.#oldest
    for (const [name, { segment }] of this.#held) if (segment < oldest && !headers.has(name)) this.#held.delete(name)
  }
}

/** Is the part there, or the whole segment when no part is named (6.2.5.2)? A part past the end of a segment is the first of the next. */
function isThere(live: Live, name: string, msn: number, part: number | null): boolean {
  const track = trackNamed(live, name)
  const last = track && newestOf(live, track)
  if (!last) return false
  if (last.number !== msn) return last.number > msn
  return part === null ? last.isWhole : last.parts.length > part
}

const KINDS = { video: 'video/mp4', audio: 'audio/mp4', text: 'text/vtt; charset=utf-8' } as const
const trackKind = (track: Track | null): string => KINDS[track?.description.kind ?? 'video']

// tracks-roster.ts — who was in a call of which something was kept here, by their keys; and in which room it was. On disk, the last hundred calls.
//
// Only they may ask for our own tracks of it later, and only they are asked for theirs.
import { join } from 'node:path'
import type { Person } from '../call/person.ts'
import type { PeerId, RoomSecret } from '../core/id.ts'
import type { Log } from '../lib/log.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { jsonOf } from '../wire/schema.ts'
import { MOST_PEOPLE, type RecordedCall, RecordedCalls } from '../wire/tracks-roster.ts'

const MOST = 100
export type Span = { readonly from: number; readonly to: number }
type Place = { readonly room: RoomSecret; readonly at: string | null }

export class TracksRoster {
  readonly #file: string
  readonly #date: () => number
  readonly #log: Log
  /** Oldest first. */
  #all: readonly RecordedCall[] = []
  #goesOn = false
  #saving: Promise<void> = Promise.resolve()

  /** @param date wall clock, ms since 1970 */
  constructor(folder: string, date: () => number, log: Log) {
    this.#file = join(folder, 'recorded-calls.json')
    this.#date = date
    this.#log = log
  }

  /** What cannot be understood is begun anew: then tracks are fetched by hand. */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    const read = RecordedCalls.safeParse(jsonOf(text))
    if (text !== null && !read.success) this.#log.warn('who was in recorded calls could not be read; beginning anew')
    const all = read.success ? read.data : []
    // The box was cut off in this one: it was over when the next began, or now.
    this.#all = all.map((call, i) => ({ ...call, ended: call.ended ?? all[i + 1]?.began ?? this.#date() }))
  }

  get all(): readonly RecordedCall[] {
    return this.#all
  }

  /** Something is kept of the call in this room, with these people; null: of none, now. */
  be(place: Place | null, people: readonly Person[]): void {
    const last = this.#goesOn ? this.#all.at(-1) : undefined
    if (last && last.room !== place?.room) {
      this.#goesOn = false
      this.#set([...this.#all.slice(0, -1), { ...last, ended: this.#date() }])
    }
    if (!place) return
    const now = this.#goesOn ? this.#all.at(-1) : undefined
    const known = now?.people ?? []
    const come = people
      .filter(({ peer, state }) => state === 'live' && !known.some((one) => one.peer === peer))
      .map(({ peer, name, kind }) => ({ peer, name, kind }))
    if (now && come.length === 0) return
    const call = now ?? { began: this.#date(), ended: null, ...place, people: [] }
    this.#goesOn = true
    this.#set([...(now ? this.#all.slice(0, -1) : this.#all), { ...call, people: [...known, ...come].slice(0, MOST_PEOPLE) }])
  }

  /** The call of a time; of several the one with most of it. */
  of(time: Span): RecordedCall | null {
    const shared = ({ began, ended }: RecordedCall) => Math.min(time.to, ended ?? this.#date()) - Math.max(time.from, began)
    const [most] = this.#all.filter((call) => shared(call) > 0).sort((a, b) => shared(b) - shared(a))
    return most ?? null
  }

  /** The calls in a room that this one was in, of a time. */
  shared(peer: PeerId, room: RoomSecret, time: Span): readonly RecordedCall[] {
    return this.#all.filter(
      (call) =>
        call.room === room &&
        call.began <= time.to &&
        (call.ended ?? this.#date()) >= time.from &&
        call.people.some((person) => person.peer === peer),
    )
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#saving
  }

  #set(all: readonly RecordedCall[]): void {
    this.#all = all.slice(-MOST)
    const text = JSON.stringify(this.#all)
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#log.error('who was in a recorded call could not be kept', error))
  }
}

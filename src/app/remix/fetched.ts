// fetched.ts — what was fetched of others' own tracks: files of tracks in a folder of their own, within a limit, the oldest let go first. An index
// beside them says for which recording each was fetched, and whether all of it is here.

import type { Track } from '../../broadcast/remix/fetcher.ts'
import { type GrowingFile, openTaking, type Taking } from '../../broadcast/remix/take.ts'
import type { PeerId } from '../../core/id.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/fault.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { bytesOf, hex, type Random, textOf } from '../../wire/crypto.ts'
import { jsonOf } from '../../wire/schema.ts'
import { type FetchedRun, FetchedRuns } from '../../wire/tracks-roster.ts'

/** A folder; system/media-folder.ts is one. All of it throws a Fault. */
export interface FetchedFolder {
  append(name: string, bytes: Uint8Array): Promise<void>
  read(name: string, from: number, length: number): Promise<Uint8Array>
  size(name: string): Promise<number>
  truncate(name: string, length: number): Promise<void>
  sync(name: string): Promise<void>
  release(name: string): Promise<void>
  remove(name: string): Promise<void>
  replace(name: string, bytes: Uint8Array): Promise<void>
}

type Parts = {
  /** Opened when it is first needed. */
  readonly folder: () => Promise<FetchedFolder>
  /** Bytes that all of it may take. */
  readonly limit: number
  /** ms since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly random: Random
}

const INDEX = 'fetched.json'
const VALID = seconds(60)
const MOST_TICKETS = 16
/** What a file may have above what was said of the run: it grows by its frame, and what was said is rounded. */
const SPARE = 1024 * 1024
/** Bytes that are read of a file at once. */
const PIECE = 256 * 1024

const nameOf = ({ recording, peer, run }: Pick<FetchedRun, 'recording' | 'peer' | 'run'>): string => `${recording}-${peer}-${run}.tracks`

export class Fetched {
  readonly #parts: Parts
  readonly #tickets = new Map<string, { readonly name: string; readonly until: Ms }>()
  #open: Promise<{ readonly folder: FetchedFolder; known: FetchedRuns }> | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether all that somebody gave of a recording is here. Throws a Fault. */
  async isDone(recording: number, peer: PeerId): Promise<boolean> {
    const { known } = await this.#folder()
    return known.done.some((each) => each.recording === recording && each.peer === peer)
  }

  /** Of one's whole runs: their names for ticket(), and their bytes. */
  async of(recording: number, peer: PeerId): Promise<ReadonlyArray<{ readonly name: string; readonly bytes: number }>> {
    const { folder, known } = await this.#folder()
    const runs = known.runs.filter((each) => each.recording === recording && each.peer === peer && each.whole)
    return Promise.all(runs.map(async (each) => ({ name: nameOf(each), bytes: await folder.size(nameOf(each)) })))
  }

  /** The file for a run. @throws Refusal 'not-allowed' when there is no space for it; Fault */
  async open(recording: number, peer: PeerId, { program, run, about, bytes }: Track): Promise<Taking> {
    const limit = Math.ceil(bytes * 1.05) + SPARE
    await this.#change(async (known, folder) => {
      const others = known.runs.filter((each) => nameOf(each) !== nameOf({ recording, peer, run }))
      const kept = await this.#roomFor(limit, others, recording, folder)
      const done = known.done.filter((each) => !(each.recording === recording && each.peer === peer))
      const isLeft = (each: { readonly recording: number }) =>
        each.recording === recording || kept.some((run) => run.recording === each.recording)
      return { runs: [...kept, { recording, peer, run, limit, whole: false, at: this.#parts.date() }], done: done.filter(isLeft) }
    })
    const { folder } = await this.#folder()
    return openTaking(fileIn(folder, nameOf({ recording, peer, run })), { program, run, about, limit })
  }

  /** A run has come as a whole. Throws a Fault. */
  whole(recording: number, peer: PeerId, run: number): Promise<void> {
    return this.#change(async (known, folder) => {
      const name = nameOf({ recording, peer, run })
      await folder.sync(name)
      await folder.release(name)
      return { ...known, runs: known.runs.map((each) => (nameOf(each) === name ? { ...each, whole: true } : each)) }
    })
  }

  /** All that one gives of a recording is here. Throws a Fault. */
  done(recording: number, peer: PeerId): Promise<void> {
    return this.#change(async (known) => ({
      ...known,
      done: [...known.done.filter((each) => !(each.recording === recording && each.peer === peer)), { recording, peer }],
    }))
  }

  /** Removes what was fetched for a recording. Throws a Fault. */
  forget(recording: number): Promise<void> {
    return this.#change(async (known, folder) => {
      for (const each of known.runs.filter((run) => run.recording === recording)) await drop(folder, each)
      const isLeft = (each: { readonly recording: number }) => each.recording !== recording
      return { runs: known.runs.filter(isLeft), done: known.done.filter(isLeft) }
    })
  }

  /** 64 characters of lower-case hex, good for one download within a minute. */
  ticket(name: string): string {
    const { clock, random } = this.#parts
    for (const [ticket, { until }] of this.#tickets)
      if (until <= clock.now() || this.#tickets.size >= MOST_TICKETS) this.#tickets.delete(ticket)
    const ticket = hex(random(32))
    this.#tickets.set(ticket, { name, until: (clock.now() + VALID) as Ms })
    return ticket
  }

  /** The file that a ticket is for; it is used up. Null when it is for none of ours. */
  async take(ticket: string): Promise<{ readonly name: string; readonly bytes: AsyncIterable<Uint8Array> } | null> {
    const is = this.#tickets.get(ticket)
    if (!is) return null
    this.#tickets.delete(ticket)
    const { folder, known } = await this.#folder()
    if (is.until <= this.#parts.clock.now() || !known.runs.some((each) => nameOf(each) === is.name)) return null
    async function* bytes(name: string): AsyncGenerator<Uint8Array> {
      const size = await folder.size(name)
      for (let at = 0; at < size; at += PIECE) yield await folder.read(name, at, Math.min(PIECE, size - at))
    }
    return { name: is.name, bytes: bytes(is.name) }
  }

  /** Lets go of the oldest of other recordings until there is room. Gives what is left. */
  async #roomFor(limit: number, runs: readonly FetchedRun[], recording: number, folder: FetchedFolder): Promise<readonly FetchedRun[]> {
    const sizes = new Map<FetchedRun, number>()
    for (const each of runs) sizes.set(each, each.whole ? await folder.size(nameOf(each)) : each.limit)
    let kept = [...runs].sort((a, b) => a.at - b.at)
    const used = () => kept.reduce((sum, each) => sum + (sizes.get(each) ?? 0), 0)
    while (used() + limit > this.#parts.limit) {
      const oldest = kept.find((each) => each.recording !== recording)
      if (!oldest) throw new Refusal('not-allowed', 'the space for own tracks is used up (Space for own tracks in the settings)')
      await drop(folder, oldest)
      kept = kept.filter((each) => each !== oldest)
    }
    return kept
  }

  #folder() {
    this.#open ??= this.#parts.folder().then(async (folder) => {
      const read = FetchedRuns.safeParse(jsonOf(textOf(await folder.read(INDEX, 0, await folder.size(INDEX)))))
      return { folder, known: read.success ? read.data : { runs: [], done: [] } }
    })
    this.#open.catch(() => {
      this.#open = null
    })
    return this.#open
  }

  /** One change after the other; one that fails has changed nothing. */
  #change(act: (known: FetchedRuns, folder: FetchedFolder) => Promise<FetchedRuns>): Promise<void> {
    const done = this.#turn.then(async () => {
      const open = await this.#folder()
      const known = await act(open.known, open.folder)
      await open.folder.replace(INDEX, bytesOf(JSON.stringify(known)))
      open.known = known
    })
    this.#turn = done.catch(() => {})
    return done
  }
}

async function drop(folder: FetchedFolder, run: FetchedRun): Promise<void> {
  await folder.release(nameOf(run))
  await folder.remove(nameOf(run))
}

const fileIn = (folder: FetchedFolder, name: string): GrowingFile => ({
  size: () => folder.size(name),
  read: (from, length) => folder.read(name, from, length),
  append: (bytes) => folder.append(name, bytes),
  truncate: (length) => folder.truncate(name, length),
})

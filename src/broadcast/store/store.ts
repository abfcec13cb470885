// store.ts — a program on disk: a ring of reels, the oldest let go when the space is used up, pinned ones kept.
//
// Two things run side by side, so that neither makes the other wait: writing (at once, so that a killed process loses no more than what it was
// just writing) and keeping (fsync, which a memory card may take long for; only then is an entry acknowledged and safe from a power
// cut). The program is never made to wait: what the disk cannot take any more ends the recording with a Fault, and nothing else.
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { bytesOf, concat, textOf } from '../../wire/crypto.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import { type ObjectName, objectFlaw } from '../../wire/object.ts'
import { later, type ProgramSink, type Published, type Update } from '../program.ts'
import { type Pin, pinsIn } from './pin.ts'
import type { MediaFolder } from './port.ts'
import { Index, type Kept, logName, mend, objectsName, readLog, record, reelOf } from './reel.ts'

export type StoreOptions = {
  readonly folder: MediaFolder
  readonly program: ProgramId
  /** Bytes that all of it may take. */
  readonly limit: number
  /** Bytes after which a reel ends, at the next segment. */
  readonly reel?: number
  /** Bytes that may wait for the disk. */
  readonly backlog?: number
  /** The recording has stopped; what is there can still be read. Once at most. */
  readonly onStopped: (fault: Fault) => void
  readonly log: Log
}

const REEL = 32 * 1024 * 1024
const BACKLOG = 32 * 1024 * 1024
/** Reels whose places are held in memory. */
const OPEN = 4
const PINS = 'pins.json'

/** A reel that is done: `names` are the first four bytes of its objects' names, to find out quickly where not to look. */
type Reel = { readonly number: number; readonly first: number; readonly last: number; readonly bytes: number; readonly names: Uint32Array }
const prefix = (name: ObjectName): number => Number.parseInt(name.slice(0, 8), 16)

/** Opens a recording, or begins one; mends what a power cut has left. Throws a Fault when the folder cannot be used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, program, log } = options
  const numbers = [...new Set((await folder.list()).map(reelOf).filter((each) => each !== null))].sort((a, b) => a - b)
  const reels: Reel[] = []
  let published: Published | null = null
  for (const [i, number] of numbers.entries()) {
    const { index, kept } = await mend(folder, number, program, i >= numbers.length - 2)
    for (const { entry } of kept) published = later(published, entry)
    if (kept.length > 0) reels.push(reelFrom(number, index))
    else {
      await folder.remove(logName(number))
      await folder.remove(objectsName(number))
    }
  }
  const pins = pinsIn(textOf(await folder.read(PINS, 0, await folder.size(PINS))))
  if (reels.length > 0) log.info('found a recording', { reels: reels.length, bytes: reels.reduce((sum, { bytes }) => sum + bytes, 0) })
  return new Store(options, { reels, pins, published, next: (numbers.at(-1) ?? 0) + 1 })
}

const reelFrom = (number: number, index: Index): Reel => ({
  number,
  first: index.first,
  last: index.last,
  bytes: index.objects + index.log,
  names: Uint32Array.from(index.places.keys(), prefix),
})

export class Store implements ProgramSink {
  readonly #options: StoreOptions
  readonly #next: { number: number }
  readonly #opened = new Map<number, Index>()
  readonly #inits = new Map<ObjectName, Uint8Array>()
  #reels: Reel[]
  #pins: readonly Pin[]
  #published: Published | null
  #reel: { readonly number: number; readonly index: Index } | null = null
  #queue: Update[] = []
  #queued = 0
  #written = 0
  #kept = 0
  #state: 'recording' | 'stopped' | 'closed' = 'recording'
  #writing: Promise<void> | null = null
  #keeping: Promise<void> | null = null

  constructor(options: StoreOptions, found: { reels: Reel[]; pins: readonly Pin[]; published: Published | null; next: number }) {
    this.#options = options
    this.#reels = found.reels
    this.#pins = found.pins
    this.#published = found.published
    this.#next = { number: found.next }
  }

  get isRecording(): boolean {
    return this.#state === 'recording'
  }
  /** The highest numbers in it; the next run must begin above them. */
  get published(): Published | null {
    return this.#published
  }
  /** Updates of this life that a power cut cannot take any more. */
  get acknowledged(): number {
    return this.#kept
  }
  get bytes(): number {
    return this.#reels.reduce((sum, { bytes }) => sum + bytes, 0) + (this.#reel ? this.#reel.index.objects + this.#reel.index.log : 0)
  }
  get pins(): readonly Pin[] {
    return this.#pins
  }

  /** Takes an update to be written. Never waits, never throws. */
  update(update: Update): void {
    if (this.#state !== 'recording') return
    this.#queue.push(update)
    this.#queued += sizeOf(update)
    if (this.#queued > (this.#options.backlog ?? BACKLOG)) this.#stop(new Fault('disk-fault', 'the disk is too slow for this recording'))
    else this.#writing ??= this.#write()
  }

  /** An object from anywhere in the recording; null when it is not there, or not what it was. */
  async object(name: ObjectName): Promise<Uint8Array | null> {
    const waiting = this.#queue.flatMap(({ objects }) => objects).find(({ promise }) => promise.name === name)
    if (waiting) return waiting.bytes
    const wanted = prefix(name)
    for (const number of [
      this.#reel?.number,
      ...this.#reels
        .filter(({ names }) => names.includes(wanted))
        .map((reel) => reel.number)
        .reverse(),
    ]) {
      if (number === undefined) continue
      const index = number === this.#reel?.number ? this.#reel.index : await this.#indexOf(number)
      const place = index.places.get(name)
      if (!place) continue
      const bytes = await this.#options.folder.read(objectsName(number), place.at, place.promise.size)
      if (objectFlaw(bytes, place.promise) === null) return bytes
    }
    return null
  }

  /** The signed entries of a time (ms since 1970, both ends included), oldest first, reel by reel. */
  async *entries(from: number, to: number): AsyncGenerator<Kept> {
    const current = this.#reel ? [{ number: this.#reel.number, first: this.#reel.index.first, last: this.#reel.index.last }] : []
    for (const { number, first, last } of [...this.#reels, ...current]) {
      if (last < from || first > to) continue
      for (const kept of await readLog(this.#options.folder, number, this.#options.program))
        if (kept.entry.at >= from && kept.entry.at <= to) yield kept
    }
  }

  /** From when to when there is something, ms since 1970. */
  get span(): { readonly from: number; readonly to: number } | null {
    const all = [...this.#reels, ...(this.#reel ? [this.#reel.index] : [])].filter(({ last }) => last > 0)
    return all.length > 0 ? { from: Math.min(...all.map(({ first }) => first)), to: Math.max(...all.map(({ last }) => last)) } : null
  }

  /** Keeps a time from being let go; the same name again moves it. When it resolves it is kept. Throws a Fault. */
  async pin(pin: Pin): Promise<void> {
    await this.#keepPins([...this.#pins.filter(({ name }) => name !== pin.name), pin])
  }
  async unpin(name: string): Promise<void> {
    await this.#keepPins(this.#pins.filter((pin) => pin.name !== name))
  }

  /** Writes and keeps what waits, and lets go of the files. */
  async close(): Promise<void> {
    while (this.#writing ?? this.#keeping) await Promise.all([this.#writing, this.#keeping])
    if (this.#state === 'recording') this.#state = 'closed'
    await this.#options.folder.close()
  }

  async #keepPins(pins: readonly Pin[]): Promise<void> {
    await this.#options.folder.replace(PINS, bytesOf(JSON.stringify(pins)))
    this.#pins = pins
  }

  async #indexOf(number: number): Promise<Index> {
    const known = this.#opened.get(number)
    if (known) return known
    const index = new Index()
    for (const kept of await readLog(this.#options.folder, number, this.#options.program)) index.add(kept)
    this.#opened.set(number, index)
    const [oldest] = this.#opened.keys()
    if (this.#opened.size > OPEN && oldest !== undefined) this.#opened.delete(oldest)
    return index
  }

  async #write(): Promise<void> {
    try {
      for (let update = this.#queue[0]; update && this.#state === 'recording'; update = this.#queue[0]) {
        await this.#writeOne(update)
        if (this.#state !== 'recording') break
        this.#queue.shift()
        this.#queued -= sizeOf(update)
        this.#written++
        this.#keeping ??= this.#keep()
      }
    } catch (error) {
      this.#stop(error)
    } finally {
      this.#writing = null
    }
  }

  async #writeOne(update: Update): Promise<void> {
    const { folder, limit } = this.#options
    for (const init of update.entry.inits) {
      const bytes = update.objects.find(({ promise }) => promise.name === init.object.name)?.bytes
      if (bytes) this.#inits.set(init.object.name, bytes)
    }
    const reel = await this.#reelFor(update)
    const { index, number } = reel
    const bytes = index
      .missing(update.entry)
      .map(({ name }) => update.objects.find(({ promise }) => promise.name === name)?.bytes ?? this.#inits.get(name))
    if (bytes.some((each) => each === undefined)) throw new Fault('disk-fault', 'an update came without its objects')
    const objects = concat(...bytes.filter((each) => each !== undefined))
    const line = record(update.signed)
    const size = objects.length + line.length
    while (this.bytes + size > limit)
      if (!(await this.#letGo())) throw new Fault('disk-full', 'the space for recordings is used up, and all of it is pinned')
    for (;;) {
      try {
        if (objects.length > 0) await folder.append(objectsName(number), objects)
        await folder.append(logName(number), line)
        break
      } catch (error) {
        await this.#cutBack(reel)
        if (!(error instanceof Fault && error.code === 'disk-full' && (await this.#letGo()))) throw error
      }
    }
    index.add(update)
    this.#published = later(this.#published, update.entry)
  }

  /** The reel that this update goes into: another one, when the last is long enough and a segment begins. */
  async #reelFor({ entry }: Update): Promise<{ readonly number: number; readonly index: Index }> {
    const reel = this.#reel
    const begins = entry.parts.some(({ firstOfSegment }) => firstOfSegment)
    if (reel && !(begins && reel.index.objects >= (this.#options.reel ?? REEL))) return reel
    if (reel) {
      await this.#sync(reel.number)
      await this.#options.folder.release(objectsName(reel.number))
      await this.#options.folder.release(logName(reel.number))
      this.#reels.push(reelFrom(reel.number, reel.index))
    }
    this.#reel = { number: this.#next.number++, index: new Index() }
    return this.#reel
  }

  async #keep(): Promise<void> {
    let named = 0
    try {
      while (this.#kept < this.#written && this.#state === 'recording') {
        const [upTo, reel] = [this.#written, this.#reel?.number ?? 0]
        await this.#sync(reel)
        if (named !== reel) await this.#options.folder.syncNames()
        named = reel
        // A reel that began meanwhile was begun after the one before had been kept.
        this.#kept = this.#reel?.number === reel ? upTo : this.#kept
      }
    } catch (error) {
      this.#stop(error)
    } finally {
      this.#keeping = null
    }
  }

  /** Objects first: no entry is kept before what it names. */
  async #sync(reel: number): Promise<void> {
    await this.#options.folder.sync(objectsName(reel))
    await this.#options.folder.sync(logName(reel))
  }

  /** After a write that failed half-way: as if it had never begun. */
  async #cutBack({ number, index }: { readonly number: number; readonly index: Index }): Promise<void> {
    const { folder } = this.#options
    if ((await folder.size(logName(number))) > index.log) await folder.truncate(logName(number), index.log)
    if ((await folder.size(objectsName(number))) > index.objects) await folder.truncate(objectsName(number), index.objects)
  }

  /** Removes the oldest reel that nobody wants kept. */
  async #letGo(): Promise<boolean> {
    const { folder, log } = this.#options
    const oldest = this.#reels.find(({ first, last }) => !this.#pins.some(({ from, to }) => from <= last && to >= first))
    if (!oldest) return false
    this.#reels = this.#reels.filter((each) => each !== oldest)
    this.#opened.delete(oldest.number)
    // The log first: objects without a log are swept up at the next start.
    await folder.remove(logName(oldest.number))
    await folder.remove(objectsName(oldest.number))
    log.debug('let go of the oldest of the recording', { reel: oldest.number, bytes: oldest.bytes })
    return true
  }

  #stop(error: unknown): void {
    if (this.#state !== 'recording') return
    this.#state = 'stopped'
    this.#queue = []
    this.#queued = 0
    const fault = error instanceof Fault ? error : new Fault('disk-fault', 'the recording broke off', { cause: error })
    this.#options.log.error('the recording has stopped', fault)
    this.#options.onStopped(fault)
  }
}

const sizeOf = ({ signed, objects }: Update): number => signed.length + objects.reduce((sum, { bytes }) => sum + bytes.length, 0)

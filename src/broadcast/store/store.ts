// store.ts — a program on disk: a ring of reels, the oldest let go when the space is used up, pinned ones kept. Every run begins a reel of its own.
//
// Two things run side by side, so that neither makes the other wait: writing (at once, so that a killed process loses no more than what it was
// just writing) and keeping (fsync, which a memory card may take long for; only then is an entry acknowledged and safe from a power
// cut). The program is never made to wait: what the disk cannot take any more ends the recording with a Fault, and nothing else.
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { concat } from '../../wire/crypto.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { later, type ProgramSink, type Published, type Update } from '../program.ts'
import type { Mark } from './mark.ts'
import { openPapers, type Papers } from './papers.ts'
import type { Pin } from './pin.ts'
import type { MediaFolder } from './port.ts'
import { Index, type Kept, logName, mend, objectsName, record, reelOf } from './reel.ts'
import type { Run } from './run.ts'
import { type OpenReel, type Reel, reelFrom, Shelf, type Told } from './shelf.ts'

export type { Told } from './shelf.ts'

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

/** Opens a recording, or begins one; mends what a power cut has left. Throws a Fault when the folder cannot be used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, program, log } = options
  const numbers = [...new Set((await folder.list()).map(reelOf).filter((each) => each !== null))].sort((a, b) => a - b)
  const reels: Reel[] = []
  const papers = await openPapers(folder)
  let { published } = papers
  for (const [i, number] of numbers.entries()) {
    const { index, kept } = await mend(folder, number, program, i >= numbers.length - 2)
    for (const { entry } of kept) published = later(published, entry)
    if (kept.length > 0) reels.push(reelFrom({ number, index }))
    else {
      await folder.remove(logName(number))
      await folder.remove(objectsName(number))
    }
  }
  if (reels.length > 0) log.info('found a recording', { reels: reels.length, bytes: reels.reduce((sum, { bytes }) => sum + bytes, 0) })
  return new Store(options, { shelf: new Shelf(folder, program, reels), papers, published, next: (numbers.at(-1) ?? 0) + 1 })
}

export class Store implements ProgramSink {
  readonly #options: StoreOptions
  readonly #next: { number: number }
  readonly #shelf: Shelf
  readonly #inits = new Map<ObjectName, Uint8Array>()
  readonly #papers: Papers
  #published: Published | null
  #queue: Update[] = []
  #queued = 0
  #written = 0
  #kept = 0
  #state: 'recording' | 'stopped' | 'closed' = 'recording'
  #writing: Promise<void> | null = null
  #keeping: Promise<void> | null = null

  constructor(options: StoreOptions, found: { shelf: Shelf; papers: Papers; published: Published | null; next: number }) {
    this.#options = options
    this.#shelf = found.shelf
    this.#papers = found.papers
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
    return this.#shelf.bytes
  }
  get pins(): readonly Pin[] {
    return this.#papers.pins
  }
  get marks(): readonly Mark[] {
    return this.#papers.marks
  }
  /** Bytes that all of it may take. */
  get limit(): number {
    return this.#options.limit
  }
  /** What was recorded, oldest first. */
  get runs(): readonly Run[] {
    return this.#shelf.runs
  }
  /** From when to when there is something, ms since 1970. */
  get span(): { readonly from: number; readonly to: number } | null {
    return this.#shelf.span
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
    return waiting ? waiting.bytes : await this.#shelf.object(name)
  }

  /** The signed entries of a time (ms since 1970, both ends included), oldest first, reel by reel. */
  entries(from: number, to: number): AsyncGenerator<Kept> {
    return this.#shelf.entries(from, to)
  }

  /** The entries of a run, oldest first, as far as they are there now. What is being read is let go last. */
  told(run: number): AsyncGenerator<Told> {
    return this.#shelf.told(run, (name) => this.object(name))
  }

  /** Keeps a time or a run from being let go; the same name again moves it. When it resolves it is kept. Throws a Fault. */
  pin(pin: Pin): Promise<void> {
    return this.#papers.pin(pin)
  }
  unpin(name: string): Promise<void> {
    return this.#papers.unpin(name)
  }
  /** Keeps a cut mark. @throws Fault; Refusal 'bad-request' when the run has too many */
  mark(mark: Mark): Promise<void> {
    return this.#papers.mark(mark, [...this.runs.map(({ run }) => run), mark.run])
  }

  /**
   * Removes a run that nobody writes any more, with its marks. A reel that holds another one too stays. Throws a Fault.
   * The caller has seen that the run has ended.
   */
  async remove(run: number): Promise<void> {
    if (this.#published) await this.#papers.keepPublished(this.#published)
    while (this.#writing ?? this.#keeping) await Promise.all([this.#writing, this.#keeping])
    await this.#shelf.remove(run)
    await this.#papers.unmark(run)
  }

  /** Writes and keeps what waits, and lets go of the files. */
  async close(): Promise<void> {
    while (this.#writing ?? this.#keeping) await Promise.all([this.#writing, this.#keeping])
    if (this.#state === 'recording') this.#state = 'closed'
    await this.#options.folder.close()
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
  async #reelFor({ entry }: Update): Promise<OpenReel> {
    const reel = this.#shelf.open
    const begins = entry.parts.some(({ firstOfSegment }) => firstOfSegment)
    const goesOn = reel && (reel.index.runs.size === 0 || reel.index.runs.has(entry.run))
    if (reel && goesOn && !(begins && reel.index.objects >= (this.#options.reel ?? REEL))) return reel
    if (reel) {
      await this.#sync(reel.number)
      await this.#options.folder.release(objectsName(reel.number))
      await this.#options.folder.release(logName(reel.number))
    }
    const next = { number: this.#next.number++, index: new Index() }
    this.#shelf.begin(next)
    return next
  }

  async #keep(): Promise<void> {
    let named = 0
    try {
      while (this.#kept < this.#written && this.#state === 'recording') {
        const [upTo, reel] = [this.#written, this.#shelf.open?.number ?? 0]
        await this.#sync(reel)
        if (named !== reel) await this.#options.folder.syncNames()
        named = reel
        // A reel that began meanwhile was begun after the one before had been kept.
        this.#kept = this.#shelf.open?.number === reel ? upTo : this.#kept
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
  async #cutBack({ number, index }: OpenReel): Promise<void> {
    const { folder } = this.#options
    if ((await folder.size(logName(number))) > index.log) await folder.truncate(logName(number), index.log)
    if ((await folder.size(objectsName(number))) > index.objects) await folder.truncate(objectsName(number), index.objects)
  }

  /** Makes room; false when there is nothing that may go. */
  async #letGo(): Promise<boolean> {
    const gone = await this.#shelf.letGo(this.#papers.pins)
    if (gone) this.#options.log.debug('let go of the oldest of the recording', { reel: gone.number, bytes: gone.bytes })
    return gone !== null
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

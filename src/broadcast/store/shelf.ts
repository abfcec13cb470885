// shelf.ts — the reels of a recording, those that are done and the one that is being written: what lies where in them. Writes nothing into them.
import type { Entry, ProgramId } from '../../wire/manifest.ts'
import { nameOf, type ObjectName, type ObjectPromise, objectFlaw } from '../../wire/object.ts'
import { keeps, type Pin } from './pin.ts'
import type { MediaFolder } from './port.ts'
import { Index, type Kept, logName, objectsName, readLog } from './reel.ts'
import { type Run, runsOf, type Share } from './run.ts'

/** A reel that is done: `names` are the first four bytes of its objects' names, to find out quickly where not to look. */
export type Reel = {
  readonly number: number
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly names: Uint32Array
  readonly runs: readonly Share[]
}
/** The one that is being written. */
export type OpenReel = { readonly number: number; readonly index: Index }

/** An entry, and the way to its objects; null: not there any more, or not what it was. */
export type Told = {
  readonly signed: Uint8Array
  readonly entry: Entry
  readonly read: (promise: ObjectPromise) => Promise<Uint8Array | null>
}

/** Reels whose places are held in memory. */
const OPEN = 4

const prefix = (name: ObjectName): number => Number.parseInt(name.slice(0, 8), 16)

export const reelFrom = ({ number, index }: OpenReel): Reel => ({
  number,
  first: index.first,
  last: index.last,
  bytes: index.objects + index.log,
  names: Uint32Array.from(index.places.keys(), prefix),
  runs: [...index.runs.values()],
})

export class Shelf {
  readonly #folder: MediaFolder
  readonly #program: ProgramId
  readonly #opened = new Map<number, Index>()
  readonly #read = new Map<number, number>()
  #reels: readonly Reel[]
  #open: OpenReel | null = null

  constructor(folder: MediaFolder, program: ProgramId, reels: readonly Reel[]) {
    this.#folder = folder
    this.#program = program
    this.#reels = reels
  }

  /** The reel that is being written; its index grows from outside. */
  get open(): OpenReel | null {
    return this.#open
  }
  /** The one that was being written is done; another takes its place, or none. */
  begin(reel: OpenReel | null): void {
    if (this.#open) this.#reels = [...this.#reels, reelFrom(this.#open)]
    this.#open = reel
  }

  get bytes(): number {
    return this.#reels.reduce((sum, { bytes }) => sum + bytes, 0) + (this.#open ? this.#open.index.objects + this.#open.index.log : 0)
  }
  /** What was recorded, oldest first. */
  get runs(): readonly Run[] {
    return runsOf([...this.#reels.flatMap(({ runs }) => runs), ...(this.#open?.index.runs.values() ?? [])])
  }
  /** From when to when there is something, ms since 1970. */
  get span(): { readonly from: number; readonly to: number } | null {
    const all = [...this.#reels, ...(this.#open ? [this.#open.index] : [])].filter(({ last }) => last > 0)
    return all.length > 0 ? { from: Math.min(...all.map(({ first }) => first)), to: Math.max(...all.map(({ last }) => last)) } : null
  }

  /** An object from anywhere; null when it is not there, or not what it was. */
  async object(name: ObjectName): Promise<Uint8Array | null> {
    const wanted = prefix(name)
    const done = this.#reels.filter(({ names }) => names.includes(wanted)).map(({ number }) => number)
    for (const number of [this.#open?.number, ...done.reverse()]) {
      if (number === undefined) continue
      const index = number === this.#open?.number ? this.#open.index : await this.#indexOf(number)
      const place = index.places.get(name)
      if (!place) continue
      const bytes = await this.#folder.read(objectsName(number), place.at, place.size)
      if (nameOf(bytes) === name) return bytes
    }
    return null
  }

  /** The signed entries of a time (ms since 1970, both ends included), oldest first, reel by reel. */
  async *entries(from: number, to: number): AsyncGenerator<Kept> {
    const open = this.#open ? [{ number: this.#open.number, first: this.#open.index.first, last: this.#open.index.last }] : []
    for (const { number, first, last } of [...this.#reels, ...open]) {
      if (last < from || first > to) continue
      for (const kept of await readLog(this.#folder, number, this.#program)) if (kept.entry.at >= from && kept.entry.at <= to) yield kept
    }
  }

  /**
   * The entries of a run, oldest first, as far as they are there now. What is being read is let go last.
   * @param elsewhere where else an object is looked for: another reel may have the same one, whole
   */
  async *told(run: number, elsewhere: (name: ObjectName) => Promise<Uint8Array | null>): AsyncGenerator<Told> {
    this.#read.set(run, (this.#read.get(run) ?? 0) + 1)
    try {
      const reels = this.#reels.filter(({ runs }) => runs.some((share) => share.run === run)).map(({ number }) => number)
      for (const number of [...reels, ...(this.#open?.index.runs.has(run) ? [this.#open.number] : [])]) {
        const index = new Index()
        const read = async (promise: ObjectPromise) => {
          const at = index.places.get(promise.name)?.at
          const bytes = at === undefined ? null : await this.#folder.read(objectsName(number), at, promise.size)
          return bytes && objectFlaw(bytes, promise) === null ? bytes : await elsewhere(promise.name)
        }
        for (const kept of await readLog(this.#folder, number, this.#program)) {
          index.add(kept)
          if (kept.entry.run === run) yield { ...kept, read }
        }
      }
    } finally {
      const others = (this.#read.get(run) ?? 1) - 1
      if (others > 0) this.#read.set(run, others)
      else this.#read.delete(run)
    }
  }

  /** Removes a run. A reel that holds another one too stays. Throws a Fault. */
  async remove(run: number): Promise<void> {
    const isOnly = (runs: readonly number[]) => runs.length > 0 && runs.every((each) => each === run)
    if (this.#open && isOnly([...this.#open.index.runs.keys()])) this.begin(null)
    for (const each of this.#reels.filter(({ runs }) => isOnly(runs.map((share) => share.run)))) await this.#drop(each)
    await this.#folder.syncNames()
  }

  /** Removes the oldest reel that nobody wants kept, and gives it; one that somebody reads only when there is no other; null: there is none. */
  async letGo(pins: readonly Pin[]): Promise<Reel | null> {
    const free = this.#reels.filter(({ first, last, runs }) => {
      const of = { first, last, runs: runs.map(({ run }) => run) }
      return !pins.some((pin) => keeps(pin, of))
    })
    const oldest = free.find(({ runs }) => !runs.some(({ run }) => this.#read.has(run))) ?? free[0]
    if (!oldest) return null
    await this.#drop(oldest)
    return oldest
  }

  async #indexOf(number: number): Promise<Index> {
    const known = this.#opened.get(number)
    if (known) return known
    const index = new Index()
    for (const kept of await readLog(this.#folder, number, this.#program)) index.add(kept)
    this.#opened.set(number, index)
    const [oldest] = this.#opened.keys()
    if (this.#opened.size > OPEN && oldest !== undefined) this.#opened.delete(oldest)
    return index
  }

  async #drop(reel: Reel): Promise<void> {
    this.#reels = this.#reels.filter((each) => each !== reel)
    this.#opened.delete(reel.number)
    // The log first: objects without a log are swept up at the next start.
    await this.#folder.remove(logName(reel.number))
    await this.#folder.remove(objectsName(reel.number))
  }
}

// reel.ts — one stretch of a recording: a file of objects and a log of the signed entries that name them.
//
//   NNNNNNNN.objects   the objects, one behind the other, each once
//   NNNNNNNN.log       per entry: length u32 | first 8 bytes of the entry's SHA-256 | the signed entry
//
// Where an object lies is written nowhere: it follows from the entries and their order. So the log is the only truth, it only grows, and
// a torn end is seen by its sums. The objects of an entry are written before the entry, and kept before it is acknowledged.
import { concat, same } from '../../wire/crypto.ts'
import { ENTRY_LIMIT, type Entry, entryHash, keptEntry, type ProgramId } from '../../wire/manifest.ts'
import { type ObjectName, type ObjectPromise, objectFlaw } from '../../wire/object.ts'
import type { MediaFolder } from './port.ts'
import { type Share, withEntry } from './run.ts'

const HEAD = 12
const SUM = 8

export const logName = (reel: number): string => `${String(reel).padStart(8, '0')}.log`
export const objectsName = (reel: number): string => `${String(reel).padStart(8, '0')}.objects`
export const reelOf = (name: string): number | null => (/^\d{8}\.(log|objects)$/.test(name) ? Number(name.slice(0, 8)) : null)

export function record(signed: Uint8Array): Uint8Array {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, signed.length)
  return concat(length, entryHash(signed).subarray(0, SUM), signed)
}

/** Bytes: from where on, and how many. */
export type Place = { readonly at: number; readonly size: number }
export type Kept = { readonly signed: Uint8Array; readonly entry: Entry }

/** Where everything lies in a reel. Grows as the reel does. */
export class Index {
  readonly places = new Map<ObjectName, Place>()
  /** What it has of each run. */
  readonly runs = new Map<number, Share>()
  /** Bytes of its two files. */
  objects = 0
  log = 0
  first = Number.POSITIVE_INFINITY
  last = 0

  /** The objects of an entry that are not in the reel yet, in the order in which they are written. */
  missing(entry: Entry): ObjectPromise[] {
    const all = [...entry.inits, ...entry.parts].map(({ object }) => object)
    return all.filter(({ name }, i) => !this.places.has(name) && all.findIndex((each) => each.name === name) === i)
  }

  add({ signed, entry }: Kept): void {
    const before = this.objects + this.log
    for (const promise of this.missing(entry)) {
      this.places.set(promise.name, { at: this.objects, size: promise.size })
      this.objects += promise.size
    }
    this.log += HEAD + signed.length
    this.first = Math.min(this.first, entry.at)
    this.last = Math.max(this.last, entry.at)
    this.runs.set(entry.run, withEntry(this.runs.get(entry.run), entry, this.objects + this.log - before))
  }
}

/** The whole records at the beginning of a log. What follows them is the torn end. */
export function* recordsIn(log: Uint8Array, program: ProgramId): Generator<Kept> {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  for (let at = 0; at + HEAD <= log.length; ) {
    const length = view.getUint32(at)
    const signed = log.slice(at + HEAD, at + HEAD + length)
    if (length > ENTRY_LIMIT || signed.length !== length || !same(entryHash(signed).subarray(0, SUM), log.subarray(at + 4, at + HEAD)))
      return
    const entry = keptEntry(signed, program)
    if (!entry) return
    yield { signed, entry }
    at += HEAD + length
  }
}

export async function readLog(folder: MediaFolder, reel: number, program: ProgramId): Promise<Kept[]> {
  const name = logName(reel)
  return [...recordsIn(await folder.read(name, 0, await folder.size(name)), program)]
}

/**
 * Reads a reel as it was left, and cuts off what is not whole.
 * @param check also reads every object; for the reel that was being written, whose bytes may be torn
 */
export async function mend(folder: MediaFolder, reel: number, program: ProgramId, check: boolean): Promise<{ index: Index; kept: Kept[] }> {
  const index = new Index()
  const kept: Kept[] = []
  const [log, objects] = [await folder.size(logName(reel)), await folder.size(objectsName(reel))]
  for (const each of await readLog(folder, reel, program)) {
    const fresh = index.missing(each.entry)
    const end = index.objects + fresh.reduce((sum, { size }) => sum + size, 0)
    if (end > objects || (check && !(await areWhole(folder, reel, index.objects, fresh)))) break
    index.add(each)
    kept.push(each)
  }
  if (log > index.log) await folder.truncate(logName(reel), index.log)
  if (objects > index.objects) await folder.truncate(objectsName(reel), index.objects)
  return { index, kept }
}

async function areWhole(folder: MediaFolder, reel: number, from: number, promises: readonly ObjectPromise[]): Promise<boolean> {
  let at = from
  for (const promise of promises) {
    if (objectFlaw(await folder.read(objectsName(reel), at, promise.size), promise)) return false
    at += promise.size
  }
  return true
}

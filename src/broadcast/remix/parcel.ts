// parcel.ts — a run of a program into one file, and out of it again (wire/tracks.ts says what is in it).
//
// Who reads one trusts nobody: each entry must be signed and follow the one before, each object must be what its name says, whenever it is read.
// No more than an entry and an object are in memory.
import { Refusal } from '../../lib/fault.ts'
import { bytesOf, concat, textOf } from '../../wire/crypto.ts'
import type { Identity } from '../../wire/key.ts'
import { ENTRY_LIMIT, type Entry, type ProgramId, programOf } from '../../wire/manifest.ts'
import { ManifestReader } from '../../wire/manifest-reader.ts'
import { type ObjectName, type ObjectPromise, objectFlaw } from '../../wire/object.ts'
import { STATEMENT_LIMIT } from '../../wire/statement.ts'
import { type AboutTracks, closeAboutTracks, openAboutTracks, PROGRAM_ID, TRACKS_VERSION } from '../../wire/tracks.ts'
import { type Slot, unsealObject, type WatchKey, watchKey } from '../../wire/watch-key.ts'
import { u32 } from '../cutter/box.ts'
import { slotIn } from '../program/seal.ts'
import type { FilmSource } from '../store/film.ts'
import type { Told } from '../store/store.ts'

const lengthOf = (value: number): Uint8Array => Uint8Array.from(u32(value))
/** What an entry names that none before it did; `seen` grows. */
export const newIn = (entry: Entry, seen: Set<ObjectName>): ObjectPromise[] =>
  [...entry.inits, ...entry.parts]
    .map(({ object }) => object)
    .filter(({ name }) => {
      const isNew = !seen.has(name)
      seen.add(name)
      return isNew
    })

/** The bytes of the file, piece by piece. Throws a Fault when the disk fails. */
export async function* parcelOf(
  source: FilmSource,
  about: AboutTracks,
  identity: Pick<Identity, 'publicKey' | 'sign'>,
): AsyncGenerator<Uint8Array> {
  yield bytesOf(`${TRACKS_VERSION} ${programOf(identity.publicKey)}\n${closeAboutTracks(about, identity)}\n`)
  const seen = new Set<ObjectName>()
  for await (const { signed, entry, read } of source.told(about.run)) {
    yield concat(lengthOf(signed.length), signed)
    for (const promise of newIn(entry, seen)) {
      const bytes = (await read(promise)) ?? new Uint8Array()
      yield concat(lengthOf(bytes.length), bytes)
    }
  }
}

/** A file as it lies on the disk. */
export interface ParcelFile {
  readonly size: number
  /** Fewer at its end. Throws a Fault. */
  read(from: number, length: number): Promise<Uint8Array>
}
type Record = { readonly signed: Uint8Array; readonly entry: Entry }

export class Parcel implements FilmSource {
  readonly program: ProgramId
  readonly about: AboutTracks
  /** False: it was cut off somewhere. */
  readonly isWhole: boolean
  readonly #file: ParcelFile
  readonly #records: readonly Record[]
  readonly #places: ReadonlyMap<ObjectName, Spot>
  readonly #key: WatchKey | null

  constructor(file: ParcelFile, head: { program: ProgramId; about: AboutTracks }, found: Found) {
    this.#file = file
    this.program = head.program
    this.about = head.about
    this.isWhole = found.isWhole
    this.#records = found.records
    this.#places = found.places
    this.#key = head.about.secret ? watchKey(head.program, head.about.secret) : null
  }

  get entries(): readonly Entry[] {
    return this.#records.map(({ entry }) => entry)
  }

  /** What an object holds; null: it is not there, not what it was, or what opens it was not given. */
  readonly read = async (promise: ObjectPromise): Promise<Uint8Array | null> => {
    const spot = this.#places.get(promise.name)
    const bytes = spot ? await this.#file.read(spot.at, promise.size) : null
    if (!spot || !bytes || objectFlaw(bytes, promise) !== null) return null
    if (spot.slot === null) return bytes
    return this.#key && unsealObject(this.#key, spot.slot, bytes)
  }

  async *told(run: number): AsyncGenerator<Told> {
    for (const { signed, entry } of this.#records) if (entry.run === run) yield { signed, entry, read: this.read }
  }
}

/** @throws Refusal 'bad-request' for what is no file of tracks, or not what its box signed; Fault when the disk fails */
export async function openParcel(file: ParcelFile): Promise<Parcel> {
  const text = await file.read(0, STATEMENT_LIMIT + 256)
  const [first, second] = [text.indexOf(NEWLINE), text.indexOf(NEWLINE, text.indexOf(NEWLINE) + 1)]
  const [version, id = ''] = (textOf(text.subarray(0, Math.max(0, first))) ?? '').split(' ')
  if (version !== TRACKS_VERSION || !PROGRAM_ID.test(id)) throw new Refusal('bad-request', 'this is no file of tracks')
  const program = id as ProgramId
  const about = second < 0 ? null : openAboutTracks(textOf(text.subarray(first + 1, second)) ?? '', program)
  if (!about) throw new Refusal('bad-request', 'this file of tracks does not say whose it is, or somebody has changed it')
  return new Parcel(file, { program, about }, await recordsIn(file, second + 1, program, about.run))
}

const NEWLINE = 10
/** slot: null for what is open. */
type Spot = { readonly at: number; readonly slot: Slot | null }
type Found = { readonly records: readonly Record[]; readonly places: ReadonlyMap<ObjectName, Spot>; readonly isWhole: boolean }

async function recordsIn(file: ParcelFile, from: number, program: ProgramId, run: number): Promise<Found> {
  const reader = new ManifestReader(program)
  const seen = new Set<ObjectName>()
  const places = new Map<ObjectName, Spot>()
  const records: Record[] = []
  const number = async (at: number): Promise<number | null> => {
    const bytes = await file.read(at, 4)
    return bytes.length < 4 ? null : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  }
  for (let at = from; at < file.size; ) {
    const length = await number(at)
    if (length !== null && length > ENTRY_LIMIT)
      throw new Refusal('bad-request', 'this file of tracks has been changed: an entry is too long')
    const signed = length === null ? null : await file.read(at + 4, length)
    if (length === null || signed?.length !== length) return { records, places, isWhole: false }
    const read = reader.read(signed)
    if (!read.ok || read.entry.run !== run)
      throw new Refusal('bad-request', `this file of tracks has been changed: ${read.ok ? 'entry of another run' : read.why}`)
    at += 4 + length
    records.push({ signed, entry: read.entry })
    for (const promise of newIn(read.entry, seen)) {
      const size = await number(at)
      if (size === null || at + 4 + size > file.size) return { records, places, isWhole: false }
      if (size !== 0 && size !== promise.size)
        throw new Refusal('bad-request', 'this file of tracks has been changed: an object of another size')
      const slot = read.entry.lock === undefined ? null : slotIn(read.entry, promise.name)
      if (size > 0) places.set(promise.name, { at: at + 4, slot })
      at += 4 + size
    }
  }
  return { records, places, isWhole: true }
}

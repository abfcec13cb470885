// take.ts — somebody else's tracks as they come, into a file of tracks (wire/tracks.ts): nothing is written that was not checked against a signed entry.
//
// The file may be cut off anywhere, by a broken link, a power cut or a full disk: what is in it is checked when it is opened again, what is
// torn at its end is cut off, and it goes on from there, to the block.
import { Refusal } from '../../lib/fault.ts'
import { bytesOf, concat, same } from '../../wire/crypto.ts'
import { ENTRY_LIMIT, type ProgramId } from '../../wire/manifest.ts'
import { ManifestReader } from '../../wire/manifest-reader.ts'
import { BLOCK, blockCount, blockFlaw, type ObjectName, type ObjectPromise } from '../../wire/object.ts'
import { TRACKS_VERSION } from '../../wire/tracks.ts'
import type { Place, TracksFrame } from '../../wire/tracks-word.ts'
import { u32 } from '../cutter/box.ts'
import { newIn } from './parcel.ts'

/** A file that grows. All of it throws a Fault. */
export interface GrowingFile {
  size(): Promise<number>
  /** Fewer at its end. */
  read(from: number, length: number): Promise<Uint8Array>
  append(bytes: Uint8Array): Promise<void>
  truncate(length: number): Promise<void>
}

export type TakingOf = {
  readonly program: ProgramId
  readonly run: number
  /** What its box says of it, signed; checked by the caller. */
  readonly about: string
  /** Bytes that the file may get. */
  readonly limit: number
}

/** Opens what is there, or begins. Throws a Fault when the disk fails. */
export async function openTaking(file: GrowingFile, of: TakingOf): Promise<Taking> {
  const taking = new Taking(file, of)
  await taking.open()
  return taking
}

export class Taking {
  readonly #file: GrowingFile
  readonly #of: TakingOf
  #reader: ManifestReader
  #seen = new Set<ObjectName>()
  /** The new objects of the last entry. */
  #objects: readonly ObjectPromise[] = []
  /** How many of them are there, and how many blocks of the next. */
  #done = 0
  #blocks = 0
  /** Bytes that are there. */
  #size = 0

  constructor(file: GrowingFile, of: TakingOf) {
    this.#file = file
    this.#of = of
    this.#reader = new ManifestReader(of.program)
  }

  get bytes(): number {
    return this.#size
  }

  /** Where to go on; null: at the beginning. */
  get place(): Place | null {
    const { head } = this.#reader
    return head && { entry: head.number, objects: this.#done, blocks: this.#blocks }
  }

  /** Nothing is missing of the last entry. */
  get isEven(): boolean {
    return this.#done === this.#objects.length
  }

  /**
   * One frame more.
   * @throws Refusal 'bad-message' for what does not follow, or is not what was signed; Fault when the disk fails
   */
  async take(frame: Exclude<TracksFrame, { is: 'word' }>): Promise<void> {
    if (frame.is === 'entry') return this.#takeEntry(frame.signed)
    const next = this.#objects[this.#done]
    if (frame.of !== next?.name) {
      // Theirs has let go of where it was told first, so it is told once more.
      if (this.#seen.has(frame.of) && !this.#objects.slice(this.#done).some(({ name }) => name === frame.of)) return
      throw odd('an object came that nobody waits for')
    }
    if (frame.is === 'none') {
      if (this.#blocks > 0) await this.#cut(this.#size - this.#blocks * BLOCK - 4)
      await this.#write(Uint8Array.from(u32(0)))
      this.#next()
      return
    }
    if (blockFlaw(frame.bytes, this.#blocks, next)) throw odd('a block is not what was signed')
    await this.#write(this.#blocks === 0 ? concat(Uint8Array.from(u32(next.size)), frame.bytes) : frame.bytes)
    this.#blocks++
    if (this.#blocks === blockCount(next.size)) this.#next()
  }

  async #takeEntry(signed: Uint8Array): Promise<void> {
    if (!this.isEven) throw odd('an entry came before the objects of the last one')
    // A reader that refuses is as it was before; one that has read an entry which the disk does not take is not, and then this is over.
    const read = this.#reader.read(signed)
    if (!read.ok) throw odd(read.why)
    if (read.entry.run !== this.#of.run) throw odd('an entry of another run')
    await this.#write(concat(Uint8Array.from(u32(signed.length)), signed))
    this.#begin(newIn(read.entry, this.#seen))
  }

  #begin(objects: readonly ObjectPromise[]): void {
    this.#objects = objects
    this.#done = 0
    this.#blocks = 0
  }

  #next(): void {
    this.#done++
    this.#blocks = 0
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#size + bytes.length > this.#of.limit) throw odd('more came than was said')
    await this.#file.append(bytes)
    this.#size += bytes.length
  }

  async #cut(length: number): Promise<void> {
    await this.#file.truncate(length)
    this.#size = length
  }

  // --- what is there

  /** Called once, before anything else. */
  async open(): Promise<void> {
    const { program, about } = this.#of
    const head = bytesOf(`${TRACKS_VERSION} ${program}\n${about}\n`)
    const size = await this.#file.size()
    if (size > 0 && size <= this.#of.limit && same(await this.#file.read(0, head.length), head)) {
      const good = await this.#look(head.length, size)
      if (good < size) await this.#cut(good)
      this.#size = good
      return
    }
    if (size > 0) await this.#file.truncate(0)
    await this.#write(head)
  }

  /** Reads on from there as far as all is what was signed, and says how far that is. */
  async #look(from: number, size: number): Promise<number> {
    let at = from
    while (at < size) {
      const length = await this.#number(at)
      if (length === null || length > ENTRY_LIMIT) return at
      const signed = await this.#file.read(at + 4, length)
      const read = this.#reader.read(signed)
      if (!read.ok || read.entry.run !== this.#of.run) return at
      at += 4 + length
      this.#begin(newIn(read.entry, this.#seen))
      for (const promise of this.#objects) {
        const said = await this.#number(at)
        if (said === null || (said !== 0 && said !== promise.size)) return at
        if (said > 0) {
          const good = await this.#lookAt(promise, at + 4)
          if (good < blockCount(promise.size)) {
            this.#blocks = good
            return good === 0 ? at : at + 4 + good * BLOCK
          }
        }
        at += 4 + said
        this.#next()
      }
    }
    return at
  }

  /** How many blocks of an object are there, from its first. */
  async #lookAt(promise: ObjectPromise, from: number): Promise<number> {
    const bytes = await this.#file.read(from, promise.size)
    const count = blockCount(promise.size)
    for (let i = 0; i < count; i++) if (blockFlaw(bytes.subarray(i * BLOCK, (i + 1) * BLOCK), i, promise)) return i
    return count
  }

  async #number(at: number): Promise<number | null> {
    const bytes = await this.#file.read(at, 4)
    return bytes.length < 4 ? null : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  }
}

const odd = (why: string): Refusal => new Refusal('bad-message', `the tracks that came are not taken: ${why}`)

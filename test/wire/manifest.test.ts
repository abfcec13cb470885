import { describe, expect, it, test } from 'vitest'
import { identityFrom } from '../../src/room/identity.ts'
import { concat, hex, sha256, unhex } from '../../src/wire/crypto.ts'
import {
  closeEntry,
  ENTRY_LIMIT,
  type Entry,
  entryBytes,
  entryHash,
  lineOf,
  NO_HASH,
  openEntry,
  type ProgramId,
  programOf,
} from '../../src/wire/manifest.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { BLOCK, blockFlaw, objectFlaw, promiseOf } from '../../src/wire/object.ts'
import vectors from '../vectors/manifest.json' with { type: 'json' }

const ann = identityFrom(unhex(vectors.broadcaster.secretKey))
const eve = identityFrom(sha256(Uint8Array.of(6)))
const program = vectors.broadcaster.program as ProgramId
const bytesFrom = (first: number, length: number) => Uint8Array.from({ length }, (_, i) => (first + i) & 255)
const golden = vectors.entries.map(({ line }) => entryBytes(line) ?? new Uint8Array())
const [first = NO_HASH, second = NO_HASH, last = NO_HASH] = golden
const flipped = (bytes: Uint8Array, at: number, bit = 1) => bytes.map((byte, i) => (i === at ? byte ^ bit : byte))
const opened = (bytes: Uint8Array): Entry => {
  const read = openEntry(bytes, program)
  if (!read.ok) throw new Error(read.why)
  return read.entry
}
const flaw = (bytes: Uint8Array, of: ProgramId = program) => {
  const read = openEntry(bytes, of)
  return read.ok ? null : read.why
}
const told = (reader: ManifestReader, bytes: Uint8Array) => {
  const read = reader.read(bytes)
  return read.ok ? (read.begins ? 'begins' : 'next') : read.why
}
const resigned = (change: Partial<Entry>, entry: Entry = opened(second), by = ann) => closeEntry({ ...entry, ...change }, by)

describe('an object', () => {
  const bytes = bytesFrom(vectors.object.firstByte, vectors.object.length)
  const promise = promiseOf(bytes)

  it('has the name and the block hashes that every version gives it', () => {
    expect({ name: promise.name, blocks: hex(promise.blocks) }).toEqual({ name: vectors.object.name, blocks: vectors.object.blocks })
    expect(promise.blocks.length).toBe(64)
  })
  it('is what was promised, and so is each of its blocks', () => {
    expect(objectFlaw(bytes, promise)).toBeNull()
    expect([0, 1].map((i) => blockFlaw(bytes.subarray(i * BLOCK, (i + 1) * BLOCK), i, promise))).toEqual([null, null])
  })
  it('is refused with any one bit flipped', () => {
    for (let bit = 0; bit < 64; bit++)
      expect(objectFlaw(flipped(bytes, (bit * 257) % bytes.length, 1 << (bit % 8)), promise)).toBe('object with a flipped block')
  })
  it('is refused when it is longer, shorter, another, or a block in the wrong place', () => {
    expect(objectFlaw(bytes.subarray(1), promise)).toBe('object of another size')
    expect(objectFlaw(concat(bytes, Uint8Array.of(0)), promise)).toBe('object of another size')
    expect(objectFlaw(bytes, { ...promise, name: vectors.object.name.replace(/^./, 'f') as typeof promise.name })).toMatch(
      /not of this name/,
    )
    expect(blockFlaw(bytes.subarray(BLOCK), 0, promise)).toBe('object of another size')
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(blockFlaw(bytes.subarray(BLOCK), index, promise)).toBe('block that is not there')
  })
})

describe('an entry', () => {
  it('is read from its golden bytes, and written to the same ones', () => {
    for (const { line, hash } of vectors.entries) {
      const bytes = entryBytes(line) ?? new Uint8Array()
      expect(lineOf(bytes)).toBe(line)
      expect(hex(entryHash(bytes))).toBe(hash)
      expect(hex(closeEntry(opened(bytes), ann))).toBe(hex(bytes))
    }
  })
  it('says what the broadcaster said', () => {
    const { inits, parts, ...rest } = opened(first)
    expect(rest).toEqual({ run: vectors.run, number: 0, previous: NO_HASH, at: vectors.run + 210, isLast: false })
    expect(inits.map(({ track, description }) => [track, description.name, description.codecs])).toEqual([
      [0, 'v0', 'avc1.42c01f'],
      [1, 'sound', 'mp4a.40.2'],
    ])
    expect(parts.map(({ track, sequence, duration }) => [track, sequence, duration])).toEqual([
      [0, 70, 18_000],
      [1, 2 ** 40, 9216],
    ])
    expect(opened(last).isLast).toBe(true)
  })
  it('belongs to the program that is named by the hash of its key', () => {
    expect(programOf(ann.publicKey)).toBe(program)
    expect(flaw(first, programOf(eve.publicKey))).toBe("entry with another broadcaster's key")
    expect(flaw(resigned({}, opened(first), eve))).toBe("entry with another broadcaster's key")
    const worn = concat(first.subarray(0, first.length - 64), eve.sign(first.subarray(0, first.length - 64)))
    expect(flaw(worn)).toBe('entry with a wrong signature')
  })
  it('is refused with any one bit flipped', () => {
    for (let at = 0; at < second.length; at++) expect(flaw(flipped(second, at, 1 << (at % 8))), `byte ${at}`).not.toBeNull()
  })
  it('is refused when it is cut, followed by something, or too long', () => {
    for (let length = 0; length < first.length; length += 7) expect(flaw(first.subarray(0, length))).not.toBeNull()
    expect(flaw(concat(first, Uint8Array.of(0)))).not.toBeNull()
    expect(flaw(new Uint8Array(ENTRY_LIMIT + 1))).toBe('entry too long')
    expect(flaw(new Uint8Array())).toBe('entry malformed')
    expect(flaw(Uint8Array.of(3, 3))).toBe('entry of another version')
  })
  it('cannot be written in a second way, even by its broadcaster', () => {
    const sign = (unsigned: Uint8Array) =>
      concat(unsigned, ann.sign(concat(new TextEncoder().encode('parlor-manifest-1 signed\n'), unsigned)))
    const unsigned = first.subarray(0, first.length - 64)
    expect(flaw(sign(unsigned))).toBeNull()
    const spaced = Buffer.from(unsigned).toString('latin1').replace('{"kind":"video"', '{ "kind":"video"')
    const padded = new Uint8Array(Buffer.from(spaced, 'latin1'))
    expect(padded.length).toBe(unsigned.length + 1)
    expect(flaw(sign(padded))).toBe('entry malformed')
    expect(flaw(sign(flipped(unsigned, 83, 4)))).toBe('entry malformed')
  })
  it('is not even written when it says nonsense', () => {
    const entry = opened(first)
    const [part] = entry.parts
    if (!part) throw new Error('no part')
    expect(() => resigned({ parts: [...entry.parts].reverse() }, entry)).toThrow(/nobody would read/)
    expect(() => resigned({ parts: [{ ...part, duration: 0 }] }, entry)).toThrow(/nobody would read/)
    expect(() => resigned({ parts: [{ ...part, firstOfSegment: false }] }, entry)).toThrow(/nobody would read/)
    expect(() => resigned({ parts: [{ ...part, start: -1 }] }, entry)).toThrow(/no number/)
    expect(() => resigned({ number: 5, previous: NO_HASH }, entry)).toThrow(/nobody would read/)
    expect(() => resigned({ run: 2 ** 48 }, entry)).toThrow(/no number/)
  })
})

test('a line that is no base64url of a reasonable length is no entry', () => {
  for (const line of ['', '=', 'ab=c', 'a b', 'ü', 'a', 'A'.repeat(ENTRY_LIMIT * 2)]) expect(entryBytes(line)).toBeNull()
})

describe('a reader of a manifest', () => {
  const reader = (...read: Uint8Array[]) => {
    const made = new ManifestReader(program)
    for (const bytes of read) expect(told(made, bytes)).toMatch(/begins|next/)
    return made
  }

  it('follows a program from its beginning to its end', () => {
    const made = new ManifestReader(program)
    expect(golden.map((bytes) => told(made, bytes))).toEqual(['begins', 'next', 'next'])
    expect(made.head).toMatchObject({ run: vectors.run, number: 2, isLast: true })
  })
  it('begins wherever it comes in', () => {
    expect(told(new ManifestReader(program), second)).toBe('begins')
  })
  it('refuses an entry that comes again, of a number long gone too', () => {
    expect(told(reader(first, second), second)).toBe('entry replayed')
    expect(told(reader(first, second), first)).toBe('entry replayed')
    const late = reader(second)
    expect(told(late, first)).toBe('entry too old to tell')
  })
  it('refuses a second story in the place of the first', () => {
    const other = resigned({ at: vectors.run + 411 })
    expect(told(reader(first, second), other)).toBe('entry forked')
    expect(told(reader(first, other), last)).toBe('entry forked')
  })
  it('refuses what comes too early, and takes it when the rest has come', () => {
    const made = reader(first)
    expect(told(made, last)).toBe('entry ahead of what is here')
    expect([second, last].map((bytes) => told(made, bytes))).toEqual(['next', 'next'])
  })
  it('refuses entries of strangers, and is not moved by them', () => {
    const made = reader(first)
    expect(told(made, resigned({}, opened(second), eve))).toBe("entry with another broadcaster's key")
    expect(told(made, flipped(second, second.length - 1))).toBe('entry with a wrong signature')
    expect(told(made, second)).toBe('next')
  })
  it('refuses a time that goes back, and anything after the end', () => {
    expect(told(reader(first), resigned({ at: vectors.run }))).toBe('entry from before its predecessor')
    const after = resigned({ number: 3, previous: entryHash(last), at: vectors.run + 900 })
    expect(told(reader(first, second, last), after)).toBe('entry after the end')
  })
  it('refuses parts that are left out, repeated, or lie in one another', () => {
    const [part] = opened(second).parts
    if (!part) throw new Error('no part')
    for (const change of [{ sequence: 72 }, { sequence: 70 }, { start: 17_999 }, { segment: 897_500_001 }, { firstOfSegment: true }])
      expect(told(reader(first), resigned({ parts: [{ ...part, ...change }] }))).toBe('entry with parts out of order')
  })
  it('begins again with a later run, and never goes back to an earlier one', () => {
    const made = reader(first, second)
    const later = resigned({ run: vectors.run + 5 }, opened(first))
    expect(told(made, later)).toBe('begins')
    for (const old of golden) expect(told(made, old)).toBe('entry of an earlier run')
  })
  it('survives two thousand flips of every kind without a throw and without believing one', () => {
    const made = reader(first)
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return seed % below
    }
    for (let i = 0; i < 2000; i++) {
      const bytes = flipped(second, random(second.length), 1 << random(8)).subarray(random(2) * random(40))
      expect(made.read(bytes).ok).toBe(false)
    }
    expect(told(made, second)).toBe('next')
  })
})

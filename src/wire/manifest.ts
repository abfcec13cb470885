// manifest.ts — what a broadcaster signs: which objects its program is made of, in which order. One entry per update, chained by hash.
//
//   entry      version u8 | broadcaster's Ed25519 key 32 | run u48 | number u48 | hash of the entry before 32 | time u48 | flags u8
//              | lock 16, in version 2 alone | count u8, descriptions | count u8, parts | signature 64
//                                                                flags: 1 = the last entry of its run
//   describes  track u8 | object | length u16 | what the track is, JSON                               the object is the track's init segment
//   part       track u8 | flags u8 | sequence u48 | segment u48 | start u64 | duration u32 | time u48 | object
//                                                                flags: 1 = independent, 2 = first of its segment, 4 = after a break
//   object     size u32 | SHA-256 32 | SHA-256 of each 16 KiB, 32 each
//   signed     "parlor-manifest-" | version | " signed\n" | entry without its signature
//
// Numbers are big-endian; descriptions and parts stand in the order of their tracks, a track at most once in each: an entry can be written
// in one way only, and what is written otherwise is refused. Version 2 is that of private programs (watch-key.ts): the objects are sealed, and the lock says by
// which secret. Who does not know of them refuses them as entries of another version, and shows nothing. An entry's hash is the SHA-256 of all of it; the first of a run names 32 zeros.
//
// A program's id is the hash of its broadcaster's key, so an entry needs nothing but the id to be checked. A run is one life of the
// broadcaster: the number rises from one to the next, and with it nothing of an earlier life can be taken for today's. Who comes late
// finds the descriptions again in every entry in which a segment of their track begins. Who meets a kind of track that it does not know
// refuses the entry as malformed.
//
// Here is the form; manifest-reader.ts says whether an entry is the next one. On the web an entry is a line of base64url.
import * as z from 'zod/mini'
import { Bug } from '../lib/fault.ts'
import { crockford } from './crockford.ts'
import { bytesOf, concat, hex, PUBLIC_KEY, SIGNATURE, sha256, textOf, unhex, verify } from './crypto.ts'
import type { Identity } from './key.ts'
import { bytesInLine } from './line.ts'
import { blockCount, nameBytes, OBJECT_LIMIT, type ObjectName, type ObjectPromise } from './object.ts'
import { jsonOf } from './schema.ts'

declare const program: unique symbol
/** 26 lower-case Crockford characters: the first 16 bytes of SHA-256 of the broadcaster's Ed25519 key. */
export type ProgramId = string & { readonly [program]: true }
export const programOf = (publicKey: Uint8Array): ProgramId => crockford(sha256(publicKey).subarray(0, 16)).toLowerCase() as ProgramId

export const MANIFEST_VERSION = 1
/** Of a private program. */
export const SEALED_VERSION = 2
const LOCK = 16
/** Bytes. */
export const ENTRY_LIMIT = 64 * 1024
export const NO_HASH: Uint8Array = new Uint8Array(32)

const count = (most: number) => z.int().check(z.gte(1), z.lte(most))
const common = {
  /** What it is called in addresses, like `v0` or `sound`. */
  name: z.string().check(z.regex(/^[a-z][a-z0-9]{0,15}$/)),
  /** RFC 6381, like `avc1.42c01f`. */
  codecs: z.string().check(z.regex(/^[A-Za-z0-9.]{1,40}$/)),
  /** Ticks a second of this track's times. */
  timescale: count(10_000_000),
  /** The longest a part gets, and what a segment is meant to be, ticks. */
  partTarget: count(0xffff_ffff),
  segmentTarget: count(0xffff_ffff),
  /** Bits a second, at most. */
  bandwidth: count(1_000_000_000),
}
/** A language, BCP 47: a tag of letters and digits. */
export const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/
const Description = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('video'),
    ...common,
    width: count(16384),
    height: count(16384),
    /** Frames a second as numerator and denominator. */
    rate: z.tuple([count(1_000_000), count(1_000_000)]),
  }),
  z.strictObject({ kind: z.literal('audio'), ...common, channels: count(16), sampleRate: count(768_000) }),
  /** Captions, as captions.ts writes them. */
  z.strictObject({
    kind: z.literal('text'),
    ...common,
    /** BCP 47, like `de` or `pt-BR`. */
    language: z.string().check(z.regex(LANGUAGE)),
    /** What people call the language. */
    label: z.string().check(z.regex(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} ().,'’·-]{0,39}$/u)),
  }),
])
/** What a track is: all that playlists say of it. */
export type Description = z.output<typeof Description>

export type TrackInit = { readonly track: number; readonly description: Description; readonly object: ObjectPromise }
export type TrackPart = {
  /** 0 to 255. */
  readonly track: number
  /** Counts the parts of the track, one by one, over all runs. */
  readonly sequence: number
  /** Counts the segments of the program; the same number is the same time in all tracks. */
  readonly segment: number
  /** Decoding can begin here. */
  readonly independent: boolean
  readonly firstOfSegment: boolean
  /** The encoder began anew: the times before are no longer connected with these. Only at the first part of a segment. */
  readonly afterBreak: boolean
  /** Decode time of its first sample, and what its samples last together, ticks. */
  readonly start: number
  readonly duration: number
  /** Wall clock of its first sample, ms since 1970. */
  readonly at: number
  readonly object: ObjectPromise
}
export type Entry = {
  readonly run: number
  /** Counts the entries of a run from 0. */
  readonly number: number
  /** The hash of the entry before; NO_HASH in the first one. */
  readonly previous: Uint8Array
  /** Wall clock of the signing, ms since 1970. Never falls within a run. */
  readonly at: number
  readonly isLast: boolean
  /** 32 hex digits: which secret its objects are sealed with (WatchKey.lock). Left out: they are open to all. */
  readonly lock?: string
  readonly inits: readonly TrackInit[]
  readonly parts: readonly TrackPart[]
}

export type EntryFlaw =
  | 'entry too long'
  | 'entry of another version'
  | 'entry malformed'
  | "entry with another broadcaster's key"
  | 'entry with a wrong signature'
export type OpenedEntry =
  | { readonly ok: true; readonly entry: Entry; readonly hash: Uint8Array }
  | { readonly ok: false; readonly why: EntryFlaw }

const isKnown = (version: number | undefined): boolean => version === MANIFEST_VERSION || version === SEALED_VERSION
const signed = (unsigned: Uint8Array): Uint8Array => concat(bytesOf(`parlor-manifest-${unsigned[0]} signed\n`), unsigned)
export const entryHash = (entry: Uint8Array): Uint8Array => sha256(entry)

/** Signs an entry. The same entry and key always give the same bytes. Throws a Bug for what no reader would take. */
export function closeEntry(entry: Entry, identity: Pick<Identity, 'publicKey' | 'sign'>): Uint8Array {
  const unsigned = encode(entry, identity.publicKey)
  if (!decode(unsigned) || unsigned.length + SIGNATURE > ENTRY_LIMIT) throw new Bug('a manifest entry that nobody would read')
  return concat(unsigned, identity.sign(signed(unsigned)))
}

/** Opens an entry from anybody, and checks that this program's broadcaster signed it. Never throws. */
export function openEntry(bytes: Uint8Array, of: ProgramId): OpenedEntry {
  if (bytes.length > ENTRY_LIMIT) return { ok: false, why: 'entry too long' }
  if (bytes.length > 0 && !isKnown(bytes[0])) return { ok: false, why: 'entry of another version' }
  if (bytes.length < 1 + PUBLIC_KEY + SIGNATURE) return { ok: false, why: 'entry malformed' }
  const publicKey = bytes.slice(1, 1 + PUBLIC_KEY)
  if (programOf(publicKey) !== of) return { ok: false, why: "entry with another broadcaster's key" }
  const unsigned = bytes.subarray(0, bytes.length - SIGNATURE)
  const entry = decode(unsigned)
  if (!entry) return { ok: false, why: 'entry malformed' }
  if (!verify(publicKey, signed(unsigned), bytes.subarray(bytes.length - SIGNATURE)))
    return { ok: false, why: 'entry with a wrong signature' }
  return { ok: true, entry, hash: entryHash(bytes) }
}

/** An entry from a place that only its owner writes to, such as one's own disk: the signature is not checked again. Null when it is none. */
export function keptEntry(bytes: Uint8Array, of: ProgramId): Entry | null {
  const isOurs = bytes.length >= 1 + PUBLIC_KEY + SIGNATURE && isKnown(bytes[0]) && programOf(bytes.slice(1, 1 + PUBLIC_KEY)) === of
  return isOurs ? decode(bytes.subarray(0, bytes.length - SIGNATURE)) : null
}

/** One entry as a line of text, without its end. */
export { lineOf } from './line.ts'

/** The bytes of such a line; null when it is none. Never throws. */
export const entryBytes = (line: string): Uint8Array | null => bytesInLine(line, ENTRY_LIMIT)

const LAST = 1
const [INDEPENDENT, FIRST, BREAK] = [1, 2, 4]

function encode(entry: Entry, publicKey: Uint8Array): Uint8Array {
  const inits = entry.inits.map(({ track, description, object }) => {
    const text = bytesOf(JSON.stringify(Description.parse(description)))
    return concat(number(1, track), objectBytes(object), number(2, text.length), text)
  })
  const parts = entry.parts.map((part) =>
    concat(
      number(1, part.track),
      number(1, (part.independent ? INDEPENDENT : 0) | (part.firstOfSegment ? FIRST : 0) | (part.afterBreak ? BREAK : 0)),
      number(6, part.sequence),
      number(6, part.segment),
      number(8, part.start),
      number(4, part.duration),
      number(6, part.at),
      objectBytes(part.object),
    ),
  )
  return concat(
    number(1, entry.lock === undefined ? MANIFEST_VERSION : SEALED_VERSION),
    publicKey,
    number(6, entry.run),
    number(6, entry.number),
    entry.previous,
    number(6, entry.at),
    number(1, entry.isLast ? LAST : 0),
    lockBytes(entry.lock),
    number(1, inits.length),
    ...inits,
    number(1, parts.length),
    ...parts,
  )
}

const objectBytes = ({ name, size, blocks }: ObjectPromise): Uint8Array => concat(number(4, size), nameBytes(name), blocks)

function lockBytes(lock: string | undefined): Uint8Array {
  const bytes = unhex(lock ?? '')
  if (lock !== undefined && (bytes.length !== LOCK || hex(bytes) !== lock)) throw new Bug('a lock has 32 hex digits')
  return bytes
}

function number(bytes: number, value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** bytes) throw new Bug(`${value} is no number of ${bytes} bytes`)
  const out = new Uint8Array(bytes)
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256
  return out
}

/** The entry in its bytes without the signature; null when they are not exactly what `encode` would write. */
function decode(bytes: Uint8Array): Entry | null {
  const from = new Bytes(bytes, 1 + PUBLIC_KEY)
  const [run, serial, previous, at, flags] = [from.number(6), from.number(6), from.bytes(32), from.number(6), from.number(1)]
  const lock = bytes[0] === SEALED_VERSION ? { lock: hex(from.bytes(LOCK)) } : {}
  const inits = Array.from({ length: from.number(1) }, () => initIn(from))
  const parts = Array.from({ length: from.number(1) }, () => partIn(from))
  if (!from.isAtEnd || flags > LAST || !rise(inits) || !rise(parts)) return null
  if ((serial === 0) !== previous.every((byte) => byte === 0)) return null
  return { run, number: serial, previous, at, isLast: flags === LAST, ...lock, inits, parts }
}

/** Is every one there, and the tracks in their order? */
const rise = <One extends { readonly track: number }>(all: ReadonlyArray<One | null>): all is One[] =>
  all.every((one, i) => one !== null && one.track > (all[i - 1]?.track ?? -1))

function initIn(from: Bytes): TrackInit | null {
  const track = from.number(1)
  const object = objectIn(from)
  const text = textOf(from.bytes(from.number(2)))
  const read = Description.safeParse(jsonOf(text))
  return object && read.success && JSON.stringify(read.data) === text ? { track, description: read.data, object } : null
}

function partIn(from: Bytes): TrackPart | null {
  const [track, flags, sequence, segment] = [from.number(1), from.number(1), from.number(6), from.number(6)]
  const [start, duration, at, object] = [from.number(8), from.number(4), from.number(6), objectIn(from)]
  const firstOfSegment = (flags & FIRST) !== 0
  const afterBreak = (flags & BREAK) !== 0
  if (!object || flags > 7 || duration === 0 || start + duration > Number.MAX_SAFE_INTEGER || (afterBreak && !firstOfSegment)) return null
  return { track, sequence, segment, independent: (flags & INDEPENDENT) !== 0, firstOfSegment, afterBreak, start, duration, at, object }
}

function objectIn(from: Bytes): ObjectPromise | null {
  const size = from.number(4)
  const name = hex(from.bytes(32)) as ObjectName
  const blocks = from.bytes(size > OBJECT_LIMIT ? 0 : blockCount(size) * 32)
  return size > 0 && size <= OBJECT_LIMIT ? { name, size, blocks } : null
}

/** Reads on and on; what is past the end is zeros, and `isAtEnd` is false for ever. */
class Bytes {
  readonly #all: Uint8Array
  #at: number
  constructor(all: Uint8Array, at: number) {
    this.#all = all
    this.#at = at
  }
  get isAtEnd(): boolean {
    return this.#at === this.#all.length
  }
  bytes(length: number): Uint8Array {
    const some = this.#all.slice(this.#at, this.#at + length)
    this.#at += length
    return some.length === length ? some : new Uint8Array(length)
  }
  /** NaN for what is beyond 2^53 - 1: no comparison takes it, so it is caught here. */
  number(length: number): number {
    const value = this.bytes(length).reduce((sum, byte) => sum * 256 + byte, 0)
    if (length < 8 || value <= Number.MAX_SAFE_INTEGER) return value
    this.#at = this.#all.length + 1
    return 0
  }
}

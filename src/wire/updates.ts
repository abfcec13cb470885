// updates.ts — the list of updates that a box reads: what there is, for which board, where, and what is new in it.
//
//   {"parlor": "updates-1", "signed": "<a List, as JSON text>", "signature": "<base64>"}
//
// The signature (ECDSA on P-256 with SHA-256, DER) is over the bytes of `signed`, by the key that also signs the bundles, so whoever serves
// or carries the list can leave it out, or give an old one, and no more. `number` rises with each list: a box that has seen a newer one
// leaves an older one alone. A change that an older box would not understand raises the name behind "parlor".
import * as z from 'zod/mini'
import { hexBytes, jsonOf } from './schema.ts'

export const UPDATES = 'updates-1'
/** Characters of the whole list. */
export const LONGEST_LIST = 256 * 1024
/** Bytes of a bundle. */
export const LARGEST_BUNDLE = 2 * 1024 ** 3

/** What is new, for people to read: lines of plain text. */
const notes = z.string().check(z.maxLength(4000), z.regex(/^[^\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u))

const Release = z.strictObject({
  version: z.string().check(z.maxLength(60)),
  board: z.string().check(z.regex(/^[a-z0-9]{1,20}$/)),
  /** Of the bundle; may be relative to the address of the list. */
  url: z.string().check(z.minLength(1), z.maxLength(1000)),
  /** Of the whole file, hexadecimal. */
  sha256: hexBytes(32),
  /** Bytes. */
  size: z.int().check(z.gte(1), z.lte(LARGEST_BUNDLE)),
  notes: z.strictObject({ en: notes, de: notes }),
})
export type UpdateRelease = Readonly<z.output<typeof Release>>

const List = z.strictObject({
  number: z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER)),
  channel: z.enum(['development', 'release']),
  releases: z.array(Release).check(z.maxLength(100)),
})
export type UpdateList = Readonly<z.output<typeof List>>

const Sealed = z.strictObject({
  parlor: z.literal(UPDATES),
  signed: z.string().check(z.maxLength(LONGEST_LIST)),
  signature: z.string().check(z.regex(/^[A-Za-z0-9+/=]{80,200}$/)),
})
export type SealedUpdates = Readonly<z.output<typeof Sealed>>

/** A text as a sealed list; null when it is none. What is signed has not been looked at. Never throws. */
export const sealedUpdatesIn = (text: string): SealedUpdates | null =>
  text.length > LONGEST_LIST ? null : (Sealed.safeParse(jsonOf(text)).data ?? null)

/** What was signed, as a list; null when it is none. Only for who has checked the signature. Never throws. */
export const updateListIn = (signed: string): UpdateList | null => List.safeParse(jsonOf(signed)).data ?? null

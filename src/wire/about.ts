// about.ts — what a broadcaster says of its program beside pictures and sound: its name, when it begins, how many watch, how far back one may go.
//
// A statement (statement.ts), made anew whenever it is asked for. Readers keep the latest by `at` and refuse an older one.
import * as z from 'zod/mini'
import type { Identity } from './key.ts'
import type { ProgramId } from './manifest.ts'
import { hexBytes } from './schema.ts'
import { makeStatement, readStatement } from './statement.ts'

const KIND = 'about'
const moment = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))

const About = z.strictObject({
  /** What it is called; empty: nothing special. */
  title: z.string().check(z.maxLength(120), z.regex(/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u)),
  /** When it is to begin, ms since 1970; null: nothing was announced. */
  begins: z.nullable(moment),
  viewers: z.int().check(z.gte(0), z.lte(10_000_000)),
  /** The earliest that can still be watched, ms since 1970; null: nothing. */
  from: z.nullable(moment),
  /** When this was said. */
  at: moment,
  /** It is private: which secret opens it (WatchKey.lock), and its sealed title (unsealTitle); `title` is empty. */
  sealed: z.optional(z.strictObject({ lock: hexBytes(16), title: z.string().check(z.regex(/^(?:[0-9a-f]{2}){40,600}$/)) })),
})
export type About = z.output<typeof About>

export const closeAbout = (about: About, identity: Pick<Identity, 'publicKey' | 'sign'>): string => makeStatement(KIND, about, identity)

/** Null when it is none of this program's. Never throws. */
export function openAbout(said: string, of: ProgramId): About | null {
  const read = About.safeParse(readStatement(KIND, said, of))
  return read.success ? read.data : null
}

// tracks.ts — a run of a program as one file that goes from box to box: signed entries with their objects, and what its box says of it.
//
//   "parlor-tracks-1 " | program's id | "\n" | statement (statement.ts) | "\n"
//   per entry: length u32 | signed entry | per object that is new with it: length u32 | the object          length 0: it is not there any more
//
// Nothing in it has to be believed: entries are signed and chained, objects are named by their hashes, what is said of it is signed too.
import * as z from 'zod/mini'
import { TEXT_LIMIT } from './chat.ts'
import type { Identity } from './key.ts'
import type { ProgramId } from './manifest.ts'
import { personName } from './schema.ts'
import { makeStatement, readStatement } from './statement.ts'
import type { WatchSecret } from './watch-key.ts'

export const TRACKS_VERSION = 'parlor-tracks-1'
export const PROGRAM_ID = /^[0-9a-z]{26}$/

const moment = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))
const About = z.strictObject({
  /** broadcast: the mix that went out. own: camera and microphone of one box, before any network. */
  is: z.enum(['broadcast', 'own']),
  /** Whose it is, as others are shown it. */
  name: personName,
  run: moment,
  /** Cut marks. */
  marks: z.array(z.strictObject({ is: z.enum(['begin', 'end']), at: moment })).check(z.maxLength(100)),
  /** What opens it, where it was private: who is given the file may see what is in it. */
  secret: z.optional(
    z.pipe(
      z.string().check(z.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)),
      z.transform((text) => text as WatchSecret),
    ),
  ),
  /** What was said in its chat. */
  chat: z.array(z.strictObject({ at: moment, name: personName, text: z.string().check(z.maxLength(TEXT_LIMIT)) })).check(z.maxLength(4000)),
})
export type AboutTracks = Readonly<z.output<typeof About>>

const KIND = 'tracks'
export const closeAboutTracks = (about: AboutTracks, identity: Pick<Identity, 'publicKey' | 'sign'>): string =>
  makeStatement(KIND, About.parse(about), identity)

/** What a box says of its tracks; null when this program's box did not say it. Never throws. */
export function openAboutTracks(said: string, program: ProgramId): AboutTracks | null {
  const read = About.safeParse(readStatement(KIND, said, program))
  return read.success ? read.data : null
}

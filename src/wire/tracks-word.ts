// tracks-word.ts — what two boxes say to each other when one fetches the other's own tracks over a link of their own (call/meeting.ts).
//
//   who asks                                who gives
//   want {from, to}   the time of the call
//                                           wait                   the people there are being asked; or
//                                           no                     nothing is given, whatever the reason is; or
//                                           have {program, tracks} these runs, each with what the box says of it (tracks.ts)
//   go {run, at}      from this place on
//   more {frames}     so many may come
//                                           entry, and the blocks of each object that is new with it, one after the other; none for what is not there
//                                           end                    all of the run has come
//
// A frame is its kind u8 and what follows: 0 a word (JSON), 1 a signed entry, 2 an object's name 32 | a block of it, 3 the name of an object
// that is not there any more. Blocks come in their order, so who receives checks each against the entry before it keeps it.
import * as z from 'zod/mini'
import { bytesOf, concat, hex, textOf } from './crypto.ts'
import { ENTRY_LIMIT, type ProgramId } from './manifest.ts'
import { BLOCK, nameBytes, type ObjectName } from './object.ts'
import { jsonOf } from './schema.ts'
import { PROGRAM_ID } from './tracks.ts'

/** Bytes of a frame at most. */
export const FRAME_LIMIT = ENTRY_LIMIT + 1
/** Letters of a statement that goes over such a link; those of own tracks say little. */
const SAID_LIMIT = 4096
/** Runs of one call. */
export const MOST_RUNS = 16
/** Frames that may be on their way. */
export const MOST_FRAMES = 64

const moment = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))
const count = z.int().check(z.gte(0), z.lte(2 ** 40))
/** Where to go on: behind so many objects, and blocks of the next one, of the entry with this number. */
const Place = z.strictObject({ entry: count, objects: count, blocks: count })
export type Place = Readonly<z.output<typeof Place>>
const Word = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('want'), from: moment, to: moment }),
  z.strictObject({ say: z.literal('wait') }),
  z.strictObject({ say: z.literal('no') }),
  z.strictObject({
    say: z.literal('have'),
    program: z.pipe(
      z.string().check(z.regex(PROGRAM_ID)),
      z.transform((id) => id as ProgramId),
    ),
    tracks: z
      .array(z.strictObject({ run: moment, bytes: count, about: z.string().check(z.maxLength(SAID_LIMIT)) }))
      .check(z.minLength(1), z.maxLength(MOST_RUNS)),
  }),
  z.strictObject({ say: z.literal('go'), run: moment, at: z.nullable(Place) }),
  z.strictObject({ say: z.literal('more'), frames: z.int().check(z.gte(1), z.lte(MOST_FRAMES)) }),
  z.strictObject({ say: z.literal('end') }),
])
export type TracksWord = z.output<typeof Word>
export type TracksFrame =
  | { readonly is: 'word'; readonly word: TracksWord }
  | { readonly is: 'entry'; readonly signed: Uint8Array }
  | { readonly is: 'block'; readonly of: ObjectName; readonly bytes: Uint8Array }
  | { readonly is: 'none'; readonly of: ObjectName }

const [WORD, ENTRY, PIECE, NONE] = [0, 1, 2, 3]

export const wordFrame = (word: TracksWord): Uint8Array => concat(Uint8Array.of(WORD), bytesOf(JSON.stringify(word)))
export const entryFrame = (signed: Uint8Array): Uint8Array => concat(Uint8Array.of(ENTRY), signed)
export const blockFrame = (of: ObjectName, block: Uint8Array): Uint8Array => concat(Uint8Array.of(PIECE), nameBytes(of), block)
export const noneFrame = (of: ObjectName): Uint8Array => concat(Uint8Array.of(NONE), nameBytes(of))

/** What a frame says; null when it is none of these. Never throws. */
export function frameIn(bytes: Uint8Array): TracksFrame | null {
  if (bytes.length < 2 || bytes.length > FRAME_LIMIT) return null
  const rest = bytes.subarray(1)
  switch (bytes[0]) {
    case WORD: {
      const read = Word.safeParse(jsonOf(textOf(rest)))
      return read.success ? { is: 'word', word: read.data } : null
    }
    case ENTRY:
      return { is: 'entry', signed: rest }
    case PIECE:
      return rest.length > 32 && rest.length <= 32 + BLOCK
        ? { is: 'block', of: hex(rest.subarray(0, 32)) as ObjectName, bytes: rest.subarray(32) }
        : null
    case NONE:
      return rest.length === 32 ? { is: 'none', of: hex(rest) as ObjectName } : null
    default:
      return null
  }
}

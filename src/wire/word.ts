// word.ts — what the two ends of a link say over its data channel. JSON texts of at most 16 KiB.
//
// commit, nonce, reveal, confirmed: the confirmation, in this order, see call/confirm.ts. beat: the heartbeat, which also carries
// what the sender's devices do, so that a lost change is mended by the next beat. bye: the other end leaves.
import * as z from 'zod/mini'
import { hexBytes, jsonOf } from './schema.ts'

export const WORD_LIMIT = 16 * 1024

/** live: what they get from us and from the others goes out to an audience. */
const Sending = z.strictObject({
  muted: z.boolean(),
  camera: z.boolean(),
  screen: z.boolean(),
  speaking: z.boolean(),
  live: z._default(z.boolean(), false),
})
const Word = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('commit'), commit: hexBytes(32) }),
  z.strictObject({ say: z.literal('nonce'), nonce: hexBytes(32), mac: hexBytes(32) }),
  z.strictObject({ say: z.literal('reveal'), nonce: hexBytes(32), mac: hexBytes(32) }),
  z.strictObject({ say: z.literal('confirmed') }),
  z.strictObject({ say: z.literal('beat'), sending: Sending }),
  z.strictObject({ say: z.literal('bye') }),
])
export type Word = z.output<typeof Word>

export const wordText = (word: Word): string => JSON.stringify(word)

/** The word in a text from the other end; null when it is none that we know. Never throws. */
export function wordIn(text: string): Word | null {
  if (text.length > WORD_LIMIT) return null
  const read = Word.safeParse(jsonOf(text))
  return read.success ? read.data : null
}

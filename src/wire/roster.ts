// roster.ts — pairing as it is kept: the box's list of phones on its disk, and the phone's own key in the browser.
import * as z from 'zod/mini'
import { hexBytes, jsonOf, personName } from './schema.ts'

export const RosterPhone = z.strictObject({
  /** Ed25519 public key. */
  key: hexBytes(32),
  name: personName,
  /** Milliseconds since 1970 by the box's clock, which may be wrong after a power cut. */
  paired: z.number(),
  seen: z.nullable(z.number()),
})
export type RosterPhone = Readonly<z.output<typeof RosterPhone>>
export const RosterFile = z.strictObject({ version: z.literal(1), phones: z.array(RosterPhone).check(z.maxLength(1000)) })

/** What a phone keeps of its pairing: its own key, and the box that it belongs to. */
export const PhoneMemory = z.strictObject({
  /** Ed25519 seed. Never sent. */
  secretKey: hexBytes(32),
  box: z.strictObject({ key: hexBytes(32), name: z.string().check(z.maxLength(200)) }),
})
export type PhoneMemory = Readonly<z.output<typeof PhoneMemory>>
export const phoneMemoryIn = (text: string | null): PhoneMemory | null => {
  const read = PhoneMemory.safeParse(jsonOf(text))
  return read.success ? read.data : null
}

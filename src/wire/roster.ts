// roster.ts — the list of paired phones as it is kept on disk.
import * as z from 'zod/mini'
import { hexBytes, personName } from './schema.ts'

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

// contact.ts — somebody whom a box can call, and what became of a call: as it is kept on disk and shown to phones.
import * as z from 'zod/mini'
import { ID, type PeerId, type RoomSecret, SECRET } from '../core/id.ts'
import { personName } from './schema.ts'

export const Contact = z.strictObject({
  peer: z.pipe(
    z.string().check(z.regex(ID)),
    z.transform((s) => s as PeerId),
  ),
  name: personName,
  /** Their own room: to go there is to ring at their door. */
  room: z.pipe(
    z.string().check(z.regex(SECRET)),
    z.transform((s) => s as RoomSecret),
  ),
  /** Where their room is: the origin of their box, or of a server; null: at our own broker. */
  at: z.nullable(z.string().check(z.maxLength(200), z.regex(/^https?:\/\/[^/\s@]+$/))),
  /** When they ring, the box answers by itself after a countdown. */
  answers: z._default(z.boolean(), false),
})
export type Contact = Readonly<z.output<typeof Contact>>
export const ContactList = z.array(Contact)

/** What became of somebody who rang. */
export const Ended = z.strictObject({
  what: z.enum(['missed', 'declined', 'answered', 'answered by itself']),
  name: z.string(),
  peer: z.string(),
  /** Milliseconds since 1970 by the box's clock, which may be wrong after a power cut. */
  at: z.number(),
  /** Somebody has looked at it. */
  seen: z.boolean(),
})
export type Ended = Readonly<z.output<typeof Ended>>
export const EndedList = z.array(Ended)

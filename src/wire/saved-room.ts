// saved-room.ts — a room that this box keeps under a name, as it stands on disk.
import * as z from 'zod/mini'
import { type RoomSecret, SECRET } from '../core/id.ts'
import { personName } from './schema.ts'

export const SavedRoom = z.strictObject({
  name: personName,
  room: z.pipe(
    z.string().check(z.regex(SECRET)),
    z.transform((s) => s as RoomSecret),
  ),
  /** Where it is: the origin of a box or server; null: at our own broker. */
  at: z.nullable(z.string().check(z.maxLength(200), z.regex(/^https?:\/\/[^/\s@]+$/))),
})
export type SavedRoom = Readonly<z.output<typeof SavedRoom>>
export const SavedRoomList = z.array(SavedRoom)

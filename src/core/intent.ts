// intent.ts — everything that may be asked of the box, by anyone, in any way.
//
// The command line, and later the button, the TV remote, MQTT, the phone page and Home Assistant, all end up here.
import * as z from 'zod'
import { type RoomSecret, SECRET } from './id.ts'

const room = z
  .string()
  .regex(SECRET)
  .transform((s) => s as RoomSecret)

export const Intent = z.discriminatedUnion('want', [
  z.strictObject({ want: z.literal('join'), room }),
  z.strictObject({ want: z.literal('leave') }),
  z.strictObject({ want: z.literal('mute'), muted: z.boolean() }),
  z.strictObject({ want: z.literal('camera'), on: z.boolean() }),
  z.strictObject({ want: z.literal('volume'), percent: z.int().min(0).max(100) }),
])
export type Intent = z.output<typeof Intent>

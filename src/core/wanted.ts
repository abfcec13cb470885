// wanted.ts — what the people in the room have asked for. Saved, so that a crash does not end a call.
import * as z from 'zod'
import { unreachable } from '../lib/fault.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { type RoomSecret, SECRET } from './id.ts'
import type { Intent } from './intent.ts'

export const Wanted = z.strictObject({
  /** The room we want to be in; null: in none. */
  room: z
    .string()
    .regex(SECRET)
    .transform((s) => s as RoomSecret)
    .nullable(),
  muted: z.boolean(),
  /** Whether people in a call may see us. */
  camera: z.boolean(),
  /** Loudness of the loudspeaker, percent. */
  volume: z.int().min(0).max(100),
})
export type Wanted = Readonly<z.output<typeof Wanted>>

export const nothing: Wanted = { room: null, muted: false, camera: true, volume: 80 }

export function ask(wanted: Wanted, intent: Intent): Wanted {
  switch (intent.want) {
    case 'join':
      return { ...wanted, room: intent.room }
    case 'leave':
      return { ...wanted, room: null }
    case 'mute':
      return { ...wanted, muted: intent.muted }
    case 'camera':
      return { ...wanted, camera: intent.on }
    case 'volume':
      return { ...wanted, volume: intent.percent }
    default:
      return unreachable(intent)
  }
}

/**
 * The wish after a restart. A short absence (a crash, a watchdog) goes back to the call; after a longer one, or when
 * the clock cannot be believed (it went back), nobody may still be expecting a camera: only what is silent is kept.
 */
export function afterRestart(saved: Wanted, awayFor: Ms): Wanted {
  return awayFor >= 0 && awayFor <= seconds(60) ? saved : { ...saved, room: null }
}

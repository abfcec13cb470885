// wanted.ts — what the people in the room have asked for. Saved, so that a crash does not end a call.
import * as z from 'zod'
import { unreachable } from '../lib/fault.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { type PeerId, type RoomSecret, SECRET } from './id.ts'
import { At, type Intent, Layout, WatchAddress } from './intent.ts'

/** A broadcast of elsewhere on our TV. at: live, behind it, or standing still; back: how many half minutes it was asked back since it was live. */
export const Watching = z.strictObject({
  link: WatchAddress,
  at: z.enum(['live', 'behind', 'paused']),
  back: z.int().min(0).max(120),
})
export type Watching = Readonly<z.output<typeof Watching>>

export const Wanted = z.strictObject({
  /** The room we want to be in; null: in none. */
  room: z
    .string()
    .regex(SECRET)
    .transform((s) => s as RoomSecret)
    .nullable(),
  /** Where that room is. */
  at: At.default(null),
  /** The call is by sound only: the camera stays closed, and the TV set as it is. */
  phone: z.boolean().default(false),
  muted: z.boolean(),
  /** Whether people in a call may see us. */
  camera: z.boolean(),
  /** Loudness of the loudspeaker, percent. */
  volume: z.int().min(0).max(100),
  layout: Layout.default('auto'),
  /** The TV set by wish of somebody; null: as calls need it. */
  tv: z.boolean().nullable().default(null),
  /** Do not disturb. */
  quiet: z.boolean().default(false),
  /** The ringing that was declined (Ringing.call); null: none. */
  declined: z.string().max(80).nullable().default(null),
  /** The call is broadcast. */
  live: z.boolean().default(false),
  /** Only who has the key in the watch link may see it; null: as the settings say. */
  private: z.boolean().nullable().default(null),
  /** While somebody else broadcasts the call, our own camera and microphone are kept. */
  tracks: z.boolean().default(false),
  /** How many half minutes back the TV shows the call once more; 0: it shows it as it is now. */
  replay: z.int().min(0).max(120).default(0),
  /** What the TV shows while there is no call; null: nothing of elsewhere. A call only interrupts it. */
  watch: Watching.nullable().default(null),
})
export type Wanted = Readonly<z.output<typeof Wanted>>

export const nothing: Wanted = {
  room: null,
  at: null,
  phone: false,
  muted: false,
  camera: true,
  volume: 80,
  layout: 'auto',
  tv: null,
  quiet: false,
  declined: null,
  live: false,
  private: null,
  tracks: false,
  replay: 0,
  watch: null,
}

/** Half minutes: an hour. */
const MOST_BACK = 120
/** What ends with a call. */
const nowhere = { room: null, at: null, phone: false, tv: null, live: false, private: null, tracks: false, replay: 0 } as const

/** What an intent may mean: what the box knows when it is asked. */
export type Known = {
  /** The box's own room. */
  readonly own: RoomSecret
  /** Which ringing goes on at our own door (Ringing.call); null: nobody rings. */
  readonly ringing: string | null
  /** Broadcasts are private unless somebody asks otherwise. */
  readonly private?: boolean
  /** Where a contact is called; null: nobody we know. */
  readonly roomOf: (contact: PeerId) => { readonly room: RoomSecret; readonly at: string | null } | null
}

export function ask(wanted: Wanted, intent: Intent, known: Known): Wanted {
  const enter = (room: RoomSecret, at: string | null, phone = false): Wanted => ({
    ...wanted,
    ...{ room, at, phone },
    tv: null,
    replay: room === wanted.room ? wanted.replay : 0,
    live: wanted.live && room === wanted.room,
    tracks: wanted.tracks && room === wanted.room,
  })
  const asked = (isPrivate: boolean): boolean | null => (isPrivate === (known.private ?? false) ? null : isPrivate)
  switch (intent.want) {
    case 'join':
      return enter(intent.room, intent.at ?? null, intent.phone)
    case 'come home':
      return enter(known.own, null, intent.phone)
    case 'ring': {
      const door = known.roomOf(intent.contact)
      return door ? enter(door.room, door.at, intent.phone) : wanted
    }
    case 'answer':
      return known.ringing === null ? wanted : enter(known.own, null, intent.phone)
    case 'decline':
      return { ...wanted, declined: known.ringing }
    case 'leave':
      // Who hangs up in a call goes back to what it interrupted.
      return { ...wanted, ...nowhere, watch: wanted.room === null ? null : wanted.watch }
    case 'mute':
      return { ...wanted, muted: intent.muted }
    case 'camera':
      // Whoever asks for the picture in a call by sound makes it an ordinary call.
      return { ...wanted, camera: intent.on, phone: wanted.phone && !intent.on }
    case 'volume':
      return { ...wanted, volume: intent.percent }
    case 'layout':
      return { ...wanted, layout: intent.layout }
    case 'tv':
      // Who switches the TV off watches nothing.
      return { ...wanted, tv: intent.on, watch: intent.on || wanted.room !== null ? wanted.watch : null }
    case 'quiet':
      return { ...wanted, quiet: intent.on }
    case 'live':
      return {
        ...(intent.on && wanted.room === null ? enter(known.own, null) : wanted),
        live: intent.on,
        private: intent.on ? (intent.private === undefined ? wanted.private : asked(intent.private)) : null,
        replay: intent.on ? wanted.replay : 0,
      }
    case 'private':
      return { ...wanted, private: asked(intent.on) }
    case 'tracks':
      return { ...wanted, tracks: intent.on && wanted.room !== null }
    case 'again':
      if (wanted.room !== null) return { ...wanted, replay: Math.min(MOST_BACK, wanted.replay + 1) }
      return watching(wanted, ({ back }) => ({ at: 'behind', back: Math.min(MOST_BACK, back + 1) }))
    case 'now':
      return wanted.room === null ? watching(wanted, () => ({ at: 'live', back: 0 })) : { ...wanted, replay: 0 }
    case 'watch':
      if (intent.link === null) return { ...wanted, watch: null, tv: wanted.room === null ? null : wanted.tv }
      return wanted.room === null ? { ...wanted, tv: null, watch: { link: intent.link, at: 'live', back: 0 } } : wanted
    case 'pause':
      return wanted.room === null ? watching(wanted, ({ at }) => ({ at: intent.on ? 'paused' : at === 'paused' ? 'behind' : at })) : wanted
    default:
      return unreachable(intent)
  }
}

const watching = (wanted: Wanted, to: (now: Watching) => Partial<Watching>): Wanted =>
  wanted.watch === null ? wanted : { ...wanted, watch: { ...wanted.watch, ...to(wanted.watch) } }

/**
 * The wish after a restart. A short absence (a crash, a watchdog) goes back to the call; after a longer one, or when
 * the clock cannot be believed (it went back), nobody may still be expecting a camera: only what is silent is kept.
 */
export function afterRestart(saved: Wanted, awayFor: Ms): Wanted {
  if (awayFor < 0 || awayFor > seconds(60)) return { ...saved, ...nowhere, declined: null, watch: null }
  return watching({ ...saved, replay: 0 }, () => ({ at: 'live', back: 0 }))
}

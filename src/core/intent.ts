// intent.ts — everything that may be asked of the box, by anyone, in any way.
//
// The command line, a button, the TV remote, MQTT, the phone page and Home Assistant all end up here.
import * as z from 'zod'
import { ID, type PeerId, type RoomSecret, SECRET } from './id.ts'

const room = z
  .string()
  .regex(SECRET)
  .transform((s) => s as RoomSecret)
const peer = z
  .string()
  .regex(ID)
  .transform((s) => s as PeerId)

/** Where the broker of a room is: the origin of the box or server whose link it was; null: our own. */
export const At = z
  .string()
  .max(200)
  .regex(/^https?:\/\/[^/\s@]+$/)
  .nullable()

/** The link by which a broadcast is watched, with its key behind # where it has one (wire/watch-link.ts reads it). */
export const WatchAddress = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s/?#@]+\/w\/[0-9a-zA-Z]{26}\/?([?#]\S*)?$/)

/** How people in a call are shown. auto: a grid, and who speaks long is large from three people on. */
export const Layout = z.enum(['auto', 'grid', 'speaker'])
export type Layout = z.output<typeof Layout>

export const Intent = z.discriminatedUnion('want', [
  /** Into a room. phone: sound only; the camera stays closed and the TV as it is. */
  z.strictObject({ want: z.literal('join'), room, at: At.optional(), phone: z.boolean().optional() }),
  /** Into the box's own room. */
  z.strictObject({ want: z.literal('come home'), phone: z.boolean().optional() }),
  /** Calls somebody of the contacts: we go to their door, and their box rings. */
  z.strictObject({ want: z.literal('ring'), contact: peer, phone: z.boolean().optional() }),
  /** Lets in who rings; nothing when nobody does. */
  z.strictObject({ want: z.literal('answer'), phone: z.boolean().optional() }),
  /** Tells who rings that we do not come; nothing when nobody does. */
  z.strictObject({ want: z.literal('decline') }),
  z.strictObject({ want: z.literal('leave') }),
  z.strictObject({ want: z.literal('mute'), muted: z.boolean() }),
  z.strictObject({ want: z.literal('camera'), on: z.boolean() }),
  z.strictObject({ want: z.literal('volume'), percent: z.int().min(0).max(100) }),
  z.strictObject({ want: z.literal('layout'), layout: Layout }),
  /** The TV set: on with our picture, or back to how it was. */
  z.strictObject({ want: z.literal('tv'), on: z.boolean() }),
  /** Do not disturb: nobody rings, calls are noted as missed. */
  z.strictObject({ want: z.literal('quiet'), on: z.boolean() }),
  /** The call goes out to everybody with the watch link, or no longer. In no call: the box goes into its own room first. */
  z.strictObject({ want: z.literal('live'), on: z.boolean(), private: z.boolean().optional() }),
  /** Only who has the key in the watch link sees the broadcast, the next one or that of now, which then begins anew. */
  z.strictObject({ want: z.literal('private'), on: z.boolean() }),
  /** While somebody else broadcasts this call, our own camera and microphone are kept here as they were before the network, or no longer. */
  z.strictObject({ want: z.literal('tracks'), on: z.boolean() }),
  /** What was said before, on our own TV: half a minute back, and with each further time half a minute more. Also of a broadcast that is watched. */
  z.strictObject({ want: z.literal('again') }),
  /** Back to the call, or the broadcast, as it is now. */
  z.strictObject({ want: z.literal('now') }),
  /** A broadcast of elsewhere on our own TV; null: none any more. In a call nothing else is watched. */
  z.strictObject({ want: z.literal('watch'), link: WatchAddress.nullable() }),
  /** The broadcast stands still, or goes on from there. */
  z.strictObject({ want: z.literal('pause'), on: z.boolean() }),
])
export type Intent = z.output<typeof Intent>

// remote-network.ts — what a phone is told of the box's network, and what it may ask of it.
import * as z from 'zod/mini'

const Seen = z.object({
  ssid: z.string().check(z.maxLength(32)),
  /** 0 to 100. */
  signal: z.number(),
  lock: z.enum(['open', 'password', 'company', 'old']),
  kept: z.boolean(),
})

/** How the box is connected; null: its network is not Parlor's to set up. */
export const RemoteNetwork = z.nullable(
  z.object({
    wired: z.boolean(),
    /** The Wi-Fi it is in; null: none. */
    wifi: z.nullable(z.string()),
    radio: z.enum(['none', 'off', 'on']),
    /** A network that is being tried, and the last that did not work. */
    trying: z.nullable(z.string()),
    failed: z.nullable(z.object({ ssid: z.string(), why: z.string() })),
    /** In the air, where that was asked for. */
    seen: z.array(Seen).check(z.maxLength(100)),
  }),
)
export type RemoteNetwork = z.output<typeof RemoteNetwork>

/** look: what is in the air is heard first, which takes some seconds. */
export const NetworkAbout = z.strictObject({ look: z.boolean() })
/** password: null for an open network, or one that the box knows. */
export const JoinAbout = z.strictObject({
  ssid: z.string().check(z.minLength(1), z.maxLength(32)),
  password: z.nullable(z.string().check(z.maxLength(64))),
  hidden: z.boolean(),
})

// remote-update.ts — what a phone knows of the box's update, and what it may say to it.
import * as z from 'zod/mini'
import { UPDATE_IS, UPDATE_ORDERS } from '../core/update.ts'

export const RemoteUpdate = z.object({
  is: z.enum(UPDATE_IS),
  /** How it stands, in the language of the box. */
  says: z.string(),
  /** What is new, in the language of the box; empty: nothing is known of that. */
  notes: z.string(),
  /** Of 100, while something is fetched or installed. */
  percent: z.nullable(z.number()),
  /** What can be said to it now. */
  orders: z.array(z.enum(UPDATE_ORDERS)).check(z.maxLength(UPDATE_ORDERS.length)),
})
export type RemoteUpdate = z.output<typeof RemoteUpdate>

/** What an order needs. */
export const UpdateAbout = z.strictObject({ order: z.enum(UPDATE_ORDERS) })

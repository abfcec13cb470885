// debounce.ts — which of a contact's many edges are a press. Pure; time comes in, nothing waits here.
//
//   level ──┐┌┐┌──────────┐┌┐┌─────      a contact bounces for some ms when it closes and when it opens.
//           └┘└┘          └┘└┘           It is believed when it has been still for `steady`.
//
// Nothing is lost: a level that holds for `steady` is always told, also when edges of it were missed, for the line itself
// is read once more when the time is up. Nothing is doubled: only a level other than the last told one is told.
// `steady` may differ for on and off: what must act at once (a privacy switch that shuts) has 0 for that side.
import type { Ms } from '../lib/unit.ts'

export type Steady = { readonly on: Ms; readonly off: Ms }
export type Contact = {
  /** The level last told. */
  readonly told: boolean
  /** The level last seen, and since when it has been so. */
  readonly seen: boolean
  readonly since: Ms
}

export const contactAt = (on: boolean, now: Ms): Contact => ({ told: on, seen: on, since: now })

/**
 * The line is, or may be, at this level now: after each edge, and when `wait` is over.
 * @param restless an edge was seen, so time counts anew even if the level is the same as before (both edges of a bounce came as one)
 */
export function see(contact: Contact, on: boolean, now: Ms, restless: boolean): Contact {
  return on !== contact.seen || restless ? { told: contact.told, seen: on, since: now } : contact
}

/** What follows now: `tell` a new level (or null), and `wait` so long before the line must be read again (null: until the next edge). */
export function settle(contact: Contact, now: Ms, steady: Steady): { contact: Contact; tell: boolean | null; wait: Ms | null } {
  if (contact.seen === contact.told) return { contact, tell: null, wait: null }
  const left = (contact.since + (contact.seen ? steady.on : steady.off) - now) as Ms
  if (left > 0) return { contact, tell: null, wait: left }
  return { contact: { ...contact, told: contact.seen }, tell: contact.seen, wait: null }
}

// emphasis.ts — who is shown large: whoever speaks long enough, so that tiles do not jump at every cough. Pure.
import type { Ms } from '../lib/unit.ts'
import type { Seat } from './scene.ts'

export type Emphasis = {
  /** Who is large now; null: nobody yet. */
  readonly large: Seat | null
  /** Who is about to be, and since when they have spoken without another. */
  readonly next: Seat | null
  readonly since: Ms
}
export const nobodyLarge: Emphasis = { large: null, next: null, since: 0 as Ms }

/** One must be the only new voice for this long before the picture changes. */
export const DWELL = 2000 as Ms

/**
 * Ask again whenever who speaks changes, and while `next` is somebody, every half second or so.
 * @param speaking who speaks now  @param present who is in the call: who is large stays so in silence, but not after leaving
 */
export function emphasis(was: Emphasis, speaking: ReadonlySet<Seat>, present: readonly Seat[], now: Ms): Emphasis {
  const large = was.large !== null && present.includes(was.large) ? was.large : null
  const still = { large, next: null, since: now }
  if (large !== null && speaking.has(large)) return still
  const voices = present.filter((seat) => speaking.has(seat))
  const next = was.next !== null && voices.includes(was.next) ? was.next : (voices[0] ?? null)
  if (next === null) return still
  if (next !== was.next) return { large, next, since: now }
  return now - was.since >= DWELL ? { large: next, next: null, since: now } : { large, next, since: was.since }
}

// speech.ts — who speaks, from levels measured ten times a second.
//
// Pure: a sound counts as speech when it is well over the quiet of the last seconds, begins at once, and ends only
// after a pause, so that a mark on the TV does not flicker between two words.
import type { Ms } from '../lib/unit.ts'

export type Ear = { readonly speaking: boolean; readonly quiet: number; readonly heardAt: Ms }
/** A fresh ear: nothing heard yet, and a quiet level that a living room is sure to be over. */
export const deaf: Ear = { speaking: false, quiet: -60, heardAt: Number.NEGATIVE_INFINITY as Ms }

const OVER = 12
const LOUD_ENOUGH = -50
const PAUSE = 800

/**
 * What the ear makes of one more level.
 * @param level dBFS, RMS over 100 ms; -Infinity is digital silence  @param now any monotonic time
 */
export function hear(ear: Ear, level: number, now: Ms): Ear {
  const bounded = Math.max(level, -90)
  // The quiet follows a fall quickly and a rise slowly (3 dB a second): speech must not become the new quiet.
  const quiet = bounded < ear.quiet ? ear.quiet + (bounded - ear.quiet) * 0.3 : Math.min(ear.quiet + 0.3, bounded)
  const voice = bounded > Math.max(LOUD_ENOUGH, Math.min(quiet, -30) + OVER)
  const heardAt = voice ? now : ear.heardAt
  return { speaking: now - heardAt < PAUSE, quiet, heardAt }
}

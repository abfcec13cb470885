// speech.ts — does somebody speak? Pure: loudness in, yes or no out. The box and the pages listen alike.
//
// The quiet of the room is learned: it falls at once and rises slowly, so a fan is quiet and a voice is not.

export type Speech = { readonly speaking: boolean; readonly quiet: number; readonly loudFor: number; readonly lastLoud: number }

export const SILENCE: Speech = { speaking: false, quiet: -60, loudFor: 0, lastLoud: Number.NEGATIVE_INFINITY }

const ABOVE_QUIET_DB = 12
const NEVER_BELOW_DB = -50
const ALWAYS_ABOVE_DB = -22
/** One click of a mouse is not speech; a breath between two words does not end it. */
const BEGINS_AFTER_MS = 120
const ENDS_AFTER_MS = 700
const RISE_DB_PER_S = 3

/** @param level dBFS  @param at milliseconds of a clock  @param since milliseconds since the last call */
export function hear(before: Speech, level: number, at: number, since: number): Speech {
  const quiet = Math.max(-90, Math.min(level, before.quiet + (RISE_DB_PER_S * since) / 1000))
  const loud = level > ALWAYS_ABOVE_DB || (level > NEVER_BELOW_DB && level > before.quiet + ABOVE_QUIET_DB)
  const loudFor = loud ? before.loudFor + since : 0
  const lastLoud = loud ? at : before.lastLoud
  const speaking = before.speaking ? at - lastLoud < ENDS_AFTER_MS : loudFor >= BEGINS_AFTER_MS
  return { speaking, quiet, loudFor, lastLoud }
}

// speech.ts — does somebody speak at our microphone? Pure: loudness in, yes or no out.
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

/** Loudness of samples between -1 and 1, in dBFS; -100 for nothing at all. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 || sum === 0 ? -100 : Math.max(-100, 10 * Math.log10(sum / samples.length))
}

/** 0 to 1 for a meter that people read: -60 dBFS is empty, -6 dBFS is full. */
export function meter(level: number): number {
  return Math.max(0, Math.min(1, (level + 60) / 54))
}

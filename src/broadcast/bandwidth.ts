// bandwidth.ts — what a player is told that a track takes: measured on what is listed of it, within what its encoder may take. Pure.
//
// hls.js (1.7) chooses its picture by these two numbers. Without the mean it takes the most for it, finds its first part too slow before it has asked
// for it, and begins with the poorest picture, more than half a second later. With what the encoder may take at most (six times as much as it does, where nobody
// moves) it finds the picture too large for what it measures on small parts, goes to a smaller one and back, and loses a second of picture each time.
import { lengthOf, type Track } from './live.ts'

/**
 * Bits per second: BANDWIDTH and AVERAGE-BANDWIDTH (RFC 8216bis 4.4.6.2, where the first is to be that "of a representative period of similar content").
 * There is no mean before a first segment is whole.
 */
export type Bandwidth = { readonly most: number; readonly mean: number | null }
export const NOTHING: Bandwidth = { most: 0, mean: 0 }

/** A peak of what comes may be so many times the peak of what was. */
const MORE = 1.25
/** Of what the encoder may take at most, this much is said at least: who comes while nobody moves reads the list only once. */
const LEAST = 1 / 3
/** Neighbours that are looked at together for a peak: short segments lie beside breaks only. */
const PEAK_OF = 3

/** @param target the target duration of its playlist, seconds */
export function bandwidthOf({ segments, description }: Track, target: number): Bandwidth {
  const { bandwidth, timescale } = description
  const listed = segments
    .filter(({ isWhole }) => isWhole)
    .map((segment) => ({
      bits: segment.parts.reduce((sum, { object }) => sum + object.size * 8, 0),
      seconds: lengthOf(segment, timescale),
    }))
  const all = together(listed)
  if (all.seconds === 0) return { most: bandwidth, mean: null }
  const mean = all.bits / all.seconds
  const peak = peakOf(listed, target) ?? mean
  return { most: Math.round(Math.min(bandwidth, Math.max(peak * MORE, bandwidth * LEAST))), mean }
}

type Listed = { readonly bits: number; readonly seconds: number }
const together = (all: readonly Listed[]): Listed =>
  all.reduce((sum, { bits, seconds }) => ({ bits: sum.bits + bits, seconds: sum.seconds + seconds }), { bits: 0, seconds: 0 })

/** The peak segment bit rate (RFC 8216bis 1: of neighbours that last half a target duration together, and at most one and a half); null: none do. */
function peakOf(listed: readonly Listed[], target: number): number | null {
  const rates = listed.flatMap((_, first) => {
    const rows = listed.slice(first, first + PEAK_OF).map((_, more) => together(listed.slice(first, first + more + 1)))
    return rows.filter(({ seconds }) => seconds >= target / 2 && seconds <= target * 1.5).map(({ bits, seconds }) => bits / seconds)
  })
  return rates.length > 0 ? Math.max(...rates) : null
}

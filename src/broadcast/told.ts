// told.ts — which lines of the manifest answer an ask: what follows an entry, or what is needed to watch from a time on. Pure.
import type { Entry } from '../wire/manifest.ts'

/** Where an entry stands. */
export type Place = { readonly run: number; readonly number: number }
/** An entry as a line of text, with what is needed to find it. */
export type Told = Place & {
  readonly text: string
  /** When it was signed, ms since 1970. */
  readonly at: number
  /** The tracks that begin a segment in it. */
  readonly begins: readonly number[]
  readonly tracks: readonly number[]
  /** The newest segment that a part of it belongs to; -1: it brings no part. */
  readonly segment: number
}

export const tell = ({ run, number, at, parts }: Entry, text: string): Told => ({
  run,
  number,
  at,
  text,
  begins: parts.filter(({ firstOfSegment }) => firstOfSegment).map(({ track }) => track),
  tracks: parts.map(({ track }) => track),
  segment: Math.max(-1, ...parts.map((part) => part.segment)),
})

/** Does one stand behind the other? */
export const follows = (one: Place, other: Place): boolean => one.run > other.run || (one.run === other.run && one.number > other.number)
export const isAt = (one: Place, other: Place): boolean => one.run === other.run && one.number === other.number

/**
 * The lines of an answer.
 * @param lines without a gap, oldest first @param after what follows this one; null: all that is needed to begin
 * @param from to begin at this time, ms since 1970; null: at the newest
 */
export function tellFrom<T extends Told>(lines: readonly T[], after: Place | null, from: number | null): readonly T[] {
  if (after) return lines.slice(lines.findLastIndex((line) => !follows(line, after)) + 1)
  return lines.slice(beginOf(lines, from))
}

/** Where one must begin to have every track from the beginning of a segment: no later than the time, where that can be. */
function beginOf(lines: readonly Told[], from: number | null): number {
  const until = from === null ? lines.length - 1 : lines.findLastIndex(({ at }) => at <= from)
  const last = lines[Math.max(0, until)]
  if (!last) return 0
  const near = lines.slice(Math.max(0, until - NEAR), until + NEAR)
  const missing = new Set(near.filter(({ run }) => run === last.run).flatMap(({ tracks }) => tracks))
  for (let i = Math.max(0, until); i >= 0; i--) {
    const line = lines[i]
    if (!line || line.run !== last.run) return i + 1
    for (const track of line.begins) missing.delete(track)
    if (missing.size === 0) return i
  }
  return 0
}

/** Lines among which every track appears. */
const NEAR = 30

// timeline.ts — where in the player a part belongs, and which wall-clock time the player shows. Pure.
//
// A player counts seconds. Here second 0 is EPOCH before the first part of a stretch, so a place in it is about a time of day; within a run, parts stand
// where their own times say, and a new run goes where its date says, but never before what is there.
import type { TrackPart } from '../../../wire/manifest.ts'

type Note = { readonly from: number; readonly to: number; readonly at: number }
export type Timeline = {
  /** Wall clock at the player's second 0, ms since 1970; null: nothing yet. */
  readonly zero: number | null
  readonly run: number
  /** What is added to a part's own time, seconds. */
  readonly offset: number
  readonly end: number
  readonly notes: readonly Note[]
}

export const emptyTimeline: Timeline = { zero: null, run: -1, offset: 0, end: 0, notes: [] }

/** The player's second of what comes first. */
export const EPOCH = 1000
/** Notes kept: some minutes of parts. */
const NOTES = 1500

/** @param part the next one of any track  @param timescale ticks a second of its track */
export function place(
  line: Timeline,
  part: TrackPart,
  run: number,
  timescale: number,
): { readonly line: Timeline; readonly offset: number } {
  const zero = line.zero ?? part.at - EPOCH * 1000
  const start = part.start / timescale
  const isNewRun = run !== line.run
  const meant = (part.at - zero) / 1000
  const offset = isNewRun ? Math.max(meant, line.end) - start : line.offset
  const [from, to] = [start + offset, start + offset + part.duration / timescale]
  const notes = [...line.notes, { from, to, at: part.at }].slice(-NOTES)
  return { line: { zero, run, offset, end: Math.max(line.end, to), notes }, offset }
}

/** Wall clock of a second of the player, ms since 1970. */
export function wallOf({ zero, notes }: Timeline, second: number): number | null {
  const note = notes.findLast(({ from }) => from <= second) ?? notes[0]
  if (note) return note.at + (second - note.from) * 1000
  return zero === null ? null : zero + second * 1000
}

/** The player's second of a wall-clock time. */
export function secondOf({ zero, notes }: Timeline, wall: number): number | null {
  const note = notes.findLast(({ at }) => at <= wall) ?? notes[0]
  if (note) return note.from + (wall - note.at) / 1000
  return zero === null ? null : (wall - zero) / 1000
}

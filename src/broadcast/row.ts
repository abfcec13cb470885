// row.ts — the segments that the playlist of a track lists: its own, and while a rendition is not made, those of the picture that always is. Pure.
//
// Who goes to a rendition must not wait for it: a player fetches nothing else meanwhile, and has half a second in hand. So it is given the full picture
// until there is a smaller one. What was in the list as the other's stays the other's, also when its own comes after all.
import type { Description } from '../wire/manifest.ts'
import { isResting, type Live, lengthOf, nextPart, type Segment, standIn, type Track } from './live.ts'

/** One segment of a row, and of which picture it is. */
export type Shown = { readonly description: Description; readonly segment: Segment }

export function rowOf(live: Live, track: Track): readonly Shown[] {
  const lead = standIn(live.tracks, track)
  if (!lead) return track.segments.map(shownAs(track))
  const own = new Map(track.segments.map((segment) => [segment.number, segment]))
  const last = track.segments.at(-1)?.number ?? Number.POSITIVE_INFINITY
  const rests = isResting(live, track)
  // While it is made, its next segment may begin a moment later than the other's, which is not shown then.
  const listed = lead.segments.filter(({ number }) => number <= last || rests)
  const newest = lead.segments.at(-1)?.number ?? Number.POSITIVE_INFINITY
  return [
    ...listed.map((beside) => {
      const mine = own.get(beside.number)
      return mine && !mine.isReplaced ? shownAs(track)(mine) : shownAs(lead)(beside)
    }),
    ...track.segments.filter(({ number, isReplaced }) => number > newest && !isReplaced).map(shownAs(track)),
  ]
}

/** The part that comes next in a row: of which picture, and its number. Null when nothing was there yet. */
export function nextOf(track: Track, row: readonly Shown[]): { readonly description: Description; readonly sequence: number } | null {
  const last = row.at(-1)
  if (!last) return null
  const { description, segment } = last
  // When the other's segment is over, its own next one comes.
  const isOver = segment.isWhole && description !== track.description
  const goesOn = isOver ? track : { description, segments: [segment] }
  const sequence = nextPart(goesOn)
  return sequence === null ? null : { description: goesOn.description, sequence }
}

/** The newest segment of the row; hundreds who wait ask for it at every part, so the row is made only where it has to be. */
export function newestOf(live: Live, track: Track): Segment | null {
  const last = track.segments.at(-1)
  const isOwn = standIn(live.tracks, track) === null || (last && !last.isReplaced && !isResting(live, track))
  return (isOwn ? last : rowOf(live, track).at(-1)?.segment) ?? null
}

/** Segments after a break that came before a row: EXT-X-DISCONTINUITY-SEQUENCE. */
export const breaksBefore = (live: Live, track: Track): number => (standIn(live.tracks, track) ?? track).breaksBefore

export const secondsOf = ({ description, segment }: Shown): number => lengthOf(segment, description.timescale)

const shownAs =
  ({ description }: Track) =>
  (segment: Segment): Shown => ({ description, segment })

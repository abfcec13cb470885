// live.ts — a program as it stands now, rebuilt from its verified entries alone: tracks, segments, parts. The origin has one, a relay has one.
//
// A plain value with one way to change: `take` gives the next state and shares what did not change. It holds names and promises, never bytes,
// and only so many segments; older ones are the store's.
import type { Description, Entry, TrackPart } from '../wire/manifest.ts'
import type { ObjectPromise } from '../wire/object.ts'

export type Segment = {
  readonly number: number
  readonly afterBreak: boolean
  /** The header that its parts need. */
  readonly init: ObjectPromise
  readonly parts: readonly TrackPart[]
  /** Nothing more will come. */
  readonly isWhole: boolean
}
export type Track = {
  readonly track: number
  readonly description: Description
  readonly init: ObjectPromise
  readonly segments: readonly Segment[]
  /** Segments after a break that were let go: EXT-X-DISCONTINUITY-SEQUENCE. */
  readonly breaksBefore: number
}
export type Live = {
  readonly run: number
  /** How many entries were taken: another number, another state. */
  readonly version: number
  /** Of the last entry, ms since 1970. */
  readonly at: number
  readonly hasEnded: boolean
  readonly tracks: readonly Track[]
}

export const nothingYet: Live = { run: 0, version: 0, at: 0, hasEnded: false, tracks: [] }

/** @param entry verified, the next one of its program @param keep segments a track may have at most */
export function take(live: Live, entry: Entry, keep: number): Live {
  const isNewRun = entry.run !== live.run
  const described = entry.inits.reduce<readonly Track[]>((all, { track, description, object }) => {
    const before = all.find((each) => each.track === track)
    const after: Track = { ...(before ?? { track, segments: [], breaksBefore: 0 }), description, init: object }
    return [...all.filter((each) => each.track !== track), after].sort((a, b) => a.track - b.track)
  }, live.tracks)
  const lead = leadOf(described)
  const newest = Math.max(0, ...entry.parts.map(({ segment }) => segment))
  const tracks = described.map((each) => {
    const part = entry.parts.find(({ track }) => track === each.track)
    const grown = part ? withPart(each, part, keep, isNewRun, lead) : withoutOld(each, newest - keep + 1)
    return entry.isLast ? { ...grown, segments: grown.segments.map(whole) } : grown
  })
  return { run: entry.run, version: live.version + 1, at: entry.at, hasEnded: entry.isLast, tracks }
}

/** What comes next does not follow what was here: of what was, only the names of the tracks stay. */
export const skipped = (live: Live): Live => ({
  ...live,
  version: live.version + 1,
  tracks: live.tracks.map((each) => ({
    ...each,
    segments: [],
    breaksBefore: each.breaksBefore + each.segments.filter(({ afterBreak }) => afterBreak).length,
  })),
})

const whole = (segment: Segment): Segment => (segment.isWhole ? segment : { ...segment, isWhole: true })

/** The picture that is always there, of which others are renditions. */
const leadOf = (tracks: readonly Track[]): Track | null => tracks.find(({ description }) => description.kind === 'video') ?? null

/** A rendition that rests keeps nothing that the others have let go. */
const withoutOld = (track: Track, before: number): Track =>
  (track.segments.at(-1)?.number ?? before) < before ? { ...track, segments: [] } : track

/**
 * Does nothing of this track come just now? So a rendition that nobody watches; its playlist stands still until it is made again.
 * It is asked of the picture, which goes on always.
 */
export function isResting({ tracks }: Live, track: Track): boolean {
  const newest = leadOf(tracks)?.segments.at(-1)
  const last = track.segments.at(-1)
  return newest !== undefined && (last === undefined || last.number < newest.number - 1)
}

/** Is there something in its playlist that a player can begin with? In the first picture and in sounds there always is; what is not there at all is no matter of waiting. */
export function isPlayable(live: Live, name: string): boolean {
  const track = trackNamed(live, name)
  if (track?.description.kind !== 'video' || track === leadOf(live.tracks)) return true
  return !isResting(live, track) && track.segments.some(({ isWhole }) => isWhole)
}

function withPart(track: Track, part: TrackPart, keep: number, isNewRun: boolean, lead: Track | null): Track {
  const last = track.segments.at(-1)
  if (last && last.number === part.segment && !part.firstOfSegment)
    return { ...track, segments: [...track.segments.slice(0, -1), { ...last, parts: [...last.parts, part] }] }
  // Nobody can play the rest of a segment: who comes in the middle of one waits for the next.
  if (!part.firstOfSegment) return track
  // Numbers of segments count one by one in playlists. Where some are missing (another run), those from before cannot stay.
  const before = last && part.segment === last.number + 1 ? track.segments.map(whole) : []
  const afterBreak = part.afterBreak || (isNewRun && before.length > 0)
  const all = [...before, { number: part.segment, afterBreak, init: track.init, parts: [part], isWhole: false }]
  const gone = all.slice(0, Math.max(0, all.length - keep))
  const lost = last && before.length === 0 ? track.segments : []
  const breaks = [...lost, ...gone].filter((each) => each.afterBreak).length
  // What begins now counts the breaks that it was not there for, too: the same number is the same time in all tracks.
  const breaksBefore =
    before.length === 0 && lead && lead.track !== track.track ? breaksUntil(lead, part.segment) : track.breaksBefore + breaks
  return { ...track, segments: all.slice(gone.length), breaksBefore }
}

const breaksUntil = (lead: Track, segment: number): number =>
  lead.breaksBefore + lead.segments.filter(({ number, afterBreak }) => afterBreak && number < segment).length

export const trackNamed = (live: Live, name: string): Track | null =>
  live.tracks.find(({ description }) => description.name === name) ?? null

/** Seconds. */
export const lengthOf = (segment: Segment, timescale: number): number =>
  segment.parts.reduce((sum, { duration }) => sum + duration, 0) / timescale

/** What the next part will be: of which segment, and where in it. @param partsOfSegment null while it is not known that the segment is over */
export function nextPart(track: Track): { readonly segment: number; readonly part: number; readonly sequence: number } | null {
  const last = track.segments.at(-1)
  const part = last?.parts.at(-1)
  return last && part ? { segment: last.number, part: last.parts.length, sequence: part.sequence + 1 } : null
}

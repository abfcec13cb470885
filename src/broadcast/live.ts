// live.ts — a program as it stands now, rebuilt from its verified entries alone: tracks, segments, parts. The origin has one, a relay has one.
//
// A plain value with one way to change: `take` gives the next state and shares what did not change. It holds names and promises, never bytes,
// and only so many segments; older ones are the store's.
import type { Description, Entry, TrackPart } from '../wire/manifest.ts'
import type { ObjectPromise } from '../wire/object.ts'

export type Segment = {
  readonly number: number
  readonly afterBreak: boolean
  /** Of a rendition: playlists had another picture in its place already (row.ts). */
  readonly isReplaced: boolean
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
  /** The last segment in whose place another picture stood, while this one was not made; -1: none. */
  readonly replacedUntil: number
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
    const after: Track = { ...(before ?? { track, segments: [], breaksBefore: 0, replacedUntil: -1 }), description, init: object }
    return [...all.filter((each) => each.track !== track), after].sort((a, b) => a.track - b.track)
  }, live.tracks)
  const newest = Math.max(0, ...entry.parts.map(({ segment }) => segment))
  const tracks = described.map((each) => {
    const part = entry.parts.find(({ track }) => track === each.track)
    const grown = part ? withPart(each, part, keep, isNewRun, described) : withoutOld(each, newest - keep + 1)
    return entry.isLast ? { ...grown, segments: grown.segments.map(whole) } : grown
  })
  return {
    run: entry.run,
    version: live.version + 1,
    at: entry.at,
    hasEnded: entry.isLast,
    tracks: tracks.map((each) => replaced(each, tracks)),
  }
}

/** While a rendition rests, playlists have the lead in its place (row.ts): what there was of it is over, and what comes late is not shown. */
function replaced(track: Track, tracks: readonly Track[]): Track {
  const newest = standIn(tracks, track)?.segments.at(-1)
  if (!newest || !isResting({ tracks }, track)) return track
  return { ...track, segments: track.segments.map(whole), replacedUntil: newest.number }
}

/** The picture that is shown while this one is not made; null: this one always is, or is none. */
export function standIn(tracks: readonly Track[], track: Track): Track | null {
  const lead = leadOf(tracks)
  return track.description.kind === 'video' && track.track !== lead?.track ? lead : null
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
 * Does nothing of this track come just now? So a rendition that nobody watches (its playlist has another picture meanwhile: row.ts).
 * It is asked of the picture, which goes on always.
 */
export function isResting({ tracks }: Pick<Live, 'tracks'>, track: Track): boolean {
  const newest = leadOf(tracks)?.segments.at(-1)
  const last = track.segments.at(-1)
  return newest !== undefined && (last === undefined || last.number < newest.number - 1)
}

function withPart(track: Track, part: TrackPart, keep: number, isNewRun: boolean, tracks: readonly Track[]): Track {
  const lead = leadOf(tracks)
  const last = track.segments.at(-1)
  if (last && last.number === part.segment && !part.firstOfSegment) {
    // It came so late that its segment was said to be over.
    if (last.isWhole) return track
    return { ...track, segments: [...track.segments.slice(0, -1), { ...last, parts: [...last.parts, part] }] }
  }
  // Nobody can play the rest of a segment: who comes in the middle of one waits for the next.
  if (!part.firstOfSegment) return track
  // Numbers of segments count one by one in playlists. Where some are missing (another run), those from before cannot stay; of a picture that rested they
  // can: another fills the gap (row.ts).
  const stays = last && (part.segment === last.number + 1 || (part.segment > last.number && standIn(tracks, track) !== null))
  const before = stays ? track.segments.map(whole) : []
  const afterBreak = part.afterBreak || (isNewRun && before.length > 0)
  const isReplaced = part.segment <= track.replacedUntil
  const all = [...before, { number: part.segment, afterBreak, isReplaced, init: track.init, parts: [part], isWhole: false }]
  const gone = all.filter(({ number }) => number <= part.segment - keep)
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

/** The number of the part that comes next; null: nothing was there yet. */
export function nextPart({ segments }: Pick<Track, 'segments'>): number | null {
  const part = segments.at(-1)?.parts.at(-1)
  return part ? part.sequence + 1 : null
}

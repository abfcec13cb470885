// stretch.ts — where a program begins to be shown: which tracks, from which keyframe, at which of its times. Pure.
import type { Entry, TrackInit, TrackPart } from '../../wire/manifest.ts'

export type Tracks = { readonly video: TrackInit; readonly audio: TrackInit }
export type Begin = Tracks & {
  /** Index of the entry with the keyframe. */
  readonly entry: number
  /** The keyframe's part: places on the wall clock count from it. */
  readonly anchor: TrackPart
  /** What is to be seen first, ns of the program. */
  readonly zero: number
}

/** ns. */
export const timeOf = (ticks: number, { description }: TrackInit): number => (ticks / description.timescale) * 1e9
/** When a time of the program was, ms since 1970. */
export const wallOf = ({ video, anchor }: Pick<Begin, 'video' | 'anchor'>, time: number): number =>
  anchor.at + (time - timeOf(anchor.start, video)) / 1e6

/** A picture and a sound that a TV takes: of several pictures the best, or so many below it. Null: there are none. */
export function tracksIn(inits: Iterable<TrackInit>, below: number): Tracks | null {
  const all = [...inits]
  const pictures = all
    .filter(({ description: { kind, codecs } }) => kind === 'video' && codecs.startsWith('avc1.'))
    .sort((a, b) => b.description.bandwidth - a.description.bandwidth)
  const video = pictures[Math.min(below, pictures.length - 1)]
  const audio = all.find(({ description: { kind, codecs } }) => kind === 'audio' && codecs === 'mp4a.40.2')
  return video && audio ? { video, audio } : null
}

/** Whether with this entry another stream begins, that cannot be played on from what is played. */
export const breaks = ({ run, inits, parts }: Entry, { video, audio }: Tracks, of: number): boolean =>
  run !== of ||
  inits.some((init) => [video, audio].some((ours) => ours.track === init.track && ours.object.name !== init.object.name)) ||
  parts.some(({ track, afterBreak }) => track === video.track && afterBreak)

/**
 * Where to begin in these entries; null: no keyframe is in them yet.
 * @param where a time, ms since 1970, or the newest, and so many ms before it
 */
export function beginIn(entries: readonly Entry[], where: number | 'newest', tracks: Tracks, before: number): Begin | null {
  const { video } = tracks
  const run = (where === 'newest' ? entries.at(-1) : (entries.find(({ at }) => at >= where) ?? entries.at(-1)))?.run
  const all = entries.flatMap((entry, i) => {
    const part = entry.parts.find(({ track }) => track === video.track)
    return part && entry.run === run ? [{ entry: i, part }] : []
  })
  const last = all.at(-1)?.part
  if (!last) return null
  const end = last.at + (last.duration / video.description.timescale) * 1000
  const wanted = where === 'newest' ? end - before : Math.min(where, end - before)
  const cuts = all.findLastIndex(({ part }) => part.afterBreak && (where === 'newest' || part.at <= wanted))
  const keys = all.slice(Math.max(0, cuts)).filter(({ part }) => part.firstOfSegment && part.independent)
  const key = keys.findLast(({ part }) => part.at <= wanted) ?? keys[0]
  if (!key) return null
  const { entry, part: anchor } = key
  const zero = timeOf(anchor.start, video) + Math.max(0, wanted - anchor.at) * 1e6
  return { ...tracks, entry, anchor, zero }
}

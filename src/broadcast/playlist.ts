// playlist.ts — the playlists of a program: HLS with low latency (draft-pantos-hls-rfc8216bis), which older players read as ordinary HLS. Pure text.
//
// One playlist a track. Old players see whole segments and pass over the tags they do not know; new ones see the parts of the last
// segments, a hint of the part that comes next, and can have the list wait for it. Addresses are numbers, because a part that is hinted at has no
// hash yet; headers are named by their hash. Everything is relative, so a relay serves the same text.
import type { Description } from '../wire/manifest.ts'
import { captionGroups, captionsOfVariant, endingsOf } from './captions-list.ts'
import { isResting, type Live, lengthOf, type Track, trackNamed } from './live.ts'
import { breaksBefore, newestOf, nextOf, rowOf, type Shown, secondsOf } from './row.ts'

/** A part's address as the playlist of its track says it. */
const partPath = (track: Description, sequence: number): string => `${track.name}/${sequence}${endingsOf(track).part}`
const segmentPath = (track: Description, segment: number): string => `${track.name}/s${segment}${endingsOf(track).segment}`

/** Target durations for which parts stay in the list (4.4.4.9: not when they are more than three away from the end). */
const PARTS_FOR = 3
/**
 * In part targets (4.4.3.8: at least two, three at best). Half a second: the newest part, the one that is being made, and 100 ms for a line that is
 * not even. Players add what they take until they play, and go further back when they stood still.
 */
const PART_HOLD_BACK = 2.5
/** In target durations, both at least as many as 4.4.3.8 demands. */
const HOLD_BACK = 3
const CAN_SKIP = 6
/** A peak of what comes may be so many times the peak of what was. */
const MORE = 1.25
/** Of what the encoder may take at most, this much is said at least: who comes while nobody moves reads the list only once. */
const LEAST = 1 / 3
/** Neighbours that are looked at together for a peak: short segments lie beside breaks only. */
const PEAK_OF = 3
/** Only above it a frame rate has to be said (4.4.6.2). hls.js begins with the poorest picture when a poor one is said to have fewer frames. */
const SMOOTH = 30

const decimal = (seconds: number): string => String(Number(seconds.toFixed(5)))
/** 4.4.3.1: no segment, rounded, is longer. */
export const targetDuration = ({ segmentTarget, timescale }: Description): number => Math.max(1, Math.round(segmentTarget / timescale))
const partTarget = ({ partTarget: ticks, timescale }: Description): number => ticks / timescale

/** The multivariant playlist (4.4.6). @param query added to the addresses of the others, like `?seat=7` */
export function masterPlaylist(live: Live, query = ''): string {
  const videos = live.tracks.map(({ description }) => description).filter((each) => each.kind === 'video')
  const audios = live.tracks.map(({ description }) => description).filter((each) => each.kind === 'audio')
  const taken = new Map(live.tracks.map((track) => [track.description.name, takenBy(track)]))
  // A rendition that is not made yet is a smaller form of the first picture, and takes no more than that.
  const most = mostOf(videos[0], taken)
  const groups = audios.map(
    ({ name, channels }) =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${name}",NAME="${name}",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${channels}",URI="${name}.m3u8${query}"`,
  )
  const captions = captionsOfVariant(live)
  const variants = videos.flatMap((video) =>
    (audios.length > 0 ? audios : [null]).flatMap((audio) => {
      const codecs = [video.codecs, ...(audio ? [audio.codecs] : [])].join(',')
      const [picture, voice] = [taken.get(video.name), audio ? taken.get(audio.name) : NOTHING]
      const bandwidth = Math.min(most, mostOf(video, taken)) + mostOf(audio, taken)
      const mean = picture && voice ? `,AVERAGE-BANDWIDTH=${Math.min(bandwidth, Math.round(picture.mean + voice.mean))}` : ''
      const sound = audio ? `,AUDIO="${audio.name}"` : ''
      const rate = video.rate[0] / video.rate[1]
      const fps = rate > SMOOTH ? `,FRAME-RATE=${rate.toFixed(3)}` : ''
      const line = `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${mean},CODECS="${codecs}",RESOLUTION=${video.width}x${video.height}${fps}${sound}${captions}`
      return [line, `${video.name}.m3u8${query}`]
    }),
  )
  return text(['#EXTM3U', '#EXT-X-VERSION:10', '#EXT-X-INDEPENDENT-SEGMENTS', ...groups, ...captionGroups(live, query), ...variants])
}

/** Bits per second. */
type Taken = { readonly mean: number; readonly peak: number }
const NOTHING: Taken = { mean: 0, peak: 0 }

/**
 * What a track may take, bits per second. BANDWIDTH of what is still being made is to be that "of a representative period of similar content"
 * (4.4.6.2), so of what is listed, and a little more. With what the encoder may take at most in its place (six times as much, where nobody moves), hls.js (1.7)
 * finds the picture too large for what it measures on small parts, goes to a smaller one and back, and loses a second of picture each time.
 */
function mostOf(description: Description | null | undefined, taken: ReadonlyMap<string, Taken | null>): number {
  if (!description) return 0
  const { name, bandwidth } = description
  const peak = taken.get(name)?.peak ?? bandwidth
  return Math.round(Math.min(bandwidth, Math.max(peak * MORE, bandwidth * LEAST)))
}

/**
 * What a track really took, as far back as it is listed; null before its first segment is whole. Without the mean hls.js takes the most
 * for it, finds its first part too slow before it has asked for it, and begins with the poorest picture, more than half a second later.
 */
function takenBy({ segments, description }: Track): Taken | null {
  const listed = segments
    .filter(({ isWhole }) => isWhole)
    .map((segment) => ({
      bits: segment.parts.reduce((sum, { object }) => sum + object.size * 8, 0),
      seconds: lengthOf(segment, description.timescale),
    }))
  const all = together(listed)
  if (all.seconds === 0) return null
  return { mean: all.bits / all.seconds, peak: peakOf(listed, targetDuration(description)) ?? all.bits / all.seconds }
}

type Stretch = { readonly bits: number; readonly seconds: number }
const together = (all: readonly Stretch[]): Stretch =>
  all.reduce((sum, { bits, seconds }) => ({ bits: sum.bits + bits, seconds: sum.seconds + seconds }), { bits: 0, seconds: 0 })

/** The peak segment bit rate (1, of neighbours that are half a target duration long together, and at most one and a half); null: none are. */
function peakOf(listed: readonly Stretch[], target: number): number | null {
  const rates = listed.flatMap((_, first) => {
    const rows = listed.slice(first, first + PEAK_OF).map((_, more) => together(listed.slice(first, first + more + 1)))
    return rows.filter(({ seconds }) => seconds >= target / 2 && seconds <= target * 1.5).map(({ bits, seconds }) => bits / seconds)
  })
  return rates.length > 0 ? rates.reduce((a, b) => Math.max(a, b)) : null
}

export type PlaylistOptions = {
  /** Leave out what a player that asks often has already (`_HLS_skip=YES`). */
  readonly skip?: boolean
  /** Whether waiting for the next part is offered (it is not, where every connection is dear). */
  readonly block?: boolean
}

/** The media playlist of a track (4.4.2 to 4.4.5); null when there is no such track, or nothing in it yet. */
export function mediaPlaylist(live: Live, name: string, { skip = false, block = true }: PlaylistOptions = {}): string | null {
  const track = trackNamed(live, name)
  const row = track ? rowOf(live, track) : []
  const [first] = row
  if (!track || !first) return null
  const { description } = track
  const target = targetDuration(description)
  const skipped = skip ? skippable(row, CAN_SKIP * target) : 0
  const breaks = breaksBefore(live, track)
  const control = [
    ...(block ? ['CAN-BLOCK-RELOAD=YES'] : []),
    `CAN-SKIP-UNTIL=${decimal(CAN_SKIP * target)}`,
    `HOLD-BACK=${decimal(HOLD_BACK * target)}`,
    `PART-HOLD-BACK=${decimal(PART_HOLD_BACK * partTarget(description))}`,
  ]
  const withParts = withPartsFrom(row, PARTS_FOR * target)
  return text([
    '#EXTM3U',
    '#EXT-X-VERSION:10',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-SERVER-CONTROL:${control.join(',')}`,
    `#EXT-X-PART-INF:PART-TARGET=${decimal(partTarget(description))}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.segment.number}`,
    ...(breaks > 0 ? [`#EXT-X-DISCONTINUITY-SEQUENCE:${breaks}`] : []),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    ...row.flatMap((shown, i) => (i < skipped ? [] : linesOf(shown, row[i - 1] ?? null, i === skipped, i >= withParts))),
    ...(live.hasEnded ? ['#EXT-X-ENDLIST'] : ending(live, track, row)),
  ])
}

/** How many segments lie further back than so many seconds (4.4.5.2: the skip boundary); none when it does not pay. */
function skippable(row: readonly Shown[], boundary: number): number {
  let seconds = 0
  for (const [i, shown] of [...row.entries()].reverse()) {
    seconds += secondsOf(shown)
    if (seconds > boundary) return i
  }
  return 0
}

/** The first segment, counted from the oldest, whose parts are still listed. */
function withPartsFrom(row: readonly Shown[], seconds: number): number {
  let after = 0
  for (const [i, shown] of [...row.entries()].reverse()) {
    if (after >= seconds) return i + 1
    after += secondsOf(shown)
  }
  return 0
}

function linesOf(shown: Shown, before: Shown | null, isFirst: boolean, withParts: boolean): string[] {
  const { segment, description: track } = shown
  const { timescale } = track
  const [first] = segment.parts
  const parts = segment.parts.map(
    ({ sequence, duration, independent }) =>
      `#EXT-X-PART:DURATION=${decimal(duration / timescale)},URI="${partPath(track, sequence)}"${independent ? ',INDEPENDENT=YES' : ''}`,
  )
  return [
    ...(segment.afterBreak ? ['#EXT-X-DISCONTINUITY'] : []),
    ...(track.kind !== 'text' && (isFirst || before?.segment.init.name !== segment.init.name)
      ? [`#EXT-X-MAP:URI="../../o/${segment.init.name}"`]
      : []),
    ...(first ? [`#EXT-X-PROGRAM-DATE-TIME:${new Date(first.at).toISOString()}`] : []),
    ...(withParts ? parts : []),
    ...(segment.isWhole ? [`#EXTINF:${decimal(secondsOf(shown))},`, segmentPath(track, segment.number)] : []),
  ]
}

/** What comes next, and how far the other tracks are (4.4.5.3, 4.4.5.4). */
function ending(live: Live, track: Track, row: readonly Shown[]): string[] {
  const next = nextOf(track, row)
  const hint = next ? [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partPath(next.description, next.sequence)}"`] : []
  const reports = live.tracks.flatMap((other) => {
    if (other === track || (other.description.kind === 'text' && isResting(live, other))) return []
    const newest = newestOf(live, other)
    if (!newest) return []
    return [`#EXT-X-RENDITION-REPORT:URI="${other.description.name}.m3u8",LAST-MSN=${newest.number},LAST-PART=${newest.parts.length - 1}`]
  })
  return [...hint, ...reports]
}

const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`

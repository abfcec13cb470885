// playlist.ts — the playlists of a program: HLS with low latency (draft-pantos-hls-rfc8216bis), which older players read as ordinary HLS. Pure text.
//
// One playlist a track. Old players see whole segments and pass over the tags they do not know; new ones see the parts of the last
// segments, a hint of the part that comes next, and can have the list wait for it. Addresses are numbers, because a part that is hinted at has no
// hash yet; headers are named by their hash. Everything is relative, so a relay serves the same text.
import type { Description } from '../wire/manifest.ts'
import { bandwidthOf, NOTHING } from './bandwidth.ts'
import { captionGroups, captionsOfVariant, endingsOf } from './captions-list.ts'
import { isResting, type Live, type Track, trackNamed } from './live.ts'
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
/** Only above it a frame rate has to be said (4.4.6.2). hls.js begins with the poorest picture when a poor one is said to have fewer frames. */
const SMOOTH = 30

const decimal = (seconds: number): string => String(Number(seconds.toFixed(5)))
/** 4.4.3.1: no segment, rounded, is longer. */
export const targetDuration = ({ segmentTarget, timescale }: Description): number => Math.max(1, Math.round(segmentTarget / timescale))
const partTarget = ({ partTarget: ticks, timescale }: Description): number => ticks / timescale

/** The multivariant playlist (4.4.6). @param query added to the addresses of the others, like `?seat=7` */
export function masterPlaylist(live: Live, query = ''): string {
  const tracks = live.tracks.map((track) => ({ ...track.description, takes: bandwidthOf(track, targetDuration(track.description)) }))
  const videos = tracks.filter((each) => each.kind === 'video')
  const audios = tracks.filter((each) => each.kind === 'audio')
  // A rendition that is not made yet is a smaller form of the first picture, and takes no more than that.
  const most = videos[0]?.takes.most ?? 0
  const groups = audios.map(
    ({ name, channels }) =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${name}",NAME="${name}",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${channels}",URI="${name}.m3u8${query}"`,
  )
  const captions = captionsOfVariant(live)
  const variants = videos.flatMap((video) =>
    (audios.length > 0 ? audios : [null]).flatMap((audio) => {
      const codecs = [video.codecs, ...(audio ? [audio.codecs] : [])].join(',')
      const [picture, voice] = [video.takes, audio?.takes ?? NOTHING]
      const bandwidth = Math.min(most, picture.most) + voice.most
      const isKnown = picture.mean !== null && voice.mean !== null
      const mean = isKnown ? `,AVERAGE-BANDWIDTH=${Math.min(bandwidth, Math.round(picture.mean + voice.mean))}` : ''
      const sound = audio ? `,AUDIO="${audio.name}"` : ''
      const rate = video.rate[0] / video.rate[1]
      const fps = rate > SMOOTH ? `,FRAME-RATE=${rate.toFixed(3)}` : ''
      const line = `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${mean},CODECS="${codecs}",RESOLUTION=${video.width}x${video.height}${fps}${sound}${captions}`
      return [line, `${video.name}.m3u8${query}`]
    }),
  )
  return text(['#EXTM3U', '#EXT-X-VERSION:10', '#EXT-X-INDEPENDENT-SEGMENTS', ...groups, ...captionGroups(live, query), ...variants])
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

// captions-list.ts — what HLS is told of a captions track (draft-pantos-hls-rfc8216bis, 3.1.4 and 4.4.6.1). Pure text.
//
// Each of its parts is asked for as .vtt and comes with the track's init segment before it, as every segment of WebVTT must begin with its header; so
// does a whole segment. There is no EXT-X-MAP, which few players heed with WebVTT. Parts are a second long, five of the picture's, but they are
// there when their second begins: a player need stay no further behind than the picture asks for.
import type { Description } from '../wire/manifest.ts'
import { isResting, type Live, type Track } from './live.ts'

const GROUP = 'captions'

/** What comes behind the number of a part, and of a segment, in addresses. */
export const endingsOf = ({ kind }: Description): { readonly part: string; readonly segment: string } =>
  kind === 'text' ? { part: '.vtt', segment: '.vtt' } : { part: '.m4s', segment: '.mp4' }

/** The tracks of captions that there are now. */
const captionsOf = (live: Live): readonly Track[] =>
  live.tracks.filter(
    (track) => track.description.kind === 'text' && track.segments.length > 0 && (live.hasEnded || !isResting(live, track)),
  )

/** Lines that name them in the multivariant playlist. @param query as in the addresses of the others */
export const captionGroups = (live: Live, query: string): string[] =>
  captionsOf(live).map(({ description }) => {
    const { name, label, language } = description.kind === 'text' ? description : { name: '', label: '', language: '' }
    const is = `NAME="${label}",LANGUAGE="${language}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO`
    const forWhom = 'CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"'
    return `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="${GROUP}",${is},${forWhom},URI="${name}.m3u8${query}"`
  })

/** What each variant says of them. */
export const captionsOfVariant = (live: Live): string => (captionsOf(live).length > 0 ? `,SUBTITLES="${GROUP}"` : '')

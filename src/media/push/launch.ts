// launch.ts — the pipelines that send a program out, and what their end means. Pure.
//
// What a person wrote never stands in a launch text: the address is set as a property of `out` once it is built.
import type { PushWhy } from '../../core/amiss.ts'

/** Both tracks come as fMP4 and are taken apart again: times and parameter sets come along, and nothing is encoded a second time. */
const SOURCE = 'format=bytes caps=video/quicktime max-bytes=0'
const VIDEO = `appsrc name=video ${SOURCE} ! qtdemux ! h264parse config-interval=-1`
const AUDIO = `appsrc name=audio ${SOURCE} ! qtdemux ! aacparse`
const SINK = 'name=out sync=false async=false enable-last-sample=false'

export function pushLaunch(by: 'rtmp' | 'srt'): string {
  if (by === 'srt')
    return `${VIDEO} ! video/x-h264,stream-format=byte-stream,alignment=au ! m. ${AUDIO} ! audio/mpeg,mpegversion=4,stream-format=adts ! m. mpegtsmux name=m alignment=7 ! srtsink ${SINK} auto-reconnect=false`
  return `${VIDEO} ! video/x-h264,stream-format=avc,alignment=au ! m. ${AUDIO} ! audio/mpeg,mpegversion=4,stream-format=raw ! m. flvmux name=m streamable=true ! rtmp2sink ${SINK} chunk-size=4096 timeout=10`
}
/** The property of `out` that takes the address. */
export const placeOf = (by: 'rtmp' | 'srt'): string => (by === 'srt' ? 'uri' : 'location')

/** @param text what GStreamer said @param hasSent it worked before that */
export function whyOf(text: string, hasSent: boolean): PushWhy {
  if (/resolv|name or service|no address/i.test(text)) return 'no such server'
  if (/certificate|tls/i.test(text)) return 'not certified'
  if (/authent|authoriz|passphrase|password|badsecret|wrong/i.test(text)) return 'key refused'
  if (hasSent) return 'broke off'
  if (/refused/i.test(text)) return 'nobody there'
  if (/'(connect|publish|createStream|releaseStream)'|publish|rejected|closed remotely/i.test(text)) return 'key refused'
  return 'no answer'
}

/** What a library said, with nothing of the address in it. */
export function withoutAddress(text: string, location: string): string {
  const pieces = [location, ...location.split(/[/?&=@:]+/).filter((piece) => piece.length > 5), ...decodedPieces(location)]
  return pieces
    .sort((a, b) => b.length - a.length)
    .reduce((rest, piece) => rest.replaceAll(piece, '…'), text)
    .slice(0, 300)
}

function decodedPieces(location: string): string[] {
  try {
    return [...new URL(location).searchParams.values()].filter((piece) => piece.length > 5)
  } catch {
    return []
  }
}

/** Before it is tried again, ms: 1 s, then twice as long each time, a minute at most. @param tries in a row that came to nothing */
export const pauseBefore = (tries: number): number => Math.min(60_000, 1000 * 2 ** Math.min(tries, 6))

// launch.ts — the pipelines of a remix, as text: a sound out of its file, a scene out of its files, the sound of all into AAC. Pure.
//
// Nothing here is live: each plays as fast as the machine can, and ends by itself. Coded frames come out in the GStreamer Data Protocol, each
// with its time.
import { quoted } from '../capture/source.ts'
import { layout, type Size } from '../layout.ts'
import { scaled } from '../screen/program/place.ts'

export const SOUND_RATE = 48_000
/** Samples that voaacenc puts before the sound (../sound/program/launch.ts). */
export const AAC_DELAY = 1600

/** A file with one sound, decoded: 16 bit, mono, 48 kHz. */
export const decodeLaunch = (from: string, to: string): string =>
  `filesrc location=${quoted(from)} ! decodebin ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=${SOUND_RATE},channels=1,layout=interleaved ! ${written(to)}`

/** 16 bit, mono, 48 kHz into packets of AAC. */
export const soundLaunch = (from: string, to: string): string =>
  `filesrc location=${quoted(from)} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=s16le sample-rate=${SOUND_RATE} num-channels=1 ! audioconvert ! voaacenc bitrate=128000 ! aacparse ! audio/mpeg,mpegversion=4,stream-format=adts ! gdppay ! ${written(to)}`

/** `from`: the file with the pictures of a person; null: a card with the name. */
export type RemixTile = { readonly from: string | null; readonly name: string | null }
export type SceneOrder = {
  readonly size: Size
  readonly fps: number
  readonly frames: number
  /** Slots in all files before the scene. */
  readonly lead: number
  readonly tiles: readonly RemixTile[]
  readonly to: string
}

/** A scene, from its first picture to its last; a few more may follow. */
export function sceneLaunch({ size, fps, frames, lead, tiles, to }: SceneOrder): string {
  const start = Math.round((lead * 1e9) / fps)
  const length = lead + frames + 2
  const seats = tiles.map((_, i) => i + 1)
  const nobody = { muted: false, camera: true, speaking: false, emoji: null, state: 'live' as const, name: '' }
  const places = layout({
    ...{ show: 'call', roomName: '', link: null, caller: null, self: null, share: null, notice: null },
    people: seats.map((seat) => ({ ...nobody, seat })),
  }).map((place) => scaled(place, size))
  const pads = places.map(
    ({ x, y, width, height }, i) => `sink_${i}::xpos=${x} sink_${i}::ypos=${y} sink_${i}::width=${width} sink_${i}::height=${height}`,
  )
  const inputs = tiles.map(({ from, name }, i) => {
    const { width, height } = places[i] ?? size
    const picture =
      from === null
        ? `videotestsrc pattern=solid-color foreground-color=0xff1d2733 num-buffers=${length} ! video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1`
        : `filesrc location=${quoted(from)} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! videoscale add-borders=true ! video/x-raw,format=I420,width=${width},height=${height},pixel-aspect-ratio=1/1`
    return `${picture} ! ${labelOf(name, from === null, height)}queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 ! mix.sink_${i}`
  })
  return [
    `compositor name=mix background=black start-time-selection=set start-time=${start} ${pads.join(' ')} sink_${tiles.length}::alpha=0`,
    `! video/x-raw,format=I420,width=${size.width},height=${size.height},framerate=${fps}/1 ! queue max-size-buffers=8 max-size-bytes=0 max-size-time=0`,
    `! x264enc speed-preset=fast pass=qual quantizer=20 bframes=0 key-int-max=${fps * 2} option-string="scenecut=0" ! video/x-h264,profile=high,stream-format=byte-stream,alignment=au`,
    `! gdppay ! ${written(to)}`,
    // It lasts as long as the scene, whoever's pictures end before.
    `videotestsrc pattern=black num-buffers=${length} ! video/x-raw,format=I420,width=16,height=16,framerate=${fps}/1 ! mix.sink_${tiles.length}`,
    ...inputs,
  ].join(' ')
}

function labelOf(name: string | null, isCard: boolean, height: number): string {
  if (name === null) return ''
  const place = isCard ? 'valignment=center halignment=center' : 'valignment=bottom halignment=left shaded-background=true xpad=12 ypad=12'
  const text = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const pixels = Math.max(12, Math.round(height / (isCard ? 10 : 16)))
  return `textoverlay text=${quoted(text)} ${place} auto-resize=false font-desc="Sans ${pixels}px" ! `
}

/** Into a file; `count` tells how many buffers there have been. */
const written = (to: string): string =>
  `tee name=fork fork. ! queue ! filesink location=${quoted(to)} fork. ! queue ! fakesink name=count sync=false async=false enable-last-sample=false`

// launch.ts — the pipelines of the screen as texts. Pure.
//
// One compositor stands for good and is never rebuilt. Everything it shows comes from pipelines of its own over Pipeline.bridge():
//
//   each seat   udpsrc ! jitterbuffer ! depay ! decode ! scale to the tile ! crop ──┐
//   painter     SVG ! raw (ground, labels, notice: stills, painted when they change) ├─▶ compositor ─┬─▶ tv sink
//                                                                                    ┘               └─▶ still, watch (JPEG)
//
// So a broken stream, a missing HDMI or a browser that looks costs the others nothing.
//
// Measured (x86, one core, a 1080p picture of four moving tiles, time from a raw frame given to its pixel coming out):
//   intervideosrc at 30, compositor at 30 fps                  41 ms p50   (it holds every frame one period, then it is sampled)
//   intervideosrc at 60 / 240, compositor at 60 fps            28 / 23 ms
//   bridge, compositor at 30 fps                               21 ms p50, 33 p95, 15 % of a core
//   bridge, compositor at 60 fps                               10 ms p50, 17 p95, 28 % of a core: this
// - `latency` of the compositor stays 0: at each deadline it takes what is there; 4 ms more latency is 4 ms later and nothing gained.
// - All raw pictures say the same colorimetry and chroma-site. Where they differ the compositor converts the full frame each time
//   (60 % of a core instead of 5 for an empty 1080p60 screen). It is bt601, which cameras send, JPEG means and KMS planes assume.
// - Idle, the compositor turns at 5 fps (its caps are set live): 0.7 % of a core. A frame that is being put together meanwhile still has
//   the old rate: caps-change-mode=delayed lets it pass, left alone the filter refuses it, and the compositor is dead.
import { SEATS, SELF, type Seat } from '../scene.ts'
import type { Plugged } from './connector.ts'

export const FPS_IDLE = 5
const RAW = 'video/x-raw,format=I420,colorimetry=bt601,chroma-site=mpeg2,interlace-mode=progressive,pixel-aspect-ratio=1/1'
/** Takes a frame when it comes, stamps it with now, and keeps only the newest. */
export const TAKE = 'is-live=true do-timestamp=true format=time max-buffers=1 max-bytes=0 leaky-type=downstream'
/** Hands a frame on at once; keeps nothing for anybody who is late. */
const GIVE = 'sync=false max-buffers=1 drop=true enable-last-sample=false'

export const sized = (width: number, height: number): string => `${RAW},width=${width},height=${height}`
export const still = (width: number, height: number): string => `${sized(width, height)},framerate=0/1`
export const rate = (fps: number): string => `${sized(1920, 1080)},framerate=${fps}/1`

/** Inputs of the compositor, back to front: the ground, a picture of each seat, their labels, the notice, the menu. */
export const INPUTS = 2 * SEATS + 3
export const GROUND = 0
export const NOTICE = INPUTS - 2
export const MENU = INPUTS - 1
export const pictureOf = (seat: Seat): number => 1 + seat
export const labelOf = (seat: Seat): number => 1 + SEATS + seat

/** The compositor `mix`, inputs `in0` ..., outputs `tv` and (behind a valve) `still` and `watch`. */
export function stage(fps: number): string {
  const inputs = Array.from({ length: INPUTS }, (_, i) => i)
  const pads = inputs.map(
    (i) => `sink_${i}::zorder=${i} sink_${i}::alpha=${i === GROUND ? 1 : 0} sink_${i}::sizing-policy=keep-aspect-ratio`,
  )
  return [
    `compositor name=mix background=black latency=0 ${pads.join(' ')} ! capsfilter name=rate caps-change-mode=delayed caps="${rate(fps)}" ! tee name=all`,
    `all. ! appsink name=tv ${GIVE}`,
    `all. ! valve name=stillgate drop=true ! appsink name=still ${GIVE} async=false`,
    `all. ! valve name=watchgate drop=true ! appsink name=watch ${GIVE} async=false`,
    ...inputs.map((i) => `appsrc name=in${i} ${TAKE} ! mix.sink_${i}`),
  ].join(' ')
}

/**
 * RTP in, a picture of the tile's size out. It lives as long as the child: who sits down next goes on in it.
 * After a loss the last whole picture stays until the next keyframe (no smear); the decoder runs in one thread, so it holds no frame back.
 * The picture is scaled whole and then cut, so a stream that changes its size changes nothing here; borders keep its shape while its shape changes.
 * Behind the decoder it goes two ways: to the TV, and to a program (`scaled1`, `crop1`, `out1`), where it is no mirror. While there is none that way
 * makes a picture of 16 x 16 out of a few pixels, which costs nothing that could be measured; a valve would keep the decoder from lending its
 * pictures to the TV without a copy.
 */
export function seat(which: Seat): string {
  const rtp = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96'
  const mirror = which === SELF ? '! videoflip video-direction=horiz' : ''
  return (
    `udpsrc name=net address=127.0.0.1 port=0 buffer-size=2097152 caps="${rtp}"` +
    ' ! rtpjitterbuffer name=jitter latency=10 do-lost=true drop-on-latency=false' +
    ' ! rtph264depay name=depay wait-for-keyframe=true' +
    // A decoder that cannot keep up loses whole pictures rather than fall behind.
    ' ! queue max-size-buffers=30 max-size-bytes=0 max-size-time=0 leaky=downstream' +
    ' ! avdec_h264 name=decoder max-threads=1 output-corrupt=false max-errors=-1' +
    ` ! tee name=both both. ! ${scaling('', sized(640, 360))} ${mirror} ! appsink name=out ${GIVE}` +
    ` both. ! ${scaling('1', NO_PROGRAM)} ! appsink name=out1 ${GIVE} async=false`
  )
}
const scaling = (tail: '' | '1', caps: string): string =>
  `videoconvertscale name=fit${tail} method=${tail === '' ? FINE : ROUGH} add-borders=true matrix-mode=none chroma-mode=none primaries-mode=none n-threads=1` +
  ` ! capsfilter name=scaled${tail} caps="${caps}" ! videocrop name=crop${tail}`
/** How a picture is scaled that somebody sees, and one that nobody does. */
export const FINE = 'bilinear'
export const ROUGH = 'nearest-neighbour'
/** What a seat gives to a program that is not there. */
export const NO_PROGRAM = sized(16, 16)

/** Draws SVG: `in` takes a document, `out` gives I420 of its size. */
export const painter = (): string =>
  `appsrc name=in format=time caps=image/svg+xml ! rsvgdec ! videoconvert ! capsfilter caps="${RAW}" ! appsink name=out sync=false`

/** Draws one emoji in colour on the ground of a label: `in` takes a blank 64 x 64 BGRx, `out` gives PNG. */
export const emojiPainter = (): string =>
  'appsrc name=in is-live=true do-timestamp=true format=time caps=video/x-raw,format=BGRx,width=64,height=64,framerate=0/1' +
  ' ! textoverlay name=sign font-desc="Noto Color Emoji 40px" draw-outline=false draw-shadow=false halignment=center valignment=center auto-resize=false xpad=0 ypad=0' +
  ' ! videoconvert ! pngenc compression-level=1 ! appsink name=out sync=false'

/** JPEG means full range. Only the way over RGB converts it: straight from I420 to I420 the range stays limited, and black turns grey. */
const jpeg = (quality: number): string =>
  `videoconvert ! video/x-raw,format=RGB ! videoconvert ! video/x-raw,format=I420,colorimetry=1:4:0:0 ! jpegenc quality=${quality} ! appsink name=out ${GIVE}`
export const stills = (): string => `appsrc name=in ${TAKE} ! ${jpeg(90)}`
export const watching = (): string =>
  `appsrc name=in ${TAKE} ! videorate drop-only=true max-rate=15 ! videoscale ! video/x-raw,width=960,height=540 ! ${jpeg(75)}`

/** Onto a TV: `in` takes frames. Sinks do not wait for a clock: the compositor is the clock. */
export const onto = (sink: string): string => `appsrc name=in ${TAKE} ! ${sink}`
/**
 * A screen on HDMI. A Pi's planes take I420 and scale it to whatever the TV is set to; elsewhere a plane may do neither, so there the
 * picture is converted where it must be, and the TV is set to our size where it can be. @param fd the open card
 */
export function hdmi(fd: number, { id, driver, modes }: Pick<Plugged, 'id' | 'driver' | 'modes'>): string {
  const sink = `kmssink fd=${fd} ${id === null ? '' : `connector-id=${id} `}sync=false skip-vsync=false`
  if (driver.startsWith('vc4')) return sink
  return `videoconvert ! ${sink}${modes.includes('1920x1080') ? ' force-modesetting=true' : ''}`
}
export const WINDOW = 'videoconvert ! autovideosink sync=false'

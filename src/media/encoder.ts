// encoder.ts — the H.264 encoders this house knows, as launch text, and how each takes a new bit rate and a wish for a keyframe.
//
// All give constrained baseline without B-frames (every browser and every Pi decodes it) and hold no frame back:
// what went in is out before the next comes. Pure text; which of them works here is found out by trying (capture/).
import { unreachable } from '../lib/fault.ts'
import type { Bps } from '../lib/unit.ts'
import { gopFrames } from './keyframe.ts'

/** Best first: the Pi's hardware costs no CPU; x264 looks better than openh264 at the same rate. */
export const ENCODERS = ['v4l2', 'x264', 'openh264'] as const
export type EncoderKind = (typeof ENCODERS)[number]
/** Width and height in pixels, frames a second. */
export type Picture = { readonly width: number; readonly height: number; readonly fps: number }

const OUT = 'video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline'

/** Frames from keyframe to keyframe, and how far it may be ahead of its rate, ms: how much larger than the others a keyframe is. */
export type Evenness = { readonly gop: number; readonly ahead: number }

/**
 * Each frame of a call passes a narrow way at once: with 250 ms, 95 of 100 packets waited 66 ms there at most, with 150 53, with 100 43, and
 * it looks nearly as good. But with less than two frames x264 stays too far below its rate.
 */
const inCall = ({ fps }: Picture): Evenness => ({ gop: gopFrames(fps), ahead: Math.max(100, Math.round(2000 / fps)) })
/** What is seen a second later has time to pass, and its keyframes come often. @param seconds from one to the next */
export const inProgram = ({ fps }: Picture, seconds: number): Evenness => ({ gop: fps * seconds, ahead: 250 })

/**
 * From raw I420 to an H.264 byte stream, one access unit a buffer.
 * @param name the encoder's own in the pipeline
 */
export function encoderLaunch(kind: EncoderKind, picture: Picture, rate: Bps, name = 'enc', { gop, ahead } = inCall(picture)): string {
  switch (kind) {
    case 'v4l2':
      // The level must stand in the caps, or the driver and GStreamer do not agree on one.
      return `v4l2h264enc name=${name} extra-controls="controls,video_bitrate_mode=1,video_bitrate=${rate},repeat_sequence_header=1,h264_i_frame_period=${gop}" ! ${OUT},level=(string)${level(picture)}`
    case 'x264':
      // Slices, not frames, are shared among threads: frame threads would hold a frame back for each. Measured at 720p30: no frame of
      // delay, first packet 2 ms sooner than with one thread.
      return `x264enc name=${name} tune=zerolatency speed-preset=ultrafast threads=2 sliced-threads=true aud=false bframes=0 key-int-max=${gop} option-string="scenecut=0" vbv-buf-capacity=${ahead} bitrate=${kilobits(rate)} ! ${OUT}`
    case 'openh264':
      return `openh264enc name=${name} complexity=low rate-control=bitrate scene-change-detection=false gop-size=${gop} bitrate=${rate} ! ${OUT}`
    default:
      return unreachable(kind)
  }
}

/** The property of `enc` that changes the rate while it runs, as pipeline.set takes it. */
export function rateChange(kind: EncoderKind, rate: Bps): readonly [property: string, text: string] {
  switch (kind) {
    case 'v4l2':
      return ['extra-controls', `controls,video_bitrate=${rate}`]
    case 'x264':
      return ['bitrate', String(kilobits(rate))]
    case 'openh264':
      return ['bitrate', String(rate)]
    default:
      return unreachable(kind)
  }
}

/** The property of `enc` that forces a keyframe; null: it understands GStreamer's force-key-unit event (v4l2h264enc 1.22 does not). */
export const keyOrder = (kind: EncoderKind): readonly [property: string, text: string] | null =>
  kind === 'v4l2' ? ['extra-controls', 'controls,force_key_frame=1'] : null

/** Does this message of GStreamer's say that the encoder is not on this machine? */
export const isMissing = (kind: EncoderKind, message: string): boolean => message.includes(`no element "${ELEMENT[kind]}"`)
const ELEMENT = { v4l2: 'v4l2h264enc', x264: 'x264enc', openh264: 'openh264enc' } as const satisfies Record<EncoderKind, string>

/** H.264 table A-1: 3.1 goes to 108,000 macroblocks a second, 4 to 245,760, 4.2 to 522,240. */
export function level(picture: Picture): '3.1' | '4' | '4.2' {
  const perFrame = Math.ceil(picture.width / 16) * Math.ceil(picture.height / 16)
  const perSecond = perFrame * picture.fps
  if (perFrame <= 3600 && perSecond <= 108_000) return '3.1'
  return perFrame <= 8192 && perSecond <= 245_760 ? '4' : '4.2'
}

const kilobits = (rate: Bps): number => Math.max(1, Math.round(rate / 1000))

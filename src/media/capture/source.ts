// source.ts — where a camera picture may come from: the setting's words, the forms each can take, and their launch text. Pure.
//
// A form is one concrete way to get pictures ("/dev/video0 as MJPEG 1280x720 at 30"). A camera says what it can only
// when asked, and not always truly, so all forms that might do are listed, best first, and tried (attempt.ts).
import { Refusal, unreachable } from '../../lib/fault.ts'
import type { Picture } from '../encoder.ts'

export type Source =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'test' }
  | { readonly kind: 'libcamera' }
  | { readonly kind: 'device'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'launch'; readonly launch: string }

export type Form =
  | { readonly from: 'test'; readonly words: string }
  | { readonly from: 'libcamera' }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'launch'; readonly launch: string }
  /** h264: the camera encodes by itself. An `any` form takes whatever size and rate the camera has, and scales it. */
  | { readonly from: 'device'; readonly path: string; readonly as: 'h264' | 'mjpeg' | 'raw' | 'any mjpeg' | 'any raw' }

/** Reads the setting `camera.source`. Throws a Refusal 'bad-config' with a sentence that says what it may be. */
export function parseSource(text: string): Source {
  const colon = text.indexOf(':')
  const [word, rest] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1).trim()]
  if (text === 'auto' || text === 'none' || text === 'test' || text === 'libcamera') return { kind: text }
  if (text.startsWith('/dev/')) return { kind: 'device', path: text }
  if (word === 'file' && rest !== '') return { kind: 'file', path: rest }
  if (word === 'launch' && rest !== '') return { kind: 'launch', launch: rest }
  throw new Refusal('bad-config', `camera.source "${text}" is none of: auto, none, test, libcamera, /dev/video0, file:PATH, launch:SOURCE`)
}

const DEVICE_FORMS = ['h264', 'mjpeg', 'raw', 'any mjpeg', 'any raw'] as const

/**
 * All forms worth trying, best first.
 * @param found.devices paths of video devices, as capture/device.ts lists them
 * @param found.libcamera whether this machine may have a camera behind libcamera (a Pi)
 * @param words what is written into the test picture
 */
export function forms(
  source: Source,
  found: { readonly devices: readonly string[]; readonly libcamera: boolean },
  words = 'Test picture',
): readonly Form[] {
  switch (source.kind) {
    case 'none':
      return []
    case 'test':
      return [{ from: 'test', words }]
    case 'libcamera':
      return [{ from: 'libcamera' }]
    case 'file':
      return [{ from: 'file', path: source.path }]
    case 'launch':
      return [{ from: 'launch', launch: source.launch }]
    case 'device':
      return found.devices.includes(source.path) ? deviceForms(source.path) : []
    case 'auto':
      return [...(found.libcamera ? [{ from: 'libcamera' } as const] : []), ...found.devices.flatMap(deviceForms)]
    default:
      return unreachable(source)
  }
}

const deviceForms = (path: string): Form[] => DEVICE_FORMS.map((as) => ({ from: 'device', path, as }))

/** What plays while the camera is missing. */
export const standIn = (words: string): Form => ({ from: 'test', words })

/** Does this form come as H.264 already? */
export const isEncoded = (form: Form): boolean => form.from === 'device' && form.as === 'h264'

/** In plain words, for logs. */
export const formName = (form: Form): string =>
  form.from === 'device' ? `${form.path} (${form.as})` : form.from === 'file' ? form.path : form.from

/** May this form give more frames a second than were asked for? */
export const isAny = (form: Form): boolean => form.from === 'device' && (form.as === 'any mjpeg' || form.as === 'any raw')

/**
 * From the source to raw I420 of the wanted size (or to an H.264 byte stream, see isEncoded), in real time.
 * @param pace leaves frames out of an `any` form, before there is any work with them: an element and its ` ! `; empty: none
 */
export function sourceLaunch(form: Form, picture: Picture, pace = ''): string {
  const { width, height, fps } = picture
  const size = `width=${width},height=${height}`
  const rate = `framerate=${fps}/1`
  const fit = `videoconvert ! videoscale ! video/x-raw,format=I420,${size},pixel-aspect-ratio=1/1`
  switch (form.from) {
    case 'test':
      return `videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,${size},${rate} ! clockoverlay text=${quoted(form.words)} time-format="%H:%M:%S" halignment=center valignment=center font-desc="Sans Bold 44" shaded-background=true ! timeoverlay halignment=center valignment=bottom font-desc="Sans Bold 24"`
    case 'libcamera':
      // bt709 said aloud: with the camera's own default the Pi's encoder does not agree.
      return `libcamerasrc ! video/x-raw,format=NV12,${size},${rate},colorimetry=bt709,interlace-mode=progressive ! videoconvert ! video/x-raw,format=I420`
    case 'file':
      // clocksync plays it at its own pace; nothing after it waits.
      return `filesrc location=${quoted(form.path)} ! decodebin ! ${fit} ! videorate ! video/x-raw,${rate} ! clocksync`
    case 'launch':
      return `${form.launch} ! ${fit}`
    case 'device': {
      const device = `v4l2src device=${quoted(form.path)}`
      switch (form.as) {
        case 'h264':
          return `${device} ! video/x-h264,${size},${rate} ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au`
        case 'mjpeg':
          return `${device} ! image/jpeg,${size},${rate} ! jpegdec ! ${fit}`
        case 'raw':
          return `${device} ! video/x-raw,${size},${rate} ! ${fit}`
        case 'any mjpeg':
          return `${device} ! image/jpeg ! ${pace}jpegdec ! ${fit}`
        case 'any raw':
          return `${device} ! video/x-raw ! ${pace}${fit}`
        default:
          return unreachable(form.as)
      }
    }
    default:
      return unreachable(form)
  }
}

/** Text as one value of a launch string. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

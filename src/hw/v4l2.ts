// v4l2.ts — what a video node is and what it can, in the kernel's words turned into ours (include/uapi/linux/videodev2.h).
//
// Asking starts nothing: no picture is taken and no light goes on. A USB device answers these questions itself, so it is a stranger:
// every list has an end here, whatever it says, and sizes and rates that make no sense are left out.
import type { Ask } from './ground.ts'
import { _IOR, _IOWR } from './request.ts'

export type Codec = 'h264' | 'mjpeg' | 'raw' | 'other'
/** `rates` in frames a second, highest first; empty when the device does not say. */
export type Size = { readonly width: number; readonly height: number; readonly rates: readonly number[] }
export type Format = { readonly fourcc: string; readonly codec: Codec; readonly sizes: readonly Size[] }
/**
 * camera: gives pictures to whoever opens it. sensor: a camera's raw end or an image processor, which only libcamera can drive.
 * encoder, decoder: turn raw pictures into H.264 or back, in hardware. other: scalers, metadata, radio, outputs.
 */
export type VideoRole = 'camera' | 'sensor' | 'encoder' | 'decoder' | 'other'
export type VideoNode = {
  readonly role: VideoRole
  readonly driver: string
  readonly name: string
  readonly bus: string
  /** What a camera gives; for the other roles empty. */
  readonly formats: readonly Format[]
}

export const VIDIOC_QUERYCAP = _IOR('V', 0, 104)
export const VIDIOC_ENUM_FMT = _IOWR('V', 2, 64)
export const VIDIOC_ENUM_FRAMESIZES = _IOWR('V', 74, 44)
export const VIDIOC_ENUM_FRAMEINTERVALS = _IOWR('V', 75, 52)

const CAP = { capture: 0x1, output: 0x2, captureMany: 0x1000, outputMany: 0x2000, m2mMany: 0x4000, m2m: 0x8000, ioMc: 0x20000000 } as const
const HAS_DEVICE_CAPS = 0x80000000
const QUEUE = { capture: 1, output: 2, captureMany: 9, outputMany: 10 } as const
const SENSOR_DRIVERS = /^(unicam|rp1-cfe|bcm2835-isp|pispbe|bcm2835_isp)/
const DISCRETE = 1
/** A device that lists more than this is not believed. */
const MOST = 64
/** What is looked for where a device takes any size, and any rate. */
const COMMON: readonly (readonly [number, number])[] = [
  [1920, 1080],
  [1280, 720],
  [960, 540],
  [640, 480],
  [640, 360],
  [320, 180],
]
const COMMON_RATES = [60, 50, 30, 25, 15, 10]

/** What stands behind an open video node; null when it is none. */
export function describeVideo(ask: Ask): VideoNode | null {
  const told = Buffer.alloc(104)
  if (ask(VIDIOC_QUERYCAP, told) < 0) return null
  const all = told.readUInt32LE(84)
  const caps = (all & HAS_DEVICE_CAPS ? told.readUInt32LE(88) : all) >>> 0
  const driver = text(told, 0, 16)
  const role = roleOf(ask, caps, driver)
  const formats = role === 'camera' ? formatsOf(ask, caps & CAP.capture ? QUEUE.capture : QUEUE.captureMany) : []
  return { role, driver, name: text(told, 16, 32), bus: text(told, 48, 32), formats }
}

function roleOf(ask: Ask, caps: number, driver: string): VideoRole {
  const capture = caps & (CAP.capture | CAP.captureMany)
  const output = caps & (CAP.output | CAP.outputMany)
  if (caps & (CAP.m2m | CAP.m2mMany) || (capture && output)) {
    const many = caps & (CAP.m2mMany | CAP.captureMany)
    if (fourccs(ask, many ? QUEUE.captureMany : QUEUE.capture).includes('H264')) return 'encoder'
    return fourccs(ask, many ? QUEUE.outputMany : QUEUE.output).some((f) => DECODES.includes(f)) ? 'decoder' : 'other'
  }
  if (!capture) return SENSOR_DRIVERS.test(driver) ? 'sensor' : 'other'
  // IO_MC: the node is one end of a graph that somebody must wire up first.
  return SENSOR_DRIVERS.test(driver) || caps & CAP.ioMc ? 'sensor' : 'camera'
}
const DECODES = ['H264', 'S264', 'HEVC', 'S265']

function fourccs(ask: Ask, queue: number): string[] {
  const found: string[] = []
  const one = Buffer.alloc(64)
  for (let i = 0; i < MOST; i++) {
    one.fill(0).writeUInt32LE(i, 0)
    one.writeUInt32LE(queue, 4)
    if (ask(VIDIOC_ENUM_FMT, one) < 0) break
    found.push(one.toString('latin1', 44, 48))
  }
  return found
}

const formatsOf = (ask: Ask, queue: number): Format[] =>
  [...new Set(fourccs(ask, queue))].map((fourcc) => ({ fourcc: nameOf(fourcc), codec: codecOf(fourcc), sizes: sizesOf(ask, fourcc) }))

function sizesOf(ask: Ask, fourcc: string): Size[] {
  const found: Array<readonly [number, number]> = []
  const one = Buffer.alloc(44)
  for (let i = 0; i < MOST; i++) {
    one.fill(0).writeUInt32LE(i, 0)
    one.write(fourcc, 4, 'latin1')
    if (ask(VIDIOC_ENUM_FRAMESIZES, one) < 0) break
    const at = (n: number) => one.readUInt32LE(12 + 4 * n)
    if (at(-1) !== DISCRETE) {
      const fits = (size: number, least: number, most: number, step: number) =>
        size >= least && size <= most && (size - least) % Math.max(1, step) === 0
      found.push(...COMMON.filter(([w, h]) => fits(w, at(0), at(1), at(2)) && fits(h, at(3), at(4), at(5))))
      break
    }
    found.push([at(0), at(1)])
  }
  return found
    .filter(([width, height]) => width > 0 && height > 0 && width <= 16384 && height <= 16384)
    .map(([width, height]) => ({ width, height, rates: ratesOf(ask, fourcc, width, height) }))
}

function ratesOf(ask: Ask, fourcc: string, width: number, height: number): number[] {
  const found: number[] = []
  const one = Buffer.alloc(52)
  for (let i = 0; i < MOST; i++) {
    one.fill(0).writeUInt32LE(i, 0)
    one.write(fourcc, 4, 'latin1')
    one.writeUInt32LE(width, 8)
    one.writeUInt32LE(height, 12)
    if (ask(VIDIOC_ENUM_FRAMEINTERVALS, one) < 0) break
    // The kernel tells how long a frame takes; the shortest time is the highest rate.
    const rate = (at: number) => one.readUInt32LE(at + 4) / one.readUInt32LE(at)
    if (one.readUInt32LE(16) !== DISCRETE) {
      const [most, least] = [rate(20), rate(28)]
      found.push(...COMMON_RATES.filter((r) => r <= most && r >= least))
      break
    }
    found.push(Math.round(rate(20) * 100) / 100)
  }
  return [...new Set(found)].filter((r) => Number.isFinite(r) && r > 0 && r <= 1000).sort((a, b) => b - a)
}

/** The last letter's highest bit means big-endian (v4l2_fourcc_be). */
function nameOf(fourcc: string): string {
  const last = fourcc.charCodeAt(3)
  return last & 0x80 ? `${plain(fourcc.slice(0, 3) + String.fromCharCode(last & 0x7f))}-BE` : plain(fourcc)
}

function codecOf(fourcc: string): Codec {
  if (fourcc === 'H264') return 'h264'
  if (fourcc === 'MJPG' || fourcc === 'JPEG') return 'mjpeg'
  return RAW.includes(fourcc) ? 'raw' : 'other'
}
/** Raw formats that GStreamer turns into I420 by itself. */
const RAW = [
  'YUYV',
  'YVYU',
  'UYVY',
  'VYUY',
  'YU12',
  'YV12',
  'NV12',
  'NV21',
  'NV16',
  'NM12',
  'YM12',
  '422P',
  'RGB3',
  'BGR3',
  'GREY',
  'RGBP',
  'XR24',
  'BX24',
]

/** A field of text: up to its NUL, and nothing in it that could move a terminal. */
const text = (from: Buffer, at: number, length: number): string => plain(from.toString('utf8', at, at + length).split('\0')[0] ?? '')
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const plain = (words: string): string => words.replace(/[\u0000-\u001f\u007f-\u009f\ufffd]/g, '').trim()

// board.ts — what machine this is and what it can, judged from what was found on it. Pure; survey.ts finds it.
import { Bug } from '../lib/fault.ts'
import type { VideoNode } from './v4l2.ts'

export type BoardKind = 'Pi 5' | 'Pi 4' | 'Pi 3' | 'Zero 2 W' | 'virtual Pi' | 'PC' | 'other'
export type Screen = { readonly connector: string; readonly driver: string | null; readonly connected: boolean }
export type SoundCard = {
  readonly number: number
  readonly id: string
  readonly name: string
  readonly plays: boolean
  readonly records: boolean
}
/** A chip of lines. `base`: the number of its first line in /sys/class/gpio; it differs from kernel to kernel. */
export type GpioChip = { readonly label: string; readonly base: number; readonly lines: number }
export type Watchdog = { readonly device: string; readonly name: string | null }
export type Infrared = { readonly device: string; readonly name: string | null }

/** Everything found, as it was found. */
export type Survey = {
  /** The model as the firmware says it; null when it says none. */
  readonly model: string | null
  /** Is this kernel an ordinary process of another Linux (User-Mode Linux)? */
  readonly userMode: boolean
  readonly cores: number
  readonly memoryMb: number
  readonly video: ReadonlyArray<VideoNode & { readonly path: string }>
  readonly screens: readonly Screen[]
  /** Paths of HDMI-CEC adapters. */
  readonly cec: readonly string[]
  readonly sound: readonly SoundCard[]
  readonly gpio: readonly GpioChip[]
  readonly watchdogs: readonly Watchdog[]
  readonly infrared: readonly Infrared[]
  /** Names in /sys/class/leds. */
  readonly leds: readonly string[]
}

export type Limits = {
  readonly encoder: 'hardware' | 'software'
  /** What may be encoded at once: macroblocks (16 x 16 pixels) a second, all pictures together. */
  readonly macroblocks: number
  readonly memoryMb: number
}
export type Board = Survey & { readonly kind: BoardKind; readonly limits: Limits }

const PI: readonly (readonly [RegExp, BoardKind])[] = [
  [/^Raspberry Pi (5|500|Compute Module 5)\b/, 'Pi 5'],
  [/^Raspberry Pi (4|400|Compute Module 4)/, 'Pi 4'],
  [/^Raspberry Pi Zero 2/, 'Zero 2 W'],
  [/^Raspberry Pi (3|Compute Module 3)/, 'Pi 3'],
]

export function kindOf(found: Pick<Survey, 'model' | 'userMode'>, arch: string): BoardKind {
  if (found.userMode) return 'virtual Pi'
  const pi = PI.find(([name]) => name.test(found.model ?? ''))
  if (pi) return pi[1]
  return arch === 'x64' ? 'PC' : 'other'
}

/** VideoCore encodes level 4.0 (H.264 table A-1): 1080p30 and not one macroblock more, shared by all encoders at once. */
const HARDWARE = 245_760
/**
 * Macroblocks a second for each core, with x264 at its fastest, and half of the core left for the call itself.
 * The PC's was measured (720p30 takes an eighth of a core); those of the boards are careful estimates from it.
 */
const PER_CORE: Readonly<Record<BoardKind, number>> = {
  PC: 400_000,
  'virtual Pi': 200_000,
  'Pi 5': 100_000,
  'Pi 4': 50_000,
  'Pi 3': 20_000,
  'Zero 2 W': 15_000,
  other: 30_000,
}

export function limitsOf(kind: BoardKind, found: Pick<Survey, 'video' | 'cores' | 'memoryMb'>): Limits {
  const { cores, memoryMb } = found
  return found.video.some(({ role }) => role === 'encoder')
    ? { encoder: 'hardware', macroblocks: HARDWARE, memoryMb }
    : { encoder: 'software', macroblocks: PER_CORE[kind] * Math.max(1, cores), memoryMb }
}

export function judge(found: Survey, arch: string): Board {
  const kind = kindOf(found, arch)
  return { ...found, kind, limits: limitsOf(kind, found) }
}

/** Macroblocks a second that these pictures need together. Width and height in pixels. */
export function macroblocksOf(pictures: ReadonlyArray<{ readonly width: number; readonly height: number; readonly fps: number }>): number {
  return pictures.reduce((sum, { width, height, fps }) => {
    if (!(width > 0 && height > 0 && fps > 0)) throw new Bug(`a picture of ${width}x${height} at ${fps}`)
    return sum + Math.ceil(width / 16) * Math.ceil(height / 16) * fps
  }, 0)
}

/** Can this machine encode all of these at once? */
export const mayEncode = (limits: Limits, pictures: Parameters<typeof macroblocksOf>[0]): boolean =>
  macroblocksOf(pictures) <= limits.macroblocks

/** The drivers of the ribbon cable; their nodes are there when a camera is. */
const RIBBON = /^(unicam|rp1-cfe)/

/** The board in plain words, a line each, for `parlor doctor`. */
export function boardLines(board: Board): string[] {
  const of = (role: VideoNode['role']) => board.video.filter((node) => node.role === role)
  const list = (what: string, found: readonly string[]) => `${what}: ${found.length ? found.join(', ') : 'none'}`
  return [
    `Board: ${board.kind}${board.model ? ` (${board.model})` : ''}, ${board.cores} cores, ${board.memoryMb} MB of memory`,
    list('Cameras', [
      ...of('camera').map(({ name, path }) => `${name} (${path})`),
      ...(of('sensor').some(({ driver }) => RIBBON.test(driver)) ? ['one on the ribbon cable (libcamera)'] : []),
    ]),
    `H.264 is encoded in ${board.limits.encoder}: ${board.limits.macroblocks.toLocaleString('en')} macroblocks a second${
      of('encoder')[0] ? ` (${of('encoder')[0]?.path})` : ''
    }; hardware decoders: ${
      of('decoder')
        .map(({ path }) => path)
        .join(', ') || 'none'
    }`,
    list(
      'TV',
      board.screens.map(({ connector, connected }) => `${connector} ${connected ? 'connected' : 'free'}`),
    ),
    list('TV remote over HDMI (CEC)', board.cec),
    list(
      'Sound',
      board.sound.map(
        ({ name, plays, records }) => `${name} (${[plays && 'plays', records && 'records'].filter(Boolean).join(', ') || 'silent'})`,
      ),
    ),
    list(
      'Pins',
      board.gpio.map(({ label, base, lines }) => `${label} (${lines} lines from ${base})`),
    ),
    list(
      'Infrared',
      board.infrared.map(({ device, name }) => (name ? `${name} (${device})` : device)),
    ),
    list('Lights', board.leds),
    list(
      'Watchdog',
      board.watchdogs.map(({ device, name }) => (name ? `${name} (${device})` : device)),
    ),
  ]
}

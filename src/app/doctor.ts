// doctor.ts — what is here, what is missing, and what to do about it, in plain words.
//
// examine() gathers, diagnose() judges (pure). It looks only at this machine and opens neither camera nor microphone.
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { ms, seconds } from '../lib/unit.ts'
import { exists, readText } from '../system/disk.ts'
import { run } from '../system/process.ts'

export type Found = {
  readonly node: string
  readonly machine: string
  /** GStreamer elements by name: is it here? */
  readonly elements: Readonly<Record<string, boolean>>
  readonly addon: boolean
  readonly pages: boolean
  /** Device nodes of cameras. */
  readonly cameras: readonly string[]
  /** Names of sound cards. */
  readonly soundCards: readonly string[]
  /** Connectors of the graphics card, with 'connected' or not. */
  readonly connectors: Readonly<Record<string, boolean>>
  readonly display: boolean
  /** What the running daemon says is amiss; null when none runs. */
  readonly daemon: readonly string[] | null
}
export type Finding = { readonly is: 'good' | 'missing' | 'bad'; readonly sentence: string }

/** Elements without which nothing works, and the Debian package of each. */
const NEEDED: Readonly<Record<string, string>> = {
  compositor: 'gstreamer1.0-plugins-base',
  opusenc: 'gstreamer1.0-plugins-base',
  rtpjitterbuffer: 'gstreamer1.0-plugins-good',
  rtph264pay: 'gstreamer1.0-plugins-good',
  intervideosink: 'gstreamer1.0-plugins-bad',
  avdec_h264: 'gstreamer1.0-libav',
}
const ENCODERS = ['v4l2h264enc', 'x264enc', 'openh264enc']

export function diagnose(found: Found): Finding[] {
  const good = (sentence: string): Finding => ({ is: 'good', sentence })
  const missing = (sentence: string): Finding => ({ is: 'missing', sentence })
  const bad = (sentence: string): Finding => ({ is: 'bad', sentence })
  const either = (is: boolean, yes: string, no: Finding) => (is ? good(yes) : no)

  const lacking = Object.entries(NEEDED).filter(([element]) => !found.elements[element])
  const encoder = ENCODERS.find((name) => found.elements[name])
  const screens = Object.entries(found.connectors)
  const connected = screens.filter(([, is]) => is).map(([name]) => name)
  return [
    either(
      Number(found.node.replace(/^v/, '').split('.')[0]) >= 24,
      `Node ${found.node} on ${found.machine}`,
      bad(`Node ${found.node} is too old; run scripts/setup`),
    ),
    either(found.addon, 'The GStreamer binding is built', bad('The GStreamer binding is not built; run scripts/setup')),
    either(found.pages, 'The pages are built', bad('The pages are not built; run scripts/setup')),
    ...(lacking.length === 0
      ? [good('GStreamer has all it needs')]
      : lacking.map(([element, from]) => bad(`GStreamer has no ${element}; install ${from}`))),
    either(
      encoder !== undefined,
      `H.264 is encoded by ${encoder}${encoder === 'v4l2h264enc' ? ' (hardware)' : ' (software)'}`,
      bad('There is no H.264 encoder; install gstreamer1.0-plugins-ugly'),
    ),
    either(found.cameras.length > 0, `Camera: ${found.cameras.join(', ')}`, missing('No camera is connected; people see a test picture')),
    either(
      found.soundCards.length > 0,
      `Sound: ${found.soundCards.join(', ')}`,
      missing('There is no sound card; people cannot hear you, nor you them'),
    ),
    connected.length > 0
      ? good(`TV: connected to ${connected.join(', ')}`)
      : missing(
          found.display
            ? 'No TV is connected; the picture is in a window here, and in the browser at /tv'
            : 'No TV is connected; look at the picture in a browser, at /tv',
        ),
    ...(found.daemon === null
      ? [missing('Parlor does not run; start it with scripts/run')]
      : [good('Parlor runs'), ...found.daemon.map(missing)]),
  ]
}

const MARK: Readonly<Record<Finding['is'], string>> = { good: 'ok     ', missing: 'missing', bad: 'BAD    ' }
export const findingsText = (findings: readonly Finding[]): string => findings.map((f) => `${MARK[f.is]}  ${f.sentence}`).join('\n')

/** Looks around on this machine. `root` is the folder of the project. */
export async function examine(root: string, daemon: readonly string[] | null): Promise<Found> {
  const names = [...Object.keys(NEEDED), ...ENCODERS]
  const there = await Promise.all(
    names.map(async (name) => (await run('gst-inspect-1.0', ['--exists', name], { timeLimit: seconds(10) })).ok),
  )
  const list = async (glob: string) =>
    (await run('sh', ['-c', `ls -d ${glob} 2>/dev/null`], { timeLimit: ms(2000) })).out.split('\n').filter(Boolean)
  const connectors = await list('/sys/class/drm/*/status')
  const states = await Promise.all(
    connectors.map(async (path) => [path.split('/').at(-2) ?? path, (await readText(path))?.trim() === 'connected'] as const),
  )
  const cards = (await readText('/proc/asound/cards')) ?? ''
  return {
    node: process.version,
    machine: `${arch()}, Linux ${release()}`,
    elements: Object.fromEntries(names.map((name, i) => [name, there[i] ?? false])),
    addon: await exists(join(root, 'node_modules/gstreamer-superficial/build/Release/gstreamer-superficial.node')),
    pages: await exists(join(root, 'dist/pages')),
    cameras: await list('/dev/video*'),
    soundCards: [...cards.matchAll(/^\s*\d+ \[.*?\]: (.*)$/gm)].map(([, name = '']) => name),
    connectors: Object.fromEntries(states),
    display: Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY),
    daemon,
  }
}

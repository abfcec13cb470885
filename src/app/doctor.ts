// doctor.ts — what is here, what is missing, and what to do about it, in plain words.
//
// examine() gathers, diagnose() judges (pure). It looks only at this machine and opens neither camera nor microphone.
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { type Text, textIn } from '../core/text/text.ts'
import { type Board, boardLines, judge } from '../hw/board.ts'
import { type Ground, groundAt } from '../hw/ground.ts'
import { survey } from '../hw/survey.ts'
import { seconds } from '../lib/unit.ts'
import { videoDevices } from '../media/capture/device.ts'
import { exists } from '../system/disk.ts'
import { run } from '../system/process.ts'
import { HOT, type Seen } from './checkup.ts'

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
  /** The rest of the machine, a line each: board, encoder, CEC, pins, infrared, lights, watchdog. */
  readonly board: readonly string[]
  /** Of the processor, degrees Celsius; null: not known. */
  readonly heat: number | null
  /** The power supply gives too little; null: not known. */
  readonly starved: boolean | null
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

  const { doctor } = textIn('en')
  const lacking = lackingIn(found)
  const encoder = ENCODERS.find((name) => found.elements[name])
  const screens = Object.entries(found.connectors)
  const connected = screens.filter(([, is]) => is).map(([name]) => name)
  return [
    either(!isOld(found.node), `Node ${found.node} on ${found.machine}`, bad(doctor.oldNode(found.node))),
    either(found.addon, 'The GStreamer binding is built', bad(doctor.noAddon)),
    either(found.pages, 'The pages are built', bad(doctor.noPages)),
    ...(lacking.length === 0 ? [good('GStreamer has all it needs')] : lacking.map(([element, from]) => bad(doctor.lacking(element, from)))),
    either(
      encoder !== undefined,
      `H.264 is encoded by ${encoder}${encoder === 'v4l2h264enc' ? ' (hardware)' : ' (software)'}`,
      bad(doctor.noEncoder),
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
    ...found.board.map(good),
    ...heatFindings(found),
    ...(found.daemon === null
      ? [missing('Parlor does not run; start it with scripts/run')]
      : [good('Parlor runs'), ...found.daemon.map(missing)]),
  ]
}

/** What is wrong with the software, in one language: for the TV, which shows the rest by itself (checkup.ts). */
export function unwell(found: Pick<Found, 'node' | 'addon' | 'pages' | 'elements'>, { doctor }: Text): string[] {
  return [
    ...(isOld(found.node) ? [doctor.oldNode(found.node)] : []),
    ...(found.addon ? [] : [doctor.noAddon]),
    ...(found.pages ? [] : [doctor.noPages]),
    ...lackingIn(found).map(([element, from]) => doctor.lacking(element, from)),
    ...(ENCODERS.some((name) => found.elements[name]) ? [] : [doctor.noEncoder]),
  ]
}

const isOld = (node: string): boolean => Number(node.replace(/^v/, '').split('.')[0]) < 24
const lackingIn = ({ elements }: Pick<Found, 'elements'>) => Object.entries(NEEDED).filter(([element]) => !elements[element])

function heatFindings({ heat, starved }: Found): Finding[] {
  const { doctor } = textIn('en')
  const said: Finding[] = []
  if (heat !== null)
    said.push(
      heat < HOT
        ? { is: 'good', sentence: `The processor has ${Math.round(heat)} °C` }
        : { is: 'bad', sentence: doctor.hot(Math.round(heat)) },
    )
  if (starved) said.push({ is: 'bad', sentence: doctor.starved })
  return said
}

const MARK: Readonly<Record<Finding['is'], string>> = { good: 'ok     ', missing: 'missing', bad: 'BAD    ' }
export const findingsText = (findings: readonly Finding[]): string => findings.map((f) => `${MARK[f.is]}  ${f.sentence}`).join('\n')

/**
 * Looks around on this machine. `root` is the folder of the project.
 * @param ask whether cameras may be opened to ask what they are; not while the privacy switch is shut
 */
export async function examine(root: string, daemon: readonly string[] | null, ask: boolean): Promise<Found> {
  const there = await elementsHere()
  const ground = groundAt()
  const board = judge(survey(ground, ask), arch())
  return {
    node: process.version,
    machine: `${arch()}, Linux ${release()}`,
    elements: Object.fromEntries([...Object.keys(NEEDED), ...ENCODERS].map((name) => [name, there.has(name)])),
    addon: await exists(join(root, 'node_modules/gstreamer-superficial/build/Release/gstreamer-superficial.node')),
    pages: await exists(join(root, 'dist/pages')),
    ...seenOf(board),
    ...strainOf(ground),
    display: Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY),
    daemon,
  }
}

/** All of GStreamer's elements, asked for at once: where it may keep no list of its plugins, it loads them all to answer, on a small board for half a minute. */
async function elementsHere(): Promise<ReadonlySet<string>> {
  const { out } = await run('gst-inspect-1.0', [], { timeLimit: seconds(90) })
  return new Set([...out.matchAll(/^\S+: +(\S+):/gm)].map(([, name = '']) => name))
}

/** Heat and power, as the kernel tells them. */
function strainOf(ground: Ground): Pick<Found, 'heat' | 'starved'> {
  const heat = Number(ground.read('/sys/class/thermal/thermal_zone0/temp') ?? Number.NaN) / 1000
  const volts = ground.list('/sys/class/hwmon').map((chip) => ground.read(`/sys/class/hwmon/${chip}/in0_lcrit_alarm`))
  const alarm = volts.find((text) => text !== null)
  return { heat: Number.isFinite(heat) ? heat : null, starved: alarm === undefined ? null : alarm.trim() === '1' }
}

/** A quick look around for the TV: only what the kernel lists. No device is opened and no program run. */
export function look(addresses: readonly string[], ground: Ground = groundAt()): Seen {
  const { sound, screens } = survey(ground, false)
  return {
    cameras: videoDevices(null),
    records: sound.filter(({ records }) => records).map(({ name }) => name),
    plays: sound.filter(({ plays }) => plays).map(({ name }) => name),
    connected: screens.filter(({ connected }) => connected).map(({ connector }) => connector),
    addresses,
    ...strainOf(ground),
  }
}

/** What people look for first, and the rest in lines. */
function seenOf(board: Board): Pick<Found, 'cameras' | 'soundCards' | 'connectors' | 'board'> {
  return {
    cameras: board.video.filter(({ role }) => role === 'camera' || role === 'sensor').map(({ name, path }) => `${name} (${path})`),
    soundCards: board.sound.map(({ name }) => name),
    connectors: Object.fromEntries(board.screens.map(({ connector, connected }) => [connector, connected])),
    board: boardLines(board).filter((line) => !/^(Cameras|TV|Sound): /.test(line)),
  }
}

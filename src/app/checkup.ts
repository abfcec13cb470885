// checkup.ts — "How is this box?" on the TV: rows in its language, looked at anew every two seconds while somebody reads them.
//
// It reads what the kernel lists and what the running parts say of themselves; it opens no device. The microphone's level is the one
// that the sound of a call has anyway: at rest there is none.
import type { Config } from '../core/config.ts'
import type { Actual } from '../core/plan.ts'
import type { Text } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import type { CameraFact } from '../media/capture.ts'
import type { SoundFact } from '../media/sound.ts'

export type Row = {
  readonly id: string
  readonly text: string
  readonly value?: string
  readonly mark?: 'good' | 'amiss'
  /** 0 to 1 */
  readonly level?: number
  readonly prose?: boolean
}

/** What the kernel lists. */
export type Seen = {
  /** Paths of devices that may be cameras, names of cards that record and that play, names of connectors with a TV. */
  readonly cameras: readonly string[]
  readonly records: readonly string[]
  readonly plays: readonly string[]
  readonly connected: readonly string[]
  /** Of this machine at home. */
  readonly addresses: readonly string[]
  /** Of the processor, degrees Celsius; null: not known. */
  readonly heat: number | null
  /** The power supply gives too little; null: not known. */
  readonly starved: boolean | null
}

/** What the running box says of itself. */
export type Running = {
  readonly settings: Pick<Config, 'camera' | 'sound'>
  readonly actual: Actual
  readonly camera: CameraFact
  readonly sound: SoundFact
  /** Where the TV's picture goes; null: not known yet. */
  readonly output: string | null
  /** Whether the broker of the rooms elsewhere, and that of the home, is reached; null: there is none. */
  readonly roomsBroker: boolean | null
  readonly homeBroker: boolean | null
  /** What is amiss, in the language of the TV. */
  readonly notices: readonly string[]
}

/** A Pi slows down from 80 degrees on. */
export const HOT = 80

/**
 * @param level of our microphone, 0 to 1; null: it is not listened to
 * @param unwell what is wrong with the software, in sentences
 */
export function rowsOf(seen: Seen, running: Running, level: number | null, unwell: readonly string[], text: Text): readonly Row[] {
  const { check } = text
  const { roomsBroker, homeBroker } = running
  const broker = (id: string, name: string, is: boolean | null): Row[] =>
    is === null ? [] : [{ id, text: name, value: is ? check.reached : check.unreached, mark: is ? 'good' : 'amiss' }]
  const [address] = seen.addresses
  const sentences = [...running.notices, ...unwell]
  return [
    { id: 'camera', text: text.camera, ...cameraOf(seen, running, text) },
    { id: 'microphone', text: text.microphone, ...microphoneOf(seen, running, level, text) },
    { id: 'loudspeaker', text: check.loudspeaker, ...speakerOf(seen, running, text) },
    { id: 'tv', text: check.tv, ...tvOf(seen, running, text) },
    { id: 'network', text: check.network, value: address ?? check.noNetwork, mark: address ? 'good' : 'amiss' },
    ...broker('rooms broker', check.roomsBroker, roomsBroker),
    ...broker('home broker', check.homeBroker, homeBroker),
    ...(seen.heat === null
      ? []
      : [{ id: 'heat', text: check.heat, value: `${Math.round(seen.heat)} °C`, mark: seen.heat < HOT ? 'good' : 'amiss' } as const]),
    ...(seen.starved === null
      ? []
      : [
          {
            id: 'power',
            text: check.power,
            value: seen.starved ? check.tooLittle : check.enough,
            mark: seen.starved ? 'amiss' : 'good',
          } as const,
        ]),
    ...(sentences.length > 0 ? sentences : [text.allWell]).map((sentence) => ({ id: sentence, text: sentence, prose: true })),
  ]
}

type Is = Pick<Row, 'value' | 'mark' | 'level'>

function cameraOf({ cameras }: Seen, { settings, actual, camera }: Running, { check, testPicture }: Text): Is {
  const { source } = settings.camera
  if (actual.shutter === 'shut') return { value: check.shut }
  if (source === 'none') return { value: check.unwanted }
  if (camera.camera === 'missing') return { value: check.missing, mark: 'amiss' }
  if (camera.camera === 'open') return { value: source === 'test' ? testPicture : check.inUse, mark: 'good' }
  if (source === 'test') return { value: testPicture, mark: 'good' }
  // What is behind libcamera or a text for GStreamer is not known before it is opened.
  if (source !== 'auto' && !source.startsWith('/dev/')) return { value: check.atRest }
  return cameras.length > 0 ? { value: check.atRest, mark: 'good' } : { value: check.nobody, mark: 'amiss' }
}

function microphoneOf({ records }: Seen, { settings, actual, sound }: Running, level: number | null, { check, muted }: Text): Is {
  if (actual.shutter === 'shut') return { value: check.shut }
  if (settings.sound.microphone === 'none') return { value: check.unwanted }
  if (sound.microphone === 'missing') return { value: check.missing, mark: 'amiss' }
  if (sound.microphone === 'open') return actual.muted ? { value: muted, mark: 'good' } : { level: level ?? 0, mark: 'good' }
  return atRest(settings.sound.microphone, records, check)
}

function speakerOf({ plays }: Seen, { settings, sound }: Running, { check }: Text): Is {
  if (settings.sound.speaker === 'none') return { value: check.unwanted }
  if (sound.speaker === 'missing') return { value: check.missing, mark: 'amiss' }
  if (sound.speaker === 'open') return { value: check.inUse, mark: 'good' }
  return atRest(settings.sound.speaker, plays, check)
}

const atRest = (setting: string, cards: readonly string[], check: Text['check']): Is => {
  if (setting === 'test' || setting.startsWith('launch:')) return { value: check.atRest }
  return cards.length > 0 ? { value: check.atRest, mark: 'good' } : { value: check.nobody, mark: 'amiss' }
}

function tvOf({ connected }: Seen, { output }: Running, { check }: Text): Is {
  if (output !== null && output !== 'none') return { value: check.connected, mark: 'good' }
  return connected.length > 0 ? { value: check.connected, mark: 'good' } : { value: check.inBrowser }
}

/** Loudness as a bar, in tenths, so that it is not drawn anew for what nobody sees. @param dbfs -100 is silence */
export const levelOf = (dbfs: number): number => Math.round(Math.min(1, Math.max(0, (dbfs + 60) / 60)) * 10) / 10

type Parts = {
  readonly look: () => Seen
  readonly running: () => Running
  /** What is wrong with the software, in sentences of the TV's language. Asked once: it does not change while the box runs. */
  readonly unwell: () => Promise<readonly string[]>
  readonly text: Text
  readonly onChange: () => void
  readonly clock: Clock
  readonly onTrouble: (error: unknown) => void
}

const AGAIN = seconds(2)

export class Checkup {
  readonly #parts: Parts
  #watching: AbortController | null = null
  #seen: Seen | null = null
  #unwell: Promise<void> | null = null
  #sentences: readonly string[] = []
  #level: number | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Somebody looks at it, or does not any more. Returns at once. */
  watch(on: boolean): void {
    if (on === (this.#watching !== null)) return
    this.#watching?.abort()
    this.#watching = null
    this.#seen = null
    this.#level = null
    if (!on) return
    const watching = new AbortController()
    this.#watching = watching
    this.#run(watching.signal).catch((error: unknown) => !watching.signal.aborted && this.#parts.onTrouble(error))
  }

  /** What the TV shows; null: it was not looked yet. */
  get rows(): readonly Row[] | null {
    return this.#seen && rowsOf(this.#seen, this.#parts.running(), this.#level, this.#sentences, this.#parts.text)
  }

  /** Loudness of our microphone, dBFS, ten times a second while it is open. */
  heard(dbfs: number): void {
    if (this.#watching === null) return
    const level = levelOf(dbfs)
    if (level === this.#level) return
    this.#level = level
    this.#parts.onChange()
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#unwell ??= this.#parts.unwell().then((sentences) => {
      this.#sentences = sentences
    }, this.#parts.onTrouble)
    for (;;) {
      this.#seen = this.#parts.look()
      this.#parts.onChange()
      await this.#parts.clock.sleep('look again how the box is', AGAIN, signal)
    }
  }
}

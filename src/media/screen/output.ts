// output.ts — the TV itself: a sink in a pipeline of its own, tried again when it fails. Without one the picture goes on being made.
import type { Amiss } from '../../core/amiss.ts'
import { type BusEvent, openPipeline, type Pipeline } from '../gst.ts'
import { connectedScreens } from './connector.ts'
import { HDMI, onto, WINDOW } from './launch.ts'
import type { Output } from './order.ts'

const AGAIN_MS = 5000
/** Whether a TV was plugged in meanwhile; a look costs next to nothing. */
const LOOK_AGAIN_MS = 2000
/** Each try holds open files until the collector comes: after many, only seldom. */
const PATIENT = 20
const AGAIN_SELDOM_MS = 60_000

export class TvOutput {
  readonly #wanted: string
  readonly #stage: Pipeline
  readonly #say: (output: Output, why: Amiss | null) => void
  #sink: Pipeline | null = null
  #tries = 0

  constructor(wanted: string, stage: Pipeline, say: (output: Output, why: Amiss | null) => void) {
    this.#wanted = wanted
    this.#stage = stage
    this.#say = say
  }

  open(): void {
    const choice = choose(this.#wanted, process.env)
    if (!choice) {
      this.#say('none', null)
      return
    }
    if (choice.output === 'hdmi' && connectedScreens().length === 0) {
      this.#say('none', this.#wanted === 'auto' ? null : { is: 'nothing on HDMI' })
      setTimeout(() => this.open(), LOOK_AGAIN_MS)
      return
    }
    this.#tries++
    try {
      const sink = openPipeline(onto(choice.sink))
      this.#sink = sink
      sink.onBus((event) => this.#hear(sink, event, choice.output))
      this.#stage.bridge('tv', sink, 'in')
      sink.play()
      setTimeout(() => this.#sink === sink && this.#say(choice.output, null), 700)
    } catch (error) {
      this.#later(choice.output, error instanceof Error ? error.message : String(error))
    }
  }

  close(): void {
    const sink = this.#sink
    this.#sink = null
    sink?.stop()
  }

  #hear(sink: Pipeline, event: BusEvent, output: Output): void {
    if (this.#sink !== sink || (event.type !== 'error' && event.type !== 'eos')) return
    this.#sink = null
    this.#later(output, event.type === 'error' ? `${event.message} ${event.debug}` : 'EOS')
  }

  #later(output: Output, reason: string): void {
    // With `auto` a machine without a TV is in order: nothing to say.
    this.#say('none', this.#wanted === 'auto' ? null : why(output, reason))
    setTimeout(() => this.open(), this.#tries < PATIENT ? AGAIN_MS : AGAIN_SELDOM_MS)
  }
}

/** Which sink a setting means here; null: none. `auto` is a window where there is a desktop, else HDMI. Pure. */
export function choose(
  wanted: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly output: Output; readonly sink: string } | null {
  if (wanted === 'none') return null
  if (wanted.startsWith('launch:')) return { output: 'launch', sink: wanted.slice('launch:'.length).trim() }
  const desktop = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  if (wanted === 'window' || (wanted !== 'hdmi' && desktop)) return { output: 'window', sink: WINDOW }
  return { output: 'hdmi', sink: HDMI }
}

/** For people. Pure. */
export function why(output: Output, reason: string): Amiss {
  const said = (reason.split('\n')[0] ?? '').slice(0, 200).trim()
  if (output === 'hdmi') return { is: 'HDMI fails', said }
  return { is: output === 'window' ? 'window fails' : 'sink fails', said }
}

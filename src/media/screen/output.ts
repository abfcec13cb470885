// output.ts — the TV itself: a sink in a pipeline of its own, tried again when it fails. Without one the picture goes on being made.
import type { Amiss } from '../../core/amiss.ts'
import { type BusEvent, openPipeline, type Pipeline } from '../gst.ts'
import { type Card, connectedScreens, openCard } from './connector.ts'
import { hdmi, onto, WINDOW } from './launch.ts'
import type { Output } from './order.ts'

const AGAIN_MS = 5000
/** Whether a TV was plugged in or pulled out meanwhile; a look costs next to nothing. The kernel tells it over netlink too, but not of every driver. */
const LOOK_MS = 500
/** Each try holds open files until the collector comes: after many, only seldom. */
const PATIENT = 20
const AGAIN_SELDOM_MS = 60_000
/** A sink that fails does so before this. */
const SETTLED_MS = 700

/** A sink that plays, and for HDMI the card that is open for it. */
type Shown = { readonly sink: Pipeline; readonly card: Card | null }

export class TvOutput {
  readonly #wanted: string
  readonly #stage: Pipeline
  readonly #say: (output: Output, why: Amiss | null) => void
  #shown: Shown | null = null
  /** There was a TV once: when it goes, people are told. */
  #had: boolean
  #failed = 0

  constructor({ output, hadTv }: { output: string; hadTv: boolean }, stage: Pipeline, say: (output: Output, why: Amiss | null) => void) {
    this.#wanted = output
    this.#had = hadTv
    this.#stage = stage
    this.#say = say
  }

  /** Shows the picture, now or as soon as there is something to show it on; until close(). */
  open(): void {
    const choice = choose(this.#wanted, process.env)
    if (!choice) {
      this.#say('none', null)
      return
    }
    const { output } = choice
    const plug = output === 'hdmi' ? connectedScreens()[0] : null
    if (plug === undefined) {
      this.#say('none', this.#isOptional ? null : { is: 'nothing on HDMI' })
      setTimeout(() => this.open(), LOOK_MS)
      return
    }
    let card: Card | null = null
    try {
      card = plug && openCard(plug.card)
      const sink = openPipeline(onto(plug && card ? hdmi(card.fd, plug) : choice.sink))
      const shown = { sink, card }
      this.#shown = shown
      sink.onBus((event) => this.#hear(shown, event, output))
      this.#stage.bridge('tv', sink, 'in')
      sink.play()
      setTimeout(() => this.#shown === shown && this.#settled(output), SETTLED_MS)
      if (plug) this.#watch(shown, plug.name)
    } catch (error) {
      if (this.#shown) this.close()
      else card?.close()
      this.#later(output, error instanceof Error ? error.message : String(error))
    }
  }

  close(): void {
    const shown = this.#shown
    this.#shown = null
    shown?.sink.stop()
    shown?.card?.close()
  }

  get #isOptional(): boolean {
    return this.#wanted === 'auto' && !this.#had
  }

  #settled(output: Output): void {
    this.#had = true
    this.#failed = 0
    this.#say(output, null)
  }

  /** A sink notices nothing when its screen goes, and what comes back may be another one, with other sizes: it is opened anew. */
  #watch(shown: Shown, name: string): void {
    const looking = setInterval(() => {
      if (this.#shown !== shown) return clearInterval(looking)
      if (connectedScreens().some((plug) => plug.name === name)) return
      clearInterval(looking)
      this.close()
      this.open()
    }, LOOK_MS)
  }

  #hear(shown: Shown, event: BusEvent, output: Output): void {
    if (this.#shown !== shown || (event.type !== 'error' && event.type !== 'eos')) return
    this.close()
    this.#later(output, event.type === 'error' ? `${event.message} ${event.debug}` : 'EOS')
  }

  #later(output: Output, reason: string): void {
    this.#failed++
    // With `auto` a machine without a TV is in order: nothing to say.
    this.#say('none', this.#isOptional ? null : why(output, reason))
    setTimeout(() => this.open(), this.#failed < PATIENT ? AGAIN_MS : AGAIN_SELDOM_MS)
  }
}

/** Which sink a setting means here; null: none. `auto` is a window where there is a desktop, else HDMI, whose sink is made for the screen. Pure. */
export function choose(
  wanted: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly output: Output; readonly sink: string } | null {
  if (wanted === 'none') return null
  if (wanted.startsWith('launch:')) return { output: 'launch', sink: wanted.slice('launch:'.length).trim() }
  const desktop = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  if (wanted === 'window' || (wanted !== 'hdmi' && desktop)) return { output: 'window', sink: WINDOW }
  return { output: 'hdmi', sink: '' }
}

/** For people. Pure. */
export function why(output: Output, reason: string): Amiss {
  const said = (reason.split('\n')[0] ?? '').slice(0, 200).trim()
  if (output === 'hdmi') return { is: 'HDMI fails', said }
  return { is: output === 'window' ? 'window fails' : 'sink fails', said }
}

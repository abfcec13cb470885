// body.ts — the body of the box: its keys, its light, the switch that shuts its eyes and ears, and the TV set behind HDMI-CEC.
//
// Keys become wishes or moves in the menu; the light and the TV set follow what is. A part that is missing is a notice, no more.

import type { KeyState } from '../control/key.ts'
import type { Keys } from '../control/keys.ts'
import type { Box } from '../core/box.ts'
import type { Config } from '../core/config.ts'
import { type Actual, rings } from '../core/plan.ts'
import type { Wanted } from '../core/wanted.ts'
import type { BoxState } from '../hw/blink.ts'
import { Cec } from '../hw/cec.ts'
import { Contact, systemPins } from '../hw/gpio.ts'
import { groundAt } from '../hw/ground.ts'
import { Input } from '../hw/input.ts'
import { Led, lampNamed } from '../hw/led.ts'
import { parseLine } from '../hw/line.ts'
import { Shutter } from '../hw/shutter.ts'
import { gpioOf } from '../hw/survey.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { ms } from '../lib/unit.ts'
import type { Notices } from './notices.ts'

type Parts = {
  readonly settings: Config['hardware']
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** How long a contact of a button must be still. */
const STEADY = { on: ms(8), off: ms(25) }

export class Body {
  readonly shutter: Shutter
  readonly #cec: Cec | null
  readonly #input: Input | null
  readonly #button: Contact | null
  readonly #led: Led | null
  readonly #parts: Parts

  /** @throws Refusal 'bad-config' when a setting names no line */
  constructor(parts: Parts) {
    const { settings, name, clock } = parts
    const log = parts.log.part('body')
    const onListenerError = (error: unknown): void => log.error('a listener of the body failed', error)
    const ground = groundAt()
    const pins = systemPins(() => gpioOf(ground))
    this.#parts = parts
    this.shutter = new Shutter({ line: settings.shutter || null, pins, clock, onListenerError })
    this.#cec = settings.cec ? new Cec({ name, clock, log, onListenerError }) : null
    this.#input = settings.remotes ? new Input({ clock, log, onListenerError }) : null
    this.#button = settings.button
      ? new Contact({ pins, clock, onListenerError, line: parseLine(settings.button), onWhenHigh: false, steady: STEADY })
      : null
    this.#led = settings.led ? new Led({ open: () => lampNamed(settings.led, pins, ground), clock, onListenerError }) : null
  }

  /** The TV set, for the hands. Both return at once. */
  readonly set = {
    wake: (): void => this.#cec?.wake(),
    putBack: (): void => this.#cec?.putBack(),
  }

  /** Begins to listen. What is listened to ends with the scope. */
  open({ box, keys, notices }: { box: Box; keys: Keys; notices: Notices }): void {
    const { signal } = this.#parts.scope
    const running: Array<Promise<void>> = []
    this.#input?.on('edge', (edge) => keys.edge(edge))
    this.#input?.on('lost', (from) => keys.forget(from))
    this.#cec?.on('edge', (edge) => keys.edge(edge))
    this.#cec?.on('lost', (from) => keys.forget(from))
    // Who switches the TV off means it: it is not woken again for this call.
    this.#cec?.on('slept', () => box.ask({ want: 'tv', on: false }))
    if (this.#input) running.push(this.#input.run(signal))
    if (this.#cec) running.push(this.#cec.run(signal))
    // The first thing a contact tells is how it was found, and that is no press.
    let found = false
    this.#button?.on('turned', (down) => {
      if (found) keys.edge({ key: 'button', down, from: 'button' })
      found = true
    })
    this.#button?.on('fact', ({ line, why }) => {
      if (line === 'missing') {
        found = false
        keys.forget('button')
      }
      notices.set('button', why && { is: 'button unreadable', end: why })
    })
    this.#led?.on('fact', ({ why }) => notices.set('light', why && { is: 'light dark', end: why }))
    this.shutter.on('turned', (shutter) => box.saw({ shutter }))
    this.shutter.on('fact', ({ why }) => notices.set('shutter', why && { is: 'switch unreadable', end: why }))
    if (this.shutter.state === 'shut') box.saw({ shutter: 'shut' })
    box.on('changed', (wanted, actual) => this.#led?.show(lightOf(wanted, actual)))
    this.#led?.show(lightOf(box.wanted, box.actual))
    running.push(this.shutter.listen(signal))
    if (this.#button) running.push(this.#button.listen(signal))
    if (this.#led) running.push(this.#led.play(signal))
    // Each ends when the scope is closed: a light left on would lie.
    this.#parts.scope.defer(() => Promise.all(running).then(() => {}))
  }
}

export function lightOf(wanted: Wanted, actual: Actual): BoxState {
  if (rings(wanted, actual)) return 'ringing'
  if (actual.room !== null || actual.camera === 'open' || (actual.sound === 'open' && actual.hears))
    return actual.muted ? 'muted' : 'in call'
  return actual.tv === 'lost' ? 'trouble' : 'at rest'
}

/** How things are, as keys see it: as it is wanted, so that two quick presses do not do the same twice. */
export const keyState = (wanted: Wanted, actual: Actual, menu: boolean): KeyState => ({
  ringing: rings(wanted, actual),
  call: wanted.room === null ? 'none' : actual.room === wanted.room ? 'in' : 'joining',
  menu,
  muted: wanted.muted,
  volume: wanted.volume,
  layout: wanted.layout,
  live: wanted.live,
  again: wanted.replay > 0,
  watch: wanted.watch && (wanted.watch.at === 'paused' ? 'paused' : 'playing'),
  tv: wanted.tv ?? actual.set === 'woken',
})

// led.ts — the light of the box: plays the pattern of the state it is shown. A lamp that is missing or fails is a fact, and is tried again.
import { writeFileSync } from 'node:fs'
import type { LineEnd } from '../core/amiss.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault } from '../lib/fault.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { type BoxState, lightAt, patternOf } from './blink.ts'
import type { Pins } from './gpio.ts'
import type { Ground } from './ground.ts'
import { endOf, isLine, LineFault, type LineName, lineNumber, parseLine } from './line.ts'

/** Something that is lit or dark. */
export interface Lamp {
  /** @throws Fault 'device-lost' */
  set(lit: boolean): void
  /** Dark, and given back. Never throws. */
  close(): void
}

const TRY_AGAIN = seconds(10)

export class Led extends Emitter<{ fact: [fact: { readonly lamp: 'there' | 'missing'; readonly why: LineEnd | null }] }> {
  readonly #open: () => Lamp
  readonly #clock: Clock
  #state: BoxState = 'off'
  #since: Ms
  #change: AbortController = new AbortController()
  #why: LineEnd | null | undefined

  /** @param open gives the lamp: gpioLamp or kernelLamp below */
  constructor(parts: { open: () => Lamp; clock: Clock; onListenerError: (error: unknown) => void }) {
    super(parts.onListenerError)
    this.#open = parts.open
    this.#clock = parts.clock
    this.#since = parts.clock.now()
  }

  /** Takes effect at once; the pattern begins with its first flash. The same state again changes nothing. */
  show(state: BoxState): void {
    if (state === this.#state) return
    this.#state = state
    this.#since = this.#clock.now()
    this.#change.abort()
  }

  /** Plays until aborted, then leaves it dark. */
  async play(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let lamp: Lamp | null = null
      try {
        lamp = this.#open()
        await this.#with(lamp, signal)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        this.#is(endOf(error))
        await this.#clock.sleep('before looking for the lamp again', TRY_AGAIN, signal).catch(() => {})
      } finally {
        lamp?.close()
      }
    }
  }

  async #with(lamp: Lamp, signal: AbortSignal): Promise<void> {
    let shown: boolean | null = null
    while (!signal.aborted) {
      this.#change = new AbortController()
      const { lit, next } = lightAt(patternOf(this.#state), (this.#clock.now() - this.#since) as Ms)
      // Where nothing blinks it is set again now and then, so that a lamp that went away is noticed.
      if (lit !== shown || next === null) lamp.set(lit)
      shown = lit
      this.#is(null)
      await this.#clock.sleep('until the light changes', next ?? TRY_AGAIN, AbortSignal.any([signal, this.#change.signal])).catch(() => {})
    }
  }

  #is(why: LineEnd | null): void {
    if (JSON.stringify(why) === JSON.stringify(this.#why)) return
    this.#why = why
    this.emit('fact', { lamp: why === null ? 'there' : 'missing', why })
  }
}

/** The lamp that a setting names: a line, as line.ts reads it, or a light of the kernel. Throws a Fault 'device-lost' when it is not here. */
export const lampNamed = (name: string, pins: Pins, ground: Ground): Lamp =>
  isLine(name) ? gpioLamp(pins, parseLine(name), true) : kernelLamp(ground, name)

/** A lamp on a line. @param litWhenHigh true where the light is wired from the pin to ground, as in hw/README.md */
export function gpioLamp(pins: Pins, line: LineName, litWhenHigh: boolean): Lamp {
  const pin = pins.open(lineNumber(line, pins.chips()), litWhenHigh ? 'out low' : 'out high')
  return {
    set: (lit) => pin.write(lit === litWhenHigh),
    close: () => {
      try {
        pin.write(!litWhenHigh)
      } catch {
        // It went before.
      }
      pin.close()
    },
  }
}

/** A light that the kernel drives: one of /sys/class/leds, such as ACT. What it showed before comes back when it is closed. */
export function kernelLamp(ground: Ground, name: string, write: (path: string, text: string) => void = writeFileSync): Lamp {
  const at = `/sys/class/leds/${name}`
  const most = ground.read(`${at}/max_brightness`)
  if (!/^[\w:.+-]{1,64}$/.test(name) || most === null) throw new LineFault({ noLight: name })
  const before = /\[(\S+)\]/.exec(ground.read(`${at}/trigger`) ?? '')?.[1] ?? null
  const put = (file: string, text: string): void => {
    try {
      write(`${at}/${file}`, text)
    } catch (error) {
      throw new LineFault({ darkLight: name }, { cause: error })
    }
  }
  if (before !== null) put('trigger', 'none')
  return {
    set: (lit) => put('brightness', lit ? most : '0'),
    close: () => {
      try {
        put('brightness', '0')
        if (before !== null) put('trigger', before)
      } catch {
        // It went before.
      }
    },
  }
}

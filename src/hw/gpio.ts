// gpio.ts — single lines of the board: contacts to listen to, lamps to switch. The only file that knows `onoff` exists.
//
// A contact may be missing (no such chip yet, another program has it, it went): that is a fact, and it is looked for again.
import { createRequire } from 'node:module'
import type { LineEnd } from '../core/amiss.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { seconds } from '../lib/unit.ts'
import type { GpioChip } from './board.ts'
import { type Contact as Believed, contactAt, type Steady, see, settle } from './debounce.ts'
import { endOf, LineFault, type LineName, lineNumber } from './line.ts'

/** One line, open. Levels are electrical: true is high. */
export interface Pin {
  /** Throws when the line is gone. */
  read(): boolean
  write(high: boolean): void
  /** Calls after edges; several may be told as one. */
  onEdge(listener: () => void): void
  /** Gives the line back. Never throws. */
  close(): void
}
export interface Pins {
  chips(): readonly GpioChip[]
  /** @param number as lineNumber gives it  @throws Fault 'device-lost' */
  open(number: number, way: 'in' | 'out low' | 'out high'): Pin
}

export type ContactFact = { readonly line: 'there' | 'missing'; readonly why: LineEnd | null }
export type ContactEvents = {
  /** The contact closed (true) or opened, and has stopped bouncing. */
  turned: [on: boolean]
  fact: [fact: ContactFact]
}

const LOOK_AGAIN = seconds(2)

/** A contact to ground or to 3.3 V: a button, a switch. */
export class Contact extends Emitter<ContactEvents> {
  readonly #pins: Pins
  readonly #line: LineName
  readonly #onWhenHigh: boolean
  readonly #steady: Steady
  readonly #clock: Clock
  #fact: ContactFact = { line: 'missing', why: 'not looked for' }
  #pin: Pin | null = null
  #believed: Believed | null = null
  /** Ends the wait that runs: an edge came, or all is over. */
  #waiting: AbortController | null = null

  /** @param onWhenHigh false for a contact that closes to ground (with a pull-up), as those of hw/README.md do */
  constructor(parts: {
    pins: Pins
    line: LineName
    onWhenHigh: boolean
    steady: Steady
    clock: Clock
    onListenerError: (error: unknown) => void
  }) {
    super(parts.onListenerError)
    this.#pins = parts.pins
    this.#line = parts.line
    this.#onWhenHigh = parts.onWhenHigh
    this.#steady = parts.steady
    this.#clock = parts.clock
  }

  get fact(): ContactFact {
    return this.#fact
  }

  /** Closed (true), open (false), or null while the line is missing. */
  get closed(): boolean | null {
    return this.#believed?.told ?? null
  }

  /** Listens until aborted, then gives the line back and resolves. The line is opened, and its level told, before the first wait. */
  async listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#pin) this.#open()
      // A line that is there is read now and then too: a chip may go without an edge, and no edge is trusted to come.
      await this.#clock.sleep('before looking at the line again', LOOK_AGAIN, signal).catch(() => {})
      if (!signal.aborted) this.#look(false)
    }
    this.#close()
  }

  #open(): void {
    try {
      const pin = this.#pins.open(lineNumber(this.#line, this.#pins.chips()), 'in')
      this.#pin = pin
      pin.onEdge(() => pin === this.#pin && this.#look(true))
      const on = pin.read() === this.#onWhenHigh
      this.#believed = contactAt(on, this.#clock.now())
      this.#is({ line: 'there', why: null })
      this.emit('turned', on)
    } catch (error) {
      this.#lose(error)
    }
  }

  #look(edge: boolean): void {
    if (!this.#pin || !this.#believed) return
    let on: boolean
    try {
      on = this.#pin.read() === this.#onWhenHigh
    } catch (error) {
      this.#lose(error)
      return
    }
    const now = this.#clock.now()
    const { contact, tell, wait } = settle(see(this.#believed, on, now, edge), now, this.#steady)
    this.#believed = contact
    this.#waiting?.abort()
    this.#waiting = null
    if (wait !== null) {
      const waiting = new AbortController()
      this.#waiting = waiting
      this.#clock.sleep('until the contact has stopped bouncing', wait, waiting.signal).then(
        () => this.#look(false),
        () => {},
      )
    }
    if (tell !== null) this.emit('turned', tell)
  }

  #lose(error: unknown): void {
    this.#close()
    this.#is({ line: 'missing', why: endOf(error) })
  }

  #close(): void {
    this.#waiting?.abort()
    this.#waiting = null
    this.#pin?.close()
    this.#pin = null
    this.#believed = null
  }

  #is(fact: ContactFact): void {
    if (fact.line === this.#fact.line && JSON.stringify(fact.why) === JSON.stringify(this.#fact.why)) return
    this.#fact = fact
    this.emit('fact', fact)
  }
}

type Onoff = {
  readSync(): 0 | 1
  writeSync(value: 0 | 1): void
  watch(listener: (error: Error | null) => void): void
  unexport(): void
}
type OnoffMaker = new (number: number, direction: 'in' | 'low' | 'high', edge?: 'both') => Onoff

/** The lines of this machine. @param chips as survey.ts finds them, asked anew each time */
export const systemPins = (chips: () => readonly GpioChip[]): Pins => ({ chips, open: openPin })

function openPin(number: number, way: 'in' | 'out low' | 'out high'): Pin {
  const { Gpio } = loadOnoff()
  let line: Onoff
  try {
    line = way === 'in' ? new Gpio(number, 'in', 'both') : new Gpio(number, way === 'out low' ? 'low' : 'high')
  } catch (error) {
    throw new LineFault(whyNot(error), { cause: error })
  }
  const readNow = line.readSync.bind(line)
  // onoff reads inside its own callback, where an error would end the process. Of a line that is gone the listener finds out by itself.
  line.readSync = () => {
    try {
      return readNow()
    } catch {
      return 0
    }
  }
  return {
    read: () => {
      try {
        return readNow() === 1
      } catch (error) {
        throw new LineFault('gone', { cause: error })
      }
    },
    write: (high) => {
      try {
        line.writeSync(high ? 1 : 0)
      } catch (error) {
        throw new LineFault('gone', { cause: error })
      }
    },
    onEdge: (listener) => line.watch(() => listener()),
    close: () => {
      try {
        line.unexport()
      } catch {
        // It went before.
      }
    },
  }
}

function loadOnoff(): { readonly Gpio: OnoffMaker } {
  try {
    return createRequire(import.meta.url)('onoff') as { readonly Gpio: OnoffMaker }
  } catch (error) {
    throw new LineFault('not built', { cause: error })
  }
}

function whyNot(error: unknown): LineEnd {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EBUSY') return 'taken'
  if (code === 'EACCES' || code === 'EPERM') return 'not allowed'
  if (code === 'ENOENT') return 'no kernel part'
  return { said: error instanceof Error ? error.message : String(error) }
}

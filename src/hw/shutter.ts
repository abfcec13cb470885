// shutter.ts — the privacy switch of the box, as an ear: 'open' or 'shut'. What shut means is not decided here (core/plan.ts).
//
// In doubt it is shut: until the switch was first read, while its line is missing, and with a wire that broke (the switch closes
// to ground for open; a loose wire is pulled up, and reads as shut). Shutting acts with the first edge, opening when the switch has been still for a while.
// Without a switch in the settings the box has none, and it is always open.
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { ms } from '../lib/unit.ts'
import { Contact, type ContactFact, type Pins } from './gpio.ts'
import { parseLine } from './line.ts'

export type ShutterState = 'open' | 'shut'
export type ShutterEvents = {
  turned: [state: ShutterState]
  /** Whether the switch can be read. */
  fact: [fact: ContactFact]
}

export class Shutter extends Emitter<ShutterEvents> {
  readonly #contact: Contact | null
  #state: ShutterState

  /** @param line the setting (see line.ts), or null: there is no switch  @throws Refusal 'bad-config' */
  constructor(parts: { line: string | null; pins: Pins; clock: Clock; onListenerError: (error: unknown) => void }) {
    super(parts.onListenerError)
    const { pins, clock, onListenerError } = parts
    this.#contact =
      parts.line === null
        ? null
        : new Contact({
            pins,
            clock,
            onListenerError,
            line: parseLine(parts.line),
            onWhenHigh: false,
            // On (closed to ground) is open for the camera.
            steady: { on: ms(200), off: ms(0) },
          })
    this.#state = this.#contact ? 'shut' : 'open'
  }

  get state(): ShutterState {
    return this.#state
  }

  /** Listens until aborted; the switch is read before the first wait. After that a switch that is no longer read is shut. */
  async listen(signal: AbortSignal): Promise<void> {
    const contact = this.#contact
    if (!contact) return
    const offs = [
      contact.on('turned', (on) => this.#turn(on ? 'open' : 'shut')),
      contact.on('fact', (fact) => {
        if (fact.line === 'missing') this.#turn('shut')
        this.emit('fact', fact)
      }),
    ]
    await contact.listen(signal)
    for (const off of offs) off()
    this.#turn('shut')
  }

  #turn(state: ShutterState): void {
    if (state === this.#state) return
    this.#state = state
    this.emit('turned', state)
  }
}

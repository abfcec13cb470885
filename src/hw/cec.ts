// cec.ts — the TV set over HDMI-CEC, by the kernel's own interface (/dev/cec*): power, input, and its remote's keys.
//
// A board may have two HDMI plugs, so there may be two TVs; each is woken and put back by itself. Without an adapter, or
// with a TV that knows no CEC, everything here does nothing, and says so once.
import type { Edge } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type CecDoor, cecDoor, Line } from './cec/line.ts'
import { Tv, type TvState } from './cec/tv.ts'
import { follow } from './follow.ts'

export type { TvState } from './cec/tv.ts'

export type CecEvents = {
  /** A key of the TV's remote. */
  edge: [edge: Edge]
  /** The adapter is gone with keys held down: nobody pressed them. */
  lost: [from: string]
  /** What is known of the TV has changed; null: there is no adapter (any more). */
  changed: [state: TvState | null]
  /** People chose our input at the TV. */
  chosen: []
  /** People switched the TV off. */
  slept: []
}

export class Cec extends Emitter<CecEvents> {
  readonly #door: CecDoor
  readonly #clock: Clock
  readonly #log: Log
  readonly #name: string
  readonly #onListenerError: (error: unknown) => void
  readonly #tvs = new Map<string, Tv>()
  #awake = false

  /** @param name of the box, shown on the TV's list of inputs: 14 ASCII characters count */
  constructor(parts: { name: string; clock: Clock; log: Log; onListenerError: (error: unknown) => void; door?: CecDoor }) {
    super(parts.onListenerError)
    this.#door = parts.door ?? cecDoor()
    this.#clock = parts.clock
    this.#log = parts.log
    this.#name = parts.name
    this.#onListenerError = parts.onListenerError
  }

  /** The TV that shows us, or else one that answers; null: no adapter. */
  get state(): TvState | null {
    const states = [...this.#tvs.values()].map((tv) => tv.state)
    return states.find((s) => s.shows === 'us') ?? states.find((s) => s.answers) ?? states.find((s) => s.cable) ?? states[0] ?? null
  }

  /** The TV on, with our picture; how it was is remembered. An adapter that comes later is woken as well. Returns at once. */
  wake(): void {
    this.#awake = true
    for (const tv of this.#tvs.values()) tv.wake()
  }

  /** The TV as it was before, unless people changed it since. Returns at once. */
  putBack(): void {
    this.#awake = false
    for (const tv of this.#tvs.values()) tv.putBack()
  }

  /** The TV off, whatever it was. Returns at once. */
  standby(): void {
    this.#awake = false
    for (const tv of this.#tvs.values()) tv.standby()
  }

  /** Runs until the signal is aborted; does not reject. */
  run(signal: AbortSignal): Promise<void> {
    const adapters = {
      list: () => this.#door.list(),
      open: (path: string, gone: () => void) => this.#open(path, gone, signal),
      refused: (path: string, error: unknown) => this.#log.warn('the TV cannot be reached by CEC', { path, why: String(error) }),
    }
    return follow('look for CEC adapters', adapters, this.#clock, signal)
  }

  #open(path: string, gone: () => void, signal: AbortSignal): Off | null {
    const line = new Line(this.#door.open(path), this.#clock, this.#name)
    try {
      if (!line.isOurs()) {
        line.close()
        return null
      }
      return this.#attach(line, path, gone, signal)
    } catch (error) {
      line.close()
      throw error
    }
  }

  #attach(line: Line, path: string, gone: () => void, signal: AbortSignal): Off {
    const tv = new Tv(line, this.#clock, path, this.#onListenerError)
    const unwatch = line.open({ message: (bytes) => tv.heard(bytes), moved: (place) => tv.moved(place), gone })
    const life = new AbortController()
    tv.on('edge', (edge) => this.emit('edge', edge))
    tv.on('changed', () => this.emit('changed', this.state))
    tv.on('chosen', () => this.emit('chosen'))
    tv.on('slept', () => this.emit('slept'))
    this.#tvs.set(path, tv)
    this.#log.info('a CEC adapter is in use', { path })
    void tv.run(AbortSignal.any([signal, life.signal]))
    if (this.#awake) tv.wake()
    return () => {
      this.#tvs.delete(path)
      life.abort()
      unwatch()
      line.close()
      this.emit('lost', path)
      this.emit('changed', this.state)
      this.#log.info('a CEC adapter is let go', { path })
    }
  }
}

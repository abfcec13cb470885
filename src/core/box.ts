// box.ts — the loop that keeps the box as people want it.
//
// It knows two things, wanted and actual, and does one step at a time. It asks for the next step again after each
// one, so it needs no undo and no queue. When the wish changes, the step under way is aborted and the plan is made
// anew. A mute does not even wait for that: it is done on the spot, inside ask().
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Bug, Refusal } from '../lib/fault.ts'
import { seconds } from '../lib/unit.ts'
import type { Intent } from './intent.ts'
import { type Actual, nextStep, type Step } from './plan.ts'
import { ask, type Known, type Wanted } from './wanted.ts'

export interface Hands {
  /** Does a step. Resolves when it is done and the box has been told with saw(). */
  do(step: Step, signal: AbortSignal): Promise<void>
  /** Makes the microphone silent before it returns. Never throws, never waits. */
  hush(): void
}

export type BoxEvents = {
  changed: [wanted: Wanted, actual: Actual]
  /** A step failed. It is tried again after a pause. */
  stumbled: [step: Step, error: unknown]
  /** A step was refused for good (the room is full, we may not broadcast it): the wish that led to it has been taken back. */
  refused: [step: Step, refusal: Refusal]
}

/** The wish that is taken back when a step was refused for good. */
function withdrawn(step: Step): Intent {
  if (step.do === 'go live') return { want: 'live', on: false }
  if (step.do === 'watch') return { want: 'watch', link: null }
  return step.do === 'replay' ? { want: 'now' } : { want: 'leave' }
}

/** Where the box's own door and its contacts' doors are. */
export type Places = Omit<Known, 'ringing'>

const PAUSE = seconds(2)

export class Box extends Emitter<BoxEvents> {
  #wanted: Wanted
  #actual: Actual
  readonly #hands: Hands
  readonly #places: Places
  readonly #clock: Clock
  #step = new AbortController()
  #nudge: () => void = () => {}

  constructor(parts: {
    wanted: Wanted
    actual: Actual
    hands: Hands
    places: Places
    clock: Clock
    onListenerError: (e: unknown) => void
  }) {
    super(parts.onListenerError)
    this.#wanted = parts.wanted
    this.#actual = parts.actual
    this.#hands = parts.hands
    this.#places = parts.places
    this.#clock = parts.clock
  }

  get wanted(): Wanted {
    return this.#wanted
  }

  get actual(): Actual {
    return this.#actual
  }

  /** Somebody asks for something. Returns at once; what comes of it is seen in `changed`. */
  ask(intent: Intent): void {
    this.#wanted = this.#asked(intent)
    if (this.#wanted.muted && !this.#actual.muted) {
      this.#hands.hush()
      this.#actual = { ...this.#actual, muted: true }
    }
    this.#step.abort(new Refusal('not-allowed', `overtaken by "${intent.want}"`))
    this.#changed()
  }

  /** Something is seen to be so. A privacy switch that shuts silences the microphone before this returns. */
  saw(news: Partial<Actual>): void {
    const shuts = news.shutter === 'shut' && this.#actual.shutter === 'open'
    this.#actual = { ...this.#actual, ...news, ...(shuts && { muted: true }) }
    if (shuts) {
      this.#hands.hush()
      this.#step.abort(new Refusal('not-allowed', 'the privacy switch is shut'))
    }
    this.#changed()
  }

  /** Runs until the signal is aborted; does not reject. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#nudge(), { once: true })
    while (!signal.aborted) {
      const step = nextStep(this.#wanted, this.#actual)
      if (step) await this.#try(step, signal)
      else await new Promise<void>((go) => (this.#nudge = go))
    }
  }

  async #try(step: Step, signal: AbortSignal): Promise<void> {
    this.#step = new AbortController()
    const either = AbortSignal.any([signal, this.#step.signal])
    const before = this.#actual
    try {
      await this.#hands.do(step, either)
      if (this.#actual === before) throw new Bug(`"${step.do}" changed nothing`)
    } catch (error) {
      if (either.aborted) return
      if (error instanceof Refusal) {
        this.#wanted = this.#asked(withdrawn(step))
        this.emit('refused', step, error)
        this.#changed()
        return
      }
      this.emit('stumbled', step, error)
      await this.#clock.sleep(`pause before "${step.do}" again`, PAUSE, either).catch(() => {})
    }
  }

  #asked(intent: Intent): Wanted {
    return ask(this.#wanted, intent, { ...this.#places, ringing: this.#actual.ringing?.call ?? null })
  }

  #changed(): void {
    this.emit('changed', this.#wanted, this.#actual)
    this.#nudge()
  }
}

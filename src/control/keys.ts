// keys.ts — every key of the box, from whatever device, becomes a wish for the box or a move in its menu.
//
// It holds only what belongs to keys: which are down, and whether the TV asks "leave the call?" (which goes by itself
// after five seconds, and when the call ends otherwise).
import type { Edge, Key, Press } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { seconds } from '../lib/unit.ts'
import { type KeyState, type Move, moveFor, rowsOf, situations } from './key.ts'
import { type Meaning, Presses } from './press.ts'

export type KeysEvents = {
  /** A key was pressed, whether or not it means anything: for a screen that wakes at any key. */
  key: [key: Key, press: Press]
  /** What is to be done. */
  move: [move: Move]
}

const QUESTION = seconds(5)

export class Keys extends Emitter<KeysEvents> {
  readonly #clock: Clock
  readonly #state: () => KeyState
  readonly #presses: Presses
  #question: AbortController | null = null

  /** @param state how things are now; asked at every key */
  constructor(parts: { clock: Clock; state: () => KeyState; onListenerError: (error: unknown) => void }) {
    super(parts.onListenerError)
    this.#clock = parts.clock
    this.#state = parts.state
    this.#presses = new Presses(
      parts.clock,
      (key) => this.#meaning(key),
      (key, press) => this.#pressed(key, press),
    )
  }

  /** A key of any device goes down or up. */
  edge(edge: Edge): void {
    this.#presses.edge(edge)
  }

  /** A device is gone: what it held down counts as never pressed. */
  forget(from: string): void {
    this.#presses.forget(from)
  }

  close(): void {
    this.#presses.close()
    this.#question?.abort()
    this.#question = null
  }

  #meaning(key: Key): Meaning {
    const rows = rowsOf(key, situations(this.#state(), this.#question !== null))
    return {
      long: rows.some((row) => row.press === 'long'),
      double: rows.some((row) => row.press === 'double'),
      repeats: rows.some((row) => row.repeats === true),
    }
  }

  #pressed(key: Key, press: Press): void {
    const state = this.#state()
    if (state.call !== 'in') this.#ask(false)
    const move = moveFor(key, press, state, this.#question !== null)
    this.emit('key', key, press)
    if (move === null) return
    if (move.to === 'question') this.#ask(move.asked)
    else if (move.to === 'box' && move.intent.want === 'leave') this.#ask(false)
    this.emit('move', move)
  }

  #ask(asked: boolean): void {
    const was = this.#question
    was?.abort()
    this.#question = null
    if (!asked) return
    const question = new AbortController()
    this.#question = question
    this.#clock.sleep('the question whether to leave', QUESTION, question.signal).then(
      () => {
        if (this.#question !== question) return
        this.#question = null
        this.emit('move', { to: 'question', asked: false })
      },
      () => {},
    )
  }
}

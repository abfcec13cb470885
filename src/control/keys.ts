// keys.ts — every key of the box, from whatever device, becomes a wish for the box or a move in its menu.
//
// It holds only what belongs to keys: which are down, and whether the TV asks "leave the call?" (which goes by itself
// after five seconds, and when the call ends otherwise).
import type { Edge, Key, Press } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { ms, seconds } from '../lib/unit.ts'
import { Hold, type Holding } from './hold.ts'
import { type KeyState, type Move, moveOf, rowFor, rowsOf, situations } from './key.ts'
import { type Meaning, Presses } from './press.ts'

export type KeysEvents = {
  /** A key was pressed, whether or not it means anything: for a screen that wakes at any key. */
  key: [key: Key, press: Press]
  /** What is to be done. */
  move: [move: Move]
  /** The button is held for long, or no longer. */
  hold: [holding: Holding]
  /** It was held for ten seconds, and let go. */
  held: []
}

const QUESTION = seconds(5)
const SEEN_AFTER = ms(600)

export class Keys extends Emitter<KeysEvents> {
  readonly #clock: Clock
  readonly #state: () => KeyState
  readonly #presses: Presses
  readonly #hold: Hold
  #question: { readonly timer: AbortController; readonly since: number } | null = null

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
    this.#hold = new Hold({
      clock: parts.clock,
      onChange: (holding) => this.emit('hold', holding),
      onHeld: () => this.emit('held'),
    })
  }

  /** A key of any device goes down or up. */
  edge(edge: Edge): void {
    this.#presses.edge(edge)
    this.#hold.edge(edge)
  }

  /** A device is gone: what it held down counts as never pressed. */
  forget(from: string): void {
    this.#presses.forget(from)
    this.#hold.forget(from)
  }

  close(): void {
    this.#presses.close()
    this.#hold.close()
    this.#question?.timer.abort()
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
    this.emit('key', key, press)
    const row = rowFor(key, press, situations(state, this.#question !== null))
    if (row === null || (row.in === 'leaving' && this.#unseen())) return
    const move = moveOf(row.does, state)
    if (move.to === 'question') this.#ask(move.asked)
    else {
      if (move.to === 'box' && move.intent.want === 'leave') this.#ask(false)
      this.emit('move', move)
    }
  }

  /** Who presses BACK many times in a row has not read the question. */
  #unseen(): boolean {
    return this.#question !== null && this.#clock.now() - this.#question.since < SEEN_AFTER
  }

  #ask(asked: boolean): void {
    const was = this.#question
    was?.timer.abort()
    this.#question = asked ? { timer: new AbortController(), since: this.#clock.now() } : null
    if ((was !== null) !== asked) this.emit('move', { to: 'question', asked })
    const now = this.#question
    if (now === null) return
    this.#clock.sleep('the question whether to leave', QUESTION, now.timer.signal).then(
      () => {
        if (this.#question === now) this.#ask(false)
      },
      () => {},
    )
  }
}

// emitter.ts — events with names and shapes.
//
// A listener's error is reported, never thrown into the emitter: one bad
// listener must not stop the others, and must not unwind a packet loop.

export type Off = () => void
type Shapes<Events> = { [E in keyof Events]: unknown[] }
type Listener<Args extends unknown[]> = (...args: Args) => void

export class Emitter<Events extends Shapes<Events>> {
  #listeners: { [E in keyof Events]?: Set<Listener<Events[E]>> } = {}
  #onListenerError: (error: unknown) => void

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError
  }

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): Off {
    const set: Set<Listener<Events[E]>> = this.#listeners[event] ?? new Set()
    this.#listeners[event] = set
    set.add(listener)
    return () => void set.delete(listener)
  }

  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const listener of this.#listeners[event] ?? []) {
      try {
        listener(...args)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }
}

// context.ts — what a bench is given, and what a bench is.
import type { Scope } from '../src/lib/scope.ts'
import type { Figure } from './figure.ts'

export type Context = {
  /** How many times each side is measured; at least five for a figure that is quoted. */
  readonly runs: number
  /** For how long each look goes on, for benches that can be long or short; null: their own short form. */
  readonly minutes: number | null
  /** Closed when the bench is over, also after an error: everything that is started is deferred here. */
  readonly scope: Scope
  /** Tells the person at the terminal how far we are. */
  say(line: string): void
}

/** A file of bench/: `name` is what is typed after `npm run bench --`. */
export type Bench = { readonly name: string; run(context: Context): Promise<Figure[]> }

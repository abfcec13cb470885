// collect.ts — the collector, called by hand: for what is freed only when it comes, and for moments when it disturbs nobody.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One full collection, some tens of milliseconds in a large process and a few in a small one. */
export function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  gc()
}

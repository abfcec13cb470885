// collect.ts — the collector, called by hand: for what is freed only when it comes, and for moments when it disturbs nobody.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Gc = (how?: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

/** One full collection, some tens of milliseconds in a large process and a few in a small one. */
export function collect(): void {
  gc()()
}

/** All that can be spared, also code that ran once and may never run again: a tenth of a second and more, and some megabytes less. */
export function collectAll(): void {
  gc()({ type: 'major', flavor: 'last-resort' })
}

function gc(): Gc {
  setFlagsFromString('--expose-gc')
  const found = runInNewContext('gc') as Gc
  setFlagsFromString('--no-expose-gc')
  return found
}

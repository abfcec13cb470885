// memory.ts — gives memory back that only the start needed.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * One full collection: reading the sources leaves some 6 MB behind that a box at rest would carry for hours. It takes some
 * tens of milliseconds, so it is for moments when nothing flows.
 */
export function giveBack(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  collect()
}

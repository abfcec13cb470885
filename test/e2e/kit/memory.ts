// memory.ts — is something anywhere in what a process of ours holds in memory?
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const STEP = 16 * 1024 * 1024

/** Which of these bytes the process of this id holds, all regions that it can write to looked through. */
export function heldBy(pid: number, wanted: readonly Buffer[]): readonly boolean[] {
  const found = wanted.map(() => false)
  const longest = Math.max(...wanted.map(({ length }) => length))
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(STEP + longest)
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '0', to = '0'] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      for (let at = Number.parseInt(from, 16); at < Number.parseInt(to, 16); at += STEP) {
        const length = Math.min(STEP + longest, Number.parseInt(to, 16) - at)
        const read = tryRead(memory, chunk, length, at)
        const held = chunk.subarray(0, read)
        for (const [i, bytes] of wanted.entries()) found[i] ||= held.includes(bytes)
      }
    }
  } finally {
    closeSync(memory)
  }
  return found
}

/** 0 for a region that has gone meanwhile, or is none of memory. */
function tryRead(file: number, into: Buffer, length: number, at: number): number {
  try {
    return readSync(file, into, 0, length, at)
  } catch {
    return 0
  }
}

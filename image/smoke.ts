// smoke.ts — does what a card starts run at all? Every program that its system starts by itself (starts.ts) is loaded with all its libraries
// and symbols, and asked for its version, as a stranger in there (try): on the processor it was made for, real or emulated.
// It does not show that a program does its work; it shows that none is missing a library, a symbol or an instruction.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { programsOf } from './starts.ts'

export type Tried = {
  readonly program: string
  /** Who starts it: a unit, a rule, a source. */
  readonly why: string
  /** Null: it runs. Else what went wrong, in its own words. */
  readonly fault: string | null
}

/** Who says nothing for so long is a daemon that has started, ms. */
const LONG = 8000
const LOADER = /error while loading shared libraries|symbol lookup error|cannot execute|Exec format error|not found/

/** Tries every compiled program that the system in `tree` starts. @throws when nothing can be run in there at all */
export async function tryAll(tree: string): Promise<readonly Tried[]> {
  const waiting = [...programsOf(tree)].filter(([program]) => isCompiled(join(tree, program)))
  const tried: Tried[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [program, why] = next
      tried.push({ program, why, fault: faultOf(await runIn(tree, ['env', 'LD_BIND_NOW=1', program, '--version'], LONG)) })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return tried.sort((a, b) => (a.program < b.program ? -1 : 1))
}

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/**
 * Runs a command in a tree (image/try).
 * @param patience ms; who is not done by then is ended
 * @returns its exit code; null when it was ended
 */
export function runIn(tree: string, command: readonly string[], patience: number): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(join(import.meta.dirname, 'try'), [tree, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    let ended = false
    const late = setTimeout(() => {
      ended = true
      child.kill('SIGKILL')
    }, patience)
    child.stdout.on('data', (bytes: Buffer) => (said.out += bytes))
    child.stderr.on('data', (bytes: Buffer) => (said.err += bytes))
    child.once('error', fail)
    child.once('close', (code, signal) => {
      clearTimeout(late)
      // unshare ends as its child did: by the same signal, or with 128 and more.
      done({ ...said, code: ended ? null : (code ?? (signal === null ? 255 : 128)) })
    })
  })
}

/** What is wrong with how a program ended when it was asked for its version; null: it ran, whatever it answered. */
export function faultOf({ code, out, err }: Ended): string | null {
  const line = err.split('\n').find((text) => LOADER.test(text))
  if (code === 126 || code === 127) return line ?? `it cannot be started (${code}): ${(err || out).trim().split('\n')[0]}`
  // 255 and the like are answers; a signal is 128 and its number.
  if (code !== null && code > 128 && code <= 192) return `it was killed (${code}): ${(err || out).trim().split('\n').at(-1)}`
  return line !== undefined && /loading shared libraries|symbol lookup/.test(line) ? line : null
}

/** ELF, for whatever processor; a script is tried by what it is made of. */
function isCompiled(file: string): boolean {
  const head = Buffer.alloc(4)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, head, 0, 4, 0)
  } finally {
    closeSync(handle)
  }
  return head.toString('latin1') === '\x7fELF'
}

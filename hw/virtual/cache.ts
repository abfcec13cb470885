// cache.ts — what is slow to make is made once: a slot is named by the hash of all that went into it. The two newest of a kind
// are kept. Safe against two who build at once, and against one who is killed in the middle: a slot appears whole or not at all.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'parlor/virtual-pi')
const KEPT = 2
/** What was asked for this short a time ago is about to be used, ms. */
const YOUNG = 120_000

const held = new Map<string, number>()

/** All files under some paths of the checkout, sorted; folders that are made and not written are left out. */
export function filesUnder(paths: readonly string[], leaveOut: RegExp = /(^|\/)(node_modules|build|\.git)$/): string[] {
  const found: string[] = []
  const walk = (path: string) => {
    if (!existsSync(path) || leaveOut.test(path)) return
    if (!statSync(path).isDirectory()) found.push(path)
    else for (const name of readdirSync(path).sort()) walk(join(path, name))
  }
  for (const path of paths) walk(join(ROOT, path))
  return found
}

/** The hash of some files (names, whether they are programs, contents) and words. */
export function keyOf(files: readonly string[], ...words: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`${relative(ROOT, file)}\0${statSync(file).mode & 0o111 ? 'x' : '-'}\0`)
    hash.update(createHash('sha256').update(readFileSync(file)).digest())
  }
  for (const word of words) hash.update(`\0${word}`)
  return hash.digest('hex').slice(0, 16)
}

/**
 * The folder of one slot, made by `make` when it is not there yet.
 * @param make fills the folder it is given; when it throws, there is no slot
 */
export async function slot(kind: string, key: string, make: (folder: string) => Promise<void>): Promise<string> {
  const kinds = join(CACHE, kind)
  const folder = join(kinds, key)
  mkdirSync(kinds, { recursive: true })
  if (!existsSync(folder)) {
    using _ = await lock(join(kinds, '.lock'))
    if (!existsSync(folder)) {
      const began = performance.now()
      const half = join(kinds, `.${key}.half`)
      rmSync(half, { recursive: true, force: true })
      mkdirSync(half)
      say(`making ${kind} ${key}`)
      await make(half)
      renameSync(half, folder)
      say(`made ${kind} ${key} in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
  }
  const now = new Date()
  utimesSync(folder, now, now)
  // Held open as long as we run: whoever sweeps sees that it is in use, also between two boots of a test.
  if (!held.has(folder)) held.set(folder, openSync(folder, 'r'))
  sweep(kinds)
  return folder
}

export function say(text: string): void {
  process.stderr.write(`virtual-pi: ${text}\n`)
}

/** Runs a program to its end. @throws with the end of what it said, when it fails */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let all = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes
    all = (all + bytes).slice(-8000)
  })
  child.stderr.on('data', (bytes: Buffer) => (all = (all + bytes).slice(-8000)))
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${all}`)
  return out
}

/** Waits for the lock of a file; the kernel frees it when we end, however we end. */
async function lock(file: string): Promise<Disposable> {
  // flock holds the lock while cat lives, and cat lives until its input ends: with us at the latest.
  const child = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo mine; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const late = setTimeout(() => say('somebody else is building; waiting for them'), 1000)
  await new Promise((done, fail) => {
    child.once('error', fail).once('exit', (code) => fail(new Error(`no lock of ${file}: flock ended with ${code}`)))
    child.stdout.once('data', done)
  })
  clearTimeout(late)
  child.removeAllListeners('exit')
  return { [Symbol.dispose]: () => child.stdin.end() }
}

function sweep(kinds: string): void {
  const used = inUse()
  const all = readdirSync(kinds)
    .filter((name) => !name.startsWith('.'))
    .map((name) => ({ folder: join(kinds, name), at: statSync(join(kinds, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  for (const { folder, at } of all.slice(KEPT)) {
    if (Date.now() - at < YOUNG || used.some((file) => file === folder || file.startsWith(`${folder}/`))) continue
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The files under the cache that a process holds open. */
function inUse(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [`/proc/${pid}/exe`, ...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`)].map((link) =>
          readlinkSync(link),
        )
      } catch {
        return [] // it ended while we looked, or is not ours
      }
    })
    .filter((file) => file.startsWith(CACHE))
}

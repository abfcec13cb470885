// process.ts — other programs on this machine: our own forked workers, and short commands. The only file that starts a process.
//
// It does not supervise: who forks a worker watches it (media/worker.ts). A child is given neither our
// settings nor our secrets in its environment (PARLOR_*), nor switches meant for our own process (NODE_*, but for its compile cache; MALLOC_*): workers read
// bytes from strangers, so what they do not need they do not get.
import { type ChildProcess, type ExecFileException, execFile, fork as forkNode, spawnSync } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Ms } from '../lib/unit.ts'
import { Chatter } from './chatter.ts'

const LULL_MS = 10_000

/** A forked child of ours. */
export type Forked = {
  /** Undefined when the system would not start it; then 'exit' follows. */
  readonly pid: number | undefined
  /** Structured clone (Buffers and typed arrays stay what they are). False when the child is gone or its pipe is full. Never throws. */
  send(message: unknown): boolean
  on(event: 'message', listener: (message: unknown) => void): void
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): void
  kill(signal: 'SIGKILL' | 'SIGTERM'): void
}

/** Starts a TypeScript module of ours as a child with a message channel. Never throws: a child that could not start exits at once. */
export function fork(module: URL, options: { readonly env?: Record<string, string> }): Forked {
  const exits = new Set<(code: number | null, signal: string | null) => void>()
  const messages = new Set<(message: unknown) => void>()
  let child: ChildProcess | null = null
  let gone = false
  const exit = (code: number | null, signal: string | null): void => {
    if (gone) return
    gone = true
    for (const listener of exits) listener(code, signal)
  }
  try {
    child = forkNode(module, {
      env: { ...plainEnvironment(process.env), ...options.env },
      ...ofUs(),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [child.stdout, child.stderr]) if (stream) passOn(stream)
    child.on('exit', exit)
    // Without a listener an error of the channel would be an exception of ours. Only a child that never was ends here.
    child.on('error', () => child?.pid === undefined && exit(null, null))
    child.on('message', (message) => {
      for (const listener of messages) listener(message)
    })
  } catch {
    setTimeout(() => exit(null, null), 0)
  }
  return {
    pid: child?.pid,
    send: (message) => (child?.connected ? child.send(message as object, () => {}) : false),
    on: (event: 'message' | 'exit', listener: (...args: never[]) => void) => {
      if (event === 'message') messages.add(listener as (message: unknown) => void)
      else exits.add(listener as (code: number | null, signal: string | null) => void)
    },
    kill: (signal) => void child?.kill(signal),
  }
}

type Start = { readonly execPath: string; readonly execArgv: string[] }

/**
 * How Node is started as a child that goes with us, however we go (prctl(2), PR_SET_PDEATHSIG): one that is stuck in the open() of a device
 * hears no channel close, and would hold camera or microphone open with nobody left to close them. Where the program that asks for it may
 * not run (it calls capset(2), which a locked-up systemd unit refuses), the child is a plain one: there systemd ends all that we leave.
 */
export function mortal(setpriv: string): Start {
  const wish = ['--pdeathsig', 'KILL']
  const may = spawnSync(setpriv, [...wish, 'true'], { stdio: 'ignore', timeout: TRIAL_MS }).status === 0
  return may ? { execPath: setpriv, execArgv: [...wish, process.execPath] } : { execPath: process.execPath, execArgv: [] }
}
const TRIAL_MS = 10_000
let start: Start | null = null
const ofUs = (): Start => {
  start ??= mortal('/usr/bin/setpriv')
  return start
}

/** Where Node keeps what it made of our sources: a worker that fell is back the sooner. */
const CACHE = 'NODE_COMPILE_CACHE'

/** Writes to our own terminal what a child says on its, with measure. */
function passOn(stream: Readable): void {
  const chatter = new Chatter()
  const write = (text: string) => text && process.stderr.write(text)
  const lulls = setInterval(() => write(chatter.lull()), LULL_MS).unref()
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => write(chatter.take(text)))
  stream.on('error', () => {})
  stream.once('close', () => {
    clearInterval(lulls)
    write(chatter.lull())
  })
}

/** What a child may know of our environment. */
export function plainEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && (entry[0] === CACHE || !/^(PARLOR_|NODE_|MALLOC_)/.test(entry[0])),
    ),
  )
}

export type Ran = {
  /** It ran to its end and said 0. */
  readonly ok: boolean
  readonly out: string
  readonly err: string
}

/**
 * Runs a short command, no shell, and gives what it printed (at most 1 MiB). Never throws: a command that is missing,
 * fails, or outstays its time (then it is killed) is just not ok.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly timeLimit: Ms; readonly signal?: AbortSignal },
): Promise<Ran> {
  return new Promise((done) => {
    const settings = { timeout: options.timeLimit, killSignal: 'SIGKILL' as const, ...(options.signal ? { signal: options.signal } : {}) }
    execFile(command, args, settings, (error, out, err) => done({ ok: error === null, out, err: err || whyItEnded(error) }))
  })
}

/** Of a command that said nothing itself. */
const whyItEnded = (error: ExecFileException | null): string =>
  error?.signal ? `it was ended by ${error.signal}${error.killed ? ', as its time was over' : ''}` : (error?.message ?? '')

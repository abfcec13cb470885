// box.ts — a real parlord of our own: free ports, its own data folder, stopped with the test. Spoken to as a person would:
// through scripts/parlor.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Status } from '../../../src/app/status.ts'
import { askLocal } from '../../../src/control/local.ts'
import { ROOT, temporaryFolder } from './folder.ts'

/** A line of the daemon's log. */
export type Line = { readonly level: string; readonly msg: string; readonly time: string; readonly [fact: string]: unknown }
export type Worker = keyof Status['workers']

export type BoxSettings = Readonly<Record<string, string>>

/** A box without devices, for tests that need none; each setting can be given otherwise. */
const QUIET: BoxSettings = {
  PARLOR_WEB__HTTP: '0',
  PARLOR_WEB__HTTPS: '0',
  PARLOR_CAMERA__SOURCE: 'test',
  PARLOR_SOUND__MICROPHONE: 'none',
  PARLOR_SOUND__SPEAKER: 'none',
  PARLOR_TV__OUTPUT: 'none',
  PARLOR_LOG__FORMAT: 'json',
}

/** Our environment without any setting of a Parlor, so that a developer's own never leak into a test. */
function plainEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PARLOR_|VITEST|NODE_)/.test(name)))
}

export type Ended = { readonly code: number | null; readonly text: string }

/** Runs a parlord that is not expected to stay: gives its exit code and all that it said. */
export async function runToEnd(settings: BoxSettings, data = temporaryFolder('box')): Promise<Ended> {
  const child = launch(settings, data, [])
  let text = ''
  child.stderr?.on('data', (bytes: Buffer) => (text += bytes))
  child.stdout?.on('data', (bytes: Buffer) => (text += bytes))
  const code = await Promise.race([
    new Promise<number | null>((done) => child.once('close', done)),
    sleep(30_000, null, { ref: false }).then(() => {
      child.kill('SIGKILL')
      return null
    }),
  ])
  return { code, text }
}

function launch(settings: BoxSettings, data: string, args: readonly string[], namespace: string | null = null): ChildProcess {
  const config = join(data, 'parlor.toml')
  if (!existsSync(config)) writeFileSync(config, '')
  const command = [...(namespace ? ['ip', 'netns', 'exec', namespace] : []), join(ROOT, 'scripts/parlord'), ...args]
  return spawn(command[0] ?? '', command.slice(1), {
    cwd: data,
    env: { ...plainEnv(), ...QUIET, PARLOR_DATA: data, PARLOR_CONFIG: config, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export class Box {
  readonly data: string
  readonly lines: Line[] = []
  /** What it said that was no line of its log. */
  other = ''
  /** When it said that it is ready, on performance.now(). */
  readyAt = 0
  readonly #child: ChildProcess
  #httpPort = 0
  #httpsPort = 0

  private constructor(child: ChildProcess, data: string) {
    this.#child = child
    this.data = data
  }

  /** Starts a box and waits until it says that it is ready. It joins its room at once, unless `join` is false. @param options.namespace the network it lives in */
  static async start(settings: BoxSettings = {}, options: { join?: boolean; data?: string; namespace?: string } = {}): Promise<Box> {
    const data = options.data ?? temporaryFolder('box')
    const child = launch(settings, data, options.join === false ? [] : ['--join'], options.namespace)
    const box = new Box(child, data)
    const kill = () => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    child.stdout?.on('data', (bytes: Buffer) => (box.other += bytes))
    box.#listen()
    await box.#awaitReady()
    return box
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }
  /** Where pages of this machine find it: a secure context without https. */
  get origin(): string {
    return `http://localhost:${this.#httpPort}`
  }
  get httpsPort(): number {
    return this.#httpsPort
  }
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** A command of the CLI; its result as JSON. Rejects with what the CLI said. */
  parlor(...words: string[]): Promise<unknown> {
    return this.parlorWith('', ...words)
  }
  /** The same with something on its standard input. */
  async parlorWith(input: string, ...words: string[]): Promise<unknown> {
    const text = await new Promise<string>((done, fail) => {
      const env = { ...plainEnv(), PARLOR_DATA: this.data }
      const child = execFile(join(ROOT, 'scripts/parlor'), ['--json', ...words], { env, timeout: 20_000 }, (error, out, err) =>
        error ? fail(new Error(`parlor ${words.join(' ')}: ${err || out || error.message}`)) : done(out),
      )
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
    return text.trim() === '' ? null : JSON.parse(text)
  }

  /** As `parlor --json status`, but straight from the daemon's socket: quick enough to take times with. */
  async status(): Promise<Status> {
    return (await askLocal(join(this.data, 'control.sock'), { do: 'status' }, AbortSignal.timeout(10_000))) as Status
  }

  /** Asks it into its room, and waits until it is there with camera and sound, or without them when it has none. */
  async enter(): Promise<void> {
    await this.parlor('join')
    await this.#until(({ inCall }) => inCall)
  }

  /** Asks it out of its room, and waits until camera and sound are closed. */
  async exit(): Promise<void> {
    await this.parlor('leave')
    await this.#until(({ inCall, actual }) => !inCall && actual.camera === 'closed' && actual.sound === 'closed')
  }

  /** The link of its room. */
  async link(): Promise<string> {
    return ((await this.parlor('link')) as { here: string }).here
  }

  /** The page of its room, from a given origin (default: this machine). */
  async room(origin = this.origin): Promise<string> {
    return `${origin}/r#${(await this.link()).split('#')[1]}`
  }

  /** The daemon and the workers that run now, by name: their process ids. */
  async processes(): Promise<Record<string, number>> {
    const { workers } = await this.status()
    const running = Object.entries(workers).flatMap(([worker, pid]) => (pid === null ? [] : [[worker, pid] as const]))
    return { daemon: this.pid, ...Object.fromEntries(running) }
  }

  /** What each of them has in memory, MB. */
  async memory(): Promise<Record<string, number>> {
    return Object.fromEntries(Object.entries(await this.processes()).map(([name, pid]) => [name, rssOf(pid)]))
  }

  /** Kills a worker as a segfault would. Gives when, in Date.now(). */
  async killWorker(worker: Worker): Promise<number> {
    const { workers } = await this.status()
    const pid = workers[worker]
    if (pid === null) throw new Error(`there is no ${worker} worker; workers: ${JSON.stringify(workers)}`)
    const at = Date.now()
    process.kill(pid, 'SIGKILL')
    return at
  }

  /** Stops it as systemd would, and waits until it has gone; kills it after 10 s. */
  async stop(): Promise<void> {
    if (!this.alive) return
    const gone = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGTERM')
    const late = sleep(10_000, null, { ref: false }).then(() => this.#child.kill('SIGKILL'))
    await Promise.race([gone, late.then(() => gone)])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** What it said last, for the message of a failed test. */
  tail(lines = 30): string {
    return [...this.lines.slice(-lines).map((line) => JSON.stringify(line)), this.other.slice(-2000)].join('\n')
  }

  async #until(is: (status: Status) => boolean): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if (is(await this.status())) return
      await sleep(100)
    }
    throw new Error(`the box did not do what it was asked: ${JSON.stringify(await this.status())}`)
  }

  #listen(): void {
    let rest = ''
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      const all = (rest + bytes).split('\n')
      rest = all.pop() ?? ''
      for (const text of all) {
        try {
          const line = JSON.parse(text) as Line
          this.lines.push(line)
          if (line.msg === 'ready') this.readyAt ||= performance.now()
        } catch {
          this.other += `${text}\n`
        }
      }
    })
  }

  async #awaitReady(): Promise<void> {
    for (let i = 0; i < 1500; i++) {
      const ready = this.lines.find(({ msg }) => msg === 'ready')
      if (ready) {
        this.#httpPort = Number(ready.httpPort)
        this.#httpsPort = Number(ready.httpsPort)
        return
      }
      if (!this.alive) throw new Error(`parlord ended before it was ready:\n${this.tail()}`)
      await sleep(20)
    }
    this.#child.kill('SIGKILL')
    throw new Error(`parlord was not ready after 30 s:\n${this.tail()}`)
  }
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Resident memory of a process, in MB; 0 when it is gone. */
export function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}

/** What a process holds open, counted. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** What a process holds open, by kind: `socket`, `pipe`, `anon_inode`, or a path. For the message of a failed test. */
export function openKinds(pid: number): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const kind = readlinkSync(`/proc/${pid}/fd/${fd}`).split(':')[0] ?? ''
      kinds[kind] = (kinds[kind] ?? 0) + 1
    } catch {
      // Closed while we looked.
    }
  }
  return kinds
}

// machine.ts — one virtual Pi as a process: User-Mode Linux with a disk of its own that begins as a copy of the built one (only what it
// changes is stored), a cable, a folder shared with this machine, a console written to a file, and the agent's serial line.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './agent.ts'
import type { Socket } from './lan.ts'
import type { Parts } from './parts.ts'

export type Setup = {
  /** What it is made of. */
  readonly parts: Parts
  /** Its own folder: disk changes, shared folder, run files. What is in share/overlay is laid over its root folder at the next boot. */
  readonly folder: string
  /** MB. */
  readonly memory: number
  readonly socket: Socket
  /** Further words for its kernel. */
  readonly args: readonly string[]
  /** The file its console is appended to; 'terminal': it is this terminal, keyboard too. */
  readonly console: string
}

/** What it has changed of the built disk, in its folder. */
export const DISK = 'changes.cow'
/** A machine that was killed is not waited for longer, ms. */
const LETS_GO = 10_000

/** The devices that are built into the kernel, as a Pi has them: no more cards, cameras and tuners than that. */
const DEVICES = [
  'mac80211_hwsim.radios=0', // Wi-Fi in software, where a test wants some
  'vivid.n_devs=1',
  'vivid.node_types=0x101', // a camera, and an output, whose CEC adapter is the box's; no tuner, no VBI, no radio
  'vivid.num_inputs=1',
  'vivid.input_types=3', // HDMI
  'vivid.num_outputs=1',
  'vivid.output_types=1', // HDMI
  'vivid.allocators=0',
  'snd_dummy.enable=0',
  'snd_aloop.enable=1',
]

export class Machine {
  readonly setup: Setup
  readonly agent: Agent
  /** Its end: the exit code, or null when it was killed. */
  readonly gone: Promise<number | null>
  readonly #child: ChildProcess
  readonly #lastRites: () => void

  constructor(setup: Setup) {
    this.setup = setup
    const { parts, folder, memory, socket } = setup
    mkdirSync(join(folder, 'share'), { recursive: true })
    rmSync(join(folder, 'share/reboot-param'), { force: true }) // whatever it was: the power was off
    const words = [
      `mem=${memory}M`,
      `ubd0=${join(folder, DISK)},${parts.disk}`,
      ...(parts.kernel === null ? [] : ownWords(socket, folder)),
      'init=/usr/local/lib/rig/agent',
      `hostfs=${join(folder, 'share')}`,
      `uml_dir=${folder}`,
      'umid=machine',
      'con=null',
      setup.console === 'terminal' ? 'con0=fd:0,fd:1' : 'con0=null,fd:1',
      'ssl=null',
      'ssl0=fd:3',
      `vec0:transport=tap,ifname=${socket.tap}`,
      `rig.address=${socket.address}/24`,
      'loglevel=5',
      'systemd.show_status=0',
      ...DEVICES,
      ...setup.args,
    ]
    const starting = parts.kernel === null ? firmware(parts, folder, words) : { VIRTUAL_PI_KERNEL: parts.kernel }
    const output = setup.console === 'terminal' ? 'inherit' : openSync(setup.console, 'a')
    // It dies with us (pdeathsig), also when we are killed. Each of these programs becomes the next one, so the pid is the machine's.
    this.#child = spawn('ip', ['netns', 'exec', socket.namespace, 'setpriv', '--pdeathsig', 'KILL', parts.start, ...words], {
      stdio: [setup.console === 'terminal' ? 'inherit' : 'ignore', output, output, 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: '/root',
        ...starting,
        TERM: process.env.TERM ?? 'vt220',
        ...memoryFolder(memory),
      },
      detached: setup.console !== 'terminal',
    })
    goBeforeOthers(this.pid)
    this.agent = new Agent(this.#child.stdio[3] as Duplex)
    this.gone = new Promise((done, fail) => this.#child.once('error', fail).once('exit', (code) => done(code)))
    this.#lastRites = () => this.#slay()
    process.once('exit', this.#lastRites)
    this.gone.finally(() => process.removeListener('exit', this.#lastRites)).catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The power cut: gone without a last word. What its disk was told is kept, what was still in its memory is lost. */
  async kill(): Promise<void> {
    this.#slay()
    await this.gone
    await this.#letsGo()
  }

  /** Until nobody has a lock on its disk: its threads share its files, and the last may hold it for a moment after the first has ended. */
  async #letsGo(): Promise<void> {
    const disk = statSync(join(this.setup.folder, DISK), { throwIfNoEntry: false })
    const isHeld = () => new RegExp(`:${disk?.ino} `).test(readFileSync('/proc/locks', 'utf8'))
    for (const end = performance.now() + LETS_GO; disk && isHeld() && performance.now() < end; ) await sleep(10)
  }

  #slay(): void {
    // A kernel that a firmware has started leads a group of its own, and one that has booted again is a child of the one before. Its programs
    // would run on, on this machine, if they outlived it, and one of its threads would keep the disk.
    for (const pid of [...descendantsOf(this.pid), this.pid].flatMap((each) => [-each, each])) {
      try {
        if (pid !== 0) process.kill(pid, 'SIGKILL')
      } catch {
        // It has gone, or it leads no group.
      }
    }
  }
}

/** The processes that this one has begun, and those have, and that still run. */
function descendantsOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    return children.flatMap((child) => [child, ...descendantsOf(child)])
  } catch {
    return [] // it has gone
  }
}

/** What stands on a card, and is said here where there is none. */
const ownWords = (socket: Socket, folder: string): string[] => [
  'root=/dev/ubda',
  'rw',
  `systemd.machine_id=${Buffer.from(`${socket.address}:${folder}`.slice(-16).padStart(16)).toString('hex')}`,
  'panic=-1',
]

/** The program that looks for the kernel on the card, at each start (firmware.ts). */
function firmware(parts: Parts, folder: string, words: readonly string[]): NodeJS.ProcessEnv {
  const program = join(folder, 'firmware')
  const quoted = (given: readonly string[]) => given.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const kernel = join(folder, 'kernel')
  const player = quoted([process.execPath, join(import.meta.dirname, 'firmware.ts'), parts.disk, join(folder, DISK), folder])
  const start = `VIRTUAL_PI_KERNEL=${quoted([kernel])} setpriv --pdeathsig KILL ${quoted([parts.start])} kernel`
  // A kernel that panics aborts itself here, and takes with it who does not ignore that; on a board it starts anew, and so it does here.
  const script = `#!/bin/sh
trap '' TERM
set -f
while :; do
  ${player} || exit
  ${start} $(cat ${quoted([`${kernel}.words`])}) ${quoted(words)}
  code=$?
  [ $code = 134 ] || exit $code
done
`
  writeFileSync(program, script, { mode: 0o755 })
  return { VIRTUAL_PI_FIRMWARE: program }
}

/** A board has its processor to itself: where others run here too, it goes before them, as well as this system lets us say so. */
function goBeforeOthers(pid: number): void {
  const niceness = -10
  for (const say of [
    () => setPriority(pid, niceness),
    // Where each session is given its share first (sched(7), autogroup), that of the session counts; it has one of its own.
    () => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)),
  ]) {
    try {
      say()
    } catch {
      // Not allowed here, or there are no such groups: then it has what the others leave it.
    }
  }
}

/** Where its memory lies: UML takes /dev/shm, which is small in some containers. */
function memoryFolder(megabytes: number): NodeJS.ProcessEnv {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return (bavail * bsize) / 2 ** 20 > megabytes * 1.6 ? {} : { TMPDIR: '/var/tmp' }
  } catch {
    return { TMPDIR: '/var/tmp' }
  }
}

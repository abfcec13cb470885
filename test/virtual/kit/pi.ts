// pi.ts — a virtual Pi for a test: boots it, runs commands in it, reads and writes its files, cuts its power, and keeps its console and its journal.
// What it is made of is in hw/virtual (README.md there); this file only makes it handy.
//
// With `card: true` it starts from the card that is shipped (image/), by way of a player of the Pi's firmware, at every reboot: `pi.card()` is the
// card while it is off (hw/virtual/card.ts), the console says which partition was started. Its root cannot be written: `files` lie
// over it at each boot, those of /etc/parlor and /var/lib/parlor go once to where a card has them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result, Running } from '../../../hw/virtual/agent.ts'
import { Card } from '../../../hw/virtual/card.ts'
import { Lan, type Socket } from '../../../hw/virtual/lan.ts'
import { DISK, Machine } from '../../../hw/virtual/machine.ts'
import { type Parts, parts, whyNoVirtualPi } from '../../../hw/virtual/parts.ts'
import { cardParts } from '../../../image/virtual.ts'
import { artefact, temporaryFolder } from '../../e2e/kit/folder.ts'

export { Lan } from '../../../hw/virtual/lan.ts'
export type { Result, Running }

/** Null where a virtual Pi can run; else the reason, which the tests say when they are skipped. */
export const whyNot = whyNoVirtualPi()
if (whyNot) console.warn(`THE TESTS ON THE VIRTUAL PI ARE SKIPPED: ${whyNot}`)

export type File = string | Buffer | { readonly content: string | Buffer; readonly mode: number }
export type Wishes = {
  /** Where its console is kept: artefacts/virtual/NAME.console.log. */
  readonly name: string
  /** MB; a Zero 2 W has 512. */
  readonly memory?: number
  /** Files to lay over its root folder before systemd reads anything: '/etc/parlor/parlor.toml': '...'. Mode 644 if not said. */
  readonly files?: Readonly<Record<string, File>>
  /** Further words for its kernel: 'rig.camera=none', 'systemd.mask=parlor.service'. */
  readonly args?: readonly string[]
  /** The home network it is plugged into; none: one of its own. */
  readonly lan?: Lan
  /** It starts from the card that is shipped, not from the bench's own disk. */
  readonly card?: boolean
}

/** Builds what is missing (say so in CI beforehand: it may take half an hour), boots, and waits until systemd has started everything. */
export async function bootVirtualPi(wishes: Wishes): Promise<VirtualPi> {
  const made = await (wishes.card ? cardParts() : parts())
  const lan = wishes.lan ?? new Lan()
  const pi = new VirtualPi(wishes, made, lan, lan.socket())
  try {
    for (const [path, file] of Object.entries(wishes.files ?? {})) pi.lay(path, file)
    await pi.boot()
  } catch (error) {
    await pi[Symbol.asyncDispose]()
    throw error
  }
  return pi
}

export class VirtualPi implements AsyncDisposable {
  readonly lan: Lan
  /** Its end of the cable: pull() and plug(). */
  readonly cable: Socket
  /** The file of its console. */
  readonly console: string
  /** A folder of this machine that it sees as /host. */
  readonly share: string
  /** systemd's word after the last boot: 'running', or 'degraded' when a unit failed. */
  state = ''
  /** How long the last boot took until everything was started, ms. */
  bootTook = 0
  readonly #wishes: Wishes
  readonly #parts: Parts
  readonly #folder: string
  #machine: Machine | null = null

  constructor(wishes: Wishes, made: Parts, lan: Lan, cable: Socket) {
    this.#wishes = wishes
    this.#parts = made
    this.lan = lan
    this.cable = cable
    this.#folder = temporaryFolder('virtual-pi')
    this.share = join(this.#folder, 'share')
    this.console = artefact('virtual', `${wishes.name}.console.log`)
    writeFileSync(this.console, '')
  }

  /** The network namespace where it is reached: for openBrowser(pi.namespace), or `ip netns exec`. */
  get namespace(): string {
    return this.lan.namespace
  }
  /** Its address there. */
  get address(): string {
    return this.cable.address
  }
  get isOn(): boolean {
    return this.#machine !== null
  }

  /** Puts a file in its place at the next boot, before systemd reads anything. */
  lay(path: string, file: File): void {
    const { content, mode } = typeof file === 'string' || Buffer.isBuffer(file) ? { content: file, mode: 0o644 } : file
    const to = join(this.share, 'overlay', this.#parts.kernel === null ? onCard(path) : path)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, content, { mode })
  }

  /** Switches it on, with the disk as it was left. @param patience ms until everything has started */
  async boot(patience = 180_000): Promise<void> {
    if (this.#machine) throw new Error('the virtual Pi is on already')
    const began = performance.now()
    const machine = new Machine({
      parts: this.#parts,
      folder: this.#folder,
      memory: this.#wishes.memory ?? 1024,
      socket: this.cable,
      args: this.#wishes.args ?? [],
      console: this.console,
    })
    this.#machine = machine
    machine.gone
      .finally(() => {
        if (this.#machine === machine) this.#machine = null
      })
      .catch(() => {})
    const timer = setTimeout(() => void machine.kill(), patience + 15_000)
    try {
      await machine.agent.hello()
      await this.#settle(began, patience)
    } catch (cause) {
      throw new Error(`the virtual Pi did not boot within ${patience} ms; its console is in ${this.console}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Its card, to look at and to change while it is off. */
  card(): Card {
    if (this.isOn) throw new Error('the virtual Pi is on, and has its card itself')
    return new Card(this.#parts.disk, join(this.#folder, DISK))
  }

  /** Runs a command (for sh -c) to its end, as root. Its stdin is empty. A process it leaves behind must not keep its stdout. */
  run(command: string, patience = 60_000): Promise<Result> {
    return this.#on.agent.run(command, patience)
  }

  /** As run, but rejects when the command fails; gives its stdout. */
  async must(command: string, patience?: number): Promise<string> {
    const { ok, code, out, err } = await this.run(command, patience)
    if (!ok) throw new Error(`on the virtual Pi: ${command}: exit status ${code}\n${out}\n${err}`)
    return out
  }

  /** Starts a command that runs on: `await using evtest = pi.start('evtest /dev/input/event0'); await evtest.says(/KEY_OK/)`. */
  start(command: string): Running {
    return this.#on.agent.start(command)
  }

  /** The text of a file: quick, without a process. */
  async file(path: string): Promise<string> {
    return (await this.bytes(path)).toString()
  }

  bytes(path: string): Promise<Buffer> {
    return this.#on.agent.read(path)
  }

  /** Writes a file, or a knob in /sys; its folder must be there. */
  write(path: string, content: string | Buffer, mode?: number): Promise<void> {
    return this.#on.agent.write(path, content, mode)
  }

  /** The power cut. boot() switches it on again, with what had reached its disk. */
  async kill(): Promise<void> {
    await this.#machine?.kill()
    this.#machine = null
  }

  /** Shuts it down in good order, and waits until it is off. */
  async halt(): Promise<void> {
    const machine = this.#on
    machine.agent.run('systemctl poweroff').catch(() => {}) // it is gone before it can answer
    await machine.gone
    this.#machine = null
  }

  /** Waits for a boot that somebody else begins (a watchdog, `systemctl reboot`), until everything has started. Call it before. */
  async bootsAgain(patience = 180_000): Promise<void> {
    const began = performance.now()
    const timer = setTimeout(() => void this.kill(), patience + 15_000)
    try {
      await this.#on.agent.hello()
      await this.#settle(began, patience)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Off, and gone. What it wrote into its journal is kept beside its console. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOn) await this.#keepJournal()
    await this.kill()
    if (!this.#wishes.lan) this.lan[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #keepJournal(): Promise<void> {
    const { out } = await this.run('journalctl -b --no-pager -o short-monotonic', 20_000).catch((error: unknown) => ({
      out: String(error),
    }))
    writeFileSync(artefact('virtual', `${this.#wishes.name}.journal.log`), out)
  }

  get #on(): Machine {
    if (!this.#machine) throw new Error('the virtual Pi is off')
    return this.#machine
  }

  async #settle(began: number, patience: number): Promise<void> {
    const end = began + patience
    // Looking whether a file is there costs the guest next to nothing; asking systemd is a process.
    while (!(await this.bytes('/run/rig-up').then(Boolean, () => false))) {
      if (!this.isOn) throw new Error('it went off while it booted')
      if (performance.now() > end) throw new Error(`not everything started; still to do:\n${(await this.run('systemctl list-jobs')).out}`)
      await sleep(50)
    }
    do this.state = (await this.run('systemctl is-system-running')).out.trim()
    while (this.state === 'starting')
    this.bootTook = performance.now() - began
  }
}

/** Where a card has what is kept; the folders of an installed box are shown from there. */
const onCard = (path: string): string =>
  path.replace(/^\/etc\/parlor\//, '/state/etc-parlor/').replace(/^\/var\/lib\/parlor\//, '/state/parlor/')

// cable.ts — a cable between two namespaces, as good or as bad as one wants it: delay, jitter, loss, rate.
//
// A perfect one is a veth pair. A bad one is two TAP devices with wanem.c between them: not every kernel has netem, and this is the
// same everywhere; it can be made better or worse while it is used. wanem.c is compiled at first use, where there is a C compiler.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { temporaryFolder } from '../kit/folder.ts'
import { ip, run } from './netns.ts'

export type Line = {
  /** Milliseconds, one way. */
  readonly delay: number
  /** Milliseconds on top, at random; packets keep their order. */
  readonly jitter?: number
  /** Per cent of packets that vanish. */
  readonly loss?: number
  /** Kilobits a second; 0: no limit. */
  readonly rate?: number
  /** Milliseconds that a packet may wait for the rate before it is dropped. */
  readonly queue?: number
}

/** Lays a cable and switches both ends on. */
export function cable(here: string, device: string, there: string, port: string, line?: Line): Disposable {
  if (line) return new BadCable(here, device, there, port, line)
  ip([`link add ${device} type veth peer name ${port} netns ${there}`, `link set ${device} up`], here)
  ip([`link set ${port} up`], there)
  return { [Symbol.dispose]: () => {} } // it goes with its namespaces
}

/** What became of one frame that came to the line. */
export type Passage = {
  /** From the first end to the second, or back. */
  readonly way: 'there' | 'back'
  /** When it came, milliseconds of Date.now(). */
  readonly at: number
  /** Milliseconds that it waited for the rate; 'over': there was no room for it; 'lost': it vanished. */
  readonly waited: number | 'over' | 'lost'
  readonly bytes: number
}

/** A line between two devices. */
export class BadCable implements Disposable {
  readonly #emulator: ChildProcessByStdio<Writable, Readable, null>
  readonly #stop: () => void
  /** Date.now() less the clock of the emulator, CLOCK_MONOTONIC, as process.hrtime. */
  readonly #epoch = Date.now() - Number(process.hrtime.bigint()) / 1e6

  constructor(here: string, device: string, there: string, port: string, line: Line) {
    const { delay, jitter = 0, loss = 0, rate = 0, queue = 200 } = line
    const args = [here, device, there, port, ...[delay, jitter, loss, rate, queue].map(String)]
    const emulator = spawn(program(), args, { stdio: ['pipe', 'pipe', 'ignore'] })
    emulator.stdin.on('error', () => {}) // it was stopped
    this.#emulator = emulator
    this.#stop = () => void emulator.kill('SIGKILL')
    process.once('exit', this.#stop)
    waitForDevice(here, device)
    waitForDevice(there, port)
    ip([`link set ${device} up`], here)
    ip([`link set ${port} up`], there)
  }

  /** The rate from now on, kilobits a second; 0: no limit. */
  set rate(kbit: number) {
    this.#emulator.stdin.write(`rate ${kbit}\n`)
  }

  /** Per cent of packets that vanish from now on. */
  set loss(percent: number) {
    this.#emulator.stdin.write(`loss ${percent}\n`)
  }

  /** Calls back with every frame that comes to the line from now on. Only of a line with a rate. */
  watch(onFrame: (passage: Passage) => void): void {
    let rest = ''
    this.#emulator.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onFrame(this.#read(line))
    })
    this.#emulator.stdin.write('watch\n')
  }

  #read(line: string): Passage {
    const [way, micros, waited, bytes] = line.split(' ').map(Number)
    return {
      way: way === 0 ? 'there' : 'back',
      at: this.#epoch + (micros ?? 0) / 1000,
      waited: waited === -1 ? 'over' : waited === -2 ? 'lost' : (waited ?? 0) / 1000,
      bytes: bytes ?? 0,
    }
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#stop)
    this.#stop()
  }
}

/** Why there can be no bad cables here; null when there can. */
export const whyNoBadCables = (): string | null =>
  !existsSync('/dev/net/tun') ? 'no /dev/net/tun' : !existsSync('/usr/bin/gcc') ? 'no C compiler' : null

let compiled: string | null = null
function program(): string {
  if (compiled) return compiled
  const made = join(temporaryFolder('wanem'), 'wanem')
  run('gcc', ['-O2', '-o', made, join(import.meta.dirname, 'wanem.c')])
  compiled = made
  return made
}

function waitForDevice(namespace: string, device: string): void {
  for (let tries = 0; tries < 100; tries++) {
    try {
      ip([`link show ${device}`], namespace)
      return
    } catch {
      run('sleep', ['0.02'])
    }
  }
  throw new Error(`the device ${device} does not come up in ${namespace}`)
}

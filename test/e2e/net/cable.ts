// cable.ts — a cable between two namespaces, as good or as bad as one wants it: delay, jitter, loss, rate.
//
// A perfect one is a veth pair. A bad one is two TAP devices with wanem.c between them: not every kernel has netem, and this is the
// same everywhere. wanem.c is compiled at first use, where there is a C compiler.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
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
  if (!line) {
    ip([`link add ${device} type veth peer name ${port} netns ${there}`, `link set ${device} up`], here)
    ip([`link set ${port} up`], there)
    return { [Symbol.dispose]: () => {} } // it goes with its namespaces
  }
  const { delay, jitter = 0, loss = 0, rate = 0, queue = 200 } = line
  const args = [here, device, there, port, ...[delay, jitter, loss, rate, queue].map(String)]
  const emulator = spawn(program(), args, { stdio: 'ignore' })
  waitForDevice(here, device)
  waitForDevice(there, port)
  ip([`link set ${device} up`], here)
  ip([`link set ${port} up`], there)
  const stop = () => void emulator.kill('SIGKILL')
  process.once('exit', stop)
  return {
    [Symbol.dispose]() {
      process.off('exit', stop)
      stop()
    },
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

// lan.ts — the home network of virtual Pis: a network namespace of its own with a switch in it. The namespace's own address is where a
// browser of the test lives (ip netns exec). Nothing of it touches the machine's own network; several stand side by side. Needs root.
import { execFileSync } from 'node:child_process'

const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const NAME = /^parlor-lan-(\d+)-\d+/
let made = 0

export class Lan implements Disposable {
  /** The name of its network namespace. */
  readonly namespace: string
  /** The test's own address on it. */
  readonly here = '10.77.0.1'
  #ports = 0

  constructor() {
    sweep()
    this.namespace = `parlor-lan-${process.pid}-${++made}`
    ip('netns', 'add', this.namespace)
    const n = (...words: string[]) => ip('-n', this.namespace, ...words)
    n('link', 'set', 'lo', 'up')
    n('link', 'add', 'switch', 'type', 'bridge')
    // IPv6 would find its own addresses a second or two later, and a browser takes that for a change of network.
    n('link', 'set', 'switch', 'addrgenmode', 'none')
    n('addr', 'add', `${this.here}/24`, 'dev', 'switch')
    n('link', 'set', 'switch', 'up')
    n('route', 'add', 'default', 'dev', 'switch')
  }

  /** A socket for one more machine: the name of its TAP device, and the address it is to have. */
  socket(): Socket {
    const tap = `tap${++this.#ports}`
    ip('-n', this.namespace, 'tuntap', 'add', 'dev', tap, 'mode', 'tap')
    ip('-n', this.namespace, 'link', 'set', tap, 'addrgenmode', 'none', 'master', 'switch', 'up')
    return new Socket(this.namespace, tap, `10.77.0.${this.#ports + 1}`)
  }

  [Symbol.dispose](): void {
    remove(this.namespace)
  }
}

/** A cable into one machine. */
export class Socket {
  readonly namespace: string
  readonly tap: string
  readonly address: string

  constructor(namespace: string, tap: string, address: string) {
    this.namespace = namespace
    this.tap = tap
    this.address = address
  }

  pull(): void {
    ip('-n', this.namespace, 'link', 'set', this.tap, 'nomaster')
  }

  plug(): void {
    ip('-n', this.namespace, 'link', 'set', this.tap, 'master', 'switch')
  }
}

/**
 * Removes a network, and ends what still runs in it: of a machine whose own process was killed with the test, the processes of its guest stay
 * behind, and what was computing goes on computing.
 */
function remove(namespace: string): void {
  for (const pid of ip('netns', 'pids', namespace).split('\n').map(Number).filter(Boolean)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
  ip('netns', 'del', namespace)
}

/** Networks of test runs that were killed. */
function sweep(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const pid = NAME.exec(line)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      remove(line.split(' ')[0] ?? '')
    } catch {
      // Somebody else swept it at the same moment.
    }
  }
}

/** Does this process run (or is it dead and not buried yet)? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

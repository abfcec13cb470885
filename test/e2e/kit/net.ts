// net.ts — a second machine on our own cable: a network namespace joined to this one by a veth pair. Needs root.
import { execFileSync } from 'node:child_process'

const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Can we make namespaces here? Null when we can, else why not. */
export function whyNoNamespaces(): string | null {
  const name = `parlor-try-${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'del', name)
    return null
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}

/** A namespace with one cable to this machine. We are `here` on it, the other end is `there`. */
export class Cable implements Disposable {
  readonly namespace: string
  readonly here: string
  readonly there: string
  readonly #device: string

  constructor() {
    const n = process.pid % 65_536
    this.namespace = `parlor-${n}`
    this.#device = `pl${n}`
    const net = `10.${64 + (n >> 10)}.${(n >> 2) & 255}`
    const base = (n & 3) * 64
    this.here = `${net}.${base + 1}`
    this.there = `${net}.${base + 2}`
    ip('netns', 'add', this.namespace)
    ip('link', 'add', this.#device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.namespace)
    // IPv6 would find its own addresses a second or two later, and a browser takes that for a change of network.
    ip('link', 'set', this.#device, 'addrgenmode', 'none')
    ip('-n', this.namespace, 'link', 'set', 'eth0', 'addrgenmode', 'none')
    ip('addr', 'add', `${this.here}/26`, 'dev', this.#device)
    ip('link', 'set', this.#device, 'up')
    for (const words of [
      ['addr', 'add', `${this.there}/26`, 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
      ['link', 'set', 'lo', 'up'],
      ['route', 'add', 'default', 'via', this.here],
    ])
      ip('-n', this.namespace, ...words)
    while (!ip('-n', this.namespace, 'link', 'show', 'eth0').includes('state UP')) execFileSync('sleep', ['0.05'])
  }

  pull(): void {
    ip('link', 'set', this.#device, 'down')
  }

  plug(): void {
    ip('link', 'set', this.#device, 'up')
  }

  /** Deleting the namespace takes both ends of the cable with it. */
  [Symbol.dispose](): void {
    ip('netns', 'del', this.namespace)
    try {
      ip('link', 'del', this.#device)
    } catch {
      // The cable went with the namespace: that is what we wanted.
    }
  }
}

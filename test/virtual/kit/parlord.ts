// parlord.ts — the installed box of a virtual Pi for a test: ordered and asked over its own socket, quickly, and watched from outside:
// what its processes hold open.
import { readFileSync } from 'node:fs'
import type { Status } from '../../../src/app/status.ts'
import type { File, Running, VirtualPi } from './pi.ts'

const RELAY = '/opt/parlor/test/virtual/guest/order.ts'
/** To be laid over the root folder of the virtual Pi. */
export const RELAY_FILES: Readonly<Record<string, File>> = { [RELAY]: readFileSync(new URL('../guest/order.ts', import.meta.url)) }

export class Parlord implements AsyncDisposable {
  readonly #pi: VirtualPi
  readonly #relay: Running
  #id = 0
  #read = 0
  /** The daemon that was reached has gone, or the machine with it. */
  #gone = false

  private constructor(pi: VirtualPi, relay: Running) {
    this.#pi = pi
    this.#relay = relay
    const go = (): void => {
      this.#gone = true
    }
    relay.ended.then(go, go)
  }

  /** @throws when no daemon answers within a minute */
  static async reach(pi: VirtualPi): Promise<Parlord> {
    const parlord = new Parlord(pi, pi.start(`cd /opt/parlor && here=$PWD && . scripts/env && exec node ${RELAY}`))
    await parlord.status()
    return parlord
  }

  /** As `parlor DO`; gives what it answers. @throws what it refuses, and when it has gone */
  async ask(order: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.#id
    this.#relay.write(`${JSON.stringify({ id, do: order, ...more })}\n`)
    const from = this.#read
    for (const end = performance.now() + 60_000; performance.now() < end && !this.#gone; ) {
      const at = this.#relay.out.indexOf(`{"id":${id},`, from)
      const until = at < 0 ? -1 : this.#relay.out.indexOf('\n', at)
      if (until >= 0) {
        this.#read = until
        const { ok, result, error } = JSON.parse(this.#relay.out.slice(at, until)) as { ok: boolean; result: unknown; error?: unknown }
        if (!ok) throw new Error(`parlor ${order}: ${JSON.stringify(error)}`)
        return result
      }
      await new Promise((done) => setTimeout(done, 10))
    }
    throw new Error(`parlor ${order}: ${this.#gone ? 'it has gone' : 'no answer in a minute'}; ${this.#relay.err.slice(-500)}`)
  }

  async status(): Promise<Status> {
    return (await this.ask('status')) as Status
  }

  /** Waits until the status is so. Gives how long that took, in ms. @throws after a minute, with the last status */
  async until(what: string, is: (status: Status) => boolean, patience = 60_000): Promise<number> {
    const began = performance.now()
    for (;;) {
      const status = await this.status()
      const took = performance.now() - began
      if (is(status)) return took
      if (took > patience) throw new Error(`not "${what}" after ${patience} ms: ${JSON.stringify(status)}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  /** How many files each of our processes holds open: the daemon, the media service, its workers. By program. */
  async openFiles(): Promise<Record<string, number>> {
    const text = await this.#pi.must(
      'for p in $(cat /sys/fs/cgroup/parlor.slice/*.service/cgroup.procs); do set -- /proc/$p/fd/*; echo "$# $(tr "\\0" " " </proc/$p/cmdline)"; done',
    )
    const found = text.split('\n').flatMap((line) => {
      const [, count, program] = /^(\d+) .*?([^/ ]+\/[^/ ]+\.ts)/.exec(line) ?? []
      return program ? [[program, Number(count)] as const] : []
    })
    return Object.fromEntries(found.sort())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]()
  }
}

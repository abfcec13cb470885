// child.ts — a process of a bench's own, spoken with by one question and one answer at a time.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE = 30_000

export class Child<Ask, Said> {
  readonly #process: ChildProcess

  constructor(file: string, args: readonly string[], execArgv: readonly string[] = []) {
    this.#process = fork(file, args, { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** @param patience ms  @throws when nothing or something else is said, or it ends */
  async ask<Key extends string>(message: Ask, key: Key, patience = PATIENCE): Promise<Extract<Said, Record<Key, unknown>>> {
    this.#process.send(message as object)
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patience)])
    const heard = ['message', 'exit'].map((event) => once(this.#process, event, { signal }))
    const [said] = (await Promise.race(heard).finally(() => over.abort())) as [Said]
    if (typeof said !== 'object' || said === null || !(key in said)) throw new Error(`the process said something else than ${key}`)
    return said as Extract<Said, Record<Key, unknown>>
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** @param last what makes it end by itself */
  async end(last: Ask): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.send(last as object)
    await Promise.race([once(this.#process, 'exit'), sleep(3000).then(() => this.#process.kill('SIGKILL'))])
  }
}

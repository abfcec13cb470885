// audience.ts — many viewers of one broadcast on this machine, in processes of their own, so that they cost the box nothing but what viewers cost.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Kept } from './viewer.ts'

const IN_ONE_PROCESS = 100

export class Audience implements Disposable {
  readonly #children: readonly ChildProcess[]
  readonly #heard: ReadonlyArray<Promise<Kept[]>>

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children
    this.#heard = children.map(
      (child) =>
        new Promise((done, fail) => {
          child.on('message', (message) => Array.isArray(message) && done(message as Kept[]))
          // Not 'exit': that may be heard before what was said last.
          child.once('disconnect', () => fail(new Error('viewers ended before they said what they saw')))
        }),
    )
    for (const heard of this.#heard) heard.catch(() => {})
  }

  /** Resolves when all of them have asked for their seats. @param path of the program's first playlist */
  static async seat(count: number, port: number, path: string): Promise<Audience> {
    const sizes = Array.from({ length: Math.ceil(count / IN_ONE_PROCESS) }, (_, i) => Math.min(IN_ONE_PROCESS, count - i * IN_ONE_PROCESS))
    const children = sizes.map((size) =>
      fork(join(import.meta.dirname, 'audience-child.ts'), [String(port), path, String(size)], { serialization: 'advanced' }),
    )
    const seated = children.map((child) => once(child, 'message'))
    const audience = new Audience(children)
    await Promise.all(seated)
    return audience
  }

  /** They all go home. What each of them saw. */
  async end(): Promise<Kept[]> {
    for (const child of this.#children) if (child.connected) child.send('end')
    return (await Promise.all(this.#heard)).flat()
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

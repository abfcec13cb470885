// fork.ts — a fork whose children are played by the test: what was sent to them is kept, what they say the test says.
import type { Child, Fork } from '../../src/media/worker.ts'

export class FakeChild implements Child {
  readonly pid: number
  readonly module: URL
  readonly env: Record<string, string>
  readonly sent: unknown[] = []
  killed: string | null = null
  /** A process in the hands of a driver: kill() changes nothing until the test calls exit(). */
  immortal = false
  #messages = new Set<(message: unknown) => void>()
  #exits = new Set<(code: number | null, signal: string | null) => void>()

  constructor(pid: number, module: URL, env: Record<string, string>) {
    this.pid = pid
    this.module = module
    this.env = env
  }

  /** The orders it was given, in order. */
  get orders(): unknown[] {
    return this.sent.flatMap((m) => (typeof m === 'object' && m !== null && 'order' in m ? [m.order] : []))
  }

  send(message: unknown): boolean {
    this.sent.push(message)
    return this.killed === null
  }

  on(event: 'message' | 'exit', listener: (...args: never[]) => void): void {
    if (event === 'message') this.#messages.add(listener as (message: unknown) => void)
    else this.#exits.add(listener as (code: number | null, signal: string | null) => void)
  }

  kill(signal: string): void {
    if (this.killed !== null) return
    this.killed = signal
    if (!this.immortal) this.exit(null, signal)
  }

  /** It sends a heartbeat. */
  beat(entered: number, out: number): void {
    this.says({ beat: { in: entered, out } })
  }

  /** It tells its parent news. */
  tells(news: unknown): void {
    this.says({ news })
  }

  /** It says anything, even nonsense. */
  says(message: unknown): void {
    for (const listener of this.#messages) listener(message)
  }

  exit(code: number | null, signal: string | null): void {
    for (const listener of this.#exits) listener(code, signal)
  }
}

/** `fork` goes where a Fork is wanted; `children` has every child so far, `last` the newest. */
export class FakeFork {
  readonly children: FakeChild[] = []
  readonly fork: Fork = (module, options) => {
    const child = new FakeChild(1000 + this.children.length, module, options.env ?? {})
    this.children.push(child)
    return child
  }

  get last(): FakeChild {
    const child = this.children.at(-1)
    if (!child) throw new Error('nothing was forked')
    return child
  }
}

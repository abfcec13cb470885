// remote-fork.ts — a `fork` whose children live in another service (fork-host.ts), behind a unix socket.
//
// What comes back is a Forked like any other: who watches it (media/worker.ts) cannot tell the difference. A child that could
// not be had, because nobody listens there or its host died, has exited; its watcher forks again, and finds the host when it is back.
import { connect } from 'node:net'
import { type FromHost, readFromHost, type ToHost } from './fork-word.ts'
import { pack, Unpacker } from './parcel.ts'
import type { Forked, fork as forkHere } from './process.ts'

/** Orders are small and rare: whoever leaves this much unread is gone. */
const MOST_UNREAD = 1024 * 1024

export type RemoteForkParts = {
  /** Where the host listens. */
  readonly path: string
  /** The modules that the host knows, by the same names. */
  readonly modules: Readonly<Record<string, URL>>
  /** Told why a child could not be had, each reason once until one could. */
  readonly onAway: (why: string) => void
}

export function remoteFork({ path, modules, onAway }: RemoteForkParts): typeof forkHere {
  let said = ''
  const away = (why: string): void => {
    if (why !== said) onAway(why)
    said = why
  }
  return (module, { env = {} }) => {
    const name = Object.entries(modules).find(([, url]) => url.href === module.href)?.[0]
    return new RemoteChild(path, { fork: name ?? module.href, env }, { away, here: () => (said = '') })
  }
}

type Exit = (code: number | null, signal: string | null) => void
type Host = { readonly away: (why: string) => void; readonly here: () => void }

class RemoteChild implements Forked {
  pid: number | undefined
  readonly #socket
  readonly #unpacker = new Unpacker()
  readonly #messages = new Set<(message: unknown) => void>()
  readonly #exits = new Set<Exit>()
  #gone = false

  constructor(path: string, first: ToHost, host: Host) {
    this.#socket = connect(path)
    this.#socket.on('connect', () => host.here())
    this.#socket.on('error', (error) => host.away(`${path}: ${error.message}`))
    this.#socket.on('close', () => this.#exit(null, null))
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes))
    this.#give(first)
  }

  send(message: unknown): boolean {
    return this.#give({ message })
  }

  on(event: 'message' | 'exit', listener: (...args: never[]) => void): void {
    if (event === 'message') this.#messages.add(listener as (message: unknown) => void)
    else this.#exits.add(listener as Exit)
  }

  /** The closed connection kills too: a host that is stuck just now does it as soon as it is not. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#give({ kill: signal })
    if (signal === 'SIGKILL') this.#socket.end()
  }

  #give(word: ToHost): boolean {
    if (this.#gone || !this.#socket.writable || this.#socket.writableLength > MOST_UNREAD) return false
    try {
      this.#socket.write(pack(word))
      return true
    } catch {
      return false
    }
  }

  #take(bytes: Buffer): void {
    try {
      for (const raw of this.#unpacker.take(bytes)) {
        const word = readFromHost(raw)
        if (word) this.#hear(word)
      }
    } catch {
      this.#socket.destroy()
    }
  }

  #hear(word: FromHost): void {
    if ('pid' in word) this.pid = word.pid
    else if ('exit' in word) {
      this.#exit(word.exit.code, word.exit.signal)
      this.#socket.destroy()
    } else if (!this.#gone) for (const listener of this.#messages) listener(word.message)
  }

  #exit(code: number | null, signal: string | null): void {
    if (this.#gone) return
    this.#gone = true
    for (const listener of this.#exits) listener(code, signal)
  }
}

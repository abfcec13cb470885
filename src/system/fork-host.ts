// fork-host.ts — forks children for another process of ours, over a unix socket. The other end is remote-fork.ts.
//
// So the process with the network and the processes with the devices can be two services, each without what the other has.
// Whoever may open the socket (its permissions say who) may start the modules of one fixed list, nothing else, and talk to its
// own child. One connection, one child: when the connection ends the child is killed, and when the child ends the connection
// is closed. A peer that does not read what its child says for long is given up, so nothing grows here.
import { createServer, type Socket } from 'node:net'
import { Refusal } from '../lib/fault.ts'
import { listening } from '../lib/listening.ts'
import type { Log } from '../lib/log.ts'
import { type FromHost, readToHost } from './fork-word.ts'
import { pack, Unpacker } from './parcel.ts'
import type { Forked, fork as forkHere } from './process.ts'

const MOST_CHILDREN = 8
/** Who has not said by then what it wants is no friend. */
const FIRST_WORD_MS = 5000
/** Three seconds of the TV's live picture, many times over. */
const MOST_UNREAD = 16 * 1024 * 1024

export type ForkHost = { close(): Promise<void> }
export type ForkHostParts = {
  /** Where the socket lies. Its folder decides who comes near; the socket itself is for user and group. */
  readonly path: string
  /** What may be forked, by name. */
  readonly modules: Readonly<Record<string, URL>>
  readonly fork: typeof forkHere
  /** Removes a file: for the socket that a killed host left behind. */
  readonly remove: (path: string) => Promise<void>
  readonly log: Log
}

/** Listens until closed; then no child of it is left. @throws the system's error when it cannot listen there */
export async function openForkHost(parts: ForkHostParts): Promise<ForkHost> {
  await parts.remove(parts.path)
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    attend(socket, parts)
  })
  server.maxConnections = MOST_CHILDREN
  const mask = process.umask(0o117)
  try {
    await listening(server, parts.path)
  } finally {
    process.umask(mask)
  }
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of open) socket.destroy()
      }),
  }
}

const refusal = (why: string) => new Refusal('bad-message', why)

/** One connection, from its first word to its child's end. */
function attend(socket: Socket, { modules, fork, log }: ForkHostParts): void {
  const unpacker = new Unpacker()
  let child: Forked | null = null
  let over = false
  const impatience = setTimeout(() => socket.destroy(), FIRST_WORD_MS)
  const give = (word: FromHost): void => {
    if (!socket.writable) return
    if (socket.writableLength > MOST_UNREAD) {
      log.warn('nobody reads what a worker says: it is ended')
      socket.destroy()
      return
    }
    try {
      socket.write(pack(word))
    } catch (error) {
      log.error('a worker said what cannot be passed on', error)
    }
  }
  const start = (name: string, env: Readonly<Record<string, string>>): void => {
    const module = Object.hasOwn(modules, name) ? modules[name] : undefined
    if (child || !module) throw refusal(child ? 'a second child was asked for' : 'a module was asked for that is not on the list')
    clearTimeout(impatience)
    const started = fork(module, { env })
    child = started
    if (started.pid !== undefined) give({ pid: started.pid })
    started.on('message', (message) => give({ message }))
    started.on('exit', (code, signal) => {
      over = true
      give({ exit: { code, signal } })
      socket.end()
    })
    log.info('a worker begins', { worker: name, process: started.pid ?? null })
  }
  const hear = (raw: unknown): void => {
    const word = readToHost(raw)
    if (!word) throw refusal('it said what is no word of ours')
    if ('fork' in word) start(word.fork, word.env)
    else if (!child) throw refusal('it spoke to a child before there was one')
    else if ('message' in word) child.send(word.message)
    else child.kill(word.kill)
  }
  const end = (): void => {
    clearTimeout(impatience)
    if (child && !over) child.kill('SIGKILL')
    else if (!child) socket.destroy()
  }
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const raw of unpacker.take(bytes)) hear(raw)
    } catch (error) {
      log.error('a connection was closed', error)
      socket.destroy()
    }
  })
  socket.on('error', () => {})
  socket.on('end', end)
  socket.on('close', end)
}

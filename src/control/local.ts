// local.ts — the way into a running daemon for the person at its machine: a unix socket in the data folder, one JSON text a line.
//
//   asks     {"id": 1, "do": "mute", ...}
//   answers  {"id": 1, "ok": true, "result": ...}  |  {"id": 1, "ok": false, "error": {"code": "bad-request", "sentence": "..."}}
//
// Who may open the socket may order the box about: it is 0600 and lies in a 0700 folder, so that is the box's own user (and
// root). Lines are bounded, and so is the number of those who ask; nonsense is answered with a sentence and never throws.
// This is also the door of node:net for other listening sockets of this folder.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Fault, Refusal } from '../lib/fault.ts'
import { listening } from '../lib/listening.ts'

/** One order of the person at the machine. What else it must hold, the one who answers checks. */
export type LocalRequest = { readonly do: string; readonly [key: string]: unknown }

export interface Listening {
  close(): Promise<void>
}

const LONGEST_LINE = 64 * 1024
const MOST_ASKERS = 16
/** sun_path holds 108 bytes with its closing zero. */
const LONGEST_PATH = 107

export type LocalOptions = {
  /** Where the socket lies. */
  readonly path: string
  /** Does what is asked; the result goes back as JSON. A Refusal or a Fault goes back as its code and sentence. */
  readonly answer: (request: LocalRequest) => Promise<unknown>
  /** Removes a file: for the socket that a killed daemon left behind. */
  readonly remove: (path: string) => Promise<void>
  /** Told of errors that are nobody's trouble but ours. */
  readonly onBug: (error: unknown) => void
}

/**
 * Listens for orders.
 * @throws Refusal 'already-running' when somebody answers there already; Refusal 'bad-config' when the path is too long for a socket
 */
export async function listenLocal(options: LocalOptions): Promise<Listening> {
  if (Buffer.byteLength(options.path) > LONGEST_PATH)
    throw new Refusal(
      'bad-config',
      `${options.path} is too long for a socket (${LONGEST_PATH} bytes at most); choose a shorter data folder`,
    )
  if (await answers(options.path)) throw new Refusal('already-running', `parlor is already running: ${options.path} answers`)
  await options.remove(options.path)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    attend(socket, options)
  })
  server.maxConnections = MOST_ASKERS
  const mask = process.umask(0o177)
  try {
    await listening(server, options.path)
  } finally {
    process.umask(mask)
  }
  return { close: () => closed(server, open) }
}

/** Reads one asker's lines and answers them in their order; reads no further while it works on some. */
function attend(socket: Socket, { answer, onBug }: LocalOptions): void {
  let rest = ''
  const take = async (text: string) => {
    socket.pause()
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const reply = line.length > LONGEST_LINE ? tooLong : await replyTo(line, answer, onBug)
      if (socket.writable) socket.write(`${reply}\n`)
    }
    if (rest.length > LONGEST_LINE) socket.end(`${tooLong}\n`, () => socket.destroy())
    else socket.resume()
  }
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', (text: string) => void take(text))
}

const refused = (id: unknown, code: string, sentence: string) => JSON.stringify({ id, ok: false, error: { code, sentence } })
const tooLong = refused(null, 'bad-request', `a line may hold ${LONGEST_LINE} characters at most`)

async function replyTo(line: string, answer: LocalOptions['answer'], onBug: LocalOptions['onBug']): Promise<string> {
  let id: unknown = null
  try {
    const request = parse(line)
    id = request.id
    return JSON.stringify({ id, ok: true, result: (await answer(request)) ?? null })
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return refused(id, error.code, error.message)
    onBug(error)
    return refused(id, 'bug', 'something went wrong inside the box; its log says more')
  }
}

function parse(line: string): LocalRequest & { id: number | string } {
  const value = jsonOf(line)
  if (!isRecord(value)) throw new Refusal('bad-request', 'that is not a JSON object on one line')
  const { id, do: verb } = value
  if (typeof id !== 'number' && typeof id !== 'string') throw new Refusal('bad-request', 'an order needs an "id", a number or a text')
  if (typeof verb !== 'string') throw new Refusal('bad-request', 'an order needs a "do", the name of what is to be done')
  return { ...value, id, do: verb }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)

/**
 * Gives one order to the daemon that listens at a path, and brings its result.
 * @throws Refusal with the daemon's own code and sentence; Fault 'daemon-away' when none runs there or it stops answering
 */
export function askLocal(path: string, request: LocalRequest, signal: AbortSignal): Promise<unknown> {
  return new Promise((done, fail) => {
    signal.throwIfAborted()
    const socket = connect(path)
    let text = ''
    const settle = (settled: () => void) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      settled()
    }
    const stop = () => settle(() => fail(signal.reason))
    signal.addEventListener('abort', stop, { once: true })
    socket.setEncoding('utf8')
    socket.once('connect', () => socket.write(`${JSON.stringify({ ...request, id: 1 })}\n`))
    socket.once('error', (error) => settle(() => fail(awayOf(path, error))))
    socket.once('close', () => settle(() => fail(new Fault('daemon-away', 'parlor stopped before it had answered'))))
    socket.on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end >= 0) settle(() => read(text.slice(0, end), done, fail))
    })
  })
}

function awayOf(path: string, error: Error): Fault {
  const code = 'code' in error ? error.code : ''
  const may = code === 'EACCES' || code === 'EPERM'
  const sentence = may
    ? `this user may not talk to the parlor at ${path}`
    : `no parlor runs here (nobody answers at ${path}); start it with scripts/run`
  return new Fault('daemon-away', sentence, { cause: error })
}

function read(line: string, done: (result: unknown) => void, fail: (error: unknown) => void): void {
  const reply = jsonOf(line)
  if (isRecord(reply) && reply.ok === true) {
    done(reply.result)
    return
  }
  const error = isRecord(reply) && isRecord(reply.error) ? reply.error : {}
  fail(new LocalRefusal(String(error.code ?? 'bug'), String(error.sentence ?? 'parlor answered something that is no answer')))
}

/** What the daemon refused or failed at, as it said it. */
export class LocalRefusal extends Error {
  override name = 'LocalRefusal'
  readonly code: string
  constructor(code: string, sentence: string) {
    super(sentence)
    this.code = code
  }
}

/** Whether anybody answers at a path. */
const answers = (path: string): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(path)
    const tell = (is: boolean) => {
      socket.destroy()
      done(is)
    }
    socket.once('connect', () => tell(true))
    socket.once('error', () => tell(false))
  })

/**
 * Listens on a TCP port and hands every connection on.
 * @throws Refusal 'port-taken'
 */
export async function listenPort(
  host: string,
  port: number,
  onStream: (stream: Duplex) => void,
): Promise<Listening & { readonly port: number }> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    onStream(socket)
  })
  try {
    await listening(server, { host, port })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new Refusal('port-taken', `port ${port} is taken by another program`, { cause: error })
    throw error
  }
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : port, close: () => closed(server, open) }
}

const closed = (server: Server, open: ReadonlySet<Socket>): Promise<void> =>
  new Promise((done) => {
    server.close(() => done())
    for (const socket of open) socket.destroy()
  })

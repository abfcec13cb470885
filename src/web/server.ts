// server.ts — the http and https servers: sockets, limits and timeouts. What is answered stands in route.ts and socket.ts.
//
// Node holds almost every slow connection for more than a minute when left to itself. Here the head of a request must be there in
// 5 s and the rest in 8 s, idle connections are closed, and nobody has more than a share of the places.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { Refusal } from '../lib/fault.ts'
import { listening } from '../lib/listening.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { seconds } from '../lib/unit.ts'
import { bodyOf } from './body.ts'
import type { Credentials } from './certificate.ts'
import { CROWD, Crowd, type CrowdLimits, type Visit } from './crowd.ts'
import { isSameOrigin, plainAddress } from './guard.ts'
import type { Place } from './place.ts'
import { pour } from './pour.ts'
import { type Answer, type Ask, isAnswer, type RouteParts, route, say, see } from './route.ts'
import { hostOf, type Request, type Response, type SecureServer, secureServer } from './secure.ts'
import { type SetupDoor, setupAnswer } from './setup-door.ts'
import { type SocketParts, Sockets } from './socket.ts'

export type Times = { readonly head: number; readonly request: number; readonly idle: number; readonly look: number }
/** Milliseconds. */
const TIMES: Times = { head: 5000, request: 8000, idle: 5000, look: 1000 }
/** No bytes either way for so long ends a request or an answer that is stuck. */
const STUCK = seconds(20)
/** Names and addresses of this machine are looked up anew after so long: not for each of thousands of requests. */
const PLACE_FOR = seconds(1)
const GONE = 'whoever asked has gone'

export type ServerOptions = Omit<RouteParts, 'httpsPort'> &
  SocketParts & {
    /** What guests of the box's own access point are answered; left out: it has none. */
    readonly setup?: SetupDoor | undefined
    readonly log: Log
    /** `::` is everywhere, `127.0.0.1` this machine alone. */
    readonly listen: string
    /** 0: any free port. */
    readonly httpPort: number
    readonly https: { readonly port: number; readonly credentials: Credentials } | null
    readonly crowd?: CrowdLimits
    readonly times?: Times
  }

/** Opens the servers. Throws a Refusal 'port-taken' that names the port and its setting. */
export async function openServer(options: ServerOptions): Promise<WebServer> {
  const server = new WebServer(options)
  try {
    await server.open()
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

export class WebServer {
  /** What was turned away before it was a request. */
  readonly odd = new Tally()
  readonly #options: ServerOptions
  readonly #crowd: Crowd
  readonly #sockets: Sockets
  readonly #parts: RouteParts
  readonly #open = new Set<Duplex>()
  /** By where they come from: with TLS the socket of a request is another one than that of its connection. */
  readonly #visits = new Map<string, Visit>()
  readonly #closed = new AbortController()
  #placed: { readonly place: Place; readonly at: number } | null = null
  #http: Server | null = null
  #https: SecureServer | null = null

  constructor(options: ServerOptions) {
    this.#options = options
    this.#crowd = new Crowd(options.crowd ?? CROWD)
    this.#sockets = new Sockets(options)
    this.#parts = { ...options, httpsPort: () => this.httpsPort, place: () => this.#place() }
  }

  get httpPort(): number {
    return portOf(this.#http) ?? 0
  }
  get httpsPort(): number | null {
    return portOf(this.#https)
  }
  /** Connections open now. */
  get connections(): number {
    return this.#crowd.size
  }

  async open(): Promise<void> {
    const { httpPort, https, listen, log, clock } = this.#options
    this.#http = createServer(this.#limits(), (request, response) => void this.#serve(request, response, false))
    this.#attend(this.#http, false)
    await listenAt(this.#http, listen, httpPort, 'web.http')
    if (https) {
      this.#https = secureServer(https.credentials, this.#limits(), this.#times.head)
      this.#https.on('request', (request, response) => void this.#serve(request, response, true))
      this.#attend(this.#https, true)
      await listenAt(this.#https, listen, https.port, 'web.https')
    }
    const told = (count: number, last: string) => log.info('the web server turned some away', { count, last })
    this.odd.report(seconds(60), told, clock, this.#closed.signal).catch(() => {})
  }

  /** Serves with a new certificate from now on; open connections keep theirs. */
  useCredentials(credentials: Credentials): void {
    this.#placed = null
    this.#https?.setSecureContext(credentials)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#sockets.close()
    const servers = [this.#http, this.#https].filter((server) => server?.listening)
    const closed = servers.map((server) => new Promise<void>((done) => server?.close(() => done())))
    for (const socket of this.#open) socket.destroy()
    await Promise.all(closed)
  }

  #place(): Place {
    const { clock, place } = this.#options
    const now = clock.now()
    if (!this.#placed || now - this.#placed.at >= PLACE_FOR) this.#placed = { place: place(), at: now }
    return this.#placed.place
  }

  get #times(): Times {
    return this.#options.times ?? TIMES
  }

  #limits() {
    const { head, request, idle, look } = this.#times
    return {
      headersTimeout: head,
      requestTimeout: request,
      keepAliveTimeout: idle,
      connectionsCheckingInterval: look,
      maxHeaderSize: 8 * 1024,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      noDelay: true,
      requireHostHeader: false, // route.ts says it in a sentence
    }
  }

  #attend(server: Server | SecureServer, encrypted: boolean): void {
    Object.assign(server, { maxHeadersCount: 64, maxRequestsPerSocket: 1000 })
    server.setTimeout(STUCK)
    server.on('connection', (socket: Duplex & End) => {
      const visit = this.#crowd.enter(plainAddress(socket.remoteAddress))
      if (!visit) {
        this.odd.add('too many connections')
        socket.destroy()
        return
      }
      const end = endOf(socket)
      this.#open.add(socket)
      this.#visits.set(end, visit)
      socket.on('error', () => {})
      socket.once('close', () => {
        this.#open.delete(socket)
        if (this.#visits.get(end) === visit) this.#visits.delete(end)
        visit.leave()
      })
    })
    server.on('upgrade', (request, socket: Duplex, head) => this.#upgrade(request, socket, head, encrypted))
    server.on('tlsClientError', (_error, socket: Duplex) => {
      this.odd.add('no TLS')
      socket.destroy()
    })
  }

  async #serve(request: Request, response: Response, encrypted: boolean): Promise<void> {
    response.on('error', () => {})
    this.#visits.get(endOf(request.socket))?.settle()
    const gone = new AbortController()
    response.once('close', () => gone.abort(GONE))
    const read = { whole: false }
    const ask = { ...askOf(request, encrypted, gone.signal), body: (most: number) => bodyOf(request, most, this.#times.request, read) }
    try {
      const answer = (await setupAnswer(ask, this.#parts, this.#options.setup)) ?? (await route(ask, this.#parts))
      if (answer.flow) await this.#pour(response, answer, answer.flow, gone.signal)
      else write(request, response, answer, read.whole)
    } catch (error) {
      this.#options.log.error('a request could not be answered', error, { path: ask.target.split('?')[0]?.slice(0, 100) ?? '' })
      write(request, response, say(500, 'Something went wrong inside the box; its log says more.', null, this.#parts))
    }
  }

  /** What cannot be given whole ends with its connection, so that nobody takes a part for all of it. */
  async #pour(response: Response, { status, headers }: Answer, flow: AsyncIterable<Uint8Array>, gone: AbortSignal): Promise<void> {
    let isWhole = false
    try {
      if ('createPushResponse' in response) response.writeHead(status, headers)
      else response.writeHead(status, headers)
      isWhole = await pour(flow, response, this.#options.clock, STUCK, gone)
    } finally {
      if (!isWhole && 'createPushResponse' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      else if (!isWhole) response.destroy()
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, encrypted: boolean): void {
    socket.on('error', () => {})
    this.#visits.get(endOf(request.socket))?.settle()
    const refuse = (answer: Answer) => {
      this.odd.add('a socket that is not allowed')
      socket.end(raw(answer), () => socket.destroy())
    }
    const seen = see(askOf(request, encrypted, this.#closed.signal), this.#parts)
    if (isAnswer(seen)) refuse(seen)
    else if (!this.#sockets.has(seen.path)) refuse(say(404, 'There is no socket here.', seen.host, this.#parts))
    else if (!isSameOrigin(request.headers, seen.host)) refuse(say(403, 'Only pages of this box may open that.', seen.host, this.#parts))
    else {
      if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0)
      this.#sockets.take(seen.path, seen.atHome, request, socket, head)
    }
  }
}

type End = { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }
const endOf = ({ remoteAddress, remotePort }: End): string => `${remoteAddress} ${remotePort}`

const askOf = (request: Request, encrypted: boolean, signal: AbortSignal): Ask => ({
  method: request.method ?? '',
  target: request.url ?? '',
  headers: { ...request.headers, host: hostOf(request) },
  address: plainAddress(request.socket.remoteAddress),
  encrypted,
  signal,
})

function write(request: Request, response: Response, { status, headers, body }: Answer, wasRead = false): void {
  if (response.headersSent || response.destroyed) return
  // What comes in a body that nobody asked for is not read, and its connection (in HTTP/2: its stream) ends.
  const carries = !wasRead && hasBody(request)
  const length = status === 304 || status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const content = request.method === 'HEAD' || status === 304 || status === 204 ? undefined : body
  if ('createPushResponse' in response) {
    response.writeHead(status, { ...headers, ...length })
    response.end(content ?? '', () => carries && response.stream.close(constants.NGHTTP2_NO_ERROR))
    return
  }
  response.writeHead(status, { ...headers, ...length, ...(carries || status === 405 ? { connection: 'close' } : {}) })
  response.end(content)
}

const hasBody = ({ headers }: Request): boolean => Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined

function raw({ status, headers, body }: Answer): string {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
  return `HTTP/1.1 ${status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${String(body)}`
}

function portOf(server: Server | SecureServer | null): number | null {
  const address = server?.address()
  return typeof address === 'object' && address ? address.port : null
}

async function listenAt(server: Server | SecureServer, host: string, port: number, setting: string): Promise<void> {
  const attempt = (on: string) => listening(server, { host: on, port })
  try {
    // A machine without IPv6 cannot listen on `::`.
    await attempt(host).catch((error) => (host === '::' && codeOf(error) === 'EAFNOSUPPORT' ? attempt('0.0.0.0') : Promise.reject(error)))
  } catch (error) {
    throw refusalOf(error, host, port, setting)
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function refusalOf(error: unknown, host: string, port: number, setting: string): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new Refusal('port-taken', `port ${port} is taken by another program; set ${setting} to a free one (0: any)`, { cause: error })
    case 'EACCES':
      return new Refusal('port-taken', `this user may not open port ${port}; set ${setting} to one above 1023`, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Refusal('bad-config', `this machine has no address ${host}; set web.listen to one that it has`, { cause: error })
    default:
      return error
  }
}

// upstream.ts — an upstream over HTTP: asks an origin, or another relay, within limits on how long it waits and how much it takes.
//
// Nothing that comes is believed, so no certificate has to be: boxes make their own, and whoever stands in between can only be refused. No redirect is
// followed: what is asked is the machine that was named, and none that it names.
import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { seconds } from '../../lib/unit.ts'
import { ENTRY_LIMIT, type ProgramId } from '../../wire/manifest.ts'
import { OBJECT_LIMIT, type ObjectName } from '../../wire/object.ts'
import { STATEMENT_LIMIT } from '../../wire/statement.ts'
import type { ManifestAnswer } from '../reading/feed.ts'
import type { Upstream } from './ways.ts'

/** ms without an answer, or without a byte of it; and for one answer in all. */
const [PATIENCE, AT_MOST] = [10_000, 30_000]
const LINE_LIMIT = Math.ceil((ENTRY_LIMIT * 4) / 3) + 1
const MANIFEST_LIMIT = 400 * LINE_LIMIT
const RETRY = { least: 2, most: 60 }
/** Connections to one upstream: two hints wait while the manifest waits, and some look back. */
const SOCKETS = 12

type Asked = { readonly response: IncomingMessage; readonly drop: () => void }

export class HttpUpstream implements Upstream {
  readonly name: string
  taken = 0
  readonly #base: URL
  readonly #host: string | null
  readonly #live: string
  readonly #agent: Agent
  readonly #isSecure: boolean

  /** A machine on a network of this house, by plain HTTP. @param address IPv4, or IPv6, which may need a zone (fe80::1%eth0) */
  static near(address: string, port: number, program: ProgramId): HttpUpstream {
    if (!address.includes(':')) return new HttpUpstream(`http://${address}:${port}`, program, `${address}:${port}`)
    // A URL has no place for a zone.
    const host = `[${address.replace(/%.*$/, '')}]`
    return new HttpUpstream(`http://${host}:${port}`, program, `[${address}]:${port}`, address)
  }

  /** @param base `http://HOST:PORT` or `https://HOST:PORT` @param name for people @param host to connect to, instead of that of `base` */
  constructor(base: string, program: ProgramId, name: string, host: string | null = null) {
    this.name = name
    this.#host = host
    this.#base = new URL(base)
    this.#live = `/live/${program}`
    this.#isSecure = this.#base.protocol === 'https:'
    const options = { keepAlive: true, maxSockets: SOCKETS, scheduling: 'lifo' as const }
    this.#agent = this.#isSecure ? new SecureAgent({ ...options, rejectUnauthorized: false }) : new Agent(options)
  }

  async manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const asked = await this.#ask(`${this.#live}/manifest?${query}`, signal)
    if (!asked) return { is: 'away' }
    const { response, drop } = asked
    if (response.statusCode === 200) return { is: 'lines', lines: this.#lines(asked, signal) }
    drop()
    if (response.statusCode === 503 && response.headers['content-type']?.includes('json')) {
      const wait = Number(response.headers['retry-after'])
      return { is: 'full', wait: seconds(Math.min(RETRY.most, Math.max(RETRY.least, Number.isFinite(wait) ? wait : 5))) }
    }
    return response.statusCode === 404 || response.statusCode === 503 ? { is: 'nothing' } : { is: 'away' }
  }

  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`${this.#live}/${track}/${sequence}.m4s`, OBJECT_LIMIT, signal)
  }
  object(name: ObjectName, _anew: boolean, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`/o/${name}`, OBJECT_LIMIT, signal)
  }
  async about(signal: AbortSignal): Promise<string | null> {
    const bytes = await this.#bytes(`${this.#live}/about`, STATEMENT_LIMIT, signal)
    return bytes && new TextDecoder().decode(bytes)
  }
  close(): void {
    this.#agent.destroy()
  }

  async #bytes(path: string, limit: number, signal: AbortSignal): Promise<Uint8Array | null> {
    const asked = await this.#ask(path, signal)
    if (!asked) return null
    const { response, drop } = asked
    if (response.statusCode !== 200) {
      drop()
      return null
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.#chunks(asked, signal)) {
      size += chunk.length
      if (size > limit) {
        drop()
        return null
      }
      chunks.push(chunk)
    }
    return response.complete ? Buffer.concat(chunks) : null
  }

  /** Whole lines as they come; what is cut off is asked for again. */
  async *#lines(asked: Asked, signal: AbortSignal): AsyncGenerator<string> {
    const decoder = new TextDecoder()
    let [rest, size] = ['', 0]
    for await (const chunk of this.#chunks(asked, signal)) {
      size += chunk.length
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines.filter((line) => line !== '')
      if (rest.length > LINE_LIMIT || size > MANIFEST_LIMIT) return
    }
  }

  /** What comes until it ends or breaks off. Throws only the signal's reason. */
  async *#chunks({ response, drop }: Asked, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        this.taken += chunk.length
        yield chunk
      }
    } catch {
      signal.throwIfAborted()
    } finally {
      drop()
    }
  }

  /** Null when nobody answers; rejects only with the signal's reason. */
  async #ask(path: string, signal: AbortSignal): Promise<Asked | null> {
    signal.throwIfAborted()
    try {
      return await this.#once(path, signal).catch((error: unknown) => {
        // A connection that was kept may be closed in the moment in which it is used again.
        if (error instanceof Stale && !signal.aborted) return this.#once(path, signal)
        throw error
      })
    } catch {
      signal.throwIfAborted()
      return null
    }
  }

  #once(path: string, signal: AbortSignal): Promise<Asked> {
    return new Promise((answered, fail) => {
      const over = new AbortController()
      const most = setTimeout(() => over.abort(), AT_MOST)
      const call = (this.#isSecure ? secureRequest : request)(new URL(path, this.#base), {
        agent: this.#agent,
        signal: AbortSignal.any([signal, over.signal]),
        timeout: PATIENCE,
        headers: { accept: '*/*' },
        ...(this.#host !== null && { hostname: this.#host, headers: { accept: '*/*', host: this.#base.host } }),
      })
      call.once('timeout', () => call.destroy())
      call.once('error', (error) => {
        clearTimeout(most)
        fail(call.reusedSocket && 'code' in error && error.code === 'ECONNRESET' ? new Stale() : error)
      })
      call.once('response', (response) => {
        // Later errors end the reading of the answer.
        call.on('error', () => {})
        response.once('close', () => clearTimeout(most))
        const drop = (): void => {
          clearTimeout(most)
          if (response.complete) return
          // A short answer that nobody wants is read to its end, so that its connection can be used again.
          if (Number(response.headers['content-length']) <= SHORT) response.resume()
          else response.destroy()
        }
        answered({ response, drop })
      })
      call.end()
    })
  }
}

/** Bytes. */
const SHORT = 64 * 1024
class Stale extends Error {}

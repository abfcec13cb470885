// upstream.ts — an upstream in this process, for tests: an origin asked as a relay would ask it, which counts, can be away, and can lie.
import type { Origin, OriginAnswer } from '../../../src/broadcast/origin.ts'
import type { ManifestAnswer } from '../../../src/broadcast/reading/feed.ts'
import type { Upstream } from '../../../src/broadcast/relay/ways.ts'
import { seconds } from '../../../src/lib/unit.ts'
import type { ProgramId } from '../../../src/wire/manifest.ts'

type Asks = Pick<Origin, 'answer'>

export class TestUpstream implements Upstream {
  readonly name: string
  taken = 0
  isAway = false
  isClosed = false
  /** How often each address was asked for, without its query. */
  readonly asked = new Map<string, number>()
  /** What is told instead of what is true. */
  lie: { lines?: (lines: readonly string[]) => readonly string[]; bytes?: (bytes: Uint8Array, path: string) => Uint8Array | null } = {}
  readonly #origin: Asks
  readonly #live: string

  constructor(origin: Asks, program: ProgramId, name = 'the origin') {
    this.#origin = origin
    this.#live = `/live/${program}`
    this.name = name
  }

  count(of: RegExp): number {
    return [...this.asked].reduce((sum, [path, count]) => sum + (of.test(path) ? count : 0), 0)
  }

  async manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const answer = await this.#ask(`${this.#live}/manifest`, query, signal)
    if (!answer) return { is: 'away' }
    if (answer.status === 503) return { is: 'full', wait: seconds(5) }
    if (answer.status !== 200) return { is: 'nothing' }
    const told = String(answer.body).split('\n').filter(Boolean)
    const lines = this.lie.lines?.(told) ?? told
    return {
      is: 'lines',
      lines: (async function* () {
        yield* lines
      })(),
    }
  }
  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`${this.#live}/${track}/${sequence}.m4s`, signal)
  }
  object(name: string, _anew: boolean, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`/o/${name}`, signal)
  }
  async about(signal: AbortSignal): Promise<string | null> {
    const answer = await this.#ask(`${this.#live}/about`, '', signal)
    return answer?.status === 200 ? String(answer.body) : null
  }
  close(): void {
    this.isClosed = true
  }

  async #bytes(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const answer = await this.#ask(path, '', signal)
    if (answer?.status !== 200 || typeof answer.body === 'string') return null
    this.taken += answer.body.length
    // As over a network: the reader's own copy.
    const copy = answer.body.slice()
    return this.lie.bytes ? this.lie.bytes(copy, path) : copy
  }

  async #ask(path: string, query: string, signal: AbortSignal): Promise<OriginAnswer | null> {
    this.asked.set(path, (this.asked.get(path) ?? 0) + 1)
    if (this.isAway) return null
    const answer = await this.#origin.answer({ path, query, address: '10.0.0.1', signal })
    signal.throwIfAborted()
    return this.isAway ? null : answer
  }
}

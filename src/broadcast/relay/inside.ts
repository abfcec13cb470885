// inside.ts — reads a program where it is passed on in this very process: asked like an origin, without a socket in between.
//
// What it gives is checked by who reads (reading/feed.ts, larder.ts), as if it came from far away.
import { seconds } from '../../lib/unit.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import type { OriginAnswer, OriginAsk } from '../origin.ts'
import type { ManifestAnswer, ManifestWay } from '../reading/feed.ts'
import type { ObjectWay } from '../reading/larder.ts'

/** Whose seat it is where no seat stands in the address. */
const WHO = 'this box'
const RETRY = seconds(5)

export class Inside implements ManifestWay, ObjectWay {
  readonly #live: string
  readonly #ask: (ask: OriginAsk) => Promise<OriginAnswer | null>

  constructor(program: ProgramId, ask: (ask: OriginAsk) => Promise<OriginAnswer | null>) {
    this.#live = `/live/${program}`
    this.#ask = ask
  }

  async manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const answer = await this.#get(`${this.#live}/manifest`, query, signal)
    if (answer?.status === 200) return { is: 'lines', lines: linesOf(textOf(answer.body)) }
    if (answer?.status === 503 && answer.headers['content-type']?.includes('json')) return { is: 'full', wait: RETRY }
    return { is: answer ? 'nothing' : 'away' }
  }

  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`${this.#live}/${track}/${sequence}.m4s`, signal)
  }

  object(name: ObjectName, _anew: boolean, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(`/o/${name}`, signal)
  }

  /** What the program says of itself; null: nothing. */
  async about(signal: AbortSignal): Promise<string | null> {
    const answer = await this.#get(`${this.#live}/about`, '', signal)
    return answer?.status === 200 ? textOf(answer.body) : null
  }

  async #bytes(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const answer = await this.#get(path, '', signal)
    return answer?.status === 200 && typeof answer.body !== 'string' ? answer.body : null
  }

  async #get(path: string, query: string, signal: AbortSignal): Promise<OriginAnswer | null> {
    signal.throwIfAborted()
    const answer = await this.#ask({ path, query, address: WHO, signal })
    signal.throwIfAborted()
    return answer
  }
}

const textOf = (body: Uint8Array | string): string => (typeof body === 'string' ? body : new TextDecoder().decode(body))

async function* linesOf(text: string): AsyncGenerator<string> {
  for (const line of text.split('\n')) if (line !== '') yield line
}

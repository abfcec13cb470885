// ways.ts — where a relay reads: from one upstream at a time, and from another one as soon as it is told so, without anybody noticing.
//
// What waits with the old upstream is asked again of the new one. Of every answer it is known who gave it, so that the one who gave something
// wrong is blamed, and nobody else. Whom to read from is decided elsewhere (house.ts).
import type { ManifestAnswer, ManifestWay } from '../reading/feed.ts'
import type { ObjectWay } from '../reading/larder.ts'

/** Somebody who has the program: its origin, or another relay in the house. Neither is believed. */
export interface Upstream extends ManifestWay, ObjectWay {
  /** For people. */
  readonly name: string
  /** What the program says of itself, as it came; null: nothing. Rejects only with the signal's reason. */
  about(signal: AbortSignal): Promise<string | null>
  /** Bytes that came from it so far. */
  readonly taken: number
  close(): void
}

type Turn = { readonly upstream: Upstream; readonly over: AbortController }

export class Ways implements ManifestWay, ObjectWay {
  #turn: Turn
  #told: Upstream | null = null
  readonly #givers = new WeakMap<Uint8Array, Upstream>()

  constructor(first: Upstream) {
    this.#turn = { upstream: first, over: new AbortController() }
  }

  get now(): Upstream {
    return this.#turn.upstream
  }
  /** Who gave the last answer of entries. */
  get told(): Upstream | null {
    return this.#told
  }
  /** Who gave these bytes. */
  giver(bytes: Uint8Array): Upstream | null {
    return this.#givers.get(bytes) ?? null
  }

  use(upstream: Upstream): void {
    if (upstream === this.#turn.upstream) return
    const before = this.#turn
    this.#turn = { upstream, over: new AbortController() }
    before.over.abort('another way is taken')
  }

  async manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer> {
    return this.#ask(signal, async (upstream, either) => {
      const answer = await upstream.manifest(query, either)
      this.#told = upstream
      return answer.is === 'lines' ? { is: 'lines', lines: untilOver(answer.lines, signal, either) } : answer
    })
  }

  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(signal, (upstream, either) => upstream.part(track, sequence, either))
  }
  object(name: Parameters<ObjectWay['object']>[0], anew: boolean, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#bytes(signal, (upstream, either) => upstream.object(name, anew, either))
  }
  about(signal: AbortSignal): Promise<string | null> {
    return this.#ask(signal, (upstream, either) => upstream.about(either))
  }

  #bytes(signal: AbortSignal, ask: (upstream: Upstream, signal: AbortSignal) => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
    return this.#ask(signal, async (upstream, either) => {
      const bytes = await ask(upstream, either)
      if (bytes) this.#givers.set(bytes, upstream)
      return bytes
    })
  }

  /** Asks whoever has the turn; who takes over is asked again. */
  async #ask<T>(signal: AbortSignal, ask: (upstream: Upstream, signal: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      const { upstream, over } = this.#turn
      try {
        return await ask(upstream, AbortSignal.any([signal, over.signal]))
      } catch (error) {
        signal.throwIfAborted()
        if (!over.signal.aborted) throw error
      }
    }
  }
}

/** Lines end with the turn of who told them; what is missing is asked for again. */
async function* untilOver(lines: AsyncIterable<string>, signal: AbortSignal, either: AbortSignal): AsyncGenerator<string> {
  try {
    yield* lines
  } catch (error) {
    signal.throwIfAborted()
    if (!either.aborted) throw error
  }
}

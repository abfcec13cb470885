// way.ts — how this page asks its box: fetch, with limits on how long it waits and how much it takes.

import type { ManifestAnswer, ManifestWay } from '../../../broadcast/reading/feed.ts'
import type { ObjectWay } from '../../../broadcast/reading/larder.ts'
import { seconds } from '../../../lib/unit.ts'
import { ENTRY_LIMIT, type ProgramId } from '../../../wire/manifest.ts'
import { OBJECT_LIMIT } from '../../../wire/object.ts'
import { STATEMENT_LIMIT } from '../../../wire/statement.ts'

/** ms without an answer, or without a byte of it. */
const PATIENCE = 12_000
const LINE_LIMIT = Math.ceil((ENTRY_LIMIT * 4) / 3) + 1
const RETRY = { least: 2, most: 60 }

export class Way implements ManifestWay, ObjectWay {
  readonly #live: string

  /** @param program is also the folder of the addresses */
  constructor(program: ProgramId) {
    this.#live = `/live/${program}`
  }

  async manifest(query: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const answer = await ask(`${this.#live}/manifest?${query}`, 'no-store', signal)
    if (!answer) return { is: 'away' }
    if (answer.response.ok) return { is: 'lines', lines: linesOf(answer) }
    const { status, headers } = answer.response
    answer.drop()
    if (status === 503 && headers.get('content-type')?.includes('json')) {
      const wait = Number(headers.get('retry-after'))
      return { is: 'full', wait: seconds(Math.min(RETRY.most, Math.max(RETRY.least, Number.isFinite(wait) ? wait : 5))) }
    }
    return status === 404 || status === 503 ? { is: 'nothing' } : { is: 'away' }
  }

  part(track: string, sequence: number, signal: AbortSignal): Promise<Uint8Array | null> {
    return bytesAt(`${this.#live}/${track}/${sequence}.m4s`, 'default', OBJECT_LIMIT, signal)
  }
  object(name: string, anew: boolean, signal: AbortSignal): Promise<Uint8Array | null> {
    return bytesAt(`/o/${name}`, anew ? 'reload' : 'default', OBJECT_LIMIT, signal)
  }
  /** What the program says of itself, as it came; null: nothing. */
  async about(signal: AbortSignal): Promise<string | null> {
    const bytes = await bytesAt(`${this.#live}/about`, 'no-store', STATEMENT_LIMIT, signal)
    return bytes && new TextDecoder().decode(bytes)
  }
}

type Asked = { readonly response: Response; readonly signal: AbortSignal; readonly waits: () => void; readonly drop: () => void }

/** Null when nobody answers; rejects only with the signal's reason. */
async function ask(address: string, cache: RequestCache, signal: AbortSignal): Promise<Asked | null> {
  const over = new AbortController()
  let timer = setTimeout(() => over.abort(), PATIENCE)
  const drop = (): void => {
    clearTimeout(timer)
    over.abort()
  }
  const waits = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => over.abort(), PATIENCE)
  }
  try {
    const response = await fetch(address, { cache, credentials: 'omit', signal: AbortSignal.any([signal, over.signal]) })
    return { response, signal, waits, drop }
  } catch {
    drop()
    signal.throwIfAborted()
    return null
  }
}

/** What comes, until it ends, breaks off or takes too long. */
async function* chunksOf({ response, waits, drop }: Asked): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const read = await reader?.read()
      if (!read || read.done) return
      waits()
      yield read.value
    }
  } finally {
    drop()
  }
}

async function* linesOf(asked: Asked): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of chunksOf(asked)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines.filter((line) => line !== '')
      if (rest.length > LINE_LIMIT) return
    }
  } catch {
    // What came in whole lines counts; the rest is asked for again.
    asked.signal.throwIfAborted()
  }
}

async function bytesAt(address: string, cache: RequestCache, limit: number, signal: AbortSignal): Promise<Uint8Array | null> {
  const asked = await ask(address, cache, signal)
  if (!asked) return null
  if (!asked.response.ok) {
    asked.drop()
    return null
  }
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of chunksOf(asked)) {
      size += chunk.length
      if (size > limit) return null
      chunks.push(chunk)
    }
  } catch {
    signal.throwIfAborted()
    return null
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

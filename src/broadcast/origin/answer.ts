// answer.ts — how an origin's answers look: what is asked, what is answered, and the headers that let any page read it.
import type { Told } from '../told.ts'

export type OriginAsk = {
  readonly path: string
  readonly query: string
  /** Whom the connection comes from: the seat of players that carry no seat in their addresses. */
  readonly address: string
  /** Aborted when the one who asked has gone. */
  readonly signal: AbortSignal
}
export type OriginAnswer = { readonly status: number; readonly headers: Record<string, string>; readonly body: Uint8Array | string }

export const OPEN = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
}
export const FOREVER = 'public, max-age=31536000, immutable'
export const A_WHILE = 'public, max-age=3600'

export const playlist = (text: string, cache: 'no-store' | 'no-cache'): OriginAnswer => ({
  status: 200,
  headers: { ...OPEN, 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': cache },
  body: text,
})

/** JSON of now. */
export const facts = (status: number, body: string, more: Record<string, string> = {}): OriginAnswer => ({
  status,
  headers: { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store', ...more },
  body,
})

export const lines = (all: readonly Told[]): OriginAnswer => ({
  status: 200,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: all.map(({ text }) => `${text}\n`).join(''),
})

const plain = (status: number, sentence: string, more: Record<string, string> = {}): OriginAnswer => ({
  status,
  headers: { ...OPEN, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...more },
  body: `${sentence}\n`,
})
export const bad = (sentence: string): OriginAnswer => plain(400, sentence)
export const nothing = (): OriginAnswer => plain(404, 'There is nothing here, or not any more.')
/** Plain players have no way to open what is sealed. */
export const secret = (): OriginAnswer =>
  plain(
    403,
    'This broadcast is private. It is watched in a browser, by the link that ends with its key behind a #; other players cannot open it.',
  )
export const soon = (sentence: string): OriginAnswer => plain(503, sentence, { 'retry-after': '1' })

/** A count in a query: null when there is none. */
export const count = (text: string | null): number | null | 'odd' => (text === null ? null : /^\d{1,15}$/.test(text) ? Number(text) : 'odd')

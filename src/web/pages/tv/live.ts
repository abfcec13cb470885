// live.ts — the TV's picture as it comes: JPEGs over a WebSocket at /tv/live, the newest one drawn and older ones left out.
//
// The key that lets visitors from other machines in stands behind the # of the address; it goes out as the first message
// and never in the address of a request, so it is in no log.
import type { Clock } from '../../../lib/clock.ts'
import { type Ms, seconds } from '../../../lib/unit.ts'

export type Watching =
  | { readonly now: 'opening' }
  | { readonly now: 'live' }
  | { readonly now: 'away'; readonly sentence: string }
  | { readonly now: 'refused'; readonly sentence: string }

/** Close codes of the box's own (RFC 6455, section 7.4.2). */
const NOT_ALLOWED = 4401
const TOO_MANY = 4429
const FIRST_PAUSE = seconds(1)
const LONGEST_PAUSE = seconds(8)
/** Without one picture for so long, the socket is taken for dead. */
const SILENCE = seconds(6)

export const NO_KEY =
  'The picture of this TV is shown only with its key. Open the whole link that the box gave you, or ask someone at home for it.'
export const WRONG_KEY = 'The box does not take this key: it may be an old one. Ask someone at home for the link of today.'

export const AWAY = 'The box does not answer. Its picture comes back by itself.'
export const CROWDED = 'Many others are looking at this TV already. The picture comes when one of them goes.'

/** What a closed socket means for us. */
export function afterClose(code: number, key: string): Watching {
  if (code === NOT_ALLOWED) return { now: 'refused', sentence: key === '' ? NO_KEY : WRONG_KEY }
  return { now: 'away', sentence: code === TOO_MANY ? CROWDED : AWAY }
}

export const pauseAfter = (tries: number): Ms => Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(tries, 4)) as Ms

/** Keeps watching until the signal is aborted or the box refuses. */
export async function watch(
  parts: { key: string; clock: Clock; draw: (jpeg: Blob) => Promise<void>; tell: (watching: Watching) => void },
  signal: AbortSignal,
): Promise<void> {
  parts.tell({ now: 'opening' })
  for (let tries = 0; !signal.aborted; tries++) {
    const { code, pictures } = await once(parts, signal)
    if (signal.aborted) return
    if (pictures > 0) tries = 0
    const watching = afterClose(code, parts.key)
    parts.tell(watching)
    if (watching.now === 'refused') return
    await parts.clock.sleep('pause before asking for the picture again', pauseAfter(tries), signal)
  }
}

type Parts = Parameters<typeof watch>[0]

/** One socket from open to close. */
function once({ key, clock, draw, tell }: Parts, signal: AbortSignal): Promise<{ code: number; pictures: number }> {
  return new Promise((done) => {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/tv/live`)
    socket.binaryType = 'blob'
    const over = new AbortController()
    let pictures = 0
    let waiting: Blob | null = null
    let drawing = false
    let seenAt = clock.now()
    const drawAll = async (): Promise<void> => {
      if (drawing) return
      drawing = true
      try {
        for (let jpeg = waiting; jpeg !== null; jpeg = waiting) {
          waiting = null
          await draw(jpeg)
          if (pictures++ === 0) tell({ now: 'live' })
        }
      } finally {
        drawing = false
      }
    }
    const end = (code: number): void => {
      if (over.signal.aborted) return
      over.abort()
      socket.close()
      done({ code, pictures })
    }
    const guard = async (): Promise<void> => {
      while (clock.now() - seenAt < SILENCE) await clock.sleep('a picture of the TV', seconds(1), over.signal)
      end(1006)
    }
    guard().catch(() => {})
    signal.addEventListener('abort', () => end(1000), { once: true, signal: over.signal })
    socket.addEventListener('open', () => {
      if (key !== '') socket.send(key)
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof Blob)) return
      seenAt = clock.now()
      // A newer picture takes the place of one that waits: slow devices lose pictures and never fall behind.
      waiting = data
      drawAll().catch(() => {})
    })
    socket.addEventListener('close', ({ code }) => end(code))
  })
}

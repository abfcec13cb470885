// pour.ts — a long answer, given piece by piece as fast as its reader takes it. Knows no sockets: http and HTTP/2 answers are both a Glass.
import type { Clock } from '../lib/clock.ts'
import type { Ms } from '../lib/unit.ts'

export interface Glass {
  /** False: full; 'drain' says when there is room again. */
  write(bytes: Uint8Array): boolean
  end(): void
  once(event: 'drain', listener: () => void): unknown
  off(event: 'drain', listener: () => void): unknown
}

/** Bytes that are written at once: who reads slower than this in the time allowed is not waited for. */
const SIP = 64 * 1024

/**
 * Pours all of it. What is poured from is closed in every case.
 * @param gone aborted when the reader has gone
 * @param patience for each sip
 * @returns false when not all of it went out; the glass has not been ended then
 * Throws what the source throws.
 */
export async function pour(body: AsyncIterable<Uint8Array>, glass: Glass, clock: Clock, patience: Ms, gone: AbortSignal): Promise<boolean> {
  for await (const bytes of body)
    for (let at = 0; at < bytes.length; at += SIP) {
      if (gone.aborted) return false
      if (!glass.write(bytes.subarray(at, at + SIP)) && !(await drained(glass, clock, patience, gone))) return false
    }
  if (gone.aborted) return false
  glass.end()
  return true
}

async function drained(glass: Glass, clock: Clock, patience: Ms, gone: AbortSignal): Promise<boolean> {
  const over = new AbortController()
  const room = new Promise<boolean>((done) => {
    const drain = (): void => done(true)
    glass.once('drain', drain)
    over.signal.addEventListener('abort', () => glass.off('drain', drain))
  })
  const stop = AbortSignal.any([gone, over.signal])
  const late = clock.sleep('a reader takes what was poured', patience, stop).then(
    () => false,
    () => false,
  )
  try {
    return await Promise.race([room, late])
  } finally {
    over.abort()
  }
}

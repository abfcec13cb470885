// body.ts — the body of a request, for those few that have one to be read: as text, bounded in bytes and in time.
//
// Node's own limit of time for a request counts for HTTP/1.1 alone.
import type { Request } from './secure.ts'

/** @param most bytes  @param time milliseconds  @param read is told whether all of it was read  @returns null for one that is longer, or slower */
export function bodyOf(request: Request, most: number, time: number, read: { whole: boolean }): Promise<string | null> {
  const pieces: Buffer[] = []
  let bytes = 0
  return new Promise((done) => {
    const end = (text: string | null): void => {
      clearTimeout(late)
      request.off('data', take)
      request.pause()
      done(text)
    }
    const late = setTimeout(() => end(null), time)
    const take = (piece: Buffer): void => {
      bytes += piece.length
      if (bytes > most) end(null)
      else pieces.push(piece)
    }
    request.on('data', take)
    request.once('error', () => end(null))
    request.once('close', () => end(null))
    request.once('end', () => {
      read.whole = bytes <= most
      end(read.whole ? Buffer.concat(pieces).toString('utf8') : null)
    })
  })
}

// quiet.ts — Logs for tests: one that remembers, and one that is silent but for errors.
import type { Log } from '../../src/lib/log.ts'

export type Said = Array<{ level: string; sentence: string }>

export function quietLog(): { log: Log; said: Said } {
  const said: Said = []
  const to = (level: string) => (sentence: string) => void said.push({ level, sentence })
  const log: Log = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error'), part: () => log }
  return { log, said }
}

/** A Log that says errors on stderr, and nothing else: for what runs beside a test or a bench. */
export const errorsOnly: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (sentence, error) => console.error(sentence, error),
  part: () => errorsOnly,
}

// quiet.ts — a Log that remembers, for tests.
import type { Log } from '../../src/lib/log.ts'

export type Said = Array<{ level: string; sentence: string }>

export function quietLog(): { log: Log; said: Said } {
  const said: Said = []
  const to = (level: string) => (sentence: string) => void said.push({ level, sentence })
  const log: Log = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error'), part: () => log }
  return { log, said }
}

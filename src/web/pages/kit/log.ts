// log.ts — what parts say inside a page. Errors go to the browser's own report; the rest is for nobody, because a page keeps no diary.
import type { Log } from '../../../lib/log.ts'

export const pageLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (sentence, error) => reportError(error instanceof Error ? error : new Error(`${sentence}: ${String(error)}`)),
  part: () => pageLog,
}

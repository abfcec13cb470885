// quiet.ts — a log that keeps what it was told, for tests.
import type { Facts, Log } from '../../src/lib/log.ts'

export type Line = { readonly level: string; readonly sentence: string; readonly facts: Facts | undefined }

export function keepingLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = []
  const at = (level: string) => (sentence: string, facts?: Facts) => void lines.push({ level, sentence, facts })
  const log = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: (sentence: string, error: unknown, facts?: Facts) =>
      void lines.push({ level: 'error', sentence, facts: { error: String(error), ...facts } }),
    part: (): Log => log,
  }
  return log
}

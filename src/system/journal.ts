// journal.ts — a Log made of pino: sentences with facts, to stderr, as JSON lines or as text for people.
//
// It writes in step, without a worker thread: a line written is a line kept, also in front of a crash. What is said is rare
// (once per change, never per packet), so that costs nothing.
//
// Secrets are never written. Facts whose name says that they are one are hidden, and so is what looks like a link of ours or
// a password inside a URL, wherever it stands.
import { type Logger, pino, stdSerializers } from 'pino'
import { Bug, Fault, Refusal } from '../lib/fault.ts'
import type { Facts, Log } from '../lib/log.ts'

export type JournalSettings = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'pretty' | 'json'
  /** Takes one whole line with its newline. Default: stderr. */
  readonly write?: (line: string) => void
}

const HIDDEN = '[hidden]'
const SECRET_NAME = /(secret|link|key|password|credential|token)$/i
const SECRET_TEXTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/(\/(?:r|tv|w\/[^\s#]*)#)[^\s"'<>]+/g, `$1${HIDDEN}`],
  [/\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{2,4}){4,}\b/gi, HIDDEN],
  [/(:\/\/)[^\s/@]+@/g, `$1${HIDDEN}@`],
]

/** The door to the log of this process. Never throws. */
export async function openJournal(settings: JournalSettings): Promise<Log> {
  const write = settings.write ?? ((line: string) => void process.stderr.write(line))
  const show = settings.format === 'pretty' ? await prettily() : (line: string) => line
  const logger = pino(
    { level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => write(show(line)) },
  )
  return logOver(logger)
}

/** pino-pretty is loaded only where people read. */
async function prettily(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss', ignore: 'part', messageFormat: '{if part}{part}: {end}{msg}' })
  return (line) => pretty(line)
}

function logOver(logger: Logger): Log {
  return {
    debug: (sentence, facts) => logger.debug(hideIn(facts), hide(sentence)),
    info: (sentence, facts) => logger.info(hideIn(facts), hide(sentence)),
    warn: (sentence, facts) => logger.warn(hideIn(facts), hide(sentence)),
    error: (sentence, error, facts) => logger.error({ ...hideIn(facts), error: told(error) }, hide(sentence)),
    part: (name) => logOver(logger.child({ part: name })),
  }
}

/** A text without what must not be written down. */
export function hide(text: string): string {
  return SECRET_TEXTS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text)
}

function hideIn(facts: Facts = {}): Record<string, unknown> {
  const shown = Object.entries(facts).map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : hideValue(value)])
  return Object.fromEntries(shown)
}

const hideValue = (value: Facts[string]) => (typeof value === 'string' ? hide(value) : value)

/** An error as it is written: troubles with code and sentence, bugs and strangers with their stack. */
function told(error: unknown): unknown {
  if (!(error instanceof Error)) return hide(String(error))
  const cause = error.cause === undefined ? {} : { cause: told(error.cause) }
  if (error instanceof Refusal || error instanceof Fault) return { code: error.code, message: hide(error.message), ...cause }
  const { type, message, stack } = stdSerializers.err(error)
  return { type: error instanceof Bug ? 'Bug' : type, message: hide(message), stack: hide(stack), ...cause }
}

// fork-word.ts — what fork-host.ts and remote-fork.ts say to each other, in parcels, one connection for each child.
//
// The connection is the child's life: when it closes, from whichever end, the child is killed.

/** The side that wants a child. `fork` comes first and once; its environment holds only what FORK_ENV allows. */
export type ToHost =
  | { readonly fork: string; readonly env: Readonly<Record<string, string>> }
  | { readonly message: unknown }
  | { readonly kill: 'SIGKILL' | 'SIGTERM' }

/** The side that has it. */
export type FromHost =
  | { readonly pid: number }
  | { readonly message: unknown }
  | { readonly exit: { readonly code: number | null; readonly signal: string | null } }

/** What the asking side may set in a child's environment: how many threads do its slow work, and how its memory is handed out. */
const FORK_ENV: Readonly<Record<string, RegExp>> = { UV_THREADPOOL_SIZE: /^\d{1,3}$/, MALLOC_MMAP_THRESHOLD_: /^\d{1,9}$/ }

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)

/** A word to the host as it came, or null when it is none. */
export function readToHost(raw: unknown): ToHost | null {
  if (!isRecord(raw)) return null
  if ('message' in raw) return { message: raw.message }
  if (raw.kill === 'SIGKILL' || raw.kill === 'SIGTERM') return { kill: raw.kill }
  if (typeof raw.fork !== 'string' || !isRecord(raw.env)) return null
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(raw.env)) {
    if (typeof value !== 'string' || !Object.hasOwn(FORK_ENV, name) || !FORK_ENV[name]?.test(value)) return null
    env[name] = value
  }
  return { fork: raw.fork, env }
}

/** A word from the host as it came, or null when it is none. */
export function readFromHost(raw: unknown): FromHost | null {
  if (!isRecord(raw)) return null
  if ('message' in raw) return { message: raw.message }
  if (Number.isInteger(raw.pid) && Number(raw.pid) > 0) return { pid: Number(raw.pid) }
  if (!isRecord(raw.exit)) return null
  const { code, signal } = raw.exit
  return { exit: { code: Number.isInteger(code) ? Number(code) : null, signal: typeof signal === 'string' ? signal.slice(0, 20) : null } }
}

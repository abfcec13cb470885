// watch-keys.ts — the secrets of this box's private broadcasts: one for the next (or the one that goes out now), and those of runs that are still kept.
//
// Each broadcast has a secret of its own, which its link shows beforehand: who has an old link sees nothing of the next one. A broadcast that goes on after a
// crash or an update keeps its secret, so that nobody who watches needs another link. Recordings lie sealed on their disk, which may be one to pull
// out; their secrets stay here in the data folder (0600), and go when the recording does: then nobody opens it any more, whatever the disk still holds.
import { join } from 'node:path'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { type Random, systemRandom } from '../wire/crypto.ts'
import type { ProgramId } from '../wire/manifest.ts'
import { jsonOf } from '../wire/schema.ts'
import { newWatchSecret, type WatchKey, type WatchSecret, watchKey, watchSecretIn } from '../wire/watch-key.ts'

const FILE = 'watch-keys.json'

type Kept = {
  readonly next: WatchSecret
  /** A broadcast went out under `next`. */
  readonly used: boolean
  readonly runs: ReadonlyMap<number, WatchSecret>
}
type Parts = { readonly program: ProgramId; readonly log: Log; readonly random?: Random }

/**
 * @param goesOn whether a broadcast from before this start is to go on
 * @param runs those that are kept: the secrets of others are forgotten
 * @throws Refusal 'bad-config' when the file cannot be understood: recordings are not lost silently
 */
export async function openWatchKeys(
  folder: string,
  { goesOn, runs, ...parts }: Parts & { readonly goesOn: boolean; readonly runs: readonly number[] },
): Promise<WatchKeys> {
  const file = join(folder, FILE)
  const text = await readText(file)
  const kept = text === null ? { next: newWatchSecret(parts.random ?? systemRandom), used: false, runs: new Map() } : keptIn(jsonOf(text))
  if (!kept) throw new Refusal('bad-config', `${file} is damaged; restore it, or remove it: private recordings are then lost`)
  const keys = new WatchKeys(file, kept, parts)
  if (kept.used && !goesOn) keys.turn()
  await keys.keepOnly(runs)
  return keys
}

export class WatchKeys {
  readonly #file: string
  readonly #parts: Parts
  #kept: Kept
  #made: { readonly of: WatchSecret; readonly key: WatchKey } | null = null
  #saving: Promise<void> = Promise.resolve()

  constructor(file: string, kept: Kept, parts: Parts) {
    this.#file = file
    this.#kept = kept
    this.#parts = parts
  }

  /** What stands behind the # of the link, now or next. */
  get secret(): WatchSecret {
    return this.#kept.next
  }
  get key(): WatchKey {
    const { next } = this.#kept
    if (this.#made?.of !== next) this.#made = { of: next, key: watchKey(this.#parts.program, next) }
    return this.#made.key
  }

  /** A run goes out under the secret. Resolves when it is on disk, or cannot be: that is logged. */
  begun(run: number): Promise<void> {
    return this.#set({ ...this.#kept, used: true, runs: new Map([...this.#kept.runs, [run, this.#kept.next]]) })
  }

  /** The broadcast is over: the next one has another secret. */
  turn(): void {
    if (this.#kept.used) void this.#set({ ...this.#kept, used: false, next: newWatchSecret(this.#parts.random ?? systemRandom) })
  }

  /** What opens a run; null: it was open, or is not kept any more. */
  of(run: number): WatchKey | null {
    const secret = this.#kept.runs.get(run)
    if (secret === undefined) return null
    return secret === this.#kept.next ? this.key : watchKey(this.#parts.program, secret)
  }

  /** What is given along with a recording, to who may see it; null as with `of`. */
  secretOf(run: number): WatchSecret | null {
    return this.#kept.runs.get(run) ?? null
  }

  /** A recording was removed. */
  forget(run: number): Promise<void> {
    return this.#keep((each) => each !== run)
  }

  /** Forgets what no recording needs any more; of the newest run nothing may be on the disk yet. */
  keepOnly(runs: readonly number[]): Promise<void> {
    const newest = Math.max(...this.#kept.runs.keys())
    return this.#keep((run) => run === newest || runs.includes(run))
  }

  #keep(isWanted: (run: number) => boolean): Promise<void> {
    const stay = new Map([...this.#kept.runs].filter(([run]) => isWanted(run)))
    return stay.size < this.#kept.runs.size ? this.#set({ ...this.#kept, runs: stay }) : this.#saving
  }

  /** Resolves when all is on disk. */
  get saved(): Promise<void> {
    return this.#saving
  }

  #set(kept: Kept): Promise<void> {
    this.#kept = kept
    const text = `${JSON.stringify({ next: kept.next, used: kept.used, runs: Object.fromEntries(kept.runs) }, null, 1)}\n`
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#parts.log.error('what opens private broadcasts could not be kept', error))
    return this.#saving
  }
}

function keptIn(value: unknown): Kept | null {
  if (typeof value !== 'object' || value === null) return null
  const { next, used, runs } = value as Readonly<Record<string, unknown>>
  const secret = typeof next === 'string' ? watchSecretIn(next) : null
  if (!secret || typeof used !== 'boolean' || typeof runs !== 'object' || runs === null) return null
  const all = Object.entries(runs).map(([run, text]) => [Number(run), typeof text === 'string' ? watchSecretIn(text) : null] as const)
  const fit = all.flatMap(([run, of]) => (Number.isSafeInteger(run) && of ? [[run, of] as const] : []))
  return fit.length === all.length ? { next: secret, used, runs: new Map(fit) } : null
}

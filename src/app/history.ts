// history.ts — what became of calls at our door: missed, declined, answered, and by whom. Kept on disk, the last hundred.
//
// When the box answered by itself, this is where people see who looked into their room.
import { join } from 'node:path'
import type { Log } from '../lib/log.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { type Ended, EndedList } from '../wire/contact.ts'

const MOST = 100

export class History {
  readonly #file: string
  readonly #log: Log
  #all: readonly Ended[] = []
  #saving: Promise<void> = Promise.resolve()

  constructor(folder: string, log: Log) {
    this.#file = join(folder, 'calls.json')
    this.#log = log
  }

  /** A file that cannot be understood is begun anew: nothing depends on it. */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    if (text === null) return
    try {
      this.#all = EndedList.parse(JSON.parse(text))
    } catch {
      this.#log.warn('the list of calls could not be read; beginning anew')
    }
  }

  /** The latest first. */
  get all(): readonly Ended[] {
    return this.#all
  }

  /** Names of those whose calls were missed and not yet seen by anybody, each once, the latest first. */
  get missed(): readonly string[] {
    return [...new Set(this.#all.filter(({ what, seen }) => what === 'missed' && !seen).map(({ name }) => name))]
  }

  add(entry: Omit<Ended, 'seen'>): void {
    this.#set([{ ...entry, seen: false }, ...this.#all].slice(0, MOST))
  }

  /** Somebody has looked at the list. */
  see(): void {
    if (this.#all.some(({ seen }) => !seen)) this.#set(this.#all.map((entry) => ({ ...entry, seen: true })))
  }

  #set(all: readonly Ended[]): void {
    this.#all = all
    const text = JSON.stringify(all)
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#log.error('the list of calls could not be kept', error))
  }
}

// announcement.ts — a broadcast that is to come: what it is called and when it begins. Kept on disk, shown on the TV and on the watch page.
//
// It begins nothing by itself: a camera opens only when somebody in the room says so. An hour after its time it is forgotten.
import { join } from 'node:path'
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { readText, remove, writeAtomic } from '../system/disk.ts'
import { Announced } from '../wire/announced.ts'

const HOUR = 3_600_000
/** Nothing is announced for longer ahead. */
const YEAR = 366 * 24 * HOUR

export class Announcement extends Emitter<{ changed: [] }> {
  readonly #file: string
  readonly #log: Log
  readonly #date: () => number
  #kept: Announced | null = null
  #saving: Promise<void> = Promise.resolve()

  /** @param date ms since 1970 */
  constructor(folder: string, log: Log, date: () => number = Date.now) {
    super((error) => log.error('a listener of the announcement failed', error))
    this.#file = join(folder, 'announced.json')
    this.#log = log
    this.#date = date
  }

  /** A file that cannot be understood is forgotten: nothing depends on it. */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    if (text === null) return
    try {
      this.#kept = Announced.parse(JSON.parse(text))
    } catch {
      this.#log.warn('what was announced could not be read, and is forgotten')
    }
  }

  /** What is to come; null: nothing. */
  get now(): Announced | null {
    return this.#kept && this.#date() < this.#kept.begins + HOUR ? this.#kept : null
  }

  /** @throws Refusal 'bad-request' for a time that is over or too far ahead, or a title that is none */
  set(title: unknown, begins: unknown): void {
    const read = Announced.safeParse({ title, begins })
    if (!read.success) throw new Refusal('bad-request', 'a broadcast is announced with a time and a title of at most 80 letters')
    const ahead = read.data.begins - this.#date()
    if (ahead < 0 || ahead > YEAR) throw new Refusal('bad-request', 'the time must be in the coming year')
    this.#keep(read.data)
  }

  /** Nothing is to come any more: it was called off, or it has been. */
  clear(): void {
    if (this.#kept) this.#keep(null)
  }

  #keep(announced: Announced | null): void {
    this.#kept = announced
    this.emit('changed')
    this.#saving = this.#saving
      .then(() => (announced ? writeAtomic(this.#file, JSON.stringify(announced)) : remove(this.#file)))
      .catch((error: unknown) => this.#log.error('what is announced could not be kept', error))
  }
}

/**
 * The time that a person means, ms since 1970: `20:15` (today, or tomorrow when it is over), or `2026-12-24 18:00`.
 * @throws Refusal 'bad-request'
 */
export function timeMeant(said: string, now: Date): number {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(said.trim()) ?? []
  if (hour !== undefined) {
    const at = new Date(now)
    at.setHours(Number(hour), Number(minute), 0, 0)
    if (at <= now) at.setDate(at.getDate() + 1)
    return at.getTime()
  }
  const at = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}$/.test(said.trim()) ? new Date(said.trim().replace(' ', 'T')).getTime() : Number.NaN
  if (Number.isNaN(at)) throw new Refusal('bad-request', 'say when, like 20:15 or "2026-12-24 18:00"')
  return at
}

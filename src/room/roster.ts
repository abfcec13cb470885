// roster.ts — the phones that may steer this box: their keys, the names people gave them, when they were paired and last seen.
//
// Whoever is removed is out at once: 'removed' is emitted before the file is written. A new phone is in only when it is written down.
// A file that cannot be understood is an empty roster: phones are paired again, nobody is let in by a guess. Where it lies is the
// business of who gives the shelf.
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import { RosterFile, type RosterPhone } from '../wire/roster.ts'
import { jsonOf } from '../wire/schema.ts'

export type { RosterPhone } from '../wire/roster.ts'

export interface RosterShelf {
  /** The text that was written last; null when none was. */
  read(): Promise<string | null>
  write(text: string): Promise<void>
}
export type RosterParts = {
  readonly shelf: RosterShelf
  /** Milliseconds since 1970, as far as the machine knows. */
  readonly date: () => number
  /** Told when the kept list is damaged, or could not be written where nobody waits for it. */
  readonly onTrouble: (sentence: string, error: unknown) => void
  readonly onListenerError: (error: unknown) => void
}

export const MOST_PHONES = 16
/** The time a phone was seen is not worth a write to the card more often than that. */
const SEEN_EVERY_MS = 3600_000

export class Roster extends Emitter<{ changed: []; removed: [key: string] }> {
  readonly #parts: RosterParts
  #phones: readonly RosterPhone[] = []
  #written: Promise<void> = Promise.resolve()

  constructor(parts: RosterParts) {
    super(parts.onListenerError)
    this.#parts = parts
  }

  /** Reads what was kept. Rejects only when the disk does. */
  async load(): Promise<void> {
    const text = await this.#parts.shelf.read()
    if (text === null) return
    const read = RosterFile.safeParse(jsonOf(text))
    if (read.success) this.#phones = read.data.phones
    else this.#parts.onTrouble('the list of paired phones is damaged; they must be paired again', read.error)
  }

  /** In the order of pairing. */
  get phones(): readonly RosterPhone[] {
    return this.#phones
  }
  get full(): boolean {
    return this.#phones.length >= MOST_PHONES
  }
  find(key: string): RosterPhone | null {
    return this.#phones.find((phone) => phone.key === key) ?? null
  }

  /** A phone that is known already gets its new name. Resolves when it is written down, and only then is it in. */
  async add({ key, name }: { readonly key: string; readonly name: string }): Promise<void> {
    const others = () => this.#phones.filter((phone) => phone.key !== key)
    if (others().length >= MOST_PHONES) throw new Refusal('not-allowed', `A box knows ${MOST_PHONES} phones at most; remove one first.`)
    const now = this.#parts.date()
    const phone = { key, name, paired: now, seen: now }
    await this.#write(() => [...others(), phone])
    this.#phones = [...others(), phone]
    this.emit('changed')
  }

  /** @throws Refusal 'bad-request' when there is no such phone */
  async rename(key: string, name: string): Promise<void> {
    this.#known(key)
    this.#change((phone) => (phone.key === key ? { ...phone, name } : phone))
    await this.#write(() => this.#phones)
  }

  /** @throws Refusal 'bad-request' when there is no such phone */
  async remove(key: string): Promise<void> {
    this.#known(key)
    this.#phones = this.#phones.filter((phone) => phone.key !== key)
    this.emit('removed', key)
    this.emit('changed')
    await this.#write(() => this.#phones)
  }

  /** A phone has shown that it is here. */
  saw(key: string): void {
    const before = this.find(key)
    if (!before) return
    const now = this.#parts.date()
    this.#change((phone) => (phone.key === key ? { ...phone, seen: now } : phone))
    if (before.seen !== null && Math.abs(now - before.seen) < SEEN_EVERY_MS) return
    this.#write(() => this.#phones).catch((error: unknown) => this.#parts.onTrouble('when a phone was seen could not be kept', error))
  }

  #known(key: string): void {
    if (!this.find(key)) throw new Refusal('bad-request', 'This box knows no such phone.')
  }

  #change(to: (phone: RosterPhone) => RosterPhone): void {
    this.#phones = this.#phones.map(to)
    this.emit('changed')
  }

  /** One write after the other, each of how it is when its turn comes. */
  #write(phones: () => readonly RosterPhone[]): Promise<void> {
    const turn = () => this.#parts.shelf.write(`${JSON.stringify({ version: 1, phones: phones() })}\n`)
    const written = this.#written.then(turn, turn)
    this.#written = written.catch(() => {})
    return written
  }
}

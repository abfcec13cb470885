// contacts.ts — whom this box knows, kept on disk; and what became of calls at its door.
import { join } from 'node:path'
import type { PeerId } from '../core/id.ts'
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Card } from '../room/contact.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { Contact, ContactList } from '../wire/contact.ts'

export type ContactsEvents = { changed: [contacts: readonly Contact[]] }

/** More than anybody rings; a phone that went mad fills no disk. */
const MOST = 200

export class Contacts extends Emitter<ContactsEvents> {
  readonly #file: string
  readonly #log: Log
  #all: readonly Contact[] = []
  #saving: Promise<void> = Promise.resolve()

  constructor(folder: string, log: Log) {
    super((error) => log.error('a listener of the contacts failed', error))
    this.#file = join(folder, 'contacts.json')
    this.#log = log
  }

  get all(): readonly Contact[] {
    return this.#all
  }

  /** @throws Refusal 'bad-config' when the file cannot be understood: friends are not forgotten silently */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    if (text === null) return
    try {
      this.#all = ContactList.parse(JSON.parse(text))
    } catch (error) {
      throw new Refusal('bad-config', `${this.#file} is damaged; restore it, or remove it to begin without contacts`, { cause: error })
    }
  }

  of(peer: PeerId): Contact | null {
    return this.#all.find((contact) => contact.peer === peer) ?? null
  }

  /** Adds a contact, or brings one up to date; whether the box answers them by itself is kept. @throws Refusal 'not-allowed' */
  add(card: Card): void {
    const known = this.of(card.peer)
    if (!known && this.#all.length >= MOST) throw new Refusal('not-allowed', `there are ${MOST} contacts already; remove one first`)
    this.#set([...this.#all.filter(({ peer }) => peer !== card.peer), { ...card, answers: known?.answers ?? false }])
  }

  /** @throws Refusal 'bad-request' when there is no such contact */
  change(peer: PeerId, news: { readonly name?: string; readonly answers?: boolean }): void {
    if (!this.of(peer)) throw new Refusal('bad-request', 'there is no such contact')
    this.#set(this.#all.map((contact) => (contact.peer === peer ? Contact.parse({ ...contact, ...news }) : contact)))
  }

  remove(peer: PeerId): void {
    this.#set(this.#all.filter((contact) => contact.peer !== peer))
  }

  #set(all: readonly Contact[]): void {
    this.#all = [...all].sort((a, b) => a.name.localeCompare(b.name))
    this.emit('changed', this.#all)
    const text = JSON.stringify(this.#all, null, 1)
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#log.error('the contacts could not be kept', error))
  }
}

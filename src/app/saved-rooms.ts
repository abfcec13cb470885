// saved-rooms.ts — rooms that this box keeps under a name, on disk. Their secrets leave it by no status and no log.
import { join } from 'node:path'
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { originOf, parseLink } from '../room/link.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { SavedRoom, SavedRoomList } from '../wire/saved-room.ts'

/** A menu that one walks with a remote holds no more. */
const MOST = 50

export class SavedRooms extends Emitter<{ changed: [] }> {
  readonly #file: string
  readonly #log: Log
  #all: readonly SavedRoom[] = []
  #saving: Promise<void> = Promise.resolve()

  constructor(folder: string, log: Log) {
    super((error) => log.error('a listener of the saved rooms failed', error))
    this.#file = join(folder, 'rooms.json')
    this.#log = log
  }

  /** By name. */
  get all(): readonly SavedRoom[] {
    return this.#all
  }

  /** @throws Refusal 'bad-config' when the file cannot be understood: rooms are not forgotten silently */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    if (text === null) return
    try {
      this.#all = SavedRoomList.parse(JSON.parse(text))
    } catch (error) {
      throw new Refusal('bad-config', `${this.#file} is damaged; restore it, or remove it to begin without saved rooms`, { cause: error })
    }
  }

  /**
   * Keeps the room of a link; one of the same name is replaced.
   * @throws Refusal 'bad-link', 'bad-request' (the name), 'not-allowed' (too many)
   */
  add(name: string, link: string): void {
    const read = SavedRoom.safeParse({ name: name.trim(), room: parseLink(link), at: originOf(link) })
    if (!read.success) throw new Refusal('bad-request', 'a room needs a name of 1 to 40 letters')
    const others = this.#all.filter((known) => !sameName(known.name, read.data.name))
    if (others.length >= MOST) throw new Refusal('not-allowed', `there are ${MOST} rooms already; remove one first`)
    this.#set([...others, read.data])
  }

  /** @throws Refusal 'bad-request' when there is no such room */
  remove(name: string): void {
    const others = this.#all.filter((known) => !sameName(known.name, name.trim()))
    if (others.length === this.#all.length)
      throw new Refusal('bad-request', `no room is called "${name.trim().slice(0, 40)}"; \`parlor rooms\` lists them`)
    this.#set(others)
  }

  /** Resolves when all is on disk. */
  get saved(): Promise<void> {
    return this.#saving
  }

  #set(all: readonly SavedRoom[]): void {
    this.#all = [...all].sort((a, b) => a.name.localeCompare(b.name))
    this.emit('changed')
    const text = JSON.stringify(this.#all, null, 1)
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#log.error('the saved rooms could not be kept', error))
  }
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

// live-chat.ts — the one chat at the address of this box's program: as private as what is broadcast. Another key is another chat: nobody stays, nothing is shown on.
import type { ChatDoor, ChatEars, ChatSocket } from '../broadcast/chat-door.ts'
import { lockedDoor } from '../broadcast/chat-lock.ts'
import type { WatchKey } from '../wire/watch-key.ts'

export class LiveChat {
  readonly #make: () => ChatDoor
  #key: WatchKey | null
  #door: ChatDoor

  /** @param key of who may read and write there; null: everybody */
  constructor(make: () => ChatDoor, key: WatchKey | null) {
    this.#make = make
    this.#key = key
    this.#door = make()
  }

  /** From now on the chat is for these. */
  be(key: WatchKey | null): void {
    if (key?.lock === this.#key?.lock) return
    this.#door.close()
    this.#door = this.#make()
    this.#key = key
  }

  open(socket: ChatSocket, address: string): ChatEars {
    const door = this.#door
    return this.#key ? lockedDoor(this.#key, socket, (near) => door.open(near, address)) : door.open(socket, address)
  }

  close(): void {
    this.#door.close()
  }
}

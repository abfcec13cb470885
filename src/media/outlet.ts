// outlet.ts — the way of a coded stream out of its worker: in order, bounded, and never with a hole inside a group of pictures.
//
// Where the daemon does not read for long (a machine that is stuck), frames are left out rather than kept: from the one that does not
// fit up to the next that leans on nothing, so what arrives always decodes. What was left out is counted.
import { packetOf } from './packet.ts'

/** Half a minute of a program's picture, and no more than a small board can spare. */
const MOST_WAITING = 8 * 1024 * 1024

export class Outlet {
  /** Frames that were left out. */
  left = 0
  /** Frames that were sent. */
  frames = 0
  readonly #send: (bytes: Uint8Array, sent: () => void) => void
  readonly #most: number
  #waiting = 0
  #broken = false

  /** @param send hands bytes on, and calls back when the system has taken them */
  constructor(send: (bytes: Uint8Array, sent: () => void) => void, most: number = MOST_WAITING) {
    this.#send = send
    this.#most = most
  }

  /** One buffer of gdppay. */
  give(bytes: Uint8Array): void {
    const packet = packetOf(bytes)
    if (packet.is === 'frame') {
      const isFull = this.#waiting + bytes.length > this.#most
      this.#broken = isFull || (this.#broken && packet.leans)
      if (this.#broken) {
        this.left++
        return
      }
      this.frames++
    }
    this.#waiting += bytes.length
    this.#send(bytes, () => {
      this.#waiting -= bytes.length
    })
  }
}

// record.ts — what /dev/input/event* says, as bytes (struct input_event, linux/input.h). Pure.
//
//   64 bit: seconds 8, microseconds 8, type 2, code 2, value 4 = 24 bytes        32 bit: 4, 4, 2, 2, 4 = 16 bytes
//
// Only keys are read. A hat that says "some were lost" (SYN_DROPPED) makes all untrue until the next SYN_REPORT; then the
// state of the keys has to be asked for again.

const EV_SYN = 0
const EV_KEY = 1
const SYN_REPORT = 0
const SYN_DROPPED = 3

/** Bytes of one record on this machine. */
export const recordSize = (arch: string): 16 | 24 => (arch === 'arm' || arch === 'ia32' || arch === 'mipsel' ? 16 : 24)

/** down, up: a key by its KEY_ code. lost: the kernel dropped some, so ask which keys are down. */
export type KeyNews = { readonly news: 'down' | 'up'; readonly code: number } | { readonly news: 'lost' }

/** Reads records; keeps the piece of one that was cut, and whether some were lost. One for each device. */
export class Records {
  readonly #size: 16 | 24
  #rest: Buffer = Buffer.alloc(0)
  #lost = false

  constructor(size: 16 | 24) {
    this.#size = size
  }

  /** Never throws, whatever the bytes are. Autorepeat (value 2) is left out: who wants repeats counts them. */
  take(bytes: Buffer): KeyNews[] {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    const news: KeyNews[] = []
    let at = 0
    for (; at + this.#size <= all.length; at += this.#size) {
      const type = all.readUInt16LE(at + this.#size - 8)
      const code = all.readUInt16LE(at + this.#size - 6)
      const value = all.readInt32LE(at + this.#size - 4)
      if (type === EV_SYN && code === SYN_DROPPED) this.#lost = true
      else if (type === EV_SYN && code === SYN_REPORT && this.#lost) {
        this.#lost = false
        news.push({ news: 'lost' })
      } else if (type === EV_KEY && !this.#lost && (value === 0 || value === 1)) news.push({ news: value === 1 ? 'down' : 'up', code })
    }
    this.#rest = Buffer.from(all.subarray(at))
    return news
  }
}

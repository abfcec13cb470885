// parcel.ts — messages over a stream between two processes of ours: a length of four bytes, big-endian, then the message as
// structured clone (node:v8), so that Buffers and typed arrays stay what they are.
//
// The other end may have gone bad: a length over the limit and bytes that are no message are refused with a throw, and
// whoever reads then closes the stream. Nothing is kept for longer than one whole parcel takes to come.
import { deserialize, serialize } from 'node:v8'
import { Refusal } from '../lib/fault.ts'

/** A still of the TV at its worst is some 2 MB. */
export const LONGEST_PARCEL = 8 * 1024 * 1024
const HEAD = 4

/** @throws Refusal 'bad-message' when it is too long, or cannot be cloned */
export function pack(message: unknown): Buffer {
  const body = cloned(message)
  if (body.length > LONGEST_PARCEL) throw tooLong(body.length)
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

export class Unpacker {
  #pieces: Buffer[] = []
  #length = 0

  /** Takes bytes as they come, and gives the messages that are whole now. @throws Refusal 'bad-message'; then read no further */
  take(bytes: Buffer): unknown[] {
    this.#pieces.push(bytes)
    this.#length += bytes.length
    const messages: unknown[] = []
    for (let size = this.#size(); size !== null && this.#length >= HEAD + size; size = this.#size()) {
      const all = this.#joined()
      messages.push(read(all.subarray(HEAD, HEAD + size)))
      this.#pieces = [all.subarray(HEAD + size)]
      this.#length = all.length - HEAD - size
    }
    return messages
  }

  /** What the parcel that is coming says it holds; null: that has not come yet. */
  #size(): number | null {
    if (this.#length < HEAD) return null
    const first = this.#pieces[0]
    const size = (first && first.length >= HEAD ? first : this.#joined()).readUInt32BE()
    if (size > LONGEST_PARCEL) throw tooLong(size)
    return size
  }

  #joined(): Buffer {
    const all = this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces)
    this.#pieces = [all]
    return all
  }
}

const tooLong = (length: number) => new Refusal('bad-message', `a parcel of ${length} bytes is too long (${LONGEST_PARCEL} at most)`)

function cloned(message: unknown): Buffer {
  try {
    return serialize(message)
  } catch (cause) {
    throw new Refusal('bad-message', 'a message holds what cannot be sent', { cause })
  }
}

function read(body: Buffer): unknown {
  try {
    return deserialize(body)
  } catch (cause) {
    throw new Refusal('bad-message', 'a parcel holds no message', { cause })
  }
}

// in-order.ts — messages of a handshake in the order of their numbers, whatever was lost or overtook (RFC 6347 §4.2.2). Pure.
//
// What comes again is passed on as it comes: it asks for what was said last. What comes too soon waits.

/** No handshake has more messages. */
const MOST_WAITING = 16

export class InOrder<M extends { readonly message_seq: number }> {
  readonly #waiting = new Map<number, M>()
  #next = 0

  /** Those whose turn it is now. */
  take(messages: readonly M[]): M[] {
    return messages.flatMap((message) => {
      const ahead = message.message_seq - this.#next
      if (ahead < 0) return [message]
      if (ahead < MOST_WAITING) this.#waiting.set(message.message_seq, message)
      const due: M[] = []
      for (let next = this.#waiting.get(this.#next); next; next = this.#waiting.get(this.#next)) {
        this.#waiting.delete(this.#next++)
        due.push(next)
      }
      return due
    })
  }
}

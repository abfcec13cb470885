// remote-outbox.ts — what is on its way from the box to one phone: sealed in its order, bounded, the newest state first of all.
//
// While one state is being sent the next only waits, where the newest overwrites the older; at most every 16 ms one goes out. Answers
// are few, because orders are. When more than two pictures' worth of bytes wait in memory, the phone takes nothing and is given up.
import type { Clock } from '../lib/clock.ts'
import { ms } from '../lib/unit.ts'
import { ANSWER_LIMIT, type FromBox } from '../wire/remote.ts'
import type { Channel, Frame } from '../wire/remote-channel.ts'
import type { RemoteSocket } from './remote-port.ts'

/** The shortest time between two states. */
const BETWEEN = ms(16)
const MOST_UNSENT = 2 * ANSWER_LIMIT

export class RemoteOutbox {
  readonly #socket: RemoteSocket
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #over: AbortSignal
  readonly #onStuck: () => void
  #unsent = 0
  #news: string | null = null
  #told: string | null = null
  #telling = false

  /** @param over nothing goes out any more when it is aborted  @param onStuck the phone takes nothing any more */
  constructor(parts: { socket: RemoteSocket; channel: Channel; clock: Clock; over: AbortSignal; onStuck: () => void }) {
    this.#socket = parts.socket
    this.#channel = parts.channel
    this.#clock = parts.clock
    this.#over = parts.over
    this.#onStuck = parts.onStuck
  }

  say(words: FromBox): void {
    this.#send({ is: 'text', text: JSON.stringify(words) }, () => {})
  }

  bytes(counter: number, bytes: Uint8Array): void {
    this.#send({ is: 'bytes', counter, bytes }, () => {})
  }

  /** There is a newer state, as its message. Goes out now, or after the one before. */
  news(text: string): void {
    this.#news = text
    if (this.#telling || text === this.#told) return
    this.#told = text
    this.#telling = true
    let waits = 2
    const free = () => {
      if (--waits > 0 || this.#over.aborted) return
      this.#telling = false
      if (this.#news !== null) this.news(this.#news)
    }
    this.#send({ is: 'text', text }, free)
    this.#clock.sleep('the next state for a phone', BETWEEN, this.#over).then(free, () => {})
  }

  #send(frame: Frame, sent: () => void): void {
    if (this.#over.aborted) return
    const sealed = this.#channel.close(frame)
    this.#unsent += sealed.length
    if (this.#unsent > MOST_UNSENT) {
      this.#onStuck()
      return
    }
    this.#socket.send(sealed, () => {
      this.#unsent -= sealed.length
      sent()
    })
  }
}

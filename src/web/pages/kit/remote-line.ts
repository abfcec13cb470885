// remote-line.ts — one connection of a phone to its box: the greeting, then sealed words both ways (wire/remote.ts).
//
// It checks that the box has signed this connection with the key that it shows; whether that is the right box, remote.ts decides.
// What comes is kept until somebody listens, so that nothing is lost between two steps of pairing.
import { Fault, Refusal } from '../../../lib/fault.ts'
import { hex, type Random, unhex, verify } from '../../../wire/crypto.ts'
import { type Exchange, newExchange } from '../../../wire/exchange.ts'
import { boxHelloIn, type FromBox, type FromPhone, fromBoxIn, VERSION, type Why } from '../../../wire/remote.ts'
import { type Channel, channelOf, toSign, transcriptOf } from '../../../wire/remote-channel.ts'

/** The browser's WebSocket, or a test's. */
export interface PageSocket {
  send(frame: string | Uint8Array): void
  close(): void
}
export interface PageEars {
  opened(): void
  heard(frame: string | Uint8Array): void
  closed(): void
}
export type OpenSocket = (ears: PageEars) => PageSocket

/** What a line tells. greeted: the box has shown its key. bytes: an answer. closed: the last that comes. */
export type Heard =
  | FromBox
  | { readonly say: 'greeted' }
  | { readonly say: 'bytes'; readonly counter: number; readonly bytes: Uint8Array }
  | { readonly say: 'closed' }

/** The box's own no, with what a page needs to say it in its own language. */
export class TurnedAway extends Refusal {
  readonly why: Why
  /** How often a code may still be tried; null: the box does not say. */
  readonly triesLeft: number | null
  constructor({ why, sentence, triesLeft }: Extract<FromBox, { say: 'refused' }>) {
    super('not-allowed', sentence)
    this.why = why
    this.triesLeft = triesLeft ?? null
  }
}

type Greeted = { readonly channel: Channel; readonly transcript: Uint8Array; readonly boxKey: Uint8Array }

export const AWAY = 'The box does not answer just now.'

export class RemoteLine implements PageEars {
  readonly #open: OpenSocket
  readonly #exchange: Exchange
  #socket: PageSocket | null = null
  #greeted: Greeted | null = null
  #over = false
  #kept: Heard[] = []
  #listener: ((heard: Heard) => void) | null = null

  constructor(open: OpenSocket, random: Random) {
    this.#open = open
    this.#exchange = newExchange(random)
  }

  /** Begins. All that comes of it is heard. */
  open(): void {
    this.#socket = this.#open(this)
  }

  /** From now on everything goes to this listener, first what has come already; null: it is kept again. */
  listen(listener: ((heard: Heard) => void) | null): void {
    this.#listener = listener
    while (this.#listener) {
      const next = this.#kept.shift()
      if (!next) return
      this.#listener(next)
    }
  }

  /**
   * The next words of this kind; beats and states are passed over.
   * @throws TurnedAway with the box's sentence when it refuses; Fault 'daemon-away' when the line ends or something else is said
   */
  next<Say extends Heard['say']>(say: Say, signal: AbortSignal): Promise<Extract<Heard, { say: Say }>> {
    return new Promise((done, fail) => {
      const settle = (act: () => void) => {
        this.listen(null)
        signal.removeEventListener('abort', stop)
        act()
      }
      const stop = () => settle(() => fail(signal.reason))
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      this.listen((heard) => {
        if (is(heard, say)) settle(() => done(heard))
        else if (heard.say === 'refused') settle(() => fail(new TurnedAway(heard)))
        else if (heard.say !== 'beat' && heard.say !== 'state') settle(() => fail(new Fault('daemon-away', AWAY)))
      })
    })
  }

  /** The hash of this connection. Only once it is greeted. */
  get transcript(): Uint8Array {
    return this.#known.transcript
  }
  get boxKey(): Uint8Array {
    return this.#known.boxKey
  }

  say(words: FromPhone): void {
    if (!this.#over) this.#socket?.send(this.#known.channel.close({ is: 'text', text: JSON.stringify(words) }))
  }

  close(): void {
    this.#socket?.close()
    this.closed()
  }

  opened(): void {
    this.#socket?.send(JSON.stringify({ hello: VERSION, share: hex(this.#exchange.share) }))
  }

  heard(frame: string | Uint8Array): void {
    if (this.#over) return
    if (!this.#greeted) {
      this.#greeted = typeof frame === 'string' ? this.#greet(frame) : null
      if (this.#greeted) this.#tell({ say: 'greeted' })
      else this.close()
      return
    }
    const opened = typeof frame === 'string' ? null : this.#greeted.channel.open(frame)
    if (opened?.is === 'bytes') {
      this.#tell({ say: 'bytes', counter: opened.counter, bytes: opened.bytes })
      return
    }
    const said = opened ? fromBoxIn(opened.text) : null
    if (said) this.#tell(said)
    else this.close()
  }

  closed(): void {
    if (this.#over) return
    this.#over = true
    this.#tell({ say: 'closed' })
  }

  /** Null when it is no greeting, or nobody has signed it. */
  #greet(text: string): Greeted | null {
    const hello = boxHelloIn(text)
    const common = hello && this.#exchange.agree(unhex(hello.share))
    if (!hello || !common) return null
    const boxKey = unhex(hello.key)
    const transcript = transcriptOf({ phone: this.#exchange.share, box: unhex(hello.share) }, boxKey)
    if (!verify(boxKey, toSign.box(transcript), unhex(hello.signature))) return null
    return { channel: channelOf('phone', common, transcript), transcript, boxKey }
  }

  get #known(): Greeted {
    if (!this.#greeted) throw new Fault('daemon-away', AWAY)
    return this.#greeted
  }

  #tell(heard: Heard): void {
    if (this.#listener) this.#listener(heard)
    else this.#kept.push(heard)
  }
}

function is<Say extends Heard['say']>(heard: Heard, say: Say): heard is Extract<Heard, { say: Say }> {
  return heard.say === say
}

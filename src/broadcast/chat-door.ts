// chat-door.ts — the chat at a socket: says hello, checks who asks, tells all what happened. The room (chat.ts) decides; here are keys and lines.
//
// Nothing that comes from a viewer makes memory grow: frames are short, so many a second, and who does not take what we send is let go.
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import {
  CHAT_CLOSE,
  type ChatEvent,
  type ChatRole,
  chatHelloIn,
  closeFromChat,
  type FromChat,
  HISTORY,
  moderatorProof,
  type OpenedAsk,
  openAsk,
} from '../wire/chat.ts'
import { hex, type Random, same, systemRandom, unhex } from '../wire/crypto.ts'
import type { Identity } from '../wire/key.ts'
import { type ProgramId, programOf } from '../wire/manifest.ts'
import { ChatRoom } from './chat.ts'

/** A WebSocket as the chat uses it. */
export interface ChatSocket {
  /** `sent` is called when the frame has left our memory, or never. */
  send(frame: string, sent: () => void): void
  close(code: number, sentence: string): void
}
export interface ChatEars {
  heard(frame: string | Uint8Array): void
  gone(): void
}

/** Who may moderate. */
export interface ChatAccess {
  /** @param key Ed25519, 64 hex digits */
  roleOf(key: string): ChatRole
  /** Secrets of moderators' links, 16 bytes or more each. */
  readonly secrets: readonly Uint8Array[]
}

export type ChatOptions = {
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly access: ChatAccess
  readonly clock: Clock
  /** Wall clock, ms since 1970. */
  readonly now: () => number
  readonly random?: Random
  /** Hears what happens in the room, as all are told. */
  readonly heard?: (event: ChatEvent) => void
  /** Connections that may be open at once, in all and from one address. */
  readonly most?: { readonly all: number; readonly address: number }
}

const MOST = { all: 1000, address: 60 }
/** Who has not said hello by then is let go. */
const HELLO = seconds(5)
/** Frames that may wait for one viewer. */
const WAITING = 64
/** Frames of one viewer: so many at once, and one more every so many ms. */
const [FRAMES, EACH] = [20, 500]

type Seat = {
  readonly socket: ChatSocket
  readonly address: string
  readonly gone: AbortController
  session: string | null
  counter: number
  role: ChatRole
  proven: string | null
  waiting: number
  level: number
  at: number
}

export class ChatDoor {
  readonly program: ProgramId
  readonly #options: ChatOptions
  readonly #random: Random
  readonly #room: ChatRoom
  readonly #seats = new Set<Seat>()

  constructor(options: ChatOptions) {
    this.#options = options
    this.#random = options.random ?? systemRandom
    this.program = programOf(options.identity.publicKey)
    this.#room = new ChatRoom(() => hex(this.#random(8)))
  }

  /** Connections open now. */
  get people(): number {
    return this.#seats.size
  }

  /** A viewer's socket has opened. @param address whom it comes from */
  open(socket: ChatSocket, address: string): ChatEars {
    const { clock, most = MOST } = this.#options
    const here = [...this.#seats].filter((each) => each.address === address).length
    const seat: Seat = {
      socket,
      address,
      gone: new AbortController(),
      session: null,
      counter: 0,
      role: 'viewer',
      proven: null,
      waiting: 0,
      level: FRAMES,
      at: clock.now(),
    }
    if (this.#seats.size >= most.all || here >= most.address) {
      socket.close(CHAT_CLOSE.busy, 'Too many are in this chat already.')
      return { heard: () => {}, gone: () => {} }
    }
    this.#seats.add(seat)
    clock.sleep('a viewer says hello to the chat', HELLO, seat.gone.signal).then(
      () => {
        if (seat.session === null) this.#part(seat, CHAT_CLOSE.slow, 'No hello came in time.')
      },
      () => {},
    )
    return { heard: (frame) => this.#heard(seat, frame), gone: () => this.#part(seat) }
  }

  close(): void {
    for (const seat of [...this.#seats]) this.#part(seat, 1001, 'The program is over.')
  }

  #heard(seat: Seat, frame: string | Uint8Array): void {
    if (!this.#seats.has(seat)) return
    const now = this.#options.clock.now()
    seat.level = Math.min(FRAMES, seat.level + (now - seat.at) / EACH) - 1
    seat.at = now
    if (seat.level < 0) {
      this.#part(seat, CHAT_CLOSE.busy, 'That was too much at once.')
      return
    }
    if (typeof frame !== 'string') {
      this.#part(seat, CHAT_CLOSE.notUnderstood, 'The chat speaks text.')
      return
    }
    if (seat.session === null) {
      this.#welcome(seat, frame)
      return
    }
    const opened = openAsk(frame, this.program, seat.session)
    if (!opened || opened.counter <= seat.counter) {
      this.#part(seat, CHAT_CLOSE.notUnderstood, 'That was not understood.')
      return
    }
    seat.counter = opened.counter
    this.#asked(seat, seat.session, opened)
  }

  #welcome(seat: Seat, frame: string): void {
    const hello = chatHelloIn(frame)
    if (!hello) {
      this.#part(seat, CHAT_CLOSE.notUnderstood, 'That was no hello.')
      return
    }
    seat.session = hex(this.#random(16))
    seat.gone.abort()
    const { number, slow, messages } = this.#room
    const said = { say: 'welcome', nonce: hello.nonce, session: seat.session, number, slow, messages: messages.slice(-HISTORY) } as const
    this.#tell(seat, this.#signed(said))
  }

  #asked(seat: Seat, session: string, { ask, counter, who, key }: OpenedAsk): void {
    const { access, now } = this.#options
    if (ask.ask === 'be known') {
      const { proof } = ask
      if (proof !== null && access.secrets.some((secret) => same(moderatorProof(secret, session, key), unhex(proof)))) seat.proven = key
      this.#tell(seat, this.#signed({ say: 'you', session, role: this.#roleOf(seat, key) }))
      return
    }
    const outcome = this.#room.ask(ask, { who, role: this.#roleOf(seat, key), address: seat.address }, now())
    if (outcome.ok) this.#tellAll(outcome.events)
    else this.#tell(seat, this.#signed({ say: 'refused', session, counter, why: outcome.why, seconds: outcome.seconds }))
  }

  #roleOf(seat: Seat, key: string): ChatRole {
    const role = this.#options.access.roleOf(key)
    return role === 'viewer' && seat.proven === key ? 'moderator' : role
  }

  #signed(said: FromChat): string {
    return closeFromChat(said, this.#options.identity)
  }

  #tellAll(events: readonly ChatEvent[]): void {
    for (const event of events) this.#options.heard?.(event)
    const frames = events.map((event) => this.#signed(event))
    for (const seat of [...this.#seats]) if (seat.session !== null) for (const frame of frames) this.#tell(seat, frame)
  }

  #tell(seat: Seat, frame: string): void {
    if (!this.#seats.has(seat)) return
    if (seat.waiting >= WAITING) {
      this.#part(seat, CHAT_CLOSE.slow, 'This line is too slow for the chat.')
      return
    }
    seat.waiting++
    seat.socket.send(frame, () => {
      seat.waiting--
    })
  }

  #part(seat: Seat, code: number | null = null, sentence = ''): void {
    if (!this.#seats.delete(seat)) return
    seat.gone.abort()
    if (code !== null) seat.socket.close(code, sentence)
  }
}

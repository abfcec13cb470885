// chat-line.ts — this page's end of the chat: a key of its own, a socket that comes back, and nothing believed that the box did not sign.
import { lockedLine } from '../../../broadcast/chat-lock.ts'
import type { Clock } from '../../../lib/clock.ts'
import { unreachable } from '../../../lib/fault.ts'
import { type Ms, ms, seconds } from '../../../lib/unit.ts'
import {
  CHAT_VERSION,
  type ChatAsk,
  type ChatMessage,
  type ChatRefusal,
  type ChatRole,
  closeAsk,
  type FromChat,
  HISTORY,
  moderatorProof,
  openFromChat,
} from '../../../wire/chat.ts'
import { hex, type Random } from '../../../wire/crypto.ts'
import type { Identity } from '../../../wire/key.ts'
import type { ProgramId } from '../../../wire/manifest.ts'
import type { WatchKey } from '../../../wire/watch-key.ts'
import type { OpenSocket } from '../kit/remote-line.ts'

export type ChatNow = {
  readonly state: 'connecting' | 'here' | 'away'
  readonly messages: readonly ChatMessage[]
  readonly role: ChatRole
  /** Seconds between two messages. */
  readonly slow: number
  /** Why the last of ours was not taken. */
  readonly refused: { readonly why: ChatRefusal; readonly seconds: number | null } | null
  /** Our messages that were taken. */
  readonly taken: number
}
export const NO_CHAT: ChatNow = { state: 'connecting', messages: [], role: 'viewer', slow: 0, refused: null, taken: 0 }

export type ChatLineParts = {
  readonly program: ProgramId
  readonly socket: OpenSocket
  readonly identity: Identity
  /** The secret of a moderator's link. */
  readonly secret: Uint8Array | null
  /** What opens a private program; null: nothing is here. */
  readonly key: WatchKey | null
  readonly clock: Clock
  readonly random: Random
  readonly changed: (now: ChatNow) => void
  /** Something came that the box did not say. */
  readonly refused: () => void
}

const PAUSES: readonly Ms[] = [ms(500), seconds(2), seconds(5), seconds(10)]

export class ChatLine {
  readonly #parts: ChatLineParts
  #now: ChatNow = NO_CHAT
  #socket: ReturnType<OpenSocket> | null = null
  #session: string | null = null
  #counter = 0
  #number = 0
  /** Who has a key tries the sealed chat first, then, as the box may be open to all today, the other, by turns. */
  #isSealed: boolean

  constructor(parts: ChatLineParts) {
    this.#parts = parts
    this.#isSealed = parts.key !== null
  }

  get me(): string {
    return this.#parts.identity.peer
  }

  /** Keeps the line until the signal is aborted. Rejects with the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failed = 0; !signal.aborted; failed++) {
      const wasHere = await this.#once(signal)
      if (wasHere) failed = 0
      else this.#isSealed = this.#parts.key !== null && !this.#isSealed
      this.#turn({ state: 'away' })
      await this.#parts.clock.sleep('before opening the chat again', PAUSES[Math.min(failed, PAUSES.length - 1)] ?? seconds(10), signal)
    }
  }

  /** Asks the box. False while there is no line. */
  ask(ask: ChatAsk): boolean {
    const { program, identity } = this.#parts
    if (!this.#socket || this.#session === null || this.#now.state !== 'here') return false
    const place = { program, session: this.#session, counter: ++this.#counter }
    this.#turn({ refused: null })
    this.#socket.send(closeAsk(ask, place, identity))
    return true
  }

  async #once(signal: AbortSignal): Promise<boolean> {
    const { socket, key, random } = this.#parts
    const open = key && this.#isSealed ? lockedLine(key, socket, random) : socket
    const closed = Promise.withResolvers<void>()
    const nonce = hex(random(16))
    this.#session = null
    this.#counter = 0
    const line = open({
      opened: () => line.send(JSON.stringify({ hello: CHAT_VERSION, nonce })),
      closed: () => closed.resolve(),
      heard: (frame) => {
        if (!this.#heard(frame, nonce)) line.close()
      },
    })
    this.#socket = line
    const stop = (): void => {
      line.close()
      closed.resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
    await closed.promise
    signal.removeEventListener('abort', stop)
    const wasHere = this.#session !== null
    this.#socket = null
    this.#session = null
    return wasHere
  }

  /** False when this line is not to be trusted any more. */
  #heard(frame: string | Uint8Array, nonce: string): boolean {
    const said = typeof frame === 'string' ? openFromChat(frame, this.#parts.program) : null
    const isFit = said !== null && (said.say === 'welcome' ? said.nonce === nonce && this.#session === null : this.#session !== null)
    if (!said || !isFit) {
      this.#parts.refused()
      return false
    }
    return this.#take(said)
  }

  #take(said: FromChat): boolean {
    const { messages } = this.#now
    switch (said.say) {
      case 'welcome':
        this.#session = said.session
        this.#number = said.number
        this.#turn({ state: 'here', messages: said.messages, slow: said.slow, refused: null })
        this.#beKnown(said.session)
        return true
      case 'you':
        if (said.session === this.#session) this.#turn({ role: said.role })
        return true
      case 'refused':
        if (said.session === this.#session) this.#turn({ refused: { why: said.why, seconds: said.seconds } })
        return true
      case 'message':
      case 'deleted':
      case 'muted':
      case 'slow':
        break
      default:
        return unreachable(said)
    }
    // One that is missing, or comes again: the whole is asked for anew.
    if (said.number !== this.#number + 1) return false
    this.#number = said.number
    switch (said.say) {
      case 'message': {
        const isOwn = said.message.who === this.me
        this.#turn({ messages: [...messages, said.message].slice(-HISTORY), taken: this.#now.taken + (isOwn ? 1 : 0) })
        return true
      }
      case 'deleted':
        this.#turn({ messages: messages.filter(({ id }) => id !== said.id) })
        return true
      case 'slow':
        this.#turn({ slow: said.seconds })
        return true
      case 'muted':
        if (said.who === this.me) this.#turn({ refused: said.seconds > 0 ? { why: 'muted', seconds: said.seconds } : null })
        return true
      default:
        return unreachable(said)
    }
  }

  #beKnown(session: string): void {
    const { secret, identity } = this.#parts
    const proof = secret ? hex(moderatorProof(secret, session, hex(identity.publicKey))) : null
    this.ask({ ask: 'be known', proof })
  }

  #turn(change: Partial<ChatNow>): void {
    this.#now = { ...this.#now, ...change }
    this.#parts.changed(this.#now)
  }
}

// turn.ts — one allocation on a TURN server (RFC 8656): an address out there that forwards to us and from us.
//
//   open ── allocate (401, once more with realm and nonce) ──▶ relayed address ── refreshed before its lifetime ends
//   send ── to a peer by indication; to the one in use by channel, which is 36 bytes shorter
//
// It outlives the nonce: a server says 438 Stale Nonce now and then (coturn after ten minutes), without a signature, because the key
// hangs on the nonce; the request is said again with the new one. Permissions hold five minutes and are renewed each four, only for
// peers that we have written to a moment ago. A server that has forgotten us (it was restarted) ends the relay; the link notices by its beat
// and looks for another way.
//
// Where a stranger's description may make it send: to 32 hosts at most, and only once we ask for it.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { type Ms, ms, seconds } from '../../lib/unit.ts'
import { CANDIDATE_LIMIT } from '../candidate.ts'
import type { Address } from './inner.ts'
import type { Odd } from './odd.ts'
import {
  ATTRIBUTE,
  type Attribute,
  DATA_INDICATION,
  errorCode,
  isAnswer,
  isError,
  isSigned,
  METHOD,
  methodOf,
  readStun,
  readXorAddress,
  SEND_INDICATION,
  type StunMessage,
  writeStun,
  xorAddress,
} from './stun.ts'
import { openWire, type TurnServer, type Wire } from './turn-wire.ts'

export type RelayParts = {
  readonly server: TurnServer
  readonly clock: Clock
  readonly odd: Odd
  readonly onData: (data: Buffer, from: Address) => void
  /** It forwards no more, and not because we closed it. */
  readonly onEnd: (why: string) => void
}

/** By UDP a request is said again after 200 ms, then after twice that, and given up in the end; by TCP it is said once. */
const AGAIN = ms(200)
const TRIES = 5
const PATIENCE = seconds(6)
const RENEW = seconds(240)
/** Peers that we did not write to for so long are let go. */
const UNUSED = seconds(240)
const LIFETIME = 600
const UDP = Buffer.from([17, 0, 0, 0])
const FIRST_CHANNEL = 0x4000
const UNAUTHORIZED = 401
const STALE_NONCE = 438

type Open = { readonly method: number; readonly key: Buffer | null; readonly settle: (answer: StunMessage) => void }
type Peer = { state: 'asking' | 'permitted' | 'refused'; usedAt: Ms; waiting: Array<readonly [Buffer, Address]> }

export class Relay {
  readonly #parts: RelayParts
  readonly #closed = new AbortController()
  readonly #open = new Map<string, Open>()
  /** By host: a permission knows no ports. */
  readonly #peers = new Map<string, Peer>()
  readonly #channels = new Map<string, { readonly number: number; bound: boolean; usedAt: Ms }>()
  readonly #byChannel = new Map<number, Address>()
  #wire: Wire | null = null
  #relayed: Address | null = null
  #realm = Buffer.alloc(0)
  #nonce = Buffer.alloc(0)
  #key: Buffer | null = null

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  get transport(): TurnServer['transport'] {
    return this.#parts.server.transport
  }

  /**
   * Connects and allocates; gives the address where others find us.
   * @throws Fault 'transport' when the server does not answer or will not have us; what the signal was aborted with
   */
  async open(signal: AbortSignal): Promise<Address> {
    const stop = () => this.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const ears = { onDatagram: (data: Buffer) => this.#receive(data), onEnd: (why: string) => this.#end(why) }
      this.#wire = await openWire(this.#parts.server, ears, signal)
      if (this.#closed.signal.aborted) this.#wire.close()
      const answer = await this.#ask(METHOD.allocate, () => [
        [ATTRIBUTE.requestedTransport, UDP],
        [ATTRIBUTE.lifetime, number(LIFETIME)],
      ])
      const relayed = readXorAddress(answer.attributes.get(ATTRIBUTE.relayed), Buffer.from(answer.transaction, 'hex'))
      if (!relayed) throw new Fault('transport', 'the relay gave no address')
      this.#relayed = relayed
      this.#keep(lifetimeIn(answer))
      return relayed
    } catch (error) {
      this.close()
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Sends a copy. False when it cannot go: too many peers, one that the server refuses, or a full connection. */
  send(data: Buffer, to: Address): boolean {
    if (!this.#wire) return false
    const channel = this.#channels.get(keyOf(to))
    if (channel?.bound) {
      channel.usedAt = this.#parts.clock.now()
      const frame = Buffer.allocUnsafe(4 + data.length)
      frame.writeUInt16BE(channel.number, 0)
      frame.writeUInt16BE(data.length, 2)
      data.copy(frame, 4)
      return this.#wire.send(frame)
    }
    const peer = this.#peerAt(to[0])
    if (!peer || peer.state === 'refused') return false
    peer.usedAt = this.#parts.clock.now()
    if (peer.state === 'permitted') return this.#indicate(data, to)
    if (peer.waiting.length < 8) peer.waiting.push([Buffer.from(data), to])
    return true
  }

  /** The way to this peer is in use now: from here on by channel. */
  bind(to: Address): void {
    if (this.#channels.has(keyOf(to)) || this.#channels.size >= CANDIDATE_LIMIT || !this.#wire) return
    const channel = { number: FIRST_CHANNEL + this.#channels.size, bound: false, usedAt: this.#parts.clock.now() }
    this.#channels.set(keyOf(to), channel)
    this.#byChannel.set(channel.number, to)
    this.#bindAgain(to, channel).then(
      () => this.#whileUsed('renew a channel of a relay', channel, () => this.#bindAgain(to, channel)),
      () => void this.#channels.delete(keyOf(to)),
    )
  }

  close(): void {
    if (this.#closed.signal.aborted) return
    if (this.#wire && this.#relayed) this.#say(METHOD.refresh, [[ATTRIBUTE.lifetime, number(0)]], randomBytes(12))
    this.#closed.abort(new Fault('transport', 'the relay was closed'))
    const wire = this.#wire
    this.#wire = null
    this.#peers.clear()
    this.#channels.clear()
    // The farewell is on its way in the next turn of the loop.
    if (wire) setImmediate(() => wire.close())
  }

  #end(why: string): void {
    if (this.#closed.signal.aborted) return
    const wasUsed = this.#relayed !== null
    this.#relayed = null
    this.close()
    if (wasUsed) this.#parts.onEnd(why)
  }

  // --- peers

  #peerAt(host: string): Peer | null {
    const known = this.#peers.get(host)
    if (known) return known
    if (this.#peers.size >= CANDIDATE_LIMIT) {
      this.#parts.odd.add('candidate too many')
      return null
    }
    const peer: Peer = { state: 'asking', usedAt: this.#parts.clock.now(), waiting: [] }
    this.#peers.set(host, peer)
    this.#permit(host).then(
      () => {
        peer.state = 'permitted'
        for (const [data, to] of peer.waiting.splice(0)) this.#indicate(data, to)
        this.#whileUsed(
          'renew a permission of a relay',
          peer,
          () => this.#permit(host),
          () => this.#peers.delete(host),
        )
      },
      () => {
        peer.state = 'refused'
        peer.waiting = []
      },
    )
    return peer
  }

  #permit(host: string): Promise<unknown> {
    return this.#ask(METHOD.permit, (transaction) => [[ATTRIBUTE.peer, xorAddress([host, 0], transaction)]])
  }

  async #bindAgain(to: Address, channel: { readonly number: number; bound: boolean }): Promise<void> {
    const value = Buffer.alloc(4)
    value.writeUInt16BE(channel.number, 0)
    await this.#ask(METHOD.bind, (transaction) => [
      [ATTRIBUTE.channel, value],
      [ATTRIBUTE.peer, xorAddress(to, transaction)],
    ])
    channel.bound = true
  }

  /** Renews something every four minutes while it is used. */
  #whileUsed(name: string, what: { readonly usedAt: Ms }, renew: () => Promise<unknown>, forget: () => void = () => {}): void {
    const { clock } = this.#parts
    const go = async () => {
      for (;;) {
        await clock.sleep(name, RENEW, this.#closed.signal)
        if (clock.now() - what.usedAt > UNUSED) return forget()
        await renew()
      }
    }
    go().catch(() => {
      if (!this.#closed.signal.aborted) this.#end('the relay does not serve us any more')
    })
  }

  #indicate(data: Buffer, to: Address): boolean {
    const transaction = randomBytes(12)
    const attributes: Attribute[] = [
      [ATTRIBUTE.peer, xorAddress(to, transaction)],
      [ATTRIBUTE.data, data],
    ]
    return this.#wire?.send(writeStun(SEND_INDICATION, transaction, attributes, null)) ?? false
  }

  /** Refreshes the allocation while it lives. */
  #keep(first: number): void {
    const { clock } = this.#parts
    const go = async () => {
      for (let lifetime = first; ; ) {
        // A minute before the end, or halfway where a minute is more than that.
        const time = seconds(Math.max(lifetime - 60, lifetime / 2))
        await clock.sleep('renew a relay', time, this.#closed.signal)
        lifetime = lifetimeIn(await this.#ask(METHOD.refresh, () => [[ATTRIBUTE.lifetime, number(LIFETIME)]]))
      }
    }
    go().catch(() => {
      if (!this.#closed.signal.aborted) this.#end('the relay was not renewed')
    })
  }

  // --- questions and answers

  /** Asks the server, with credentials as soon as it has said for what. @throws Fault 'transport' */
  async #ask(method: number, build: (transaction: Buffer) => readonly Attribute[]): Promise<StunMessage> {
    for (let round = 0; ; round++) {
      const asked = { nonce: this.#nonce, signed: this.#key !== null }
      const answer = await this.#once(method, build)
      const code = errorCode(answer)
      if (!isError(answer.type)) return answer
      const isNews = code === STALE_NONCE || (code === UNAUTHORIZED && !asked.signed)
      if (!isNews || round >= 3 || !this.#learn(answer)) throw new Fault('transport', `the relay says ${code}`)
    }
  }

  /** Takes up realm and nonce; false when they are no use. */
  #learn({ attributes }: StunMessage): boolean {
    const nonce = attributes.get(ATTRIBUTE.nonce)
    const realm = attributes.get(ATTRIBUTE.realm) ?? this.#realm
    if (!nonce || realm.length === 0) return false
    const { username, credential } = this.#parts.server
    this.#nonce = Buffer.from(nonce)
    this.#realm = Buffer.from(realm)
    this.#key = createHash('md5').update(`${username}:`).update(realm).update(`:${credential}`).digest()
    return true
  }

  async #once(method: number, build: (transaction: Buffer) => readonly Attribute[]): Promise<StunMessage> {
    const { clock } = this.#parts
    const transaction = randomBytes(12)
    const name = transaction.toString('hex')
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#closed.signal])
    try {
      const answered = new Promise<StunMessage>((settle) => this.#open.set(name, { method, key: this.#key, settle }))
      const attributes = build(transaction)
      const repeat = async (): Promise<never> => {
        const isStream = this.transport !== 'udp'
        let pause = AGAIN
        for (let i = 0; i < (isStream ? 1 : TRIES); i++, pause = ms(pause * 2)) {
          this.#say(method, attributes, transaction)
          await clock.sleep('answer of a relay', isStream ? PATIENCE : pause, signal)
        }
        throw new Fault('transport', 'the relay does not answer')
      }
      return await Promise.race([answered, repeat()])
    } finally {
      this.#open.delete(name)
      over.abort()
    }
  }

  #say(method: number, attributes: readonly Attribute[], transaction: Buffer): void {
    const who: Attribute[] = this.#key
      ? [
          [ATTRIBUTE.username, Buffer.from(this.#parts.server.username)],
          [ATTRIBUTE.realm, this.#realm],
          [ATTRIBUTE.nonce, this.#nonce],
        ]
      : []
    this.#wire?.send(writeStun(method, transaction, [...attributes, ...who], this.#key))
  }

  #receive(data: Buffer): void {
    if (data.length >= 4 && data.readUInt8(0) >= 0x40 && data.readUInt8(0) <= 0x4f) {
      const from = this.#byChannel.get(data.readUInt16BE(0))
      const length = data.readUInt16BE(2)
      if (from && 4 + length <= data.length) this.#parts.onData(data.subarray(4, 4 + length), from)
      else this.#parts.odd.add('turn malformed')
      return
    }
    const message = readStun(data)
    if (!message) this.#parts.odd.add('turn malformed')
    else if (message.type === DATA_INDICATION) {
      const from = readXorAddress(message.attributes.get(ATTRIBUTE.peer), Buffer.from(message.transaction, 'hex'))
      const inner = message.attributes.get(ATTRIBUTE.data)
      if (from && inner) this.#parts.onData(inner, from)
      else this.#parts.odd.add('turn malformed')
    } else if (isAnswer(message.type)) this.#answered(data, message)
    else this.#parts.odd.add('turn malformed')
  }

  #answered(data: Buffer, message: StunMessage): void {
    const open = this.#open.get(message.transaction)
    if (!open || open.method !== methodOf(message.type)) return
    // An error that asks for other credentials cannot be signed (RFC 8489 §9.2.5); everything else is.
    const isOpenly = isError(message.type) && [UNAUTHORIZED, STALE_NONCE].includes(errorCode(message))
    if (open.key && !isOpenly && !isSigned(data, message, open.key)) this.#parts.odd.add('turn forged')
    else open.settle(message)
  }
}

const keyOf = ([host, port]: Address): string => `${host} ${port}`

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Seconds; a server that does not say means the usual ten minutes. */
function lifetimeIn({ attributes }: StunMessage): number {
  const value = attributes.get(ATTRIBUTE.lifetime)
  return value?.length === 4 ? Math.max(2, value.readUInt32BE(0)) : LIFETIME
}

// signalling.ts — the words of a call over a broker that nobody trusts.
//
// It owns the topics of one room, our session and counter, sealing and opening, the heartbeat of our presence and the last will.
// It does not own what follows from a word: call.ts decides. Everything that arrives is checked here, and what is not right is
// counted and dropped. A broker may lose, keep, repeat and reorder; it cannot write, read or speak for somebody.
//
// At every 'up' all is said again: brokers restart and forget. When somebody erases our presence or plays our will while we are
// here, we say it again as well, at most once a second.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { type Random, SEAL_NONCE, same } from '../wire/crypto.ts'
import { type Claim, closeEnvelope, openEnvelope, type Session, sessionOf, VERSION } from '../wire/envelope.ts'
import type { Identity, RoomKeys } from '../wire/key.ts'
import { type News, newsBody, newsIn, type Plea, type Presence } from '../wire/presence.ts'
import { type Signal, signalBody, signalIn } from '../wire/signal.ts'
import type { Counts } from './counts.ts'
import { Replay } from './replay.ts'

export type BrokerEvents = { message: [topic: string, payload: Uint8Array]; up: []; down: [] }

/** What a call needs from an MQTT 3.1.1 broker. It connects again by itself; what is published while it is down is lost. */
export interface Broker {
  publish(topic: string, payload: Uint8Array, options: { readonly retain: boolean }): void
  subscribe(topic: string): void
  on<E extends keyof BrokerEvents>(event: E, listener: (...args: BrokerEvents[E]) => void): Off
  /** The network is another one: connects anew, and 'up' follows. False: there is nothing to be done. Left out: the same. */
  renew?(): boolean
  /** Leaves in good order, so that the will is not sent. What was published before goes out first. */
  close(): Promise<void>
}
export type Will = { readonly topic: string; readonly payload: Uint8Array; readonly retain: boolean }
/** 'up' comes at every (re)connect, never before this function has returned. */
export type OpenBroker = (will: Will) => Broker

/** Who wrote a letter, now beyond doubt: the key signed it. */
export type Sender = { readonly peer: PeerId; readonly publicKey: Uint8Array; readonly session: Session; readonly counter: number }

export type SignallingEvents = {
  up: []
  down: []
  /** Our own presence came back from the broker: it works, and what it had retained has mostly been said. */
  echo: []
  presence: [from: Sender, presence: Presence]
  gone: [from: Sender]
  /** A box listens at the door of this room, or did when it said so. */
  door: [from: Sender]
  /** A box would like the tracks of a call in this room. Anybody who has the room's key may say so. */
  plea: [from: Sender, plea: Plea]
  signal: [from: Sender, signal: Signal]
  /** Somebody who has the room's key signs for a key that is not theirs. */
  forged: []
  /** Somebody here speaks another version. */
  foreign: [theirs: number]
}

export const HEARTBEAT = seconds(5)
export const TTL = seconds(15)
const REPAIR = seconds(1)

export class Signalling extends Emitter<SignallingEvents> {
  readonly session: Session
  readonly #identity: Identity
  readonly #room: RoomKeys
  readonly #openBroker: OpenBroker
  readonly #clock: Clock
  readonly #random: Random
  readonly #counts: Counts
  readonly #heardBefore = new Replay()
  readonly #signals = new Replay()
  #counter = 0
  #broker: Broker | null = null
  #will: Uint8Array = new Uint8Array()
  /** What we tell the whole room: our presence, or that we listen at the door; null: nothing. */
  #news: News | null = null
  /** The same as last published: what comes back byte for byte is ours, and needs no other proof. */
  #said: Uint8Array = new Uint8Array()
  #repairedAt = Number.NEGATIVE_INFINITY as Ms
  #left = false

  constructor(parts: {
    identity: Identity
    room: RoomKeys
    openBroker: OpenBroker
    clock: Clock
    random: Random
    counts: Counts
    log: Log
  }) {
    super((error) => parts.log.error('a listener of the signalling failed', error))
    this.session = sessionOf(parts.random(16))
    this.#identity = parts.identity
    this.#room = parts.room
    this.#openBroker = parts.openBroker
    this.#clock = parts.clock
    this.#random = parts.random
    this.#counts = parts.counts
  }

  /**
   * Connects, with our farewell left as will. Nothing is said before announce().
   * @param announces false: this session never will, as another one of ours may; then its farewell is for nobody
   */
  open({ announces = true } = {}): void {
    this.#will = this.#close(null, null, newsBody({ type: 'gone' }))
    const { peer } = this.#identity
    const broker = this.#openBroker({
      topic: announces ? this.#peerTopic(peer) : this.#toTopic(peer),
      payload: this.#will,
      retain: announces,
    })
    this.#broker = broker
    broker.on('message', (topic, payload) => this.#heard(topic, payload))
    broker.on('down', () => this.emit('down'))
    broker.on('up', () => {
      broker.subscribe(this.#peerTopic('+'))
      broker.subscribe(this.#toTopic(this.#identity.peer))
      this.#publishNews()
      this.emit('up')
    })
  }

  /** Says who we are, now and in every heartbeat. */
  announce(presence: Presence): void {
    this.#news = { type: 'presence', presence }
    this.#publishNews()
  }

  /** Says that we listen at this door, once for each connection: it is retained. */
  announceDoor(): void {
    this.#news = { type: 'door' }
    this.#publishNews()
  }

  /** Says once to who listens now that we would like tracks of a call; it is kept by nobody. */
  plea(plea: Plea): void {
    this.#broker?.publish(this.#peerTopic(this.#identity.peer), this.#close(null, null, newsBody({ type: 'plea', plea })), {
      retain: false,
    })
  }

  /** Repeats our presence until the signal is aborted; then rejects. */
  async beat(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep('presence heartbeat', HEARTBEAT, signal)
      this.#publishNews()
    }
  }

  /** @throws when the signal is larger than the wire allows, which only our own transport can bring about */
  send(to: { readonly peer: PeerId; readonly session: Session }, signal: Signal): void {
    this.#broker?.publish(this.#toTopic(to.peer), this.#close(to.peer, to.session, signalBody(signal)), { retain: false })
  }

  /** Says goodbye and takes our presence away. At once: a page that is being closed has no time to wait. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    if (this.#news === null) return // who only listened has nothing to take back
    const topic = this.#peerTopic(this.#identity.peer)
    this.#broker?.publish(topic, this.#will, { retain: true })
    this.#broker?.publish(topic, new Uint8Array(), { retain: true })
  }

  /** Takes what is left of somebody off the broker, so that it greets no newcomer. Whoever is still here says it again. */
  erase(peer: PeerId): void {
    this.#broker?.publish(this.#peerTopic(peer), new Uint8Array(), { retain: true })
  }

  /** Connects anew, as the network is another one; false: there is nothing to be done. */
  renew(): boolean {
    return this.#broker?.renew?.() ?? false
  }

  async close(): Promise<void> {
    this.leave()
    await this.#broker?.close()
  }

  #publishNews(): void {
    if (this.#news === null || this.#left) return
    this.#said = this.#close(null, null, newsBody(this.#news))
    this.#broker?.publish(this.#peerTopic(this.#identity.peer), this.#said, { retain: true })
  }

  #repair(): void {
    if (this.#clock.now() - this.#repairedAt < REPAIR) return
    this.#repairedAt = this.#clock.now()
    this.#publishNews()
  }

  #close(to: PeerId | null, receiver: Session | null, { kind, body }: { kind: number; body: Uint8Array }): Uint8Array {
    return closeEnvelope({
      address: { room: this.#room.id, epoch: this.#room.epoch, to },
      sealKey: this.#room.seal,
      identity: this.#identity,
      letter: { session: this.session, counter: ++this.#counter, receiver, kind, body },
      nonce: this.#random(SEAL_NONCE),
    })
  }

  #heard(topic: string, payload: Uint8Array): void {
    if (this.#left) return
    const peers = this.#peerTopic('')
    if (topic === this.#toTopic(this.#identity.peer)) this.#heardSignal(payload)
    else if (topic.startsWith(peers)) this.#heardNews(topic.slice(peers.length), payload)
    else this.#counts.add('message on another topic')
  }

  #heardNews(owner: string, payload: Uint8Array): void {
    const ours = owner === this.#identity.peer
    if (payload.length === 0) {
      if (ours) this.#repair()
      return // of others it says nothing: anybody can erase
    }
    if (ours && same(payload, this.#said)) {
      this.emit('echo')
      return
    }
    const letter = this.#open(payload, null, (claim) => this.#doubtNews(claim, owner))
    if (!letter) return
    const news: News | null = newsIn(letter.kind, letter.body)
    if (news?.type === 'presence' || news?.type === 'door' || news?.type === 'plea') {
      this.#heardBefore.remember(nameOf(letter), letter.counter)
      if (ours) return
      if (news.type === 'door') this.emit('door', letter)
      else if (news.type === 'plea') this.emit('plea', letter, news.plea)
      else this.emit('presence', letter, news.presence)
    } else if (news?.type === 'gone') {
      if (ours) this.#repair()
      else {
        this.erase(letter.peer)
        this.emit('gone', letter)
      }
    } else this.#counts.add('presence malformed')
  }

  #doubtNews(claim: Claim, owner: string): string | null {
    if (claim.peer !== owner) return "presence on another's topic"
    if (claim.receiver !== null) return 'presence for one'
    if (claim.peer === this.#identity.peer && claim.session !== this.session) return 'our own presence of another time'
    // A farewell is sealed long before it is needed, so its counter says nothing. It names its session, and that is enough.
    if (claim.body.length > 0 && !this.#heardBefore.isNew(nameOf(claim), claim.counter)) return 'presence heard before'
    return null
  }

  #heardSignal(payload: Uint8Array): void {
    const letter = this.#open(payload, this.#identity.peer, (claim) => {
      if (claim.receiver !== this.session) return 'signal for another session'
      if (claim.peer === this.#identity.peer) return 'signal from ourselves'
      return this.#signals.isNew(nameOf(claim), claim.counter) ? null : 'signal heard before'
    })
    if (!letter) return
    this.#signals.remember(nameOf(letter), letter.counter)
    const signal = signalIn(letter.kind, letter.body)
    if (signal) this.emit('signal', letter, signal)
    else this.#counts.add('signal malformed')
  }

  #open(payload: Uint8Array, to: PeerId | null, doubt: (claim: Claim) => string | null): Claim | null {
    const opened = openEnvelope(payload, { room: this.#room.id, epoch: this.#room.epoch, to }, this.#room.seal, doubt)
    if (opened.ok) return opened.letter
    this.#counts.add(opened.why)
    if (opened.why === 'envelope with a wrong signature') this.emit('forged')
    if (opened.why === 'envelope of another version' && opened.version > VERSION && opened.version < 16)
      this.emit('foreign', opened.version)
    return null
  }

  readonly #peerTopic = (peer: string): string => `parlor/1/room/${this.#room.id}/peer/${peer}`
  readonly #toTopic = (peer: PeerId): string => `parlor/1/room/${this.#room.id}/to/${peer}`
}

const nameOf = ({ peer, session }: { peer: PeerId; session: Session }): string => `${peer}/${session}`

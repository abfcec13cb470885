// link.ts — the life of one link to one peer, from the first offer to its end. It never comes back: call.ts makes a new one.
//
//   dialling ──▶ confirming ──▶ live ◀──▶ shaky          any of them ──▶ closed
//
// dialling: descriptions and candidates go to and fro (negotiation.ts) until the data channel opens. confirming: see confirm.ts; not
// one media packet before it has ended well. live: both ends say a beat every 500 ms. shaky: no beat was heard, nor any sound (pulse.ts), and we mend.
//
// A link owns one Transport and is the only one to close it. It does not own who should be linked (mesh.ts), nor when to try again.
import type { RoomId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Random } from '../wire/crypto.ts'
import type { LinkSignal } from '../wire/signal.ts'
import { type Word, wordIn, wordText } from '../wire/word.ts'
import { Confirmation, commitTo, type End, NONCE, type Role } from './confirm.ts'
import type { Counts } from './counts.ts'
import { Negotiation } from './negotiation.ts'
import type { Sending } from './person.ts'
import { PULSE, Pulse } from './pulse.ts'
import type { Transport } from './transport.ts'

export type LinkState = 'dialling' | 'confirming' | 'live' | 'shaky' | 'closed'
/** unanswered: nobody took our offer. left: they said goodbye. let go: our side does not want it any more. */
export type LinkEnd = 'unanswered' | 'not confirmed' | 'silent' | 'failed' | 'left' | 'let go'

export type LinkEvents = {
  signal: [signal: LinkSignal]
  /** The state, or `answered`, is another one now. */
  changed: []
  /** What they send, by their own word. */
  heard: [sending: Sending]
  closed: [why: LinkEnd]
}

export type LinkParts<T extends Transport> = {
  readonly id: string
  readonly role: Role
  readonly room: RoomId
  readonly sas: Uint8Array
  readonly me: Omit<End, 'fingerprint'>
  readonly other: Omit<End, 'fingerprint'>
  readonly transport: T
  readonly clock: Clock
  readonly random: Random
  readonly counts: Counts
  readonly log: Log
  /** What we send, to be said in every beat. */
  readonly sending: () => Sending
}

export const LINK_TIMES = {
  answer: seconds(10),
  /** From the answer to an open channel; the slowest way, TURN over TLS, was seen to take 14 s. */
  open: seconds(20),
  confirm: seconds(8),
} as const

/** More of them within one beat are not read. An honest end says one or two, a change of sending included. */
const WORDS_PER_BEAT = 50

export class Link<T extends Transport> extends Emitter<LinkEvents> {
  readonly id: string
  readonly transport: T
  /** They have signed something for this session of ours, so they are no ghost. */
  answered: boolean
  /** The broker says that they are gone. While they beat we believe the beat, but with less patience. */
  doubted = false
  emoji: readonly string[] | null = null
  readonly #parts: LinkParts<T>
  readonly #abort = new AbortController()
  readonly #negotiation: Negotiation
  /** Ours for the confirmation. */
  readonly #nonce: Uint8Array
  readonly #pulse: Pulse
  #state: LinkState = 'dialling'
  #confirmation: Confirmation | null = null
  #words = 0
  #done: Promise<void> = Promise.resolve()

  constructor(parts: LinkParts<T>) {
    super((error) => parts.log.error('a listener of a link failed', error))
    const { id, role, transport, clock, counts, log } = parts
    this.#parts = parts
    this.id = id
    this.transport = transport
    this.answered = role === 'answerer'
    this.#pulse = new Pulse(role, clock.now())
    this.#nonce = parts.random(NONCE)
    const foreword = role === 'offerer' ? commitTo(this.#nonce) : this.#nonce
    const send = (signal: LinkSignal) => this.emit('signal', signal)
    const failed = () => this.close('failed')
    this.#negotiation = new Negotiation({
      link: id,
      role,
      transport,
      clock,
      counts,
      log,
      signal: this.#abort.signal,
      send,
      failed,
      foreword,
    })
  }

  get state(): LinkState {
    return this.#state
  }

  /** Settles when the transport of a closed link has let everything go. */
  get done(): Promise<void> {
    return this.#done
  }

  get isUp(): boolean {
    return this.#state === 'live' || this.#state === 'shaky'
  }

  /** Begins. The offerer offers; the answerer waits for hear(). */
  start(): void {
    const { transport, role } = this.#parts
    transport.on('candidate', (candidate) => this.#negotiation.found(candidate))
    transport.on('open', () => this.#opened())
    transport.on('message', (text) => this.#message(text))
    transport.on('failed', () => this.close('failed'))
    if (role === 'offerer') {
      this.#negotiation.offer()
      this.#later('answer to an offer', LINK_TIMES.answer, () => {
        if (!this.answered) this.close('unanswered')
      })
    } else this.#mustOpen()
  }

  /** A signal about this link. */
  hear(signal: LinkSignal): void {
    switch (signal.type) {
      case 'offer':
        if (this.#negotiation.takeOffer(signal.turn, signal.sdp)) this.#pulse.mending(this.#parts.clock.now())
        return
      case 'answer':
        if (!this.#negotiation.takeAnswer(signal.turn, signal.sdp) || this.answered) return
        this.answered = true
        this.#mustOpen()
        this.emit('changed')
        return
      case 'candidates':
        for (const candidate of signal.candidates) this.#negotiation.give(candidate)
        return
      case 'silent':
        this.mend()
        return
      case 'bye':
        return
      default:
        unreachable(signal)
    }
  }

  /** Restarts ICE now, if that is ours to do and was not done a moment ago. */
  mend(): void {
    if (this.#parts.role === 'offerer' && this.isUp && this.#pulse.mayRestart(this.#parts.clock.now())) this.#restart()
  }

  /** Our network is another one now: the ways that we had may be dead, and to wait for silence would only take time. */
  moved(): void {
    if (this.#parts.role === 'offerer') this.mend()
    else if (this.isUp) this.emit('signal', { type: 'silent', link: this.id })
  }

  /** Tells the other end at once what we send now. */
  tell(): void {
    if (this.isUp) this.#say({ say: 'beat', sending: this.#parts.sending() })
  }

  /** Says goodbye, and ends. */
  leave(): void {
    if (this.isUp) this.#say({ say: 'bye' })
    this.close('let go')
  }

  /** Ends the link. Safe to call twice. */
  close(why: LinkEnd): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#abort.abort()
    this.#done = this.transport.close().catch((error) => this.#parts.log.error('a transport did not close', error))
    this.emit('closed', why)
  }

  #enter(state: LinkState): void {
    if (this.#state === state || this.#state === 'closed') return
    this.#state = state
    this.emit('changed')
  }

  #mustOpen(): void {
    this.#later('link opens', LINK_TIMES.open, () => {
      if (this.#state === 'dialling') this.close('failed')
    })
  }

  // --- confirmation

  #opened(): void {
    if (this.#state !== 'dialling') return
    const { role, me, other, room, sas } = this.#parts
    const inUse = this.transport.fingerprints()
    const { promised } = this.#negotiation
    if (!inUse || !promised || inUse.local.toUpperCase() !== promised.local || inUse.remote.toUpperCase() !== promised.remote) {
      this.#unconfirmed('fingerprint that nobody signed')
      return
    }
    const [mine, theirs] = [
      { ...me, fingerprint: promised.local },
      { ...other, fingerprint: promised.remote },
    ]
    const [offerer, answerer] = role === 'offerer' ? [mine, theirs] : [theirs, mine]
    const facts = { room, sas, link: this.id, offerer, answerer }
    this.#confirmation = new Confirmation(role, facts, this.#nonce, this.#negotiation.foresaid)
    this.#later('confirmation', LINK_TIMES.confirm, () => {
      if (this.#state === 'confirming') this.#unconfirmed('confirmation that did not come')
    })
    this.#enter('confirming')
    for (const word of this.#confirmation.begin()) this.#say(word)
  }

  #confirm(word: Word): void {
    const outcome = this.#confirmation?.hear(word) ?? { is: 'refused', why: 'word before the link was open' }
    if (outcome.is === 'refused') {
      this.#unconfirmed(outcome.why)
      return
    }
    for (const answer of outcome.say) this.#say(answer)
    if (outcome.is !== 'confirmed') return
    this.emoji = outcome.emoji
    this.transport.release()
    this.#pulse.heard(this.#parts.clock.now())
    this.#enter('live')
    this.tell()
    this.#beat().catch((error) => {
      if (!this.#abort.signal.aborted) this.#parts.log.error('the heartbeat of a link stopped', error)
    })
  }

  #unconfirmed(why: string): void {
    this.#parts.counts.add(why)
    this.close('not confirmed')
  }

  // --- words and heartbeat

  #message(text: string): void {
    if (this.#state === 'closed') return
    const { counts, clock } = this.#parts
    const word = ++this.#words > WORDS_PER_BEAT ? null : wordIn(text)
    if (word === null) counts.add(this.#words > WORDS_PER_BEAT ? 'word too many' : 'word unknown')
    else if (!this.isUp) this.#confirm(word)
    else {
      this.#pulse.heard(clock.now())
      this.#enter('live')
      if (word.say === 'beat') this.emit('heard', word.sending)
      else if (word.say === 'bye') this.close('left')
      else counts.add('word out of turn')
    }
  }

  async #beat(): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      await clock.sleep('link heartbeat', PULSE.beat, this.#abort.signal)
      this.#words = 0
      this.tell()
      if (this.transport.mediaCame?.() && this.#pulse.bridged(clock.now())) this.#enter('live')
      const need = this.#pulse.tick(clock.now(), this.doubted)
      if (this.#pulse.silent) this.#enter('shaky')
      if (need === 'restart') this.#restart()
      else if (need === 'ask') this.emit('signal', { type: 'silent', link: this.id })
      else if (need === 'give up') this.close('silent')
    }
  }

  #restart(): void {
    this.#pulse.restarted(this.#parts.clock.now())
    this.#negotiation.offer()
  }

  #say(word: Word): void {
    if (!this.transport.send(wordText(word))) this.#parts.counts.add('word not sent')
  }

  #later(name: string, time: Ms, act: () => void): void {
    const { clock, log } = this.#parts
    const { signal } = this.#abort
    clock
      .sleep(name, time, signal)
      .then(act)
      .catch((error) => {
        if (!signal.aborted) log.error('a link stumbled', error)
      })
  }
}

// members.ts — everybody else in the room: what is heard of them, and the links to them.
//
// It turns presence and signals into members and links, and keeps sessions, offers and attempts apart. It does not decide who should be
// linked: call.ts asks mesh.ts and then says dial() or turnAway(). After anything that may matter for that it says `changed`.
//
// Presence makes a member, and nothing more: it may be a broker's memory. A signal was made for this session of ours, so whoever
// signed it is alive; that, and only that, lets a new session take over from one whose link still beats.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { hex, type Random } from '../wire/crypto.ts'
import type { Identity, RoomKeys } from '../wire/key.ts'
import type { Presence } from '../wire/presence.ts'
import type { LinkSignal } from '../wire/signal.ts'
import type { Role } from './confirm.ts'
import type { Counts } from './counts.ts'
import { EarlySignals } from './early.ts'
import { Link, type LinkEnd } from './link.ts'
import { Member } from './member.ts'
import { offers } from './mesh.ts'
import { type Sending, sameSending } from './person.ts'
import type { Sender, Signalling } from './signalling.ts'
import type { Transport } from './transport.ts'

export type MembersEvents<T> = {
  /** Who is here, or how a link stands, is another now. */
  changed: []
  /** What somebody sends is another now. */
  heard: []
  /** They will be confirmed in a moment, after a long way. */
  nearly: [peer: PeerId]
  opened: [peer: PeerId, transport: T]
  closed: [peer: PeerId]
  /** A link to them was ended because it could not be confirmed, by us or by them. */
  unconfirmed: [peer: PeerId, name: string]
}

type Parts<T extends Transport> = {
  readonly identity: Identity
  readonly room: RoomKeys
  readonly openTransport: () => T
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly counts: Counts
  readonly signalling: Signalling
  readonly sending: () => Sending
  /** Would we take an offer of theirs now? */
  readonly door: (peer: PeerId) => 'open' | 'full' | 'closed'
}

/** More are not remembered, whoever invents them. */
const MEMBERS = 24
const FULL_AGAIN = seconds(5)
/** What was made for somebody when they were first heard of is old after that. */
const LONG_WAY = ms(400)

export class Members<T extends Transport> extends Emitter<MembersEvents<T>> {
  /** True once what the broker had retained has been said: presence that is new from now on is no memory. */
  live = false
  readonly #parts: Parts<T>
  readonly #all = new Map<PeerId, Member<T>>()
  readonly #early = new EarlySignals()
  readonly #closing = new Set<Promise<void>>()
  #left = false

  constructor(parts: Parts<T>) {
    super((error) => parts.log.error('a listener of the members failed', error))
    this.#parts = parts
  }

  get all(): readonly Member<T>[] {
    return [...this.#all.values()]
  }

  get(peer: PeerId): Member<T> | undefined {
    return this.#all.get(peer)
  }

  hearPresence(from: Sender, presence: Presence): void {
    const now = this.#parts.clock.now()
    const news = { from, presence }
    const member = this.#all.get(from.peer)
    if (!member) {
      if (this.#all.size >= MEMBERS) this.#parts.counts.add('presence of too many')
      else this.#all.set(from.peer, new Member<T>(news, now, this.live))
    } else if (member.news.from.session === from.session) {
      if (!member.hear(news, now)) this.#parts.counts.add('presence heard before')
    } else if (member.link?.state === 'live' && !this.#early.has(from)) member.next = news
    else this.#renew(member, news)
    this.emit('changed')
    for (const { from: sender, signal } of this.#early.take(from)) this.hearSignal(sender, signal)
  }

  hearGone({ peer, session }: Sender): void {
    const member = this.#all.get(peer)
    if (!member) return
    if (member.news.from.session === session) member.gone = true
    else if (member.next?.from.session === session) member.next = null
    this.emit('changed')
  }

  hearSignal(from: Sender, signal: LinkSignal): void {
    const { counts } = this.#parts
    const known = this.#all.get(from.peer)
    if (known && known.next?.from.session === from.session) this.#renew(known, known.next)
    const member = this.#all.get(from.peer)
    if (!member || member.news.from.session !== from.session) {
      if (!this.#early.keep(from, signal)) counts.add('signal before presence')
      return
    }
    member.breathes = true
    if (signal.type === 'bye') this.#hearBye(member, signal)
    else if (signal.type === 'offer' && signal.turn === 0) this.#hearOffer(member, from, signal)
    else if (member.link?.id === signal.link) member.link.hear(signal)
    else if (signal.type === 'candidates') {
      if (!this.#early.keep(from, signal)) counts.add('candidates without a link')
    } else {
      counts.add('signal for a link that is over')
      if (signal.type !== 'answer') this.#send(member, { type: 'bye', link: signal.link, reason: 'closed' })
    }
    this.emit('changed')
  }

  /** Offers a link to them, if it is time to. */
  dial(peer: PeerId): void {
    const member = this.#all.get(peer)
    if (member?.mayDial(this.#parts.clock.now())) this.#open(member, 'offerer', hex(this.#parts.random(8)))
  }

  /** Tells them that there is no place. */
  turnAway(peer: PeerId): void {
    const now = this.#parts.clock.now()
    const member = this.#all.get(peer)
    if (!member || now - member.toldFullAt < FULL_AGAIN) return
    member.toldFullAt = now
    this.#send(member, { type: 'bye', link: member.link?.id ?? null, reason: 'full' })
    member.link?.close('let go')
  }

  /** Lets go of who is not here any more, and of sessions that a newer one has replaced. */
  tidy(now: Ms, deaf: boolean): void {
    for (const member of this.all) {
      const { link } = member
      if (deaf && !member.gone) member.heardAt = now // we hear nobody now, so their silence says nothing
      if (link) link.doubted = member.gone
      if (member.next && link?.state !== 'live') this.#renew(member, member.next)
      else if (!member.isHere(now) && link?.state !== 'live') {
        this.#all.delete(member.peer)
        link?.close('let go')
        if (!member.gone) this.#parts.signalling.erase(member.peer)
      }
    }
  }

  /** The broker is back: what we said meanwhile was lost, so it is said anew. */
  again(): void {
    const now = this.#parts.clock.now()
    for (const member of this.all) {
      member.heardAt = now
      if (member.link?.state === 'shaky') member.link.mend()
      else if (member.link?.state === 'dialling' && !member.link.answered) member.link.close('unanswered')
      member.dialSoon(now)
    }
  }

  /** Our network is another one now. */
  moved(): void {
    for (const { link } of this.all) link?.moved()
  }

  /** Tells all what we send now. */
  tell(): void {
    for (const { link } of this.all) link?.tell()
  }

  /** Says goodbye to all, at once; resolves when every transport is closed. */
  async leave(): Promise<void> {
    this.#left = true
    for (const { link } of this.all) link?.leave()
    this.#all.clear()
    await Promise.all(this.#closing)
  }

  /** Another session of the same peer takes over: they have started anew. */
  #renew(member: Member<T>, news: { from: Sender; presence: Presence }): void {
    this.#all.set(member.peer, new Member<T>(news, this.#parts.clock.now(), this.live))
    member.link?.close('let go')
  }

  #hearBye(member: Member<T>, { link, reason }: Extract<LinkSignal, { type: 'bye' }>): void {
    if (reason === 'full') member.saysFull = true
    if (link === null) return
    if (reason === 'unconfirmed' && (member.link?.id === link || member.broken === link)) this.#unconfirmed(member)
    member.broken = null
    if (member.link?.id === link) member.link.close('let go')
  }

  #hearOffer(member: Member<T>, from: Sender, signal: Extract<LinkSignal, { type: 'offer' }>): void {
    const { identity, counts, door } = this.#parts
    if (offers(identity.peer, member.peer)) counts.add('offer from who should wait')
    else if (from.counter <= member.offered || member.link?.id === signal.link) counts.add('offer out of turn')
    else {
      member.offered = from.counter
      const how = door(member.peer)
      if (how !== 'open' || !member.mayLink) {
        this.#send(member, { type: 'bye', link: signal.link, reason: !member.mayLink ? 'unconfirmed' : how === 'full' ? 'full' : 'closed' })
        return
      }
      member.link?.close('let go')
      this.#open(member, 'answerer', signal.link)
      member.link?.hear(signal)
      for (const { signal: early } of this.#early.take(from)) this.hearSignal(from, early)
    }
  }

  #open(member: Member<T>, role: Role, id: string): void {
    const { identity, room, clock, random, counts, sending, log } = this.#parts
    const { session, publicKey } = member.news.from
    const link = new Link<T>({
      id,
      role,
      room: room.id,
      sas: room.sas,
      me: { publicKey: identity.publicKey, session: this.#parts.signalling.session },
      other: { publicKey, session },
      transport: this.#parts.openTransport(),
      clock,
      random,
      counts,
      log: log.part('link'),
      sending,
    })
    member.link = link
    const began = clock.now()
    link.on('changed', () => {
      if (link.state === 'confirming' && clock.now() - began > LONG_WAY) this.emit('nearly', member.peer)
    })
    link.on('signal', (signal) => this.#send(member, signal))
    link.on('heard', (theirs) => {
      const before = member.sending
      member.sending = theirs
      if (!sameSending(before, theirs)) this.emit('heard')
    })
    link.on('changed', () => this.#linkChanged(member, link))
    link.on('closed', (why) => this.#linkClosed(member, link, why))
    link.start()
  }

  #linkChanged(member: Member<T>, link: Link<T>): void {
    if (link.state === 'live' && member.upAt === null) {
      member.upAt = this.#parts.clock.now()
      member.wasLive = true
      member.saysFull = false
      member.toldApart = false
      this.#parts.log.info('somebody is here', { peer: member.peer, kind: member.news.presence.kind })
      this.emit('opened', member.peer, link.transport)
    }
    this.emit('changed')
  }

  #linkClosed(member: Member<T>, link: Link<T>, why: LinkEnd): void {
    const closing: Promise<void> = link.done.finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
    if (member.link !== link) return
    const wasUp = member.upAt !== null
    member.parted(this.#parts.clock.now())
    if (wasUp) {
      this.#parts.log.info(why === 'left' || member.gone ? 'somebody left' : 'a link was lost', { peer: member.peer, why })
      this.emit('closed', member.peer)
    }
    if (why === 'left') member.gone = true
    member.broken = why === 'failed' ? link.id : null
    if (why === 'not confirmed') this.#unconfirmed(member)
    if (why !== 'left' && why !== 'let go')
      this.#send(member, { type: 'bye', link: link.id, reason: why === 'not confirmed' ? 'unconfirmed' : 'closed' })
    this.emit('changed')
  }

  #unconfirmed(member: Member<T>): void {
    member.unconfirmed++
    this.#parts.log.warn('a link could not be confirmed', { peer: member.peer, times: member.unconfirmed })
    this.emit('unconfirmed', member.peer, member.name)
  }

  #send({ peer, news }: Member<T>, signal: LinkSignal): void {
    if (!this.#left) this.#parts.signalling.send({ peer, session: news.from.session }, signal)
  }
}

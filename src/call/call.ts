// call.ts — one stay in one room, in the box and in a page alike.
//
// It knows who is here (member.ts), asks mesh.ts who should be linked, and acts: makes links, passes signals on, tells people.
// After anything that happens it looks again; so there is one place where a decision is made, and it is made from what is.
// It does not own media: when a link is confirmed it says `opened`, and app/ or the page wires its tracks to that transport.
//
// A broker is only a messenger here. What it leaves out can keep people apart, and then they are told; nothing it brings can make
// somebody appear who did not sign for this very session, nor take away somebody whose link still beats.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Bug, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { hex, type Random } from '../wire/crypto.ts'
import type { Identity, RoomKeys } from '../wire/key.ts'
import type { Presence } from '../wire/presence.ts'
import type { Signal } from '../wire/signal.ts'
import type { Role } from './confirm.ts'
import { Counts } from './counts.ts'
import { EarlySignals } from './early.ts'
import { Link, type LinkEnd } from './link.ts'
import { Member } from './member.ts'
import { nextPlace, offers, plan } from './mesh.ts'
import type { Person, Sending } from './person.ts'
import { type OpenBroker, type Sender, Signalling, TTL } from './signalling.ts'
import type { Transport } from './transport.ts'
import { type CallTrouble, trouble } from './trouble.ts'

export type CallEvents<T> = {
  /** Everybody else as they are now, in the order of coming in; at every change. */
  people: [people: readonly Person[]]
  /** Confirmed by both ends: from now on, and not before, media may be wired to this transport. */
  opened: [peer: PeerId, transport: T]
  /** The transport that was opened is closing: let go of it. */
  closed: [peer: PeerId]
  trouble: [trouble: CallTrouble]
}

export type CallParts<T extends Transport> = {
  readonly identity: Identity
  /** 1 to 40 characters; see wire/schema.ts. */
  readonly name: string
  readonly kind: 'box' | 'browser'
  readonly room: RoomKeys
  readonly openBroker: OpenBroker
  readonly openTransport: () => T
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** How many may be in the room, ourselves included. */
  readonly limit?: number
}

const LOOK = ms(500)
/** After our own presence came back, what the broker had retained needs this long at most. */
const SETTLE = ms(200)
/** A broker that never gives our presence back is not waited for. */
const SETTLE_ANYHOW = seconds(1)
/** Overlapping arrivals are sorted out within this time; then a place is safe. */
const SAFE = seconds(2)
const FULL_AGAIN = seconds(5)
const APART = seconds(20)
const BROKER_PATIENCE = seconds(2)
const SAY_AGAIN = seconds(60)
const MEMBERS = 24

export class Call<T extends Transport> extends Emitter<CallEvents<T>> {
  readonly #parts: CallParts<T>
  readonly #limit: number
  readonly #log: Log
  readonly #counts = new Counts()
  readonly #signalling: Signalling
  readonly #members = new Map<PeerId, Member<T>>()
  readonly #early = new EarlySignals()
  readonly #abort = new AbortController()
  readonly #entered = Promise.withResolvers<void>()
  readonly #closing = new Set<Promise<void>>()
  #stage: 'new' | 'joining' | 'in' | 'left' = 'new'
  #place: number | null = null
  #placedAt: Ms = ms(0)
  #echoed = false
  #settled = false
  #brokerDownAt: Ms | null = null
  #brokerMissed = false
  #sending: Sending = { muted: false, camera: false, screen: false, speaking: false }
  #shown = '[]'
  #looking: 'no' | 'yes' | 'again' = 'no'
  readonly #said = new Map<string, Ms>()
  #leaving: Promise<void> | null = null

  constructor(parts: CallParts<T>) {
    super((error) => parts.log.error('a listener of the call failed', error))
    this.#parts = parts
    this.#limit = parts.limit ?? 6
    this.#log = parts.log.part('call')
    this.#signalling = new Signalling({ ...parts, counts: this.#counts, log: this.#log })
  }

  /**
   * Comes in. Resolves when our presence is out and we know who is there.
   * @throws Refusal 'room-full' when all places are taken; what the signal was aborted with, when it was
   */
  async join(signal: AbortSignal): Promise<void> {
    if (this.#stage !== 'new') throw new Bug('a call is joined once; make another one')
    this.#stage = 'joining'
    const stop = () => {
      this.#entered.reject(signal.reason)
      void this.leave()
    }
    this.#entered.promise.catch(() => {})
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!signal.aborted) this.#begin()
      await this.#entered.promise
    } catch (error) {
      await this.leave()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Tells the others what our devices do. */
  say(sending: Sending): void {
    const { muted, camera, screen, speaking } = sending
    const before = this.#sending
    if (muted === before.muted && camera === before.camera && screen === before.screen && speaking === before.speaking) return
    this.#sending = { muted, camera, screen, speaking }
    for (const { link } of this.#members.values()) link?.tell()
  }

  /** Who is here, as last told by `people`. */
  people(): readonly Person[] {
    const inOrder = [...this.#members.values()].sort((a, b) => order(a) - order(b) || (a.peer < b.peer ? -1 : 1))
    return inOrder.flatMap((member) => member.toPerson() ?? [])
  }

  /** What was refused so far, by reason. */
  counts(): Record<string, number> {
    return this.#counts.read()
  }

  /** Says goodbye and closes everything. All that others must hear is said before this returns its promise. Safe to call twice. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  async #leave(): Promise<void> {
    this.#stage = 'left'
    this.#abort.abort()
    this.#signalling.leave()
    for (const { link } of this.#members.values()) link?.leave()
    this.#members.clear()
    this.#tellPeople()
    this.#entered.reject(new Refusal('not-in-a-call', 'The call was left before it began.'))
    await Promise.all([...this.#closing, this.#signalling.close()])
  }

  #begin(): void {
    const { clock } = this.#parts
    const signalling = this.#signalling
    signalling.on('presence', (from, presence) => this.#heardPresence(from, presence))
    signalling.on('gone', (from) => this.#heardGone(from))
    signalling.on('signal', (from, signal) => this.#heardSignal(from, signal))
    signalling.on('up', () => this.#brokerUp())
    signalling.on('down', () => {
      this.#brokerDownAt ??= clock.now()
    })
    signalling.on('echo', () => {
      if (this.#echoed) return
      this.#echoed = true
      this.#later('who is there', SETTLE, () => this.#settle())
    })
    signalling.on('forged', () => this.#tell(trouble({ kind: 'stranger' })))
    signalling.on('foreign', () => this.#tell(trouble({ kind: 'other-version' })))
    this.#brokerDownAt = clock.now()
    signalling.announce(this.#presence())
    signalling.open()
    this.#forever(signalling.beat(this.#abort.signal))
    this.#forever(this.#watch())
    const report = (count: number, last: string) => this.#log.warn('messages were refused', { count, last })
    this.#forever(this.#counts.report(report, clock, this.#abort.signal))
  }

  #presence(): Presence {
    return { name: this.#parts.name, kind: this.#parts.kind, ttl: TTL, place: this.#place }
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.#parts.clock.sleep('look who is here', LOOK, this.#abort.signal)
      this.#look()
    }
  }

  // --- what is heard

  #brokerUp(): void {
    const now = this.#parts.clock.now()
    const first = !this.#settled
    this.#brokerDownAt = null
    if (this.#brokerMissed) this.emit('trouble', trouble({ kind: 'broker-back' }))
    this.#brokerMissed = false
    if (first) this.#later('who is there', SETTLE_ANYHOW, () => this.#settle())
    for (const member of this.#members.values()) {
      member.heardAt = now
      if (member.link?.state === 'shaky') member.link.mend()
      else if (member.link?.state === 'dialling' && !member.link.answered) member.link.close('unanswered')
      member.dialSoon(now)
    }
    this.#look()
  }

  #settle(): void {
    this.#settled = true
    this.#look()
  }

  #heardPresence(from: Sender, presence: Presence): void {
    const now = this.#parts.clock.now()
    const news = { from, presence }
    const member = this.#members.get(from.peer)
    if (!member) {
      if (this.#members.size >= MEMBERS) this.#counts.add('presence of too many')
      else this.#members.set(from.peer, new Member<T>(news, now, this.#echoed))
    } else if (member.news.from.session === from.session) {
      if (!member.hear(news, now)) this.#counts.add('presence heard before')
    } else if (member.link?.state === 'live' && !this.#early.has(from)) member.next = news
    else this.#renew(member, news)
    this.#look()
    for (const { from: sender, signal } of this.#early.take(from)) this.#heardSignal(sender, signal)
  }

  /** Another session of the same peer takes over: they have started anew. */
  #renew(member: Member<T>, news: { from: Sender; presence: Presence }): void {
    member.link?.close('let go')
    const fresh = new Member<T>(news, this.#parts.clock.now(), this.#echoed)
    this.#members.set(member.peer, fresh)
  }

  #heardGone(from: Sender): void {
    const member = this.#members.get(from.peer)
    if (!member) return
    if (member.news.from.session === from.session) member.gone = true
    else if (member.next?.from.session === from.session) member.next = null
    this.#look()
  }

  #heardSignal(from: Sender, signal: Signal): void {
    const member = this.#members.get(from.peer)
    if (!member || member.news.from.session !== from.session) {
      if (member?.next?.from.session === from.session) {
        // It names our session, so it is alive: no need to wait until the old one has fallen silent.
        this.#renew(member, member.next)
        this.#look()
        this.#heardSignal(from, signal)
      } else if (!this.#early.keep(from, signal)) this.#counts.add('signal before presence')
      return
    }
    member.breathes = true
    if (signal.type === 'bye') this.#heardBye(member, signal)
    else if (signal.type === 'offer' && signal.turn === 0) this.#heardOffer(member, from, signal)
    else if (member.link?.id === signal.link) member.link.hear(signal)
    else if (signal.type === 'candidates') {
      if (!this.#early.keep(from, signal)) this.#counts.add('candidates without a link')
    } else {
      this.#counts.add('signal for a link that is over')
      if (signal.type !== 'answer') this.#send(member, { type: 'bye', link: signal.link, reason: 'closed' })
    }
    this.#look()
  }

  #heardBye(member: Member<T>, { link, reason }: Extract<Signal, { type: 'bye' }>): void {
    if (reason === 'full') member.saysFull = true
    if (link === null) return
    if (reason === 'unconfirmed' && (member.link?.id === link || member.broken === link)) this.#unconfirmed(member)
    member.broken = null
    if (member.link?.id === link) member.link.close('let go')
  }

  #heardOffer(member: Member<T>, from: Sender, signal: Extract<Signal, { type: 'offer' }>): void {
    if (offers(this.#parts.identity.peer, member.peer)) {
      this.#counts.add('offer from who should wait')
      return
    }
    if (from.counter <= member.offered || member.link?.id === signal.link) {
      this.#counts.add('offer out of turn')
      return
    }
    member.offered = from.counter
    const { self, welcome } = this.#plan()
    if (self !== 'in' || !welcome.includes(member.peer) || !member.mayLink) {
      const reason = !member.mayLink ? 'unconfirmed' : self === 'in' ? 'full' : 'closed'
      this.#send(member, { type: 'bye', link: signal.link, reason })
      return
    }
    member.link?.close('let go')
    const link = this.#open(member, 'answerer', signal.link)
    link?.hear(signal)
    for (const { signal: early } of this.#early.take(from)) link?.hear(early)
  }

  // --- what follows

  #plan() {
    const now = this.#parts.clock.now()
    const peers = [...this.#members.values()].map((member) => member.toMesh(now))
    const settled = this.#place !== null && now - this.#placedAt >= SAFE
    return { ...plan({ self: this.#parts.identity.peer, limit: this.#limit, place: this.#place, settled, peers }), peers }
  }

  /** Makes what is as it should be. Whatever it causes is looked at in the same go. */
  #look(): void {
    if (this.#looking !== 'no') {
      this.#looking = 'again'
      return
    }
    do {
      this.#looking = 'yes'
      if (this.#stage === 'joining' || this.#stage === 'in') this.#lookOnce(this.#parts.clock.now())
    } while ((this.#looking as string) === 'again')
    this.#looking = 'no'
  }

  #lookOnce(now: Ms): void {
    const deaf = this.#brokerDownAt !== null
    if (this.#brokerDownAt !== null && !this.#brokerMissed && now - this.#brokerDownAt >= BROKER_PATIENCE) {
      this.#brokerMissed = true
      this.emit('trouble', trouble({ kind: 'broker-away' }))
    }
    for (const member of this.#members.values()) this.#lookAt(member, now, deaf)
    const { self, dial, welcome, tooMany, peers } = this.#plan()
    if (self === 'full') {
      this.#refuseOurselves()
      return
    }
    for (const peer of tooMany) this.#turnAway(peer, now)
    if (!deaf)
      for (const peer of dial) {
        const member = this.#members.get(peer)
        if (member?.mayDial(now)) this.#open(member, 'offerer', hex(this.#parts.random(8)))
      }
    if (self === 'in' && this.#place === null && (this.#settled || peers.some((p) => p.link === 'live'))) this.#enter(nextPlace(peers), now)
    for (const peer of welcome) this.#tellApart(peer, now)
    this.#tellPeople()
  }

  #lookAt(member: Member<T>, now: Ms, deaf: boolean): void {
    if (deaf && !member.gone) member.heardAt = now // we cannot hear, so silence says nothing
    const { link } = member
    if (link) link.doubted = member.gone
    if (member.next && link?.state !== 'live') this.#renew(member, member.next)
    else if (!member.isHere(now) && link?.state !== 'live') {
      this.#members.delete(member.peer)
      link?.close('let go')
    }
  }

  #enter(place: number, now: Ms): void {
    this.#place = place
    this.#placedAt = now
    this.#stage = 'in'
    this.#signalling.announce(this.#presence())
    this.#log.info('joined the room', { place, others: this.#members.size })
    this.#entered.resolve()
  }

  #refuseOurselves(): void {
    const full = trouble({ kind: 'room-full', limit: this.#limit })
    if (this.#stage === 'in') this.emit('trouble', full)
    this.#entered.reject(new Refusal('room-full', full.sentence))
    void this.leave()
  }

  #turnAway(peer: PeerId, now: Ms): void {
    const member = this.#members.get(peer)
    if (!member || this.#place === null || now - member.toldFullAt < FULL_AGAIN) return
    member.toldFullAt = now
    this.#send(member, { type: 'bye', link: member.link?.id ?? null, reason: 'full' })
    member.link?.close('let go')
  }

  #open(member: Member<T>, role: Role, id: string): Link<T> | null {
    const { identity, room, clock, random } = this.#parts
    const { session, publicKey } = member.news.from
    const link = new Link<T>({
      id,
      role,
      room: room.id,
      sas: room.sas,
      me: { publicKey: identity.publicKey, session: this.#signalling.session },
      other: { publicKey, session },
      transport: this.#parts.openTransport(),
      clock,
      random,
      counts: this.#counts,
      log: this.#log.part('link'),
      sending: () => this.#sending,
    })
    member.link = link
    link.on('signal', (signal) => this.#send(member, signal))
    link.on('heard', (sending) => {
      member.sending = sending
      this.#tellPeople()
    })
    link.on('changed', () => this.#linkChanged(member, link))
    link.on('closed', (why) => this.#linkClosed(member, link, why))
    link.start()
    return member.link
  }

  #linkChanged(member: Member<T>, link: Link<T>): void {
    if (link.state === 'live' && member.upAt === null) {
      member.upAt = this.#parts.clock.now()
      member.wasLive = true
      member.toldApart = false
      this.#log.info('somebody is here', { peer: member.peer, kind: member.news.presence.kind })
      this.emit('opened', member.peer, link.transport)
    }
    this.#look()
  }

  #linkClosed(member: Member<T>, link: Link<T>, why: LinkEnd): void {
    const closing: Promise<void> = link.done.finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
    if (member.link !== link) return
    const wasUp = member.upAt !== null
    member.parted(this.#parts.clock.now())
    if (wasUp) {
      this.#log.info(why === 'left' || member.gone ? 'somebody left' : 'a link was lost', { peer: member.peer, why })
      this.emit('closed', member.peer)
    }
    if (why === 'left') member.gone = true
    member.broken = why === 'failed' ? link.id : null
    if (why === 'not confirmed') {
      this.#unconfirmed(member)
      this.#send(member, { type: 'bye', link: link.id, reason: 'unconfirmed' })
    } else if (why !== 'left' && why !== 'let go') this.#send(member, { type: 'bye', link: link.id, reason: 'closed' })
    this.#look()
  }

  #unconfirmed(member: Member<T>): void {
    member.unconfirmed++
    this.#log.warn('a link could not be confirmed', { peer: member.peer, times: member.unconfirmed })
    this.emit('trouble', trouble({ kind: 'not-confirmed', peer: member.peer, name: member.name }))
  }

  #send({ peer, news }: Member<T>, signal: Signal): void {
    if (this.#stage !== 'left') this.#signalling.send({ peer, session: news.from.session }, signal)
  }

  // --- what people are told

  #tellApart(peer: PeerId, now: Ms): void {
    const member = this.#members.get(peer)
    if (!member?.breathes || member.isUp || member.toldApart || !member.mayLink || now - member.apartSince < APART) return
    member.toldApart = true
    this.emit('trouble', trouble({ kind: 'no-way', peer, name: member.name }))
  }

  #tellPeople(): void {
    const people = this.people()
    const shown = JSON.stringify(people)
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit('people', people)
  }

  /** Says a trouble that strangers can cause at will: at most once a minute. */
  #tell(what: CallTrouble): void {
    const now = this.#parts.clock.now()
    const last = this.#said.get(what.kind)
    if (last !== undefined && now - last < SAY_AGAIN) return
    this.#said.set(what.kind, now)
    this.emit('trouble', what)
  }

  // --- time

  #later(name: string, time: Ms, act: () => void): void {
    this.#forever(this.#parts.clock.sleep(name, time, this.#abort.signal).then(act))
  }

  #forever(work: Promise<void>): void {
    work.catch((error) => {
      if (!this.#abort.signal.aborted) this.#log.error('the call stumbled', error)
    })
  }
}

const order = <T extends Transport>(member: Member<T>): number => member.news.presence.place ?? Number.MAX_SAFE_INTEGER

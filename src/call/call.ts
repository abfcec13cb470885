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
import type { Random } from '../wire/crypto.ts'
import type { Identity, RoomKeys } from '../wire/key.ts'
import type { DoorWord } from '../wire/signal.ts'
import { Counts } from './counts.ts'
import type { Member } from './member.ts'
import { Members } from './members.ts'
import { type MeshPlan, nextPlace, PLACES, plan } from './mesh.ts'
import { type Person, type Sending, sameSending } from './person.ts'
import { type OpenBroker, Signalling, TTL } from './signalling.ts'
import { Spare, type SpareRule } from './spare.ts'
import { answerThere } from './there.ts'
import type { Transport } from './transport.ts'
import { type CallTrouble, trouble } from './trouble.ts'

export type CallEvents<T> = {
  /** Everybody else as they are now, in the order of coming in; at every change. */
  people: [people: readonly Person[]]
  /** They will be confirmed in a moment, and it took long: what was made for them when they were first seen is old by now. */
  nearly: [peer: PeerId]
  /** Confirmed by both ends: from now on, and not before, media may be wired to this transport. */
  opened: [peer: PeerId, transport: T]
  /** The transport that was opened is closing: let go of it. */
  closed: [peer: PeerId]
  /** The box whose room this is says something at its door; it is not in the room itself. */
  door: [peer: PeerId, says: DoorWord]
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
  /** Whether one is kept ready for who comes next; left out: none. */
  readonly spare?: SpareRule
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** Who may know that we are there when they ask from outside the room; left out: nobody. */
  readonly greets?: (peer: PeerId) => boolean
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
const APART = seconds(20)
const BROKER_PATIENCE = seconds(2)
const SAY_AGAIN = seconds(60)

export class Call<T extends Transport> extends Emitter<CallEvents<T>> {
  readonly #parts: CallParts<T>
  readonly #limit: number
  readonly #log: Log
  readonly #counts = new Counts()
  readonly #signalling: Signalling
  readonly #members: Members<T>
  readonly #spare: Spare<T>
  readonly #abort = new AbortController()
  readonly #entered = Promise.withResolvers<void>()
  #stage: 'new' | 'joining' | 'in' | 'left' = 'new'
  #place: number | null = null
  #placedAt: Ms = ms(0)
  /** What the broker had retained has been heard, so we may judge whether there is a place for us. */
  #settled = false
  /** The network has changed, and the broker was not reached since. */
  #hasMoved = false
  /** Since when the broker is away; null while it is there. */
  #deafSince: Ms | null = null
  #toldDeaf = false
  #sending: Sending = { muted: false, camera: false, screen: false, speaking: false, live: false }
  #shown = '[]'
  #looking: 'no' | 'yes' | 'again' = 'no'
  readonly #saidAt = new Map<string, Ms>()
  #leaving: Promise<void> | null = null

  constructor(parts: CallParts<T>) {
    super((error) => parts.log.error('a listener of the call failed', error))
    this.#parts = parts
    this.#limit = parts.limit ?? PLACES
    this.#log = parts.log.part('call')
    const shared = { ...parts, counts: this.#counts, log: this.#log }
    this.#signalling = new Signalling(shared)
    const door = (peer: PeerId) => {
      const { self, welcome } = this.#plan()
      return self !== 'in' ? 'closed' : welcome.includes(peer) ? 'open' : 'full'
    }
    this.#spare = new Spare<T>({ open: parts.openTransport, rule: parts.spare ?? null, clock: parts.clock, log: this.#log })
    const openTransport = () => this.#spare.take()
    this.#members = new Members<T>({ ...shared, openTransport, signalling: this.#signalling, sending: () => this.#sending, door })
  }

  /**
   * Comes in. Resolves when our presence is out and we know who is there.
   * @throws Refusal 'room-full' when all places are taken; what the signal was aborted with, when it was
   */
  async join(signal: AbortSignal): Promise<void> {
    if (this.#stage !== 'new') throw new Bug('a call is joined once; make another one')
    signal.throwIfAborted()
    this.#stage = 'joining'
    const stop = () => this.#entered.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      this.#begin()
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
    if (sameSending(sending, this.#sending)) return
    const { muted, camera, screen, speaking, live } = sending
    this.#sending = { muted, camera, screen, speaking, live }
    this.#members.tell()
  }

  /** Our network is another one now: what others must hear of it is said as soon as it can be. */
  moved(): void {
    this.#spare.moved()
    if (this.#signalling.renew()) this.#hasMoved = true
    else this.#members.moved()
  }

  /** Who is here, as last told by `people`. */
  people(): readonly Person[] {
    const inOrder = [...this.#members.all].sort((a, b) => order(a) - order(b) || (a.peer < b.peer ? -1 : 1))
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
    const parted = this.#members.leave()
    this.#tellPeople()
    this.#entered.promise.catch(() => {})
    this.#entered.reject(new Refusal('not-in-a-call', 'The call was left before it began.'))
    await Promise.all([parted, this.#spare.close(), this.#signalling.close()])
  }

  #begin(): void {
    const { clock } = this.#parts
    const [signalling, members] = [this.#signalling, this.#members]
    signalling.on('presence', (from, presence) => members.hearPresence(from, presence))
    signalling.on('gone', (from) => members.hearGone(from))
    signalling.on('signal', (from, signal) => {
      if (signal.type === 'door') this.emit('door', from.peer, signal.says)
      else if (signal.type === 'there') answerThere(signalling, from, signal, this.#parts.greets ?? null)
      else if (signal.type !== 'meet') members.hearSignal(from, signal)
    })
    signalling.on('up', () => this.#brokerUp())
    signalling.on('down', () => {
      this.#deafSince ??= clock.now()
    })
    signalling.on('echo', () => {
      if (!members.live) this.#later('who is there', SETTLE, () => this.#settle())
      members.live = true
    })
    signalling.on('forged', () => this.#tellOnce(trouble({ kind: 'stranger' })))
    signalling.on('foreign', () => this.#tellOnce(trouble({ kind: 'other-version' })))
    members.on('changed', () => this.#look())
    members.on('heard', () => this.#tellPeople())
    members.on('nearly', (peer) => this.emit('nearly', peer))
    members.on('opened', (peer, transport) => this.emit('opened', peer, transport))
    members.on('closed', (peer) => this.emit('closed', peer))
    members.on('unconfirmed', (peer, name) => this.emit('trouble', trouble({ kind: 'not-confirmed', peer, name })))
    this.#deafSince = clock.now()
    this.#announce()
    this.#spare.start()
    signalling.open()
    this.#forever(signalling.beat(this.#abort.signal))
    this.#forever(this.#watch())
    const report = (count: number, last: string) => this.#log.warn('messages were refused', { count, last })
    this.#forever(this.#counts.report(report, clock, this.#abort.signal))
  }

  #announce(): void {
    this.#signalling.announce({ name: this.#parts.name, kind: this.#parts.kind, ttl: TTL, place: this.#place })
  }

  #brokerUp(): void {
    this.#deafSince = null
    if (this.#toldDeaf) this.emit('trouble', trouble({ kind: 'broker-back' }))
    this.#toldDeaf = false
    if (!this.#settled) this.#later('who is there', SETTLE_ANYHOW, () => this.#settle())
    this.#members.again()
    if (this.#hasMoved) this.#members.moved()
    this.#hasMoved = false
    this.#look()
  }

  #settle(): void {
    this.#settled = true
    this.#look()
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.#parts.clock.sleep('look who is here', LOOK, this.#abort.signal)
      this.#look()
    }
  }

  // --- the one place where it is decided

  #plan(): MeshPlan {
    const now = this.#parts.clock.now()
    const settled = this.#place !== null && now - this.#placedAt >= SAFE
    const peers = this.#members.all.map((member) => member.toMesh(now))
    return plan({ self: this.#parts.identity.peer, limit: this.#limit, place: this.#place, settled, peers })
  }

  /** Makes what is as it should be. What that causes is looked at in the same go. */
  #look(): void {
    if (this.#looking !== 'no') {
      this.#looking = 'again'
      return
    }
    do {
      this.#looking = 'yes'
      if (this.#stage === 'joining' || this.#stage === 'in') this.#lookOnce(this.#parts.clock.now())
    } while (this.#wantsAnotherLook())
    this.#looking = 'no'
  }

  #wantsAnotherLook(): boolean {
    return this.#looking === 'again'
  }

  #lookOnce(now: Ms): void {
    this.#members.tidy(now, this.#deafSince !== null)
    const { self, dial, welcome, tooMany } = this.#plan()
    if (self === 'full') {
      this.#refuseOurselves()
      return
    }
    if (this.#place !== null) for (const peer of tooMany) this.#members.turnAway(peer)
    if (this.#deafSince === null) for (const peer of dial) this.#members.dial(peer)
    if (self === 'in' && this.#place === null && (this.#settled || this.#members.all.some((m) => m.isUp))) this.#enter(now)
    for (const peer of welcome) this.#tellApart(peer, now)
    if (this.#deafSince !== null) this.#tellDeaf(now - this.#deafSince)
    this.#tellPeople()
  }

  #enter(now: Ms): void {
    const place = nextPlace(this.#members.all.map((member) => member.toMesh(now)))
    this.#place = place
    this.#placedAt = now
    this.#stage = 'in'
    this.#announce()
    this.#log.info('joined the room', { place, others: this.#members.all.length })
    this.#entered.resolve()
  }

  #refuseOurselves(): void {
    const full = trouble({ kind: 'room-full', limit: this.#limit })
    if (this.#stage === 'in') this.emit('trouble', full)
    this.#entered.reject(new Refusal('room-full', full.sentence))
    void this.leave()
  }

  // --- what people are told

  #tellPeople(): void {
    const people = this.people()
    const shown = JSON.stringify(people)
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit('people', people)
  }

  #tellApart(peer: PeerId, now: Ms): void {
    const member = this.#members.get(peer)
    if (!member?.breathes || member.isUp || member.toldApart || !member.mayLink || now - member.apartSince < APART) return
    member.toldApart = true
    this.emit('trouble', trouble({ kind: 'no-way', peer, name: member.name }))
  }

  #tellDeaf(howLong: number): void {
    if (this.#toldDeaf || howLong < BROKER_PATIENCE) return
    this.#toldDeaf = true
    this.emit('trouble', trouble({ kind: 'broker-away' }))
  }

  /** Says a trouble that strangers can cause at will: at most once a minute. */
  #tellOnce(what: CallTrouble): void {
    const now = this.#parts.clock.now()
    if (now - (this.#saidAt.get(what.kind) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN) return
    this.#saidAt.set(what.kind, now)
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

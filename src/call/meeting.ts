// meeting.ts — two boxes meet in a room without a call: one has said that it would like something, one who has it answers, and they make a link of
// their own, over which bytes go. No presence is said, nobody rings, nobody is shown, and no media pass: the gate of its transport never opens.
//
//   who seeks    plea to the room, now and again            heard by who listens there at that moment; kept by no broker
//   who has      meet {link} to that session                only to whom `answers` names; to all others it is as if nobody were here
//   who seeks    offer of that link, and on as in a call    confirmed with the room's key and both identities, as every link (link.ts)
//
// A plea names no receiver, so an old one can be played again by a broker: all that comes of it is a `meet` to a session that is gone. A
// transport is opened only for an offer, which was made for this session of ours.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { hex, type Random } from '../wire/crypto.ts'
import type { Identity, RoomKeys } from '../wire/key.ts'
import type { Plea } from '../wire/presence.ts'
import type { LinkSignal, Signal } from '../wire/signal.ts'
import type { Role } from './confirm.ts'
import type { Counts } from './counts.ts'
import { Link, type LinkEnd } from './link.ts'
import type { Sender, Signalling } from './signalling.ts'
import type { Transport } from './transport.ts'

export interface MeetingTransport extends Transport {
  /** Up to 64 KiB; false when it is closed, or enough waits already. */
  sendBytes(bytes: Uint8Array): boolean
  onBytes(listener: (bytes: Uint8Array) => void): void
}

type Parts = {
  readonly identity: Identity
  readonly room: RoomKeys
  readonly signalling: Signalling
  readonly openTransport: () => MeetingTransport
  /** Whom we answer; left out: nobody. */
  readonly answers?: (peer: PeerId, plea: Plea) => boolean
  /** What we would like, and of whom; left out: nothing. */
  readonly seeks?: { readonly plea: Plea; readonly of: (peer: PeerId) => boolean }
  readonly clock: Clock
  readonly random: Random
  readonly counts: Counts
  readonly log: Log
}

/** How often a plea is said; how soon one is answered again; how long an answer is good. */
const AGAIN = seconds(4)
const PAUSE = seconds(3)
const GOOD = seconds(20)
/** Answers that are out at once, and links. */
const MOST_ANSWERS = 8
const MOST_LINKS = 6

const NOTHING = { muted: true, camera: false, screen: false, speaking: false, live: false }
type Answer = { readonly to: Sender; readonly until: Ms }

export class Meeting extends Emitter<{ bytes: [bytes: Uint8Array]; closed: [why: LinkEnd] }> {
  readonly peer: PeerId
  readonly from: Sender
  readonly link: Link<MeetingTransport>
  /** It was confirmed by both ends. */
  isUp = false

  constructor(from: Sender, link: Link<MeetingTransport>, onListenerError: (error: unknown) => void) {
    super(onListenerError)
    this.peer = from.peer
    this.from = from
    this.link = link
    link.transport.onBytes((bytes) => this.isUp && this.emit('bytes', bytes))
    link.on('closed', (why) => this.emit('closed', why))
  }

  /** False when it is closed, or enough waits already. */
  send(bytes: Uint8Array): boolean {
    return this.isUp && this.link.transport.sendBytes(bytes)
  }

  /** Says goodbye, and ends. */
  close(): void {
    this.link.leave()
  }
}

export class Meetings extends Emitter<{ met: [meeting: Meeting] }> {
  readonly #parts: Parts
  readonly #answers = new Map<string, Answer>()
  readonly #answeredAt = new Map<PeerId, Ms>()
  readonly #open = new Map<string, Meeting>()

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of the meetings failed', error))
    this.#parts = parts
  }

  /** Listens, and says what we seek, until the signal is aborted; resolves when all links and the broker are left. */
  async watch(signal: AbortSignal): Promise<void> {
    const { signalling, seeks, clock } = this.#parts
    signalling.on('plea', (from, plea) => this.#heardPlea(from, plea))
    signalling.on('signal', (from, said) => this.#heard(from, said))
    const say = () => seeks && signalling.plea(seeks.plea)
    signalling.on('up', say)
    signalling.open({ announces: false })
    try {
      for (;;) {
        await clock.sleep('who seeks says so again', AGAIN, signal)
        for (const [link, { until }] of this.#answers) if (until <= clock.now()) this.#answers.delete(link)
        for (const [peer, at] of this.#answeredAt) if (clock.now() - at > GOOD) this.#answeredAt.delete(peer)
        say()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      const links = [...this.#open.values()].map(({ link }) => link)
      for (const link of links) link.leave()
      await Promise.all(links.map((link) => link.done))
      await signalling.close()
    }
  }

  #heardPlea(from: Sender, plea: Plea): void {
    const { signalling, answers, clock, random } = this.#parts
    const now = clock.now()
    if ([...this.#open.values()].some((meeting) => sameSender(meeting.from, from))) return
    const wasJust = now - (this.#answeredAt.get(from.peer) ?? Number.NEGATIVE_INFINITY) < PAUSE
    if (wasJust || this.#answers.size >= MOST_ANSWERS || !answers?.(from.peer, plea)) return
    this.#answeredAt.set(from.peer, now)
    const link = hex(random(8))
    this.#answers.set(link, { to: from, until: (now + GOOD) as Ms })
    signalling.send(from, { type: 'meet', link })
  }

  #heard(from: Sender, said: Signal): void {
    if (said.type === 'door' || said.type === 'there' || said.type === 'bye') return
    if (said.type === 'meet') {
      const isNew = ![...this.#open.values()].some(({ peer }) => peer === from.peer)
      if (isNew && this.#parts.seeks?.of(from.peer)) this.#begin(from, said.link, 'offerer')
      return
    }
    const answer = this.#answers.get(said.link)
    if (answer && said.type === 'offer' && sameSender(answer.to, from)) {
      this.#answers.delete(said.link)
      // Who comes anew has given up what was before.
      for (const meeting of this.#open.values()) if (meeting.peer === from.peer) meeting.link.close('let go')
      this.#begin(from, said.link, 'answerer')
    }
    const meeting = this.#open.get(said.link)
    if (meeting && sameSender(meeting.from, from)) meeting.link.hear(said)
  }

  #begin(from: Sender, id: string, role: Role): void {
    if (this.#open.size >= MOST_LINKS || this.#open.has(id)) return
    const { identity, room, signalling, openTransport, clock, random, counts, log } = this.#parts
    const link = new Link<MeetingTransport>({
      ...{ id, role, room: room.id, sas: room.sas, clock, random, counts, log: log.part('link') },
      me: { publicKey: identity.publicKey, session: signalling.session },
      other: { publicKey: from.publicKey, session: from.session },
      transport: openTransport(),
      sending: () => NOTHING,
    })
    const meeting = new Meeting(from, link, (error) => log.error('a listener of a meeting failed', error))
    this.#open.set(id, meeting)
    link.on('signal', (signal: LinkSignal) => signalling.send(from, signal))
    link.on('changed', () => {
      if (meeting.isUp || link.state !== 'live') return
      meeting.isUp = true
      this.emit('met', meeting)
    })
    link.on('closed', () => {
      this.#open.delete(id)
    })
    link.start()
  }
}

const sameSender = (a: Sender, b: Sender): boolean => a.peer === b.peer && a.session === b.session

// remote.ts — the door for phones: every connection to /remote/socket comes in here, and the box's state goes out to those that are known.
//
// It counts who is here and how often strangers may knock; what is said on one connection is remote-session.ts. It opens no socket
// itself: the web server hands them over after it has looked at host and origin. Everything that strangers can make it do costs little
// and is counted: few at a time, few knocks a second from one address, a bounded number of signatures looked at.
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { seconds } from '../lib/unit.ts'
import { type Random, systemRandom } from '../wire/crypto.ts'
import type { Identity } from '../wire/key.ts'
import { CLOSE, type RemoteState } from '../wire/remote.ts'
import { Pace } from './pace.ts'
import type { Asker, KnownPhones, PairingDesk, RemoteEars, RemoteReach, RemoteSocket } from './remote-port.ts'
import { type Doorway, RemoteSession } from './remote-session.ts'

export type { Asker, KnownPhones, PairingDesk, RemoteEars, RemoteReach, RemoteSocket } from './remote-port.ts'

export type RemoteParts = {
  readonly identity: Identity
  /** The name of the box, as a phone that was just paired shows it. */
  readonly name: string
  readonly phones: KnownPhones
  readonly pairing: PairingDesk
  readonly reach: RemoteReach
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
}

const MOST = 48
const MOST_STRANGERS = 16
const KNOCKS = { perSecond: 15, burst: 40 }
const KNOCKS_OF_ONE = { perSecond: 3, burst: 12 }
const SIGNATURES = { perSecond: 10, burst: 30 }
const MOST_ADDRESSES = 256

export class RemoteDoor extends Emitter<{ connected: [keys: ReadonlySet<string>] }> {
  /** What honest pages do not do, by reason. */
  readonly odd = new Tally()
  readonly #parts: RemoteParts
  readonly #random: Random
  readonly #sessions = new Set<RemoteSession>()
  readonly #knocks: Pace
  readonly #signatures: Pace
  readonly #byAddress = new Map<string, Pace>()
  readonly #closed = new AbortController()
  #off: Off = () => {}
  #state: RemoteState | null = null
  /** The newest state as a message; made when somebody is there to read it. */
  #news: string | null = null

  constructor(parts: RemoteParts) {
    super((error) => parts.log.error('a listener of the remote door failed', error))
    this.#parts = parts
    this.#random = parts.random ?? systemRandom
    this.#knocks = new Pace(parts.clock, KNOCKS)
    this.#signatures = new Pace(parts.clock, SIGNATURES)
  }

  /** Keys of the paired phones that are connected now. */
  get connected(): ReadonlySet<string> {
    return new Set([...this.#sessions].flatMap((session) => session.key ?? []))
  }

  open(): void {
    const { phones, clock, log } = this.#parts
    this.#off = phones.on('removed', (key) => {
      for (const session of [...this.#sessions]) if (session.key === key) session.removed()
    })
    const told = (count: number, last: string) => log.info('something odd came to the door for phones', { count, last })
    this.odd.report(seconds(60), told, clock, this.#closed.signal).catch(() => {})
  }

  /** Takes over a connection. @param address where it comes from, plain */
  enter(socket: RemoteSocket, address: string): RemoteEars {
    const strangers = [...this.#sessions].filter((session) => session.key === null).length
    if (this.#closed.signal.aborted || this.#sessions.size >= MOST || strangers >= MOST_STRANGERS || !this.#mayKnock(address)) {
      this.odd.add('too many knocks')
      socket.close(CLOSE.busy, 'Too many phones at once; try again in a moment.')
      return NOBODY
    }
    const session = new RemoteSession(socket, this.#doorway())
    this.#sessions.add(session)
    session.open()
    return session
  }

  /** How things are now. Goes to all known phones, within a frame, unless nothing has changed. */
  show(state: RemoteState): void {
    this.#state = state
    this.#news = null
    for (const session of this.#sessions) session.news()
  }

  close(): void {
    this.#closed.abort()
    this.#off()
    for (const session of [...this.#sessions]) session.end(1001, 'The box goes away.')
  }

  #mayKnock(address: string): boolean {
    const pace = this.#byAddress.get(address) ?? new Pace(this.#parts.clock, KNOCKS_OF_ONE)
    this.#byAddress.delete(address)
    this.#byAddress.set(address, pace)
    if (this.#byAddress.size > MOST_ADDRESSES) {
      const [oldest] = this.#byAddress.keys()
      if (oldest !== undefined) this.#byAddress.delete(oldest)
    }
    return pace.may() && this.#knocks.may()
  }

  /** What a session sees of us. */
  #doorway(): Doorway {
    const { identity, name, pairing, reach, phones, clock, log } = this.#parts
    return {
      identity,
      boxName: name,
      pairing,
      reach: { ask: (intent, by) => reach.ask(intent, by), query: (query, by) => this.#query(query, by) },
      clock,
      log,
      random: this.#random,
      news: () => {
        if (this.#news === null && this.#state) this.#news = JSON.stringify({ say: 'state', state: this.#state })
        return this.#news
      },
      nameOf: (key) => phones.find(key)?.name ?? null,
      mayVerify: () => this.#signatures.may(),
      odd: (why) => this.odd.add(why),
      known: (session) => {
        if (session.key) phones.saw(session.key)
        this.emit('connected', this.connected)
      },
      left: (session, known) => {
        this.#sessions.delete(session)
        if (known) this.emit('connected', this.connected)
      },
    }
  }

  /** The phones themselves are the door's own business; the rest is the box's. */
  async #query(query: Parameters<RemoteReach['query']>[0], by: Asker): Promise<unknown> {
    const { phones, reach } = this.#parts
    switch (query.query) {
      case 'rename phone':
        await phones.rename(query.about.key, query.about.name)
        return { ok: true }
      case 'remove phone':
        await phones.remove(query.about.key)
        return { ok: true }
      default:
        return await reach.query(query, by)
    }
  }
}

const NOBODY: RemoteEars = { heard: () => {}, gone: () => {} }

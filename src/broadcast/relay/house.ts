// house.ts — a relay among the relays of a house: one of them reads from the origin, and the others read from that one, with no setting.
//
// It asks who has the program (offer.ts), waits a moment for an answer, and leads or follows as neighbours.ts chooses. Meanwhile it begins at the origin,
// so that it knows what is the newest before it listens to anybody else: a run of yesterday would be genuine, too. Who leads says so every few
// seconds, as soon as it has something. A neighbour that goes away, stalls or has nothing is left at once, and the next one or the origin takes its
// place; what was read so far goes on there without a gap.
//
// A neighbour is not believed. What it gives is checked like everything (relay.ts); one that gives what was not signed is never asked again. Now and
// then, and whenever nothing comes, the origin is asked for what follows the newest that is here: a neighbour that holds it back is left, too. Where
// the origin is not reached nothing is held against anybody.
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { hex, type Random, systemRandom } from '../../wire/crypto.ts'
import { decodeDns, encodeDns } from '../../wire/dns.ts'
import { entryBytes, openEntry, type ProgramId } from '../../wire/manifest.ts'
import type { BudgetLimits } from '../budget.ts'
import type { OriginAnswer, OriginAsk } from '../origin.ts'
import type { FeedNews } from '../reading/feed.ts'
import { choose, type Neighbour, Neighbours } from './neighbours.ts'
import { isQuestion, messageOf, type Offer, offersIn, question } from './offer.ts'
import { Relay, type RelayFlaw, type RelayStatus } from './relay.ts'
import { type Upstream, Ways } from './ways.ts'

/** The networks of the house. */
export interface Multicast {
  /** @param bytesFor the message for the network on which we have this address */
  send(bytesFor: (address: string) => Uint8Array): void
  hear(listener: (bytes: Uint8Array, from: string) => void): () => void
}

export type HouseParts = {
  readonly program: ProgramId
  /** Where the program comes from. */
  readonly origin: Upstream
  /** A way to a relay in the house. */
  readonly near: (neighbour: Neighbour) => Upstream
  readonly multicast: Multicast
  /** The port on which this relay answers by plain HTTP. */
  readonly port: () => number
  readonly limits: BudgetLimits
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
}

export type HouseStatus = RelayStatus & { readonly id: string; readonly role: 'looking' | 'leads' | 'follows' }

/** How long an answer of the house is waited for before one leads, and one of the origin before one follows. */
const [FIRST, BEGIN] = [seconds(0.8), seconds(3)]
/** How often one looks at how things are; how often who leads says so, also when it is asked; how often it is asked, and at the beginning. */
const [LOOK, SAY, REPLY, ASK, SOON] = [seconds(1), seconds(4), seconds(0.5), seconds(10), seconds(1.5)]
/** A neighbour that gives what it has is there for so long, whatever becomes of its words. */
const THERE = seconds(10)
/** Without an entry for so long the origin is asked whether it has one; and else this often. */
const [SILENT, ASSURED] = [seconds(4), seconds(30)]
/** Who leads and has heard nothing of the origin for so long lets others lead. */
const LOST = seconds(6)
/** How far a neighbour may be behind the origin, ms. */
const BEHIND = 4000
/** For how long who was slow, or had nothing, is left alone. */
const SHUN = { gone: seconds(10), slow: seconds(300) }
/** Objects of a neighbour that did not come, one after the other. */
const MISSES = 3
/** What an honest relay may give too, when it was cut off itself. */
const HONEST: ReadonlySet<RelayFlaw> = new Set(['entry ahead of what is here', 'entry of an earlier run'])

export class HouseRelay {
  readonly #parts: HouseParts
  readonly #id: string
  readonly #neighbours: Neighbours
  readonly #ways: Ways
  readonly #relay: Relay
  #role: HouseStatus['role'] = 'looking'
  #follows: { readonly neighbour: Neighbour; readonly upstream: Upstream } | null = null
  #heard: Ms
  #assured: Ms
  readonly #begun: Ms
  /** The origin has answered, or is not reached. */
  #knows = false
  #said: Ms | null = null
  #isAsked = false
  #asked: Ms
  #misses = 0
  #asking = false
  #look = Promise.withResolvers<void>()

  constructor(parts: HouseParts) {
    const { program, origin, limits, clock, log, random = systemRandom } = parts
    this.#parts = parts
    this.#id = hex(random(8))
    this.#neighbours = new Neighbours(program, this.#id)
    this.#ways = new Ways(origin)
    this.#begun = clock.now()
    this.#asked = clock.now()
    this.#heard = clock.now()
    this.#assured = clock.now()
    this.#relay = new Relay({
      ...{ program, ways: this.#ways, limits, clock, log, random },
      refused: (why, by) => this.#blame(why, by),
      missed: (by) => this.#miss(by),
      news: (is) => this.#news(is),
    })
  }

  get status(): HouseStatus {
    return { ...this.#relay.status, id: this.#id, role: this.#role }
  }
  get viewers(): number {
    return this.#relay.viewers
  }

  answer(ask: OriginAsk): Promise<OriginAnswer | null> {
    return this.#relay.answer(ask)
  }

  /** Until the signal is aborted; then the others hear that it is over. Rejects only for a bug. */
  async run(signal: AbortSignal): Promise<void> {
    const { multicast, clock } = this.#parts
    const off = multicast.hear((bytes, from) => this.#hear(bytes, from))
    try {
      multicast.send(() => encodeDns(question))
      const reading = this.#relay.run(signal)
      reading.catch(() => {})
      await clock.sleep('who in the house has the program?', FIRST, signal)
      await Promise.all([reading, this.#watch(signal)])
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      off()
      this.#silence()
      this.#follows?.upstream.close()
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!signal.aborted) {
      this.#decide()
      this.#say()
      this.#ask()
      this.#assure(signal)
      const over = new AbortController()
      await Promise.race([
        clock.sleep('look at the relays of the house', this.#isAsked ? REPLY : LOOK, AbortSignal.any([signal, over.signal])),
        this.#look.promise,
      ]).catch(() => {})
      over.abort()
      this.#look = Promise.withResolvers()
    }
  }

  #decide(): void {
    const { clock, origin, near, log } = this.#parts
    if (!this.#knows && clock.now() - this.#begun < BEGIN) return
    const me = { id: this.#id, leads: this.#role === 'leads' && !this.#isLost, follows: this.#follows?.neighbour.id ?? null }
    const choice = choose(me, this.#neighbours.there(clock.now()))
    if (choice.is === 'lead') {
      if (this.#role === 'leads') return
      this.#role = 'leads'
      this.#leave()
      this.#ways.use(origin)
      log.info('reads the broadcast from its origin, for the house')
      return
    }
    const { neighbour } = choice
    if (this.#follows?.neighbour.id === neighbour.id) return
    const before = this.#follows
    const upstream = near(neighbour)
    this.#silence()
    this.#role = 'follows'
    this.#follows = { neighbour, upstream }
    this.#misses = 0
    // It is compared with the origin soon: nothing that it says now shows that it is of today.
    this.#assured = (clock.now() - ASSURED + SILENT) as Ms
    this.#ways.use(upstream)
    before?.upstream.close()
    log.info('reads the broadcast from another relay in the house', { from: upstream.name })
  }

  /** It leads, and the origin is not reached from here: somebody else may have a better way. */
  get #isLost(): boolean {
    return ['away', 'full'].includes(this.#relay.status.state) && this.#parts.clock.now() - this.#heard >= LOST
  }

  #leave(): void {
    this.#follows?.upstream.close()
    this.#follows = null
  }

  #hear(bytes: Uint8Array, from: string): void {
    const { clock } = this.#parts
    const message = decodeDns(bytes)
    if (!message) return
    const offers = offersIn(message, from)
    for (const offer of offers) this.#neighbours.hear(offer, clock.now())
    if (isQuestion(message) && this.#role === 'leads') this.#isAsked = true
    if (offers.length > 0 || this.#isAsked) this.#look.resolve()
  }

  /** Who leads and has something says so. */
  #say(): void {
    const { clock, multicast } = this.#parts
    const now = clock.now()
    if (this.#role !== 'leads' || !this.#relay.last || (this.#said !== null && now - this.#said < (this.#isAsked ? REPLY : SAY))) return
    this.#said = now
    this.#isAsked = false
    multicast.send((address) => encodeDns(messageOf(this.#offer, address)))
  }

  /** Words get lost, on a Wi-Fi more than elsewhere: who leads asks soon again whether somebody else does. */
  #ask(): void {
    const { clock, multicast } = this.#parts
    const now = clock.now()
    if (now - this.#asked < (now - this.#begun < ASK ? SOON : ASK)) return
    this.#asked = now
    multicast.send(() => encodeDns(question))
  }

  #silence(): void {
    if (this.#role === 'leads') this.#parts.multicast.send((address) => encodeDns(messageOf(this.#offer, address, true)))
    this.#said = null
  }

  get #offer(): Offer {
    return { id: this.#id, program: this.#parts.program, port: this.#parts.port() }
  }

  #news(is: FeedNews['is']): void {
    const now = this.#parts.clock.now()
    if (is === 'entry') {
      this.#heard = now
      if (this.#follows) this.#neighbours.keep(this.#follows.neighbour, (now + THERE) as Ms)
      return
    }
    if (!this.#knows) {
      this.#knows = true
      this.#look.resolve()
    }
    const isNear = this.#follows !== null && this.#ways.now === this.#follows.upstream
    if (isNear && (is === 'away' || is === 'nothing' || is === 'full')) this.#shun('it has nothing for us', SHUN.gone)
  }

  #blame(why: RelayFlaw, by: Upstream | null): void {
    const { log } = this.#parts
    if (HONEST.has(why) || !this.#follows || by !== this.#follows.upstream) return
    log.warn('a relay in the house gave what was not signed; it is not asked again', { why, from: by.name })
    this.#neighbours.distrust(this.#follows.neighbour)
    this.#decide()
  }

  #miss(by: Upstream): void {
    if (by === this.#follows?.upstream && ++this.#misses >= MISSES) this.#shun('objects do not come', SHUN.slow)
  }

  #shun(why: string, long: Ms): void {
    const { clock, log } = this.#parts
    if (!this.#follows) return
    log.info('another relay in the house is left', { why, from: this.#follows.upstream.name })
    this.#neighbours.shun(this.#follows.neighbour, (clock.now() + long) as Ms)
    this.#decide()
  }

  /** Does the origin have what the neighbour does not give? */
  #assure(signal: AbortSignal): void {
    const { clock, log } = this.#parts
    const [now, follows] = [clock.now(), this.#follows]
    const wait = now - this.#heard >= SILENT ? SILENT : ASSURED
    if (!follows || this.#asking || now - this.#assured < wait) return
    this.#asking = true
    this.#compare(signal)
      .then((isBehind) => {
        if (isBehind && this.#follows === follows) this.#shun('it is behind the origin', SHUN.slow)
      })
      .catch((error: unknown) => signal.aborted || log.error('a relay could not be compared with the origin', error))
      .finally(() => {
        this.#asking = false
        this.#assured = clock.now()
      })
  }

  async #compare(signal: AbortSignal): Promise<boolean> {
    const { origin, program } = this.#parts
    const { last } = this.#relay
    const answer = await origin.manifest(last ? `after=${last.run}.${last.number}` : '', signal)
    if (answer.is !== 'lines') return false
    for await (const line of answer.lines) {
      const signed = entryBytes(line)
      const opened = signed && openEntry(signed, program)
      if (!opened?.ok) return false
      const { last: ours } = this.#relay
      if (!ours || opened.entry.run > ours.run || opened.entry.at - ours.at > BEHIND) return true
    }
    return false
  }
}

// rooms.ts — into rooms and out of them; and an ear at our own door while we are in none.
//
// One visit at a time. While we are not in our own room, the lobby listens whether somebody waits there, so that the TV can
// ring, or that they can be told that we are busy. werift is loaded at the first visit: a box at rest does without its memory.
import { Call } from '../call/call.ts'
import { Counts } from '../call/counts.ts'
import { type Guest, Lobby } from '../call/lobby.ts'
import type { Person, Sending } from '../call/person.ts'
import { rehearse } from '../call/rehearsal.ts'
import { type OpenBroker, Signalling } from '../call/signalling.ts'
import { isThere } from '../call/there.ts'
import type { IceServer } from '../call/transport.ts'
import type { CallTrouble } from '../call/trouble.ts'
import type { PeerId, RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { collect } from '../lib/collect.ts'
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Bps, seconds } from '../lib/unit.ts'
import type { Seat } from '../media/scene.ts'
import type { Identity } from '../room/identity.ts'
import { roomKeys } from '../room/link.ts'
import { Tidy } from '../system/memory.ts'
import { systemRandom } from '../wire/crypto.ts'
import type { DoorWord } from '../wire/signal.ts'
import type { Patch } from './patch.ts'
import type { Seats } from './seats.ts'
import { type BoxTransport, Visit } from './visit.ts'

export type RoomsEvents = {
  people: [people: readonly Person[]]
  /** Who waits in our own room while we are not in it. */
  waiting: [guests: readonly Guest[]]
  /** What a box whose room we are in says at its door. */
  door: [peer: PeerId, says: DoorWord]
  left: [seat: Seat]
  keyframe: []
  trouble: [trouble: CallTrouble]
}

type Parts = {
  readonly own: RoomSecret
  readonly name: string
  readonly identity: Identity
  /** Who may know that this box is there when they ask at its door; null: nobody. */
  readonly greets: ((peer: PeerId) => boolean) | null
  /** The name by which this box knows somebody, by their key; null: it does not. */
  readonly nameOf: (peer: PeerId) => string | null
  readonly openBroker: OpenBroker
  /** Asked for each link: passwords may be good for a day only. */
  readonly iceServers: () => readonly IceServer[]
  /** What a link is sent at most. */
  readonly most: Bps
  readonly seats: Seats
  readonly patch: Patch
  readonly clock: Clock
  readonly log: Log
}

export class Rooms extends Emitter<RoomsEvents> {
  readonly #parts: Parts
  readonly #lobbyCounts = new Counts()
  /** With whom we were in our own room when we left it last; they do not ring by staying. */
  #left: readonly PeerId[] = []
  #visit: Visit | null = null
  #lobby: { readonly lobby: Lobby; readonly stop: AbortController; readonly done: Promise<void> } | null = null
  #mood: 'ringing' | 'busy' | 'quiet' = 'ringing'
  #past: Record<string, number> = {}
  #rehearsed = false
  /** What the links of a guest left behind is given back, once all are gone and it stays quiet. */
  readonly #tidy: Tidy

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of the rooms failed', error))
    this.#parts = parts
    this.#tidy = new Tidy(parts.clock, collect)
  }

  get people(): readonly Person[] {
    return this.#known(this.#visit?.people ?? [])
  }

  /** Who is among our contacts is called as we know them, whatever they call themselves today. */
  #known(people: readonly Person[]): readonly Person[] {
    return people.map((person) => {
      const name = this.#parts.nameOf(person.peer)
      return name === null || name === person.name ? person : { ...person, name }
    })
  }

  /**
   * @param elsewhere opens the broker of a room that is not at ours; null: it is
   * @throws Refusal when the room will not have us; what the signal was aborted with */
  async enter(room: RoomSecret, elsewhere: OpenBroker | null, sending: Sending, signal: AbortSignal): Promise<void> {
    if (room === this.#parts.own) await this.stopListening()
    const visit = new Visit({ ...this.#parts, room, call: await this.#makeCall(room, elsewhere) })
    visit.on('people', (people) => {
      this.emit('people', this.#known(people))
      if (people.length === 0) void this.#tidy.soon(() => this.people.length === 0)
    })
    visit.on('left', (seat) => this.emit('left', seat))
    visit.on('keyframe', () => this.emit('keyframe'))
    visit.on('door', (peer, says) => this.emit('door', peer, says))
    visit.on('trouble', (trouble) => this.emit('trouble', trouble))
    this.#visit = visit
    try {
      await visit.join(sending, signal)
    } catch (error) {
      await this.exit()
      throw error
    }
    this.#parts.log.info('in the room')
    if (visit.people.length === 0) void this.#rehearse(signal)
  }

  /** Nobody is here yet: what the first guest would wait for is done now, once. */
  async #rehearse(signal: AbortSignal): Promise<void> {
    if (this.#rehearsed) return
    this.#rehearsed = true
    const { openWerift } = await import('../call/werift.ts')
    const { clock, log } = this.#parts
    await rehearse({ openTransport: () => openWerift({ iceServers: [], onRtp: () => {}, log }), clock, log, signal })
  }

  async exit(): Promise<void> {
    const visit = this.#visit
    if (!visit) return
    this.#left = visit.room === this.#parts.own ? visit.people.map(({ peer }) => peer) : []
    await visit.leave()
    this.#past = this.refused()
    this.#visit = null
    this.#parts.log.info('left the room')
  }

  /** Tells the others what our devices do. */
  say(sending: Sending): void {
    this.#visit?.say(sending)
  }

  /** Our network is another one now. */
  moved(): void {
    this.#visit?.moved()
  }

  /** Listens at our own door until we are in our own room. */
  listen(): void {
    if (this.#lobby || this.#visit?.room === this.#parts.own) return
    const stop = new AbortController()
    const { clock, log, openBroker, greets } = this.#parts
    const signalling = this.#signalling(this.#parts.own, openBroker)
    const lobby = new Lobby({ signalling, mood: this.#mood, left: this.#left, ...(greets && { greets }), clock, log })
    this.#left = []
    lobby.on('waiting', (guests) => this.emit('waiting', guests))
    this.#lobby = { lobby, stop, done: lobby.watch(stop.signal).catch((error: unknown) => log.error('the lobby failed', error)) }
  }

  /** Whether the box of somebody is there, asked at their door; null: nothing is known. @param elsewhere as with enter() */
  isThere({ peer, room }: { peer: PeerId; room: RoomSecret }, elsewhere: OpenBroker | null, signal: AbortSignal): Promise<boolean | null> {
    return isThere(this.#signalling(room, elsewhere ?? this.#parts.openBroker), peer, this.#parts.clock, signal)
  }

  /** What those who wait at our door are told. */
  be(mood: 'ringing' | 'busy' | 'quiet'): void {
    this.#mood = mood
    this.#lobby?.lobby.be(mood)
  }

  /** Tells one who waits that nobody comes. */
  turnAway(call: string): void {
    this.#lobby?.lobby.turnAway(call)
  }

  async stopListening(): Promise<void> {
    const lobby = this.#lobby
    this.#lobby = null
    lobby?.stop.abort(new Refusal('not-in-a-call', 'the lobby is closed'))
    await lobby?.done
  }

  /** What was refused from outside, by reason, in all visits. */
  refused(): Record<string, number> {
    const sum = { ...this.#past }
    for (const [why, n] of Object.entries(this.#visit?.counts() ?? {})) sum[why] = (sum[why] ?? 0) + n
    return sum
  }

  /** The words of a room, for one who is not in it. */
  #signalling(room: RoomSecret, openBroker: OpenBroker): Signalling {
    const { identity, clock, log } = this.#parts
    return new Signalling({ identity, room: roomKeys(room), openBroker, clock, random: systemRandom, counts: this.#lobbyCounts, log })
  }

  async #makeCall(room: RoomSecret, elsewhere: OpenBroker | null): Promise<Call<BoxTransport>> {
    const { openWerift } = await import('../call/werift.ts')
    const { identity, name, openBroker, clock, log, iceServers, most, patch, greets, own } = this.#parts
    const openTransport = (): BoxTransport => {
      const transport = openWerift({ iceServers: iceServers(), onRtp: (line, packet) => patch.fromLink(link, line, packet), most, log })
      const link: BoxTransport = Object.assign(transport, {
        onKeyframeAsked: (listener: () => void) => void transport.on('keyframeAsked', listener),
      })
      return link
    }
    return new Call({
      identity,
      name,
      kind: 'box',
      room: roomKeys(room),
      openBroker: elsewhere ?? openBroker,
      openTransport,
      spare: { life: seconds(300), again: true },
      clock,
      log,
      random: systemRandom,
      // Only in our own room are we asked whether we are there.
      ...(greets && room === own && { greets }),
    })
  }
}

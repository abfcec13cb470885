// lobby.ts — who waits in a room that we are not in: so that a box at rest can ring, and one that is away can say so.
//
// It listens to the presence of one room and says nothing to the room itself. What it hears is a hint from people who have the
// room's link, no more: nobody is linked, nothing is opened. Presence is believed for its ttl on our own clock. To each who
// waits it says how things are at this door (ringing, busy, quiet), and to one who is turned away that nobody comes.
// To those whom `greets` names it says that this box is there, when they ask (there.ts); nobody rings by asking.
// Those whom we have just left in this room do not ring by staying in it: they are told that nobody comes.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Session } from '../wire/envelope.ts'
import type { DoorWord } from '../wire/signal.ts'
import type { Signalling } from './signalling.ts'
import { answerThere } from './there.ts'

export type Guest = {
  readonly peer: PeerId
  /** As they call themselves. */
  readonly name: string
  /** Tells this stay at the door from any other, also of the same guest. */
  readonly call: string
}

export type LobbyEvents = {
  /** Who is there now and was not turned away, first come first; comes at every change. */
  waiting: [guests: readonly Guest[]]
}

type Mood = Exclude<DoorWord, 'declined'>
type Waiting = { readonly guest: Guest; readonly session: Session; readonly until: Ms }
const LOOK = seconds(1)
/** A room has at most six; who floods it with more makes us remember no more. */
const MOST = 12
/** Who is still there is heard by then; who comes later has come anew. */
const STILL_THERE = seconds(10)

export class Lobby extends Emitter<LobbyEvents> {
  readonly #signalling: Signalling
  readonly #clock: Clock
  readonly #greets: ((peer: PeerId) => boolean) | null
  readonly #waiting = new Map<PeerId, Waiting>()
  readonly #declined = new Set<string>()
  readonly #left: Set<PeerId>
  readonly #since: Ms
  #mood: Mood
  #said = '[]'

  constructor(parts: {
    signalling: Signalling
    mood?: Mood
    /** Who may know that this box is there; left out: nobody, and nothing is left in the room that says so. */
    greets?: (peer: PeerId) => boolean
    /** With whom we were in this room until just now. */
    left?: readonly PeerId[]
    clock: Clock
    log: Log
  }) {
    super((error) => parts.log.error('a listener of the lobby failed', error))
    this.#signalling = parts.signalling
    this.#clock = parts.clock
    this.#greets = parts.greets ?? null
    this.#left = new Set(parts.left)
    this.#since = parts.clock.now()
    this.#mood = parts.mood ?? 'ringing'
  }

  /** Listens until the signal is aborted; resolves when the broker is left. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#signalling.on('presence', (from, { name, ttl }) => this.#heard(from, name, (this.#clock.now() + ttl) as Ms))
    this.#signalling.on('gone', ({ peer, session }) => {
      if (this.#waiting.get(peer)?.session === session) this.#forget(peer)
      this.#tell()
    })
    this.#signalling.on('signal', (from, signal) => answerThere(this.#signalling, from, signal, this.#greets))
    this.#signalling.open()
    if (this.#greets) this.#signalling.announceDoor()
    try {
      for (;;) {
        await this.#clock.sleep('look into the lobby', LOOK, signal)
        for (const [peer, { until }] of this.#waiting) if (until <= this.#clock.now()) this.#forget(peer)
        this.#tell()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#waiting.clear()
      this.#tell()
      await this.#signalling.close()
    }
  }

  /** How things are at this door from now on; those who wait are told. */
  be(mood: Mood): void {
    if (mood === this.#mood) return
    this.#mood = mood
    for (const waiting of this.#waiting.values()) if (!this.#declined.has(waiting.guest.call)) this.#say(waiting, mood)
  }

  /** Tells one who waits that nobody comes, and is deaf for them until they come anew. */
  turnAway(call: string): void {
    const waiting = [...this.#waiting.values()].find(({ guest }) => guest.call === call)
    if (!waiting || this.#declined.has(call)) return
    this.#declined.add(call)
    this.#say(waiting, 'declined')
    this.#tell()
  }

  #heard({ peer, session }: { peer: PeerId; session: Session }, name: string, until: Ms): void {
    const known = this.#waiting.get(peer)
    if (!known && this.#waiting.size >= MOST) return
    if (known && known.session !== session) this.#forget(peer)
    const waiting = { guest: { peer, name, call: `${peer}/${session}` }, session, until }
    this.#waiting.set(peer, waiting)
    if (known?.session !== session) {
      const left = this.#left.delete(peer) && this.#clock.now() - this.#since < STILL_THERE
      if (left) this.#declined.add(waiting.guest.call)
      this.#say(waiting, left ? 'declined' : this.#mood)
    }
    this.#tell()
  }

  #forget(peer: PeerId): void {
    const call = this.#waiting.get(peer)?.guest.call
    this.#waiting.delete(peer)
    if (call !== undefined) this.#declined.delete(call)
  }

  #say({ guest, session }: Waiting, says: DoorWord): void {
    this.#signalling.send({ peer: guest.peer, session }, { type: 'door', says })
  }

  #tell(): void {
    const guests = [...this.#waiting.values()].map(({ guest }) => guest).filter(({ call }) => !this.#declined.has(call))
    const said = JSON.stringify(guests)
    if (said === this.#said) return
    this.#said = said
    this.emit('waiting', guests)
  }
}

// visit.ts — one stay in one room: the call, and its people on the patch panel.
//
// It owns the call and who sits where. It does not own the media: app/build.ts opens them, the patch panel moves their packets.
import type { Call } from '../call/call.ts'
import type { Person, Sending } from '../call/person.ts'
import type { Transport } from '../call/transport.ts'
import type { CallTrouble } from '../call/trouble.ts'
import type { PeerId, RoomSecret } from '../core/id.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import type { Seat } from '../media/scene.ts'
import type { DoorWord } from '../wire/signal.ts'
import type { MediaLink, Patch } from './patch.ts'
import type { Seats } from './seats.ts'

/** What the box needs of a transport beside talking: media, and the other end's wish for a keyframe. */
export type BoxTransport = Transport & MediaLink & { onKeyframeAsked(listener: () => void): void }

export type VisitEvents = {
  /** Who is here and what they do, at every change. */
  people: [people: readonly Person[]]
  /** A seat is empty: what was shown and heard of it can go. */
  left: [seat: Seat]
  /** Somebody is on the way in, or asks for it: our camera must give a keyframe. */
  keyframe: []
  door: [peer: PeerId, says: DoorWord]
  trouble: [trouble: CallTrouble]
}

export class Visit extends Emitter<VisitEvents> {
  readonly room: RoomSecret
  people: readonly Person[] = []
  readonly #call: Call<BoxTransport>
  readonly #seats: Seats
  readonly #patch: Patch
  readonly #log: Log

  constructor(parts: { room: RoomSecret; call: Call<BoxTransport>; seats: Seats; patch: Patch; log: Log }) {
    super((error) => parts.log.error('a listener of the visit failed', error))
    this.room = parts.room
    this.#call = parts.call
    this.#seats = parts.seats
    this.#patch = parts.patch
    this.#log = parts.log
  }

  /** Goes in. Throws what Call.join() throws; then the visit is over. */
  async join(sending: Sending, signal: AbortSignal): Promise<void> {
    this.#call.on('people', (people) => this.#saw(people))
    this.#call.on('nearly', () => this.emit('keyframe'))
    this.#call.on('opened', (peer, transport) => {
      const how = this.#patch.plug(peer, transport)
      if (how === 'no seat') return this.#log.warn('somebody is linked for whom there is no seat', { peer })
      transport.onKeyframeAsked(() => this.emit('keyframe'))
      if (how === 'no keyframe') this.emit('keyframe')
    })
    this.#call.on('closed', (peer) => this.#patch.unplug(peer))
    this.#call.on('door', (peer, says) => this.emit('door', peer, says))
    this.#call.on('trouble', (trouble) => this.emit('trouble', trouble))
    this.#call.say(sending)
    await this.#call.join(signal)
  }

  say(sending: Sending): void {
    this.#call.say(sending)
  }

  moved(): void {
    this.#call.moved()
  }

  counts(): Record<string, number> {
    return this.#call.counts()
  }

  async leave(): Promise<void> {
    await this.#call.leave()
    this.#saw([])
  }

  #saw(people: readonly Person[]): void {
    // By the time they are confirmed the keyframe lies ready.
    if (people.some((is) => is.state === 'arriving' && !this.people.some((was) => was.peer === is.peer))) this.emit('keyframe')
    for (const gone of this.people.filter((was) => !people.some((is) => is.peer === was.peer))) {
      this.#patch.unplug(gone.peer)
      const seat = this.#seats.leave(gone.peer)
      if (seat !== null) this.emit('left', seat)
      this.#log.info('somebody left', { who: gone.name })
    }
    for (const person of people) {
      if (this.#seats.of(person.peer) === null && this.#seats.take(person.peer) !== null)
        this.#log.info('somebody came', { who: person.name })
    }
    this.#patch.sharer = people.findLast((p) => p.screen && p.state === 'live')?.peer ?? null
    this.people = people
    this.emit('people', people)
  }
}

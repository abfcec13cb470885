// visit.ts — one visit to a room: where the page's parts meet the call. Fetched only when somebody goes in.
//
// It owns the call and knows its links; tracks belong to whoever opened them. The identity is made for this visit alone and
// forgotten with it, so two visits cannot be told to be the same person by anybody but by name.
import { Call } from '../../../call/call.ts'
import type { Person, Sending } from '../../../call/person.ts'
import { rehearse } from '../../../call/rehearsal.ts'
import type { IceServer, Line } from '../../../call/transport.ts'
import type { CallTrouble } from '../../../call/trouble.ts'
import type { PeerId, RoomSecret } from '../../../core/id.ts'
import { systemClock } from '../../../lib/clock.ts'
import { Emitter } from '../../../lib/emitter.ts'
import { seconds } from '../../../lib/unit.ts'
import { newIdentity } from '../../../room/identity.ts'
import { roomKeys } from '../../../room/link.ts'
import { systemRandom } from '../../../wire/crypto.ts'
import { pageLog } from '../kit/log.ts'
import { openBroker } from '../kit/mqtt.ts'
import { openRtc, type RtcTransport } from '../kit/rtc.ts'

export type VisitEvents = {
  people: [people: readonly Person[]]
  /** The confirmed links by peer; their tracks may be shown. */
  lines: [lines: ReadonlyMap<PeerId, RtcTransport>]
  trouble: [trouble: CallTrouble]
}

export class Visit extends Emitter<VisitEvents> {
  readonly #call: Call<RtcTransport>
  readonly #lines = new Map<PeerId, RtcTransport>()
  readonly #tracks: Record<Line, MediaStreamTrack | null> = { audio: null, camera: null, screen: null }

  constructor(parts: { secret: RoomSecret; name: string; iceServers: readonly IceServer[]; limit: number }) {
    super(reportError)
    this.#call = new Call<RtcTransport>({
      identity: newIdentity(),
      name: parts.name,
      kind: 'browser',
      room: roomKeys(parts.secret),
      openBroker,
      openTransport: () => openRtc({ iceServers: parts.iceServers, isReady: true }),
      // Who comes in mostly dials soon; a relay is not to be kept for who only waits.
      spare: { life: seconds(30), again: false },
      clock: systemClock,
      log: pageLog,
      limit: parts.limit,
      random: systemRandom,
    })
  }

  /** @throws Refusal 'room-full' when we would be one too many, Fault when the room cannot be reached */
  async join(signal: AbortSignal): Promise<void> {
    this.#call.on('people', (people) => this.emit('people', people))
    this.#call.on('trouble', (trouble) => this.emit('trouble', trouble))
    this.#call.on('opened', (peer, transport) => {
      for (const [line, track] of Object.entries(this.#tracks) as [Line, MediaStreamTrack | null][]) transport.setTrack(line, track)
      this.#lines.set(peer, transport)
      this.emit('lines', new Map(this.#lines))
    })
    this.#call.on('closed', (peer) => {
      if (this.#lines.delete(peer)) this.emit('lines', new Map(this.#lines))
    })
    await this.#call.join(signal)
  }

  /** What everybody is to get on a line from now on; null for nothing. */
  send(line: Line, track: MediaStreamTrack | null): void {
    this.#tracks[line] = track
    for (const transport of this.#lines.values()) transport.setTrack(line, track)
  }

  say(sending: Sending): void {
    this.#call.say(sending)
  }

  /** Says goodbye before it returns, and closes what is left after that. */
  leave(): Promise<void> {
    return this.#call.leave()
  }
}

/** Plays a call through with nobody, so that the first real one is quick: while the person reads the door. */
export const warmUp = (signal: AbortSignal): Promise<boolean> =>
  rehearse({ openTransport: () => openRtc({ iceServers: [] }), clock: systemClock, log: pageLog, signal })

// publisher.ts — somebody who publishes by WHIP, as one more person in the room: a connection with them, and a place in the call for them.
//
// The box is only their gateway. They come in like anybody with the link, under an identity and a name of their own; with each of the others (this
// box too) they have a link of their own, confirmed like any other, and what they publish goes out on it as it came: nothing is decoded or
// encoded. They hear and see nothing of the call. A broadcast of the room shows them as everybody else.
import { Call } from '../call/call.ts'
import { PlainLink } from '../call/plain.ts'
import type { OpenBroker } from '../call/signalling.ts'
import type { IceServer, Line } from '../call/transport.ts'
import { openWerift, type WeriftTransport } from '../call/werift.ts'
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { YoungGop } from '../media/gop.ts'
import { Keyframes } from '../media/keyframe.ts'
import type { Identity } from '../room/identity.ts'
import { systemRandom } from '../wire/crypto.ts'
import type { RoomKeys } from '../wire/key.ts'

export type PublisherParts = {
  readonly identity: Identity
  readonly name: string
  readonly room: RoomKeys
  readonly openBroker: OpenBroker
  readonly iceServers: () => readonly IceServer[]
  readonly clock: Clock
  readonly log: Log
}

/** Bits per second: what a link of theirs may carry at most; and we send them reports only. */
const MOST = 8_000_000
const REPORTS = 300_000
const PACKETS = 400

export class Publisher {
  readonly peering: PlainLink
  readonly #parts: PublisherParts
  readonly #call: Call<WeriftTransport>
  readonly #keyframes: Keyframes
  readonly #young = new YoungGop(PACKETS)
  readonly #stop = new AbortController()
  #links = new Map<PeerId, WeriftTransport>()
  #failed: string | null = null

  constructor(parts: PublisherParts) {
    const { identity, name, room, openBroker, iceServers, clock, log } = parts
    this.#parts = parts
    this.peering = new PlainLink({
      role: 'publisher',
      onRtp: (line, packet) => this.#pass(line, packet),
      ...{ iceServers: iceServers(), start: REPORTS, most: REPORTS, log, clock },
    })
    this.#keyframes = new Keyframes(clock, () => this.peering.askKeyframe('camera'))
    this.#call = new Call<WeriftTransport>({
      ...{ identity, name, kind: 'browser', room, openBroker, clock, log, random: systemRandom },
      openTransport: () => openWerift({ iceServers: iceServers(), onRtp: () => {}, most: MOST, sendsOnly: true, log }),
    })
    this.#call.on('opened', (peer, transport) => this.#plug(peer, transport))
    this.#call.on('closed', (peer) => void this.#links.delete(peer))
    this.peering.on('connected', () => void this.#enter())
  }

  /** Why it cannot go on; null: it can. */
  get failed(): string | null {
    return this.#failed
  }

  async leave(): Promise<void> {
    this.#stop.abort(new Error('the publisher has gone'))
    await this.#call.leave()
  }

  async #enter(): Promise<void> {
    this.#call.say({ muted: false, camera: true, screen: false, speaking: false, live: false })
    try {
      await this.#call.join(this.#stop.signal)
      this.#parts.log.info('somebody publishes into the room', { who: this.#parts.name })
    } catch (error) {
      this.#failed = error instanceof Error ? error.message : String(error)
    }
  }

  #plug(peer: PeerId, transport: WeriftTransport): void {
    this.#links.set(peer, transport)
    transport.on('keyframeAsked', () => this.#keyframes.ask())
    const packets = this.#young.replay(this.#parts.clock.now())
    for (const packet of packets) transport.sendRtp('camera', packet)
    if (packets.length === 0) this.#keyframes.ask()
  }

  /** Packet path: nothing awaits, logs or throws. */
  #pass(line: Line, packet: Buffer): void {
    if (line === 'screen') return
    if (line === 'camera') this.#young.take(packet, this.#parts.clock.now())
    for (const transport of this.#links.values()) transport.sendRtp(line, packet)
  }
}

// patch.ts — the patch panel: which packets go where. Camera and microphone to every open link, every link to its seat.
//
// This is the path of the media packets. It does not wait, log, throw or grow: plain loops over a handful of links. A link is
// on the panel only between `opened` (confirmed) and `closed`, so nothing reaches anybody who was not confirmed.
import { beginsAnew } from '../call/adapt/key.ts'
import type { Line } from '../call/transport.ts'
import type { PeerId } from '../core/id.ts'
import { YoungGop } from '../media/gop.ts'
import { SELF, type Seat, SHARE } from '../media/scene.ts'
import type { Seats } from './seats.ts'

/** What a link must be able to do with media. */
export interface MediaLink {
  sendRtp(line: Line, packet: Buffer): void
  /** Asks the other end for a keyframe. */
  askKeyframe(line: Line): void
  /** What is measured of it; left out: nothing is. */
  stats?(): LinkStats
}
export type LinkStats = {
  /** Bits per second that its way carries, and that arrive of ours; left out or null: nothing is known. */
  readonly target?: number | null
  readonly acked?: number | null
  readonly way?: 'direct' | 'relay' | null
  /** Milliseconds. */
  readonly roundTrip: number | null
  readonly lines: Readonly<
    Record<Line, { readonly packetsSent: number; readonly packetsReceived: number; readonly fractionLost: number | null }>
  >
}
/** Where pictures and sounds of a seat go. */
export interface Sink {
  rtp(seat: Seat, packet: Buffer): void
}

/** Where our own packets go besides: to be kept. Must not wait or throw. */
export interface Keeper {
  camera(packet: Buffer): void
  microphone(packet: Buffer): void
}

/** Our camera, or its small picture. */
export type CameraTier = 0 | 1
/** What somebody is shown of our camera, and what from its next keyframe on; null: nothing, there is no room for it on the way. */
type Plugged = { readonly peer: PeerId; readonly link: MediaLink; readonly seat: Seat; tier: CameraTier | null; next: CameraTier | null }

export class Patch {
  readonly #seats: Seats
  readonly #screen: Sink
  readonly #sound: Sink
  readonly #now: () => number
  readonly #gop = new YoungGop()
  #plugged: readonly Plugged[] = []
  #byLink = new Map<MediaLink, Plugged>()
  #sharer: PeerId | null = null
  #keeper: Keeper | null = null

  /** @param parts.now milliseconds, monotonous */
  constructor(parts: { seats: Seats; screen: Sink; sound: Sink; now?: () => number }) {
    this.#seats = parts.seats
    this.#screen = parts.screen
    this.#sound = parts.sound
    this.#now = parts.now ?? (() => performance.now())
  }

  /**
   * A confirmed link. Its media flow from now on, beginning with our newest keyframe if there is one of this moment.
   * 'no keyframe': one must be made, or they see nothing. 'no seat': nothing flows.
   */
  plug(peer: PeerId, link: MediaLink): 'begun' | 'no keyframe' | 'no seat' {
    const seat = this.#seats.take(peer)
    if (seat === null) return 'no seat'
    const plugged: Plugged = { peer, link, seat, tier: 0, next: 0 }
    this.#plugged = [...this.#plugged.filter((p) => p.peer !== peer), plugged]
    this.#byLink = new Map(this.#plugged.map((p) => [p.link, p]))
    const packets = this.#gop.replay(this.#now())
    for (const packet of packets) link.sendRtp('camera', packet)
    return packets.length > 0 ? 'begun' : 'no keyframe'
  }

  unplug(peer: PeerId): void {
    this.#plugged = this.#plugged.filter((p) => p.peer !== peer)
    this.#byLink = new Map(this.#plugged.map((p) => [p.link, p]))
  }

  /** From now on our own packets go there too. */
  keepBy(keeper: Keeper): void {
    this.#keeper = keeper
  }

  /** The links that are on the panel now. */
  get links(): ReadonlyArray<{ readonly peer: PeerId; readonly stats: LinkStats | null }> {
    return this.#plugged.map(({ peer, link }) => ({ peer, stats: link.stats?.() ?? null }))
  }

  /** Whose shared screen is shown. */
  set sharer(peer: PeerId | null) {
    if (peer === this.#sharer) return
    this.#sharer = peer
    if (peer !== null) this.askKeyframe(SHARE)
  }

  /** A packet of our camera. */
  fromCamera(packet: Buffer): void {
    this.#gop.take(packet, this.#now())
    this.#toLinks(packet, 0)
    this.#screen.rtp(SELF, packet)
    this.#keeper?.camera(packet)
  }

  /** A packet of our camera's small picture. */
  fromSmall(packet: Buffer): void {
    this.#toLinks(packet, 1)
  }

  /** From one picture to the other only where it begins anew. */
  #toLinks(packet: Buffer, tier: CameraTier): void {
    for (const plugged of this.#plugged) {
      if (plugged.next === tier && plugged.tier !== tier && beginsAnew(packet)) plugged.tier = tier
      if (plugged.tier === tier) plugged.link.sendRtp('camera', packet)
    }
  }

  /** Which picture of our camera somebody is shown from now on; null: none. @returns whether a keyframe of it is needed for that */
  show(peer: PeerId, tier: CameraTier | null): boolean {
    const plugged = this.#plugged.find((p) => p.peer === peer)
    if (!plugged || plugged.next === tier) return false
    plugged.next = tier
    if (tier === null) plugged.tier = null
    return tier !== null && plugged.tier !== tier
  }

  /** The camera is closed: nobody is shown a moment of before. */
  forgetCamera(): void {
    this.#gop.forget()
  }

  /** A packet of our microphone, echo and noise already taken out. */
  fromMicrophone(packet: Buffer): void {
    for (const { link } of this.#plugged) link.sendRtp('audio', packet)
    this.#keeper?.microphone(packet)
  }

  /** A packet that came over a link. */
  fromLink(link: MediaLink, line: Line, packet: Buffer): void {
    const plugged = this.#byLink.get(link)
    if (!plugged) return
    if (line === 'audio') this.#sound.rtp(plugged.seat, packet)
    else if (line === 'camera') this.#screen.rtp(plugged.seat, packet)
    else if (plugged.peer === this.#sharer) this.#screen.rtp(SHARE, packet)
  }

  /** The screen cannot show a seat without a keyframe: asks whoever sits there. */
  askKeyframe(seat: Seat): void {
    const of = seat === SHARE ? this.#plugged.find((p) => p.peer === this.#sharer) : this.#plugged.find((p) => p.seat === seat)
    of?.link.askKeyframe(seat === SHARE ? 'screen' : 'camera')
  }
}

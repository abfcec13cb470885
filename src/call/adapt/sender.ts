// sender.ts — all that leaves over one link: paced, numbered for the other side's feedback, and so many as the way carries.
//
// It puts the pure parts together (estimate, pacer, sent packets) and knows nothing of keys and sockets: what leaves goes to an outlet
// that seals and sends. Packet path: nothing awaits, logs, throws or grows. The only loop lives as long as something waits.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import { LINES, type Line } from '../transport.ts'
import { type Bounds, Estimate } from './estimate.ts'
import type { Feedback } from './feedback.ts'
import { beginsAnew } from './key.ts'
import { Meter } from './meter.ts'
import { Narrow } from './narrow.ts'
import { type Kind, Pacer, TICK } from './pacer.ts'
import { Redundancy } from './redundancy.ts'
import { NO_CLUSTER } from './result.ts'
import { SentPackets } from './sent.ts'

/** Seals and sends. The header is written into `packet` from byte 0. */
export interface Outlet {
  readonly packet: Buffer
  send(payload: Buffer, headerLength: number): void
}

export type SenderParts = {
  readonly outlet: Outlet
  /** What sealing adds to a packet, bytes. */
  readonly seal: number
  readonly bounds: Bounds
  readonly clock: Clock
  /** Sends one packet of about so many bytes that nobody needs, on a lane of kind 'repair'. False: there is none. */
  readonly pad: (bytes: number) => boolean
  /** What waits was dropped: the picture goes on with the next keyframe, which somebody must ask for. */
  readonly onDrop: () => void
  readonly onError: (error: unknown) => void
}

const HEADER = 12
const EXTENSION = 8
const PICTURES = LINES.filter((line) => line !== 'audio')
/** UDP over IPv4. */
const BELOW = 28

/** A keyframe of 720p: the first picture is shown sooner, and on a narrow way it is no more than what waits there anyway. */
const AHEAD = 60_000

type Waiting = { readonly header: Buffer; readonly payload: Buffer; readonly wideId: number }

/** Where packets of one kind are put: the header into `packet`, then send() with what comes behind it. */
export class Lane {
  readonly packet = Buffer.allocUnsafe(HEADER)
  /** Id of the header extension for the transport-wide number; 0: the other side does not want it. */
  wideId = 0
  readonly #give: (lane: Lane, payload: Buffer) => void

  constructor(give: (lane: Lane, payload: Buffer) => void) {
    this.#give = give
  }

  send(payload: Buffer): void {
    this.#give(this, payload)
  }
}

export class Sender {
  readonly #parts: SenderParts
  readonly #estimate: Estimate
  readonly #pacer: Pacer<Waiting>
  readonly #sent = new SentPackets()
  readonly #repairs = new Meter()
  readonly #redundancy = new Redundancy()
  readonly #narrow = new Narrow()
  readonly #lanes: Readonly<Record<Kind, Lane>>
  readonly #abort = new AbortController()
  #isPacing = false
  /** Of what is being sent this moment. */
  #cluster = NO_CLUSTER
  #padded = 0
  /** Lines whose pictures were dropped: nothing of them is of use before a keyframe. */
  readonly #broken = new Set<Line>()

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#estimate = new Estimate(parts.bounds)
    const drop = () => {
      for (const line of PICTURES) this.#broken.add(line)
      parts.onDrop()
    }
    this.#pacer = new Pacer<Waiting>(
      {
        send: (waiting, cluster) => this.#leave(waiting.header, waiting.payload, waiting.wideId, cluster),
        pad: (bytes, cluster) => this.#pad(bytes, cluster),
        onDrop: drop,
      },
      parts.bounds.start,
      AHEAD,
    )
    const lane = (kind: Kind) => new Lane((lane, payload) => this.#take(kind, lane, payload))
    this.#lanes = { sound: lane('sound'), repair: lane('repair'), picture: lane('picture') }
  }

  /** What the link may carry of pictures and sound, bits per second of everything on the wire: what repairs need is taken off. */
  get target(): number {
    return Math.max(this.#parts.bounds.least, this.#estimate.target - this.#repairs.rate(this.#parts.clock.now()))
  }

  /** Milliseconds until we hear what became of a packet; a hundred while nothing is known. */
  get roundTrip(): number {
    return this.#estimate.roundTrip
  }

  /** What arrives, bits per second; null while unknown. */
  get acked(): number | null {
    return this.#estimate.acked
  }

  /** The share lost lately, 0 to 1. */
  get lost(): number {
    return this.#estimate.lost
  }

  /** How many packets of the past a packet of sound should carry now. */
  get soundPast(): number {
    return this.#redundancy.level(this.#estimate.lost, this.#estimate.target, this.#parts.clock.now())
  }

  /** Whether two packets of sound should go as one. */
  get soundInPairs(): boolean {
    return this.#narrow.is(this.#estimate.target)
  }

  /** What sound is said twice, is taken off the pictures. @param bytes that go for it now */
  doubled(bytes: number): void {
    this.#repairs.add(bytes, this.#parts.clock.now())
  }

  /** Packets that were never sent, because too many waited. */
  get dropped(): number {
    return this.#pacer.dropped
  }

  /** @param wideId as in Lane */
  lane(kind: Kind, wideId: number): Lane {
    const lane = this.#lanes[kind]
    lane.wideId = wideId > 14 ? 0 : wideId
    return lane
  }

  /** May this packet of a worker's go? After a drop only from a keyframe on. Ask before it is numbered. */
  admits(line: Line, packet: Buffer): boolean {
    if (!this.#broken.has(line)) return true
    if (!beginsAnew(packet)) return false
    this.#broken.delete(line)
    return true
  }

  /** Transport-wide feedback came. */
  heard(feedback: Feedback): void {
    const now = this.#parts.clock.now()
    this.#estimate.heard(this.#sent.resolve(feedback), now)
    this.tick()
  }

  /** The other side's own estimate (REMB), bits per second. */
  told(bps: number): void {
    this.#estimate.told(bps, this.#parts.clock.now())
    this.#aim()
  }

  /** A receiver report on our pictures. @param share lost, 0 to 1 */
  reported(share: number): void {
    this.#estimate.reported(share, this.#parts.clock.now())
    this.#aim()
  }

  /** Once a second at least: so silence is noticed. */
  tick(): void {
    const probe = this.#estimate.tick(this.#parts.clock.now())
    this.#aim()
    if (!probe) return
    this.#pacer.probe(probe)
    this.#pace()
  }

  #aim(): void {
    this.#pacer.aim(this.#estimate.target, this.#estimate.pace)
  }

  close(): void {
    this.#abort.abort()
    this.#pacer.clear()
  }

  #take(kind: Kind, lane: Lane, payload: Buffer): void {
    const now = this.#parts.clock.now()
    const bytes = this.#wireBytes(payload, lane.wideId)
    if (this.#cluster !== NO_CLUSTER) {
      // Padding of a probe, made while the pacer asks for it: it is a part of the burst.
      this.#padded += bytes
      this.#leave(lane.packet, payload, lane.wideId, this.#cluster)
      return
    }
    if (kind === 'repair') this.#repairs.add(bytes, now)
    if (this.#pacer.mayGo(kind, bytes, now)) this.#leave(lane.packet, payload, lane.wideId, NO_CLUSTER)
    else {
      this.#pacer.take(kind, { header: Buffer.from(lane.packet), payload, wideId: lane.wideId }, bytes, now)
      this.#pace()
    }
  }

  #wireBytes(payload: Buffer, wideId: number): number {
    return HEADER + (wideId ? EXTENSION : 0) + payload.length + this.#parts.seal + BELOW
  }

  /** Writes the header with its number (RFC 8285 one-byte form, one element of two bytes) and lets it go. */
  #leave(header: Buffer, payload: Buffer, wideId: number, cluster: number): void {
    const { outlet, clock } = this.#parts
    const now = clock.now()
    const bytes = this.#wireBytes(payload, wideId)
    const into = outlet.packet
    header.copy(into)
    this.#estimate.sent(bytes, now)
    if (wideId === 0) {
      outlet.send(payload, HEADER)
      return
    }
    into.writeUInt8(into.readUInt8(0) | 0x10, 0)
    into.writeUInt32BE(0xbede0001, HEADER)
    into.writeUInt32BE(((wideId << 28) | (1 << 24) | (this.#sent.stamp(now, bytes, cluster) << 8)) >>> 0, HEADER + 4)
    outlet.send(payload, HEADER + EXTENSION)
  }

  #pad(bytes: number, cluster: number): number {
    this.#cluster = cluster
    this.#padded = 0
    this.#parts.pad(bytes)
    this.#cluster = NO_CLUSTER
    return this.#padded
  }

  #pace(): void {
    if (this.#isPacing || this.#abort.signal.aborted) return
    this.#isPacing = true
    this.#pacing().catch((error) => {
      this.#isPacing = false
      if (!this.#abort.signal.aborted) this.#parts.onError(error)
    })
  }

  async #pacing(): Promise<void> {
    const { clock } = this.#parts
    this.#pacer.tick(clock.now())
    while (!this.#pacer.isIdle) {
      await clock.sleep('pace', ms(TICK), this.#abort.signal)
      this.#pacer.tick(clock.now())
    }
    this.#isPacing = false
  }
}

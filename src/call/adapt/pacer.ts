// pacer.ts — lets packets go evenly, so that a keyframe does not fill the queue of the narrowest place on the way.
//
// A leaky bucket at 2.5 times the target, less while a queue empties. Sound never waits. Pictures wait in a short line; when it is longer than the picture may
// be late, all of it is dropped and counted, and whoever encodes is asked to begin anew: half a picture is none. A probe is a burst at
// a rate of its own, of waiting packets and, when those do not suffice, of padding. Nothing here awaits; the owner calls tick().
import type { Probe } from './cluster.ts'
import { NO_CLUSTER } from './result.ts'

/** sound: at once. repair: before pictures, since somebody waits for it. */
export type Kind = 'sound' | 'repair' | 'picture'

export type PacerParts<Packet> = {
  /** Sends it now. @param cluster of a probe, or NO_CLUSTER */
  readonly send: (packet: Packet, cluster: number) => void
  /** Sends about this much padding, and says how many bytes really went; 0: there is nothing to pad with. */
  readonly pad: (bytes: number, cluster: number) => number
  /** Pictures were dropped: they can be shown again only from a keyframe on. */
  readonly onDrop: () => void
}

const FACTOR = 2.5
/** A line may be ahead of its rate by this much: timers are no finer. */
const BURST = 10 // ms
/** How often tick() is called. */
export const TICK = 5 // ms
const LATEST = 400 // ms
const MOST = 1024
const PADDING = 220 // bytes: what fits into one packet of padding

type Waiting<Packet> = { readonly packet: Packet; readonly bytes: number }

/** A line that is emptied from the front without moving what is behind. */
class Line<Packet> {
  bytes = 0
  #items: Array<Waiting<Packet>> = []
  #from = 0

  get length(): number {
    return this.#items.length - this.#from
  }

  push(packet: Packet, bytes: number): void {
    this.#items.push({ packet, bytes })
    this.bytes += bytes
  }

  shift(): Waiting<Packet> | undefined {
    const item = this.#items[this.#from]
    if (!item) return undefined
    this.bytes -= item.bytes
    if (++this.#from > 64 && this.#from * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#from)
      this.#from = 0
    }
    return item
  }

  clear(): number {
    const { length } = this
    this.#items = []
    this.#from = 0
    this.bytes = 0
    return length
  }
}

export class Pacer<Packet> {
  /** Packets that were never sent. */
  dropped = 0
  readonly #parts: PacerParts<Packet>
  readonly #repairs = new Line<Packet>()
  readonly #pictures = new Line<Packet>()
  /** Bytes sent beyond what the rate allowed; below zero: what may still leave at once. */
  #debt: number
  #at = Number.NaN
  #bytesPerMs: number
  #probe: Probe | null = null
  #probeSent = 0
  #probeSince = Number.NaN
  #probeCount = 0

  /** @param target bits per second  @param ahead bytes that leave at once in the beginning, so that the first picture is not late */
  constructor(parts: PacerParts<Packet>, target: number, ahead = 0) {
    this.#parts = parts
    this.#debt = -ahead
    this.#bytesPerMs = (target * FACTOR) / 8000
  }

  /** What waits, in milliseconds at the present pace. */
  get delay(): number {
    return (this.#repairs.bytes + this.#pictures.bytes) / this.#bytesPerMs
  }

  /** Nothing waits and nothing is to be probed: tick() need not be called. */
  get isIdle(): boolean {
    return this.#probe === null && this.#repairs.length === 0 && this.#pictures.length === 0
  }

  /** @param target what the way carries  @param most faster than this nothing leaves; both bits per second */
  aim(target: number, most = Number.POSITIVE_INFINITY): void {
    this.#bytesPerMs = Math.max(1, Math.min(target * FACTOR, most) / 8000)
  }

  probe(probe: Probe): void {
    this.#probe = probe
    this.#probeSent = 0
    this.#probeCount = 0
    this.#probeSince = Number.NaN
  }

  /** May a packet of this size leave this moment, before all that waits? If so it is counted as sent. Spares most packets the line. */
  mayGo(kind: Kind, bytes: number, now: number): boolean {
    this.#pass(now)
    if (kind !== 'sound' && (!this.isIdle || this.#debt >= BURST * this.#bytesPerMs)) return false
    this.#debt += bytes
    return true
  }

  /** Takes one packet: sends it at once if its turn is now, else keeps it. */
  take(kind: Kind, packet: Packet, bytes: number, now: number): void {
    this.#pass(now)
    if (kind === 'sound') {
      this.#debt += bytes
      this.#parts.send(packet, NO_CLUSTER)
      return
    }
    const line = kind === 'repair' ? this.#repairs : this.#pictures
    if (line.length >= MOST || (kind === 'picture' && this.delay > LATEST)) {
      this.dropped += line.clear() + 1
      if (kind === 'picture') this.#parts.onDrop()
      return
    }
    line.push(packet, bytes)
    if (!this.#probe) this.#drain()
  }

  /** Sends what is due. Every TICK while it is not idle. */
  tick(now: number): void {
    this.#pass(now)
    if (this.#probe) this.#probing(this.#probe, now)
    else this.#drain()
  }

  /** The camera was closed: what waits is of no use. */
  clear(): void {
    this.dropped += this.#repairs.clear() + this.#pictures.clear()
  }

  #pass(now: number): void {
    const passed = Number.isNaN(this.#at) ? 0 : Math.max(0, now - this.#at)
    this.#at = now
    this.#debt = Math.max(Math.min(0, this.#debt), this.#debt - passed * this.#bytesPerMs)
  }

  #drain(): void {
    while (this.#debt < BURST * this.#bytesPerMs) {
      const next = this.#repairs.shift() ?? this.#pictures.shift()
      if (!next) return
      this.#debt += next.bytes
      this.#parts.send(next.packet, NO_CLUSTER)
    }
  }

  /** As many bytes as a burst at the probe's rate has by now, media first. */
  #probing(probe: Probe, now: number): void {
    if (Number.isNaN(this.#probeSince)) this.#probeSince = now
    const due = ((now - this.#probeSince + TICK) * probe.bps) / 8000
    while (this.#probeSent < due) {
      const next = this.#repairs.shift() ?? this.#pictures.shift()
      const bytes = next ? next.bytes : this.#parts.pad(PADDING, probe.cluster)
      if (next) this.#parts.send(next.packet, probe.cluster)
      if (bytes === 0) {
        this.#probe = null
        return
      }
      this.#probeSent += bytes
      this.#debt += bytes
      this.#probeCount++
    }
    if (this.#probeSent >= probe.bytes && this.#probeCount >= probe.packets) this.#probe = null
  }
}

// outgoing.ts — what we send on one line: rewritten to one unbroken stream, kept for a while to be sent again, counted for reports.
import { randomInt } from 'node:crypto'
import type { Line } from '../transport.ts'
import { Continuity } from './continuity.ts'
import { MOST_PAST, type Sound, writeRed } from './red.ts'
import { ntpOf, senderReport, sourceName } from './rtcp.ts'
import { RtpHeader, withoutPadding, writeHeader } from './rtp.ts'
import type { Format } from './sdp.ts'
import { Pairs } from './sound-pairs.ts'

/** Packets kept for repair: a second of video at 4 Mb/s. */
const KEPT = 512
const OLDEST = 1000 // ms
/** The same packet is not sent again before the last one can have come: who only looks on knows no round trip and asks every 100 ms. */
const PAUSE = 20 // ms
const MOST_PAUSE = 500
/** So many of the newest packets are sent again where there is nothing else to fill a probe with. */
const PADS = 8
/** A packet of padding alone (RFC 3550 §5.1): its last byte says how much of it is padding. Version 2, with the padding bit. */
const PADDING = Buffer.alloc(255)
PADDING.writeUInt8(255, 254)
const WITH_PADDING = 0xa0

type Kept = { sequence: number; timestamp: number; marker: boolean; payload: Buffer; at: number; again: number }

/** Takes packets to the peer. `packet` is where the header is written, from byte 0; send() seals it with the payload behind it. */
export interface Way {
  readonly packet: Buffer
  send(payload: Buffer): void
}

const source = (): number => randomInt(1, 0xffffffff)

export class Outgoing {
  readonly line: Line
  readonly ssrc = source()
  readonly repairSsrc = source()
  /** The peer takes what goes on this line. */
  isWanted = true
  packets = 0
  octets = 0
  repaired = 0
  /** As the peer last reported it. */
  lost = 0
  fractionLost = 0
  jitter = 0
  /** How many packets of the past each one carries, where the peer takes that: of sound, on a line that loses. */
  past = 0
  /** Of sound, on a way that is narrow. */
  readonly pairs = new Pairs()
  /** Bytes that went for the past. */
  doubled = 0

  readonly #clockRate: number
  readonly #continuity: Continuity
  readonly #past: Sound[] = []
  readonly #kept: Array<Kept | undefined> = new Array(KEPT)
  readonly #header = new RtpHeader()
  #format: Format | null = null
  /** In the lower half, as in continuity.ts. */
  #repairSequence = randomInt(0x8000)
  #newest = 0
  #padded = 0
  #timestamp = 0
  #sentAt = 0
  /** Milliseconds of media so far; how far it lies behind the clock at best; and how far behind that the last packet was. */
  #media = 0
  #best = Number.POSITIVE_INFINITY
  #late = 0

  constructor(line: Line) {
    this.line = line
    this.#clockRate = line === 'audio' ? 48_000 : 90_000
    this.#continuity = new Continuity(this.#clockRate)
  }

  get format(): Format | null {
    return this.#format
  }

  /** What was agreed on; null for a line that was declined. */
  agree(format: Format | null): void {
    this.#format = format
  }

  owns(ssrc: number): boolean {
    return ssrc === this.ssrc
  }

  /**
   * Rewrites one RTP packet of a worker and sends it; false when it is none.
   * @param now milliseconds  @param age how long ago what is in it was seen or heard, where that is known: then reports tell it exactly
   */
  take(packet: Buffer, now: number, way: Way, age = 0): boolean {
    const header = this.#header
    const format = this.#format
    if (!format || !header.read(packet)) return false
    const given = withoutPadding(packet.subarray(header.payloadAt), header.padded)
    if (!given || given.length === 0) return false
    const { pairs } = this
    const payload = pairs.take(header.ssrc, header.sequence, header.timestamp, header.marker, given)
    if (payload === null) return true
    const { marker } = pairs
    this.#continuity.next(header.ssrc, pairs.sequence, pairs.timestamp, now)
    const { sequence, timestamp } = this.#continuity
    this.packets++
    this.octets += payload.length
    this.#note(timestamp, now - age)
    if (format.red !== null && format.red !== undefined) {
      if (this.past > 0) {
        this.#takeWithPast(format.red, format.payloadType, { timestamp, payload }, marker, way)
        return true
      }
      this.#past.length = 0
    }
    if (format.repair !== null) this.#keep(sequence, timestamp, marker, payload, now)
    writeHeader(way.packet, marker, format.payloadType, sequence, timestamp, this.ssrc)
    way.send(payload)
    return true
  }

  #takeWithPast(red: number, payloadType: number, newest: Sound, marker: boolean, way: Way): void {
    const { sequence } = this.#continuity
    const body = writeRed(payloadType, newest, this.#past.slice(-this.past))
    this.doubled += body.length - newest.payload.length
    this.#past.push(newest)
    if (this.#past.length > MOST_PAST) this.#past.shift()
    writeHeader(way.packet, marker, red, sequence, newest.timestamp, this.ssrc)
    way.send(body)
  }

  /** Sends again what the peer misses (RFC 4588 §4), as far as we still have it. @param roundTrip milliseconds */
  repair(sequences: readonly number[], now: number, way: Way, roundTrip = 0): void {
    const pause = Math.min(MOST_PAUSE, Math.max(PAUSE, roundTrip))
    for (const sequence of sequences) {
      const kept = this.#kept[sequence % KEPT]
      if (kept?.sequence !== sequence || now - kept.at > OLDEST || now - kept.again < pause) continue
      this.repaired++
      this.#again(kept, now, way)
    }
  }

  /** Sends again, unasked, what went last: traffic to find out what the way carries, of some use to a peer that missed it. False: nothing may go. */
  pad(now: number, way: Way): boolean {
    for (let back = 0; back < PADS; back++) {
      const kept = this.#kept[(this.#newest - (this.#padded++ % PADS)) & (KEPT - 1)]
      if (!kept || now - kept.at > OLDEST) continue
      this.#again(kept, now, way)
      return true
    }
    return this.#padAlone(way)
  }

  /** Nothing was sent for long, as on a way that had no room for pictures: then padding alone, or nobody would ever know that there is room again. */
  #padAlone(way: Way): boolean {
    const repair = this.#format?.repair
    if (repair === null || repair === undefined) return false
    this.#repairSequence = (this.#repairSequence + 1) & 0xffff
    writeHeader(way.packet, false, repair, this.#repairSequence, this.#timestamp, this.repairSsrc)
    way.packet.writeUInt8(WITH_PADDING, 0)
    way.send(PADDING)
    return true
  }

  /** What was dropped on its way out is not sent again either. */
  forget(): void {
    this.#kept.fill(undefined)
  }

  #again(kept: Kept, now: number, way: Way): void {
    const repair = this.#format?.repair
    if (repair === null || repair === undefined) return
    kept.again = now
    const number = Buffer.allocUnsafe(2)
    number.writeUInt16BE(kept.sequence)
    this.#repairSequence = (this.#repairSequence + 1) & 0xffff
    writeHeader(way.packet, kept.marker, repair, this.#repairSequence, kept.timestamp, this.repairSsrc)
    way.send(Buffer.concat([number, kept.payload]))
  }

  #keep(sequence: number, timestamp: number, marker: boolean, payload: Buffer, at: number): void {
    this.#newest = sequence
    const kept = this.#kept[sequence % KEPT]
    if (!kept) {
      this.#kept[sequence % KEPT] = { sequence, timestamp, marker, payload, at, again: -Infinity }
      return
    }
    kept.sequence = sequence
    kept.timestamp = timestamp
    kept.marker = marker
    kept.payload = payload
    kept.at = at
    kept.again = -Infinity
  }

  /** Sender report and name; null while nothing was sent in the last seconds. @param epochMs wall clock, for lip sync */
  report(cname: string, now: number, epochMs: number): Buffer | null {
    if (this.packets === 0 || now - this.#sentAt > 5000) return null
    const timestamp = Math.round(this.#timestamp + ((now - this.#sentAt + this.#late) * this.#clockRate) / 1000) >>> 0
    const { ssrc, packets, octets } = this
    return Buffer.concat([senderReport({ ssrc, ntp: ntpOf(epochMs), timestamp, packets, octets }, []), sourceName(ssrc, cname)])
  }

  /** Packets leave late by what encoding took; the least late ones tell how timestamps and clock belong together. */
  #note(timestamp: number, now: number): void {
    if (this.packets === 1) this.#timestamp = timestamp
    this.#media += (((timestamp - this.#timestamp) | 0) * 1000) / this.#clockRate
    const lag = now - this.#media
    this.#best = lag < this.#best ? lag : this.#best + (lag - this.#best) * 0.002
    this.#late = lag - this.#best
    this.#timestamp = timestamp
    this.#sentAt = now
  }
}

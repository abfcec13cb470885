// incoming.ts — turns what the peer sends into plain packets for our workers, line by line. No sockets, no keys, no timers.
//
// Repaired packets are unwrapped (RFC 4588), doubles and empty probes vanish, extensions and padding are stripped, and the payload
// type is ours. Which line a source belongs to is told by the description, else by the packet's mid (RFC 9143 §9.2), else by a payload
// type that only one line has.
import { LINES, type Line } from '../transport.ts'
import type { Odd } from './odd.ts'
import { readRed } from './red.ts'
import { type Report, sendAgain } from './rtcp.ts'
import { extension, RTP_HEADER, type RtpHeader, withoutPadding, writeHeader } from './rtp.ts'
import { type Format, H264, OPUS, type Remote } from './sdp.ts'
import { Source } from './source.ts'
import { TwccReceiver } from './twcc.ts'

const MOST_SOURCES = 16

type Known = {
  readonly line: Line
  readonly format: Format
  readonly source: Source /** The source that this one repairs. */
  repairs: Source | null
}

export type IncomingParts = {
  readonly remote: Remote
  readonly odd: Odd
  readonly deliver: (line: Line, packet: Buffer) => void
}

export class Incoming {
  readonly twcc = new TwccReceiver()
  /** Something new is missing since requests() was last asked. */
  hasGap = false
  /** Any source of the peer's, for feedback that must name one. */
  anySource = 0
  readonly #parts: IncomingParts
  readonly #sources = new Map<number, Known>()
  readonly #promised = new Map<number, Line>()
  readonly #main = new Map<Line, number>()
  readonly #repairOf = new Map<number, number>()

  constructor(parts: IncomingParts) {
    this.#parts = parts
    for (const line of LINES) {
      const { sources, repairs } = parts.remote.lines[line]
      for (const ssrc of sources) this.#promised.set(ssrc, line)
      for (const [repair, media] of repairs) {
        this.#promised.set(repair, line)
        this.#repairOf.set(repair, media)
      }
      const [first] = sources
      if (first !== undefined) this.#main.set(line, first)
    }
  }

  /** The source that a line shows now; undefined before one is known. */
  sourceOf(line: Line): number | undefined {
    return this.#main.get(line)
  }

  /** Takes one packet that SRTP has opened. @param packet as it came, for its extensions  @param now milliseconds */
  take(packet: Buffer, header: RtpHeader, payload: Buffer, now: number): void {
    const { odd } = this.#parts
    const known = this.#sources.get(header.ssrc) ?? this.#meet(packet, header)
    if (!known) {
      odd.add(this.#sources.size >= MOST_SOURCES ? 'too many sources' : 'media of no line')
      return
    }
    const wide = extension(packet, header, known.format.twccId)
    if (wide?.length === 2) {
      this.twcc.saw(wide.readUInt16BE(0), now * 1000)
      this.anySource = header.ssrc
    }
    const body = withoutPadding(payload, header.padded)
    if (!body) {
      odd.add('media malformed')
      return
    }
    if (known.format.repair === header.payloadType) this.#repaired(known, header, body, now)
    else if (known.format.payloadType === header.payloadType) this.#arrived(known, known.source, header, header.sequence, body, false, now)
    else if (known.format.red === header.payloadType) this.#redundant(known, header, body, now)
    else odd.add('media of no line')
  }

  /** Sound with the sound before it: what was lost of that is given first. */
  #redundant(known: Known, header: RtpHeader, body: Buffer, now: number): void {
    const blocks = readRed(known.format.payloadType, body)
    const newest = blocks?.pop()
    if (!blocks || !newest) {
      this.#parts.odd.add('media malformed')
      return
    }
    const { source } = known
    for (const [i, { offset, payload }] of blocks.entries()) {
      const index = payload.length === 0 ? -1 : source.recover(header.sequence, blocks.length - i, now)
      if (index >= 0) this.#give(known.line, source, index, false, (header.timestamp - offset) >>> 0, payload)
    }
    this.#arrived(known, source, header, header.sequence, newest.payload, false, now)
  }

  #repaired(known: Known, header: RtpHeader, body: Buffer, now: number): void {
    known.source.take(header.sequence, header.timestamp, true, now)
    const media = known.repairs
    if (body.length < 2) {
      this.#parts.odd.add('padding')
      return
    }
    if (!media) {
      this.#parts.odd.add('media of no line')
      return
    }
    this.#arrived(known, media, header, body.readUInt16BE(0), body.subarray(2), true, now)
  }

  #arrived({ line }: Known, source: Source, header: RtpHeader, sequence: number, body: Buffer, isRepair: boolean, now: number): void {
    const index = source.take(sequence, header.timestamp, isRepair, now)
    if (source.hasGap) this.hasGap = true
    if (index < 0) {
      this.#parts.odd.add('duplicate')
      return
    }
    if (body.length === 0) {
      source.skip(index)
      this.#parts.odd.add('padding')
      return
    }
    this.#give(line, source, index, header.marker, header.timestamp, body)
  }

  #give(line: Line, source: Source, index: number, marker: boolean, timestamp: number, body: Buffer): void {
    const packet = Buffer.allocUnsafe(RTP_HEADER + body.length)
    writeHeader(packet, marker, line === 'audio' ? OPUS : H264, source.numberOf(index), timestamp, source.ssrc)
    body.copy(packet, RTP_HEADER)
    this.#parts.deliver(line, packet)
  }

  #meet(packet: Buffer, header: RtpHeader): Known | null {
    if (this.#sources.size >= MOST_SOURCES) return null
    const line = this.#promised.get(header.ssrc) ?? this.#lineByMid(packet, header) ?? this.#lineByType(header.payloadType)
    const format = line && this.#parts.remote.lines[line].format
    if (!line || !format) return null
    const isRepair = format.repair === header.payloadType
    const source = new Source(header.ssrc, line === 'audio' ? 48_000 : 90_000)
    const known: Known = { line, format, source, repairs: isRepair ? this.#repairedBy(header.ssrc, line) : null }
    this.#sources.set(header.ssrc, known)
    if (!isRepair) this.#main.set(line, header.ssrc)
    return known
  }

  /** The description says so, or it is the only one that the line has. */
  #repairedBy(ssrc: number, line: Line): Source | null {
    const media = this.#repairOf.get(ssrc) ?? this.#main.get(line)
    if (media === undefined) return null
    const met = this.#sources.get(media)
    if (met) return met.source
    // Repaired packets came before any other: then the source begins with them.
    const { format } = this.#parts.remote.lines[line]
    if (!format) return null
    const source = new Source(media, 90_000)
    this.#sources.set(media, { line, format, source, repairs: null })
    return source
  }

  #lineByMid(packet: Buffer, header: RtpHeader): Line | undefined {
    const { mids, lines } = this.#parts.remote
    for (const line of LINES) {
      const mid = extension(packet, header, lines[line].format?.midId ?? 0)?.toString('latin1')
      const at = mid === undefined ? -1 : mids.indexOf(mid)
      if (at >= 0) return LINES[at]
    }
    return undefined
  }

  #lineByType(payloadType: number): Line | undefined {
    const able = LINES.filter((line) => {
      const { format } = this.#parts.remote.lines[line]
      return format?.payloadType === payloadType || format?.repair === payloadType || format?.red === payloadType
    })
    return able.length === 1 ? able[0] : undefined
  }

  /** A sender report of the peer's came. @param now milliseconds */
  heard(ssrc: number, ntpMiddle: number, now: number): void {
    const source = this.#sources.get(ssrc)?.source
    if (!source) return
    source.lastReport = ntpMiddle
    source.lastReportAt = now
  }

  get isMissing(): boolean {
    for (const { source } of this.#sources.values()) if (source.nack.waiting) return true
    return false
  }

  /** Requests for what is missing of the pictures; sound has its own repair. */
  requests(sender: number, now: number, roundTrip: number): Buffer[] {
    this.hasGap = false
    const packets: Buffer[] = []
    for (const { source, line, format } of this.#sources.values()) {
      if (line === 'audio' || format.repair === null) continue
      const due = source.nack.due(now, roundTrip)
      if (due.length > 0) packets.push(sendAgain(sender, source.ssrc, due))
    }
    return packets
  }

  reports(now: number): Report[] {
    return [...this.#sources.values()].flatMap(({ source }) => source.report(now) ?? [])
  }

  packetsOf(line: Line): number {
    let packets = 0
    for (const known of this.#sources.values()) if (known.line === line && known.repairs === null) packets += known.source.packets
    return packets
  }
}

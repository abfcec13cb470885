// rtcp.ts — the control packets of a call, read and written: RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3.1.
//
// Reading never throws: what is too short or lies about its length ends the reading, and says so.
import { type Feedback, readFeedback } from '../adapt/feedback.ts'

export type Report = {
  /** The source that is reported on. */
  readonly ssrc: number
  /** Of 256. */
  readonly fractionLost: number
  readonly lost: number
  readonly highest: number
  /** In ticks of the source's clock. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time of the last sender report, 0 for none. */
  readonly lastReport: number
  /** Time since that one came, in 1/65536 s. */
  readonly delay: number
}

export type Control =
  | { readonly kind: 'sender report'; readonly ssrc: number; readonly ntpMiddle: number; readonly reports: readonly Report[] }
  | { readonly kind: 'receiver report'; readonly ssrc: number; readonly reports: readonly Report[] }
  | { readonly kind: 'picture lost'; readonly ssrc: number }
  | { readonly kind: 'keyframe please'; readonly ssrcs: readonly number[] }
  | { readonly kind: 'send again'; readonly ssrc: number; readonly sequences: readonly number[] }
  | { readonly kind: 'rate'; readonly bps: number }
  | { readonly kind: 'arrivals'; readonly feedback: Feedback }

const SR = 200
const RR = 201
const SDES = 202
const RTPFB = 205
const PSFB = 206

/** Null when any part of the compound packet is malformed; kinds we have no use for are passed over. */
export function readRtcp(packet: Buffer): Control[] | null {
  const found: Control[] = []
  let at = 0
  while (at < packet.length) {
    if (at + 8 > packet.length) return null
    const first = packet.readUInt8(at)
    const type = packet.readUInt8(at + 1)
    const end = at + (packet.readUInt16BE(at + 2) + 1) * 4
    if (first >> 6 !== 2 || end < at + 8 || end > packet.length) return null
    const control = readOne(first & 0x1f, type, packet.subarray(at, end))
    if (control === 'malformed') return null
    if (control) found.push(control)
    at = end
  }
  return found
}

function readOne(count: number, type: number, packet: Buffer): Control | null | 'malformed' {
  const ssrc = packet.readUInt32BE(4)
  if (type === SR) {
    if (packet.length < 28 + count * 24) return 'malformed'
    return { kind: 'sender report', ssrc, ntpMiddle: packet.readUInt32BE(10), reports: readReports(packet, 28, count) }
  }
  if (type === RR) {
    if (packet.length < 8 + count * 24) return 'malformed'
    return { kind: 'receiver report', ssrc, reports: readReports(packet, 8, count) }
  }
  if (type !== RTPFB && type !== PSFB) return null
  if (packet.length < 12) return 'malformed'
  const media = packet.readUInt32BE(8)
  if (type === RTPFB && count === 1) return { kind: 'send again', ssrc: media, sequences: readNack(packet) }
  if (type === RTPFB && count === 15) {
    const feedback = readFeedback(packet)
    return feedback ? { kind: 'arrivals', feedback } : 'malformed'
  }
  if (type === PSFB && count === 1) return { kind: 'picture lost', ssrc: media }
  if (type === PSFB && count === 4) {
    const ssrcs: number[] = []
    for (let at = 12; at + 8 <= packet.length; at += 8) ssrcs.push(packet.readUInt32BE(at))
    return { kind: 'keyframe please', ssrcs }
  }
  if (type === PSFB && count === 15 && packet.length >= 20 && packet.toString('latin1', 12, 16) === 'REMB') {
    const bits = packet.readUInt32BE(16)
    return { kind: 'rate', bps: (bits & 0x3ffff) * 2 ** ((bits >> 18) & 0x3f) }
  }
  return null
}

function readReports(packet: Buffer, from: number, count: number): Report[] {
  return Array.from({ length: count }, (_, i) => {
    const at = from + i * 24
    return {
      ssrc: packet.readUInt32BE(at),
      fractionLost: packet.readUInt8(at + 4),
      lost: packet.readIntBE(at + 5, 3),
      highest: packet.readUInt32BE(at + 8),
      jitter: packet.readUInt32BE(at + 12),
      lastReport: packet.readUInt32BE(at + 16),
      delay: packet.readUInt32BE(at + 20),
    }
  })
}

function readNack(packet: Buffer): number[] {
  const sequences: number[] = []
  for (let at = 12; at + 4 <= packet.length; at += 4) {
    const first = packet.readUInt16BE(at)
    const mask = packet.readUInt16BE(at + 2)
    sequences.push(first)
    for (let bit = 0; bit < 16; bit++) if (mask & (1 << bit)) sequences.push((first + bit + 1) & 0xffff)
  }
  return sequences
}

function start(type: number, count: number, length: number, ssrc: number): Buffer {
  const packet = Buffer.alloc(length)
  packet.writeUInt8(0x80 | count, 0)
  packet.writeUInt8(type, 1)
  packet.writeUInt16BE(length / 4 - 1, 2)
  packet.writeUInt32BE(ssrc, 4)
  return packet
}

function writeReports(packet: Buffer, from: number, reports: readonly Report[]): void {
  reports.forEach((report, i) => {
    const at = from + i * 24
    packet.writeUInt32BE(report.ssrc, at)
    packet.writeUInt8(report.fractionLost, at + 4)
    packet.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, report.lost)), at + 5, 3)
    packet.writeUInt32BE(report.highest >>> 0, at + 8)
    packet.writeUInt32BE(report.jitter >>> 0, at + 12)
    packet.writeUInt32BE(report.lastReport >>> 0, at + 16)
    packet.writeUInt32BE(report.delay >>> 0, at + 20)
  })
}

export type Sent = {
  readonly ssrc: number /** NTP, 64 bits. */
  readonly ntp: bigint
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

export function senderReport(sent: Sent, reports: readonly Report[]): Buffer {
  const packet = start(SR, reports.length, 28 + reports.length * 24, sent.ssrc)
  packet.writeBigUInt64BE(sent.ntp, 8)
  packet.writeUInt32BE(sent.timestamp, 16)
  packet.writeUInt32BE(sent.packets >>> 0, 20)
  packet.writeUInt32BE(sent.octets >>> 0, 24)
  writeReports(packet, 28, reports)
  return packet
}

export function receiverReport(ssrc: number, reports: readonly Report[]): Buffer {
  const packet = start(RR, reports.length, 8 + reports.length * 24, ssrc)
  writeReports(packet, 8, reports)
  return packet
}

/** SDES with a CNAME, which ties the streams of one sender together. */
export function sourceName(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname, 'latin1')
  const packet = start(SDES, 1, 8 + Math.ceil((name.length + 3) / 4) * 4, ssrc)
  packet.writeUInt8(1, 8)
  packet.writeUInt8(name.length, 9)
  name.copy(packet, 10)
  return packet
}

export function pictureLost(sender: number, media: number): Buffer {
  const packet = start(PSFB, 1, 12, sender)
  packet.writeUInt32BE(media, 8)
  return packet
}

/** @param sequences 16 bits each, rising */
export function sendAgain(sender: number, media: number, sequences: readonly number[]): Buffer {
  const pairs: Array<{ first: number; mask: number }> = []
  for (const sequence of sequences) {
    const last = pairs.at(-1)
    const ahead = last ? (sequence - last.first) & 0xffff : 0
    if (last && ahead >= 1 && ahead <= 16) last.mask |= 1 << (ahead - 1)
    else pairs.push({ first: sequence, mask: 0 })
  }
  const packet = start(RTPFB, 1, 12 + pairs.length * 4, sender)
  packet.writeUInt32BE(media, 8)
  pairs.forEach(({ first, mask }, i) => {
    packet.writeUInt16BE(first, 12 + i * 4)
    packet.writeUInt16BE(mask, 14 + i * 4)
  })
  return packet
}

/** Seconds since 1900 in 32.32 bits. @param epochMs milliseconds since 1970 */
export const ntpOf = (epochMs: number): bigint => {
  const micros = BigInt(Math.round(epochMs * 1000)) + 2_208_988_800_000_000n
  return (micros << 32n) / 1_000_000n
}

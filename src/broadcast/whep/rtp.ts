// rtp.ts — coded frames of a program as RTP, once for all who watch: H.264 (RFC 6184) and Opus (RFC 7587). Pure.
//
// Plain packets as a media worker makes them: 12 bytes of header, payload type 96 or 111. Numbers and sources of a viewer's own are written by
// the way to that viewer. Parameter sets go before every keyframe, whoever left them out.
import { unitsByStartCode } from '../cutter/h264.ts'

const HEADER = 12
/** Payload: what fits into 1200 bytes with the header. */
const MOST = 1188
const [PICTURE, SOUND] = [96, 111]
const [IDR, SPS, PPS, DELIMITER, FILLER, STAP_A, FU_A] = [5, 7, 8, 9, 12, 24, 28]
const PER_MS = { picture: 90, sound: 48 } as const

const kindOf = (unit: Uint8Array): number => (unit[0] ?? 0) & 31

/** One row of packets. @param time milliseconds, of whatever clock */
class Row {
  readonly #source: number
  readonly #type: number
  readonly #perMs: number
  #sequence = 0

  constructor(source: number, type: number, perMs: number) {
    this.#source = source
    this.#type = type
    this.#perMs = perMs
  }

  packet(time: number, isLast: boolean, ...payload: readonly Uint8Array[]): Buffer {
    const packet = Buffer.allocUnsafe(payload.reduce((sum, { length }) => sum + length, HEADER))
    packet.writeUInt8(0x80, 0)
    packet.writeUInt8((isLast ? 0x80 : 0) | this.#type, 1)
    packet.writeUInt16BE(this.#sequence, 2)
    packet.writeUInt32BE(Math.round(time * this.#perMs) % 2 ** 32, 4)
    packet.writeUInt32BE(this.#source, 8)
    let at = HEADER
    for (const piece of payload) {
      packet.set(piece, at)
      at += piece.length
    }
    this.#sequence = (this.#sequence + 1) & 0xffff
    return packet
  }
}

export class PictureRow {
  readonly #row: Row
  #sps: Uint8Array | null = null
  #pps: Uint8Array | null = null

  constructor(source: number) {
    this.#row = new Row(source, PICTURE, PER_MS.picture)
  }

  /** @param unit one access unit as a byte stream (annex B)  @param time milliseconds, not below 0 */
  take(unit: Uint8Array, time: number): Buffer[] {
    const units = this.#whole(unitsByStartCode(unit).filter((each) => each.length > 0 && ![DELIMITER, FILLER].includes(kindOf(each))))
    const packets: Buffer[] = []
    for (let at = 0; at < units.length; ) {
      const together = fitting(units, at)
      const isLast = at + together === units.length
      const [one = new Uint8Array()] = units.slice(at, at + together)
      if (together > 1) packets.push(this.#row.packet(time, isLast, ...stap(units.slice(at, at + together))))
      else if (one.length <= MOST) packets.push(this.#row.packet(time, isLast, one))
      else packets.push(...this.#pieces(one, time, isLast))
      at += together
    }
    return packets
  }

  #whole(units: readonly Uint8Array[]): readonly Uint8Array[] {
    const find = (kind: number) => units.find((each) => kindOf(each) === kind)
    const [sps, pps] = [find(SPS), find(PPS)]
    if (sps) this.#sps = sps.slice()
    if (pps) this.#pps = pps.slice()
    if (!find(IDR) || (sps && pps) || !this.#sps || !this.#pps) return units
    return [this.#sps, this.#pps, ...units.filter((each) => ![SPS, PPS].includes(kindOf(each)))]
  }

  #pieces(unit: Uint8Array, time: number, isLast: boolean): Buffer[] {
    const indicator = ((unit[0] ?? 0) & 0xe0) | FU_A
    const packets: Buffer[] = []
    for (let at = 1; at < unit.length; at += MOST - 2) {
      const isEnd = at + MOST - 2 >= unit.length
      const header = (at === 1 ? 0x80 : 0) | (isEnd ? 0x40 : 0) | kindOf(unit)
      packets.push(this.#row.packet(time, isLast && isEnd, Uint8Array.of(indicator, header), unit.subarray(at, at + MOST - 2)))
    }
    return packets
  }
}

/** How many units from here on fit into one packet. */
function fitting(units: readonly Uint8Array[], from: number): number {
  let bytes = 1
  let count = 0
  for (const { length } of units.slice(from)) {
    bytes += 2 + length
    if (bytes > MOST) break
    count++
  }
  return Math.max(1, count)
}

/** RFC 6184 §5.7.1: the importance of the whole is that of its most important. */
function stap(units: readonly Uint8Array[]): Uint8Array[] {
  const importance = Math.max(...units.map((unit) => (unit[0] ?? 0) & 0x60))
  return [Uint8Array.of(importance | STAP_A), ...units.flatMap((unit) => [Uint8Array.of(unit.length >> 8, unit.length & 255), unit])]
}

export class SoundRow {
  readonly #row: Row

  constructor(source: number) {
    this.#row = new Row(source, SOUND, PER_MS.sound)
  }

  /** @param packet one of Opus */
  take(packet: Uint8Array, time: number): Buffer {
    return this.#row.packet(time, false, packet)
  }
}

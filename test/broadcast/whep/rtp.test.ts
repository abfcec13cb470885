// Frames as RTP: what a depacketizer by the letter of RFC 6184 puts together is what was put in.
import { expect, test } from 'vitest'
import { unitsByStartCode } from '../../../src/broadcast/cutter/h264.ts'
import { PictureRow, SoundRow } from '../../../src/broadcast/whep/rtp.ts'
import { beginsAnew } from '../../../src/call/adapt/key.ts'

const unit = (kind: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x60 | kind : (i % 250) + 1))
const stream = (...units: Uint8Array[]): Uint8Array => Uint8Array.from(units.flatMap((each) => [0, 0, 0, 1, ...each]))
const [SPS, PPS, IDR, SLICE] = [unit(7, 20), unit(8, 6), unit(5, 5000), unit(1, 900)]

/** RFC 6184 §5.6 to §5.8. */
function unpacked(packets: readonly Buffer[]): Uint8Array[] {
  const units: Uint8Array[] = []
  for (const packet of packets) {
    const body = packet.subarray(12)
    const kind = (body[0] ?? 0) & 31
    if (kind === 24)
      for (let at = 1; at < body.length; at += 2 + body.readUInt16BE(at)) units.push(body.subarray(at + 2, at + 2 + body.readUInt16BE(at)))
    else if (kind === 28) {
      const [indicator = 0, header = 0] = body
      if (header & 0x80) units.push(Uint8Array.of((indicator & 0xe0) | (header & 31)))
      units.push(Buffer.concat([units.pop() ?? new Uint8Array(), body.subarray(2)]))
    } else units.push(body)
  }
  return units
}
const plain = (units: readonly Uint8Array[]) => units.map((each) => [...each])

test('a keyframe comes with its parameter sets in front, in packets of at most 1200 bytes, the last one marked', () => {
  const packets = new PictureRow(7).take(stream(unit(9, 2), SPS, PPS, IDR), 1000)
  expect(plain(unpacked(packets))).toEqual(plain([SPS, PPS, IDR]))
  expect(Math.max(...packets.map(({ length }) => length))).toBeLessThanOrEqual(1200)
  expect(packets.map((packet) => packet.readUInt8(1))).toEqual([...packets.slice(1).map(() => 96), 96 | 0x80])
  expect(packets.map((packet) => packet.readUInt16BE(2))).toEqual(packets.map((_, i) => i))
  expect(new Set(packets.map((packet) => packet.readUInt32BE(4)))).toEqual(new Set([90_000]))
  expect(packets.map((packet) => beginsAnew(packet))[0]).toBe(true)
})

test('parameter sets that an encoder says once only go before every keyframe', () => {
  const row = new PictureRow(7)
  row.take(stream(SPS, PPS, IDR), 0)
  expect(plain(unpacked(row.take(stream(SLICE), 33)))).toEqual(plain([SLICE]))
  expect(plain(unpacked(row.take(stream(IDR), 66)))).toEqual(plain([SPS, PPS, IDR]))
})

test('slices of a size share packets or have their own, and never lose a byte', () => {
  for (const length of [1, 2, 1183, 1184, 1185, 1187, 1188, 1189, 1190, 2372, 2373, 2374, 2375]) {
    const units = [unit(1, length), unit(1, length), unit(1, 3)]
    const packets = new PictureRow(1).take(stream(...units), 0)
    expect(plain(unpacked(packets))).toEqual(plain(unitsByStartCode(stream(...units))))
    expect(Math.max(...packets.map((packet) => packet.length))).toBeLessThanOrEqual(1200)
  }
})

test('nothing in it gives nothing; numbers and times go round', () => {
  const row = new PictureRow(1)
  expect(row.take(new Uint8Array([1, 2, 3]), 0)).toEqual([])
  let last = 0
  for (let i = 0; i < 65_540; i++) last = row.take(stream(unit(1, 3)), 0)[0]?.readUInt16BE(2) ?? -1
  expect(last).toBe(3)
  const late = new SoundRow(1).take(Uint8Array.of(1), 2 ** 32 / 48 + 1000)
  expect([late.readUInt32BE(4), late.readUInt8(1)]).toEqual([48_000, 111])
})

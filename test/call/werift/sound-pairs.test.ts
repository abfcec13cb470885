// Two packets of sound in one: both are heard, numbers have no gaps, and nothing that waited too long is heard at all.
import { describe, expect, test } from 'vitest'
import { Narrow } from '../../../src/call/adapt/narrow.ts'
import { Outgoing } from '../../../src/call/werift/outgoing.ts'
import { Pairs, paired } from '../../../src/call/werift/sound-pairs.ts'
import { rtp } from './kit.ts'

const KIND = 0b1111_0100 // CELT, fullband, 10 ms, two channels, one frame
const frame = (length: number, fill: number, kind = KIND): Buffer => Buffer.concat([Buffer.from([kind]), Buffer.alloc(length, fill)])

/** The frames of a packet (RFC 6716 §3.2), read in another way than they are written. */
function framesOf(packet: Buffer): Buffer[] {
  const code = packet.readUInt8(0) & 3
  if (code === 0) return [packet.subarray(1)]
  if (code === 1) return [packet.subarray(1, 1 + (packet.length - 1) / 2), packet.subarray(1 + (packet.length - 1) / 2)]
  const one = packet.readUInt8(1)
  const [at, length] = one < 252 ? [2, one] : [3, one + 4 * packet.readUInt8(2)]
  return [packet.subarray(at, at + length), packet.subarray(at + length)]
}

describe('a packet of two', () => {
  test.each([
    [50, 50],
    [50, 61],
    [0, 7],
    [251, 3],
    [252, 3],
    [255, 255],
    [256, 1],
    [1275, 1275],
    [1275, 1274],
    [1013, 40],
  ])('of %i and %i bytes holds both as they were', (a, b) => {
    const both = paired(frame(a, 1), frame(b, 2))
    expect(both && framesOf(both).map((one) => [one.length, new Set(one).size <= 1])).toEqual([
      [a, true],
      [b, true],
    ])
    expect(both && both.readUInt8(0) & ~3).toBe(KIND)
    expect(both?.at(-1)).toBe(b > 0 ? 2 : 1)
  })

  test('is not made of two kinds, of what holds several already, of nothing, or of too much', () => {
    expect(paired(frame(5, 1), frame(5, 1, KIND ^ 0b100))).toBeNull()
    expect(paired(frame(5, 1, KIND | 1), frame(5, 1, KIND | 1))).toBeNull()
    expect(paired(Buffer.alloc(0), Buffer.alloc(0))).toBeNull()
    expect(paired(frame(1276, 1), frame(3, 1))).toBeNull()
  })
})

/** What went of packets that each are 10 ms and hold their own number. */
function went(pairs: Pairs, numbers: readonly number[], turn: (number: number) => void = () => {}) {
  return numbers.flatMap((number) => {
    turn(number)
    const packet = pairs.take(7, number & 0xffff, number * 480, false, frame(3, number & 0xff))
    return packet ? [{ sequence: pairs.sequence, at: pairs.timestamp / 480, holds: framesOf(packet).map((one) => one[0]) }] : []
  })
}

describe('a stream', () => {
  test('goes packet by packet where there is room', () => {
    expect(went(new Pairs(), [1, 2, 3])).toEqual([1, 2, 3].map((i) => ({ sequence: i, at: i, holds: [i] })))
  })

  test('goes in pairs on a narrow way, with numbers that rise by one', () => {
    const pairs = new Pairs()
    pairs.isOn = true
    expect(went(pairs, [1, 2, 3, 4, 5, 6])).toEqual([
      { sequence: 1, at: 1, holds: [1, 2] },
      { sequence: 2, at: 3, holds: [3, 4] },
      { sequence: 3, at: 5, holds: [5, 6] },
    ])
  })

  test('changes over without a gap, at any moment', () => {
    for (const moment of [2, 3, 4, 5]) {
      const pairs = new Pairs()
      const all = went(pairs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (number) => {
        pairs.isOn = number >= moment && number < moment + 3
      })
      expect(all.flatMap(({ holds }) => holds)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, i) => i + 1))
    }
  })

  test('goes on over the end of its numbers', () => {
    const pairs = new Pairs()
    pairs.isOn = true
    expect(went(pairs, [65534, 65535, 65536, 65537]).map(({ sequence, holds }) => [sequence, holds.length])).toEqual([
      [65534, 2],
      [65535, 2],
    ])
  })

  test('shows what was lost before as lost, and sends what waited for it alone', () => {
    const pairs = new Pairs()
    pairs.isOn = true
    expect(went(pairs, [1, 3, 4])).toEqual([
      { sequence: 1, at: 1, holds: [1] },
      { sequence: 3, at: 3, holds: [3, 4] },
    ])
  })

  test('after a silence, what waited is not heard any more', () => {
    const pairs = new Pairs()
    pairs.isOn = true
    expect(went(pairs, [1, 2, 3, 500, 501])).toEqual([
      { sequence: 1, at: 1, holds: [1, 2] },
      { sequence: 498, at: 500, holds: [500 & 0xff, 501 & 0xff] },
    ])
  })
})

test('on a line, pairs have numbers and times without gaps', () => {
  const outgoing = new Outgoing('audio')
  outgoing.agree({ payloadType: 111, red: null, repair: null, fmtp: '', midId: 0, twccId: 0 })
  outgoing.pairs.isOn = true
  const packet = Buffer.alloc(2048)
  const sent: Array<readonly [number, number]> = []
  const way = { packet, send: () => void sent.push([packet.readUInt16BE(2), packet.readUInt32BE(4)]) }
  for (let i = 0; i < 100; i++)
    expect(outgoing.take(rtp({ sequence: i, timestamp: i * 480, payload: frame(40 + (i % 5), i) }), i * 10, way)).toBe(true)
  expect(sent).toHaveLength(50)
  const [first] = sent
  expect(sent.map(([sequence, timestamp]) => [(sequence - (first?.[0] ?? 0)) & 0xffff, (timestamp - (first?.[1] ?? 0)) >>> 0])).toEqual(
    sent.map((_, i) => [i, i * 960]),
  )
})

test('a way is narrow below 250 kb/s, until it carries 320', () => {
  const narrow = new Narrow()
  expect([400_000, 260_000, 240_000, 300_000, 330_000, 260_000].map((bps) => narrow.is(bps))).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
  ])
})

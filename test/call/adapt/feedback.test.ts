// Transport-wide feedback as a sender reads it: every kind of chunk, both wraps, and whatever a hostile peer may say.
import { describe, expect, test } from 'vitest'
import { LOST, readFeedback } from '../../../src/call/adapt/feedback.ts'
import { NO_CLUSTER } from '../../../src/call/adapt/result.ts'
import { SentPackets } from '../../../src/call/adapt/sent.ts'
import { TwccReceiver } from '../../../src/call/werift/twcc.ts'
import { chances } from '../../fake/dice.ts'

type Said = { base?: number; count?: number; reference?: number; number?: number; chunks: number[]; deltas?: number[]; cut?: number }

/** One packet written from the draft, §3.1. A delta over 255 or under 0 takes two bytes. */
function said({ base = 0, count = 0, reference = 0, number = 0, chunks, deltas = [], cut = 0 }: Said): Buffer {
  const bytes: number[] = []
  for (const chunk of chunks) bytes.push(chunk >> 8, chunk & 0xff)
  for (const delta of deltas) {
    if (delta >= 0 && delta < 256) bytes.push(delta)
    else bytes.push((delta >> 8) & 0xff, delta & 0xff)
  }
  const padding = (4 - (bytes.length % 4)) % 4
  for (let i = 1; i <= padding; i++) bytes.push(i === padding ? padding : 0)
  const packet = Buffer.alloc(20 + bytes.length)
  packet[0] = 0x80 | (padding ? 0x20 : 0) | 15
  packet[1] = 205
  packet.writeUInt16BE(packet.length / 4 - 1, 2)
  packet.writeUInt16BE(base, 12)
  packet.writeUInt16BE(count, 14)
  packet.writeUIntBE(reference, 16, 3)
  packet[19] = number
  packet.set(bytes, 20)
  return packet.subarray(0, packet.length - cut)
}

const run = (status: number, length: number): number => (status << 13) | length
const ones = (...bits: number[]): number => bits.reduce((all, bit, i) => all | (bit << (13 - i)), 0x8000)
const twos = (...symbols: number[]): number => symbols.reduce((all, symbol, i) => all | (symbol << (12 - 2 * i)), 0xc000)

describe('what is read', () => {
  test('a run of those that came', () => {
    const told = readFeedback(said({ base: 5, count: 3, reference: 9, number: 200, chunks: [run(1, 3)], deltas: [1, 2, 3] }))
    expect(told).toEqual({ base: 5, reference: 9, count: 200, ticks: [1, 3, 6] })
  })

  test('a run of those that did not, and of large deltas', () => {
    const told = readFeedback(said({ count: 5, chunks: [run(0, 3), run(2, 2)], deltas: [300, -40] }))
    expect(told?.ticks).toEqual([LOST, LOST, LOST, 300, 260])
  })

  test('fourteen of one bit, the filling behind the count left out', () => {
    const told = readFeedback(said({ count: 4, chunks: [ones(1, 0, 0, 1, 1, 1)], deltas: [7, 8] }))
    expect(told?.ticks).toEqual([7, LOST, LOST, 15])
  })

  test('seven of two bits', () => {
    const told = readFeedback(said({ count: 7, chunks: [twos(1, 2, 0, 1, 2, 0, 1)], deltas: [10, -300, 5, 1000, 0] }))
    expect(told?.ticks).toEqual([10, -290, LOST, -285, 715, LOST, 715])
  })

  test('several chunks of all kinds, one after the other', () => {
    const told = readFeedback(said({ count: 25, chunks: [run(1, 2), ones(0, 1), twos(1, 1), run(0, 2)], deltas: [1, 1, 1, 1, 1] }))
    expect(told?.ticks.filter((tick) => tick !== LOST)).toEqual([1, 2, 3, 4, 5])
    expect(told?.ticks.length).toBe(25)
  })
})

describe('what is refused', () => {
  test.each([
    ['a count of none', said({ count: 0, chunks: [run(1, 1)], deltas: [1] })],
    ['more than anybody has on the way', said({ count: 9000, chunks: [run(0, 8191), run(0, 809)] })],
    ['fewer statuses than promised', said({ count: 30, chunks: [run(0, 3)] })],
    ['a run of none, which would never end', said({ count: 3, chunks: [run(1, 0), run(0, 3)] })],
    ['the status that is reserved, in a run', said({ count: 2, chunks: [run(3, 2)], deltas: [1, 1, 1, 1, 1, 1] })],
    ['and in seven of two bits', said({ count: 2, chunks: [twos(3, 1)], deltas: [1, 1, 1, 1, 1, 1] })],
    ['deltas that are not there', said({ count: 8, chunks: [run(2, 8)], deltas: [1] })],
    ['padding that is a lie', said({ count: 1, chunks: [run(1, 1)], deltas: [255], cut: 1 })],
    ['a head alone', said({ count: 1, chunks: [] })],
    ['half a head', said({ count: 1, chunks: [], cut: 4 })],
    ['another kind of packet', Buffer.alloc(40, 0x81)],
  ])('%s', (_why, packet) => {
    expect(readFeedback(packet)).toBeNull()
  })

  test('50,000 packets of noise: never an exception, never more statuses than the limit', () => {
    const random = chances(4)
    for (let n = 0; n < 50_000; n++) {
      const packet = Buffer.from(Array.from({ length: 12 + Math.floor(random() * 60) }, () => Math.floor(random() * 256)))
      packet[0] = random() < 0.5 ? 0x8f : 0xaf
      packet[1] = 205
      const told = readFeedback(packet)
      if (told) expect(told.ticks.length).toBeLessThanOrEqual(8192)
    }
  })
})

/** Sends some, with a receiver at the other end that all but the lost ones reach 30 ms later. */
function exchange(count: number, lost: (i: number) => boolean, first = 0, start = 1000) {
  const sent = new SentPackets()
  const receiver = new TwccReceiver()
  for (let i = 0; i < first; i++) sent.stamp(0, 100, NO_CLUSTER)
  for (let i = 0; i < count; i++) {
    const number = sent.stamp(start + i, 1000 + (i % 7), i % 3)
    if (!lost(i)) receiver.saw(number, (start + i + 30) * 1000)
  }
  const packets: Buffer[] = []
  for (let packet = receiver.feedback(1, 2); packet; packet = receiver.feedback(1, 2)) packets.push(packet)
  return { sent, packets, results: packets.flatMap((packet) => sent.resolve(readFeedback(packet) ?? never())) }
}
const never = (): never => {
  throw new Error('our own feedback is malformed')
}

describe('what became of each packet', () => {
  test('times, sizes and clusters come back as they were, and the lost ones are told', () => {
    const { results } = exchange(100, (i) => i % 10 === 3)
    expect(results.length).toBe(100)
    results.forEach((result, i) => {
      const cameAt = i % 10 === 3 ? null : 1030 + i
      expect(result).toEqual({ sentAt: 1000 + i, cameAt, bytes: 1000 + (i % 7), cluster: i % 3, late: false })
    })
  })

  test('over the wrap of the number at 16 bits', () => {
    const { results } = exchange(400, () => false, 65_400)
    expect(results.map(({ sentAt }) => sentAt)).toEqual(Array.from({ length: 400 }, (_, i) => 1000 + i))
  })

  test('over the wrap of the reference time at 24 bits', () => {
    const sent = new SentPackets()
    const numbers = [sent.stamp(1, 100, NO_CLUSTER), sent.stamp(2, 100, NO_CLUSTER)]
    const times = [0xffffff, 0].flatMap((reference, i) => {
      const told = readFeedback(said({ base: numbers[i] ?? 0, count: 1, reference, chunks: [run(1, 1)], deltas: [4] }))
      return sent.resolve(told ?? never()).map(({ cameAt }) => cameAt ?? 0)
    })
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(64)
  })

  test('told lost and come after all: said once more, as late', () => {
    const sent = new SentPackets()
    sent.stamp(1, 100, NO_CLUSTER)
    const lost = { base: 0, count: 1, chunks: [run(0, 1)] }
    const came = { base: 0, count: 1, chunks: [run(1, 1)], deltas: [9] }
    const tell = (what: Said) => sent.resolve(readFeedback(said(what)) ?? never())
    expect(tell(lost)).toMatchObject([{ cameAt: null, late: false }])
    expect(tell(lost)).toEqual([])
    expect(tell(came)).toMatchObject([{ cameAt: 2.25, late: true }])
    expect(tell(came)).toEqual([])
  })

  test('what was never sent, what is long ago, what was told before: nothing, and counted', () => {
    const { sent, packets } = exchange(10, () => false)
    const strange = sent.strange
    for (const packet of packets) expect(sent.resolve(readFeedback(packet) ?? never())).toEqual([])
    expect(sent.strange).toBe(strange + 10)
    const ahead = readFeedback(said({ base: 5000, count: 8000, chunks: [run(0, 8000)] })) ?? never()
    expect(sent.resolve(ahead)).toEqual([])
    for (let i = 0; i < 5000; i++) sent.stamp(1, 1, NO_CLUSTER)
    expect(sent.resolve(readFeedback(said({ base: 0, count: 9, chunks: [run(0, 9)] })) ?? never())).toEqual([])
  })
})

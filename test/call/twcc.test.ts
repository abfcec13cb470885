// twcc.test.ts — our transport-wide feedback: bytes worked out by hand from the draft, and a reader of the draft's own for the rest.
import { describe, expect, test } from 'vitest'
import { TwccReceiver } from '../../src/call/rtc/twcc.ts'

const MEDIA = 0x01020304
const hex = (packets: readonly Buffer[]): string[] => packets.map((packet) => packet.toString('hex'))

/** Hexadecimal digits, set apart for the eye. */
const bare = (text: string): string => text.replaceAll(' ', '')

/** What a feedback packet says: arrival in ms (modulo the reference time) by sequence number, null for what did not come. */
function read(packet: Buffer): { count: number; said: Map<number, number | null> } {
  expect([packet.readUInt8(0) & 0xdf, packet.readUInt8(1), (packet.readUInt16BE(2) + 1) * 4]).toEqual([0x8f, 205, packet.length])
  const [base, total, reference] = [packet.readUInt16BE(12), packet.readUInt16BE(14), packet.readIntBE(16, 3)]
  const symbols: number[] = []
  let at = 20
  for (; symbols.length < total; at += 2) {
    const chunk = packet.readUInt16BE(at)
    if (chunk < 0x8000) for (let i = 0; i < (chunk & 0x1fff); i++) symbols.push(chunk >> 13)
    else if (chunk < 0xc000) for (let i = 13; i >= 0; i--) symbols.push((chunk >> i) & 1)
    else for (let i = 6; i >= 0; i--) symbols.push((chunk >> (2 * i)) & 3)
  }
  let ticks = reference * 256
  const said = new Map<number, number | null>()
  for (let i = 0; i < total; i++) {
    const symbol = symbols[i]
    if (symbol === 1) ticks += packet.readUInt8(at)
    if (symbol === 2) ticks += packet.readInt16BE(at)
    at += symbol ?? 0
    said.set((base + i) & 0xffff, symbol === 0 ? null : ticks / 4)
  }
  const padding = packet.readUInt8(0) & 0x20 ? packet.readUInt8(packet.length - 1) : 0
  expect(at + padding).toBe(packet.length)
  return { count: packet.readUInt8(19), said }
}

describe('golden bytes', () => {
  test('three that came 0, 1 and 2 ms after 64 ms: one run, three small deltas, three bytes of padding', () => {
    const twcc = new TwccReceiver(1)
    for (const [i, at] of [64, 65, 66].entries()) twcc.arrived(100 + i, at)
    expect(hex(twcc.feedback(MEDIA))).toEqual(['afcd0006 00000001 01020304 00640003 00000100 2003 000404 000003'].map(bare))
  })

  test('one lost between: a vector of one bit', () => {
    const twcc = new TwccReceiver(1)
    for (const [sequence, at] of [
      [7, 128],
      [9, 130],
      [10, 130],
    ] as const)
      twcc.arrived(sequence, at)
    // 1011 0000 0000 00 behind the bit that says vector; deltas 0, 8 ticks, 0
    expect(hex(twcc.feedback(MEDIA))).toEqual(['afcd0006 00000001 01020304 00070004 00000200 ac00 000800 000003'].map(bare))
  })

  test('more than 63.75 ms between two: a large delta, and a vector of two bits', () => {
    const twcc = new TwccReceiver(1)
    twcc.arrived(1, 64)
    twcc.arrived(2, 164)
    // 01 10 and five times 00; deltas 0 in one byte and 400 ticks in two
    expect(hex(twcc.feedback(MEDIA))).toEqual(['afcd0006 00000001 01020304 00010002 00000100 d800 000190 000003'].map(bare))
  })
})

describe('what it says', () => {
  const all = (packets: readonly Buffer[]) => new Map(packets.flatMap((packet) => [...read(packet).said]))

  test('nothing when nothing came', () => expect(new TwccReceiver(1).feedback(MEDIA)).toEqual([]))

  test('each arrival to a quarter of a millisecond, over the end of the numbers, over loss, disorder and long pauses', () => {
    const twcc = new TwccReceiver(1)
    const arrivals = new Map<number, number>()
    let [now, seed] = [1000, 7]
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const said = new Map<number, number | null>()
    const order = Array.from({ length: 4000 }, (_, i) => i + (random() < 0.1 ? 3 : 0.5)).map((key, i) => ({ key, i }))
    for (const { i } of order.sort((a, b) => a.key - b.key)) {
      now += random() < 0.002 ? 9000 : random() * 4
      if (random() < 0.05) continue
      const sequence = (65_000 + i) & 0xffff
      arrivals.set(sequence, now)
      twcc.arrived(sequence, now)
      if (random() < 0.04) for (const [s, at] of all(twcc.feedback(MEDIA))) if (at !== null) said.set(s, at)
    }
    for (const [s, at] of all(twcc.feedback(MEDIA))) if (at !== null) said.set(s, at)
    expect(said.size).toBe(arrivals.size)
    for (const [sequence, at] of arrivals) expect(Math.abs((said.get(sequence) ?? 0) - Math.floor(at * 4) / 4)).toBe(0)
  })

  test('packets are counted, modulo 256, so that the peer sees when one of them is lost', () => {
    const twcc = new TwccReceiver(1)
    const counts = Array.from({ length: 300 }, (_, i) => {
      twcc.arrived(i, 100 + i)
      return twcc.feedback(MEDIA).map((packet) => read(packet).count)
    })
    expect(counts.flat()).toEqual(Array.from({ length: 300 }, (_, i) => i & 0xff))
  })

  test('a peer that begins anew is followed, and what it left behind is not asked for', () => {
    const twcc = new TwccReceiver(1)
    twcc.arrived(10, 100)
    twcc.feedback(MEDIA)
    twcc.arrived(30_000, 200)
    expect([...all(twcc.feedback(MEDIA))]).toEqual([[30_000, 200]])
  })

  test('a hostile peer makes no packet longer than a thousand statuses', () => {
    const twcc = new TwccReceiver(1)
    for (let i = 0; i < 20; i++) twcc.arrived(i * 3000, 100 + i)
    for (const packet of twcc.feedback(MEDIA)) expect(packet.length).toBeLessThan(1200)
  })
})

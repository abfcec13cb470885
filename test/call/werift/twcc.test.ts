// Feedback is byte for byte what draft-holmer-rmcat-transport-wide-cc-extensions-01 says, through loss, disorder, wrap and silence.
import { describe, expect, test } from 'vitest'
import { TwccReceiver } from '../../../src/call/werift/twcc.ts'

const ms = (n: number) => n * 1000
const tell = (receiver: TwccReceiver) => receiver.feedback(0x11111111, 0x22222222)?.toString('hex') ?? null

type Told = { base: number; count: number; reference: number; times: Map<number, number | null> }

/** A reader of its own, straight from the draft: sequence numbers with arrival times in ms, null for lost. */
function read(packet: Buffer): Told {
  expect(packet.readUInt8(0) & 0x1f).toBe(15)
  expect(packet.readUInt8(1)).toBe(205)
  expect((packet.readUInt16BE(2) + 1) * 4).toBe(packet.length)
  const padding = packet.readUInt8(0) & 0x20 ? packet.readUInt8(packet.length - 1) : 0
  const base = packet.readUInt16BE(12)
  const count = packet.readUInt16BE(14)
  const reference = packet.readUIntBE(16, 3)
  const symbols: number[] = []
  let at = 20
  while (symbols.length < count) {
    const chunk = packet.readUInt16BE(at)
    at += 2
    if (chunk < 0x8000) for (let i = 0; i < (chunk & 0x1fff); i++) symbols.push(chunk >> 13)
    else if (chunk & 0x4000) for (let i = 6; i >= 0; i--) symbols.push((chunk >> (2 * i)) & 3)
    else for (let i = 13; i >= 0; i--) symbols.push((chunk >> i) & 1)
  }
  const times = new Map<number, number | null>()
  let time = reference * 64
  for (let i = 0; i < count; i++) {
    const symbol = symbols[i]
    const delta = symbol === 1 ? packet.readUInt8(at) : symbol === 2 ? packet.readInt16BE(at) : 0
    at += symbol ?? 0
    time += delta / 4
    times.set((base + i) & 0xffff, symbol === 0 ? null : time)
  }
  expect(at + padding, 'nothing behind the deltas but padding').toBe(packet.length)
  return { base, count, reference, times }
}

describe('golden bytes', () => {
  test('three packets in a row', () => {
    const receiver = new TwccReceiver()
    receiver.saw(5, ms(64))
    receiver.saw(6, ms(65))
    receiver.saw(7, ms(70.25))
    // base 5, count 3, reference 1, feedback 0; run of 3 small; deltas 0, 1 ms, 5.25 ms; 3 bytes of padding
    expect(tell(receiver)).toBe('afcd0006' + '1111111122222222' + '00050003' + '00000100' + '2003' + '000415' + '000003')
    expect(tell(receiver), 'said once').toBeNull()
  })

  test('a lost one, and one that came before its elder', () => {
    const receiver = new TwccReceiver()
    receiver.saw(100, ms(128))
    receiver.saw(103, ms(130))
    receiver.saw(102, ms(131))
    // symbols: small, lost, small, large (−1 ms): seven of two bits. 102 came at 131 (3 ms = 12), 103 at 130 (−4)
    const chunk = (0xc000 | (1 << 12) | (0 << 10) | (1 << 8) | (2 << 6)).toString(16)
    expect(tell(receiver)).toBe(`afcd000611111111222222220064000400000200${chunk}000cfffc0002`)
  })
})

describe('what is read is what happened', () => {
  test('loss, disorder and pauses, over the wrap of the sequence number', () => {
    const receiver = new TwccReceiver()
    const arrivals = new Map<number, number>()
    let time = 1000
    let seed = 7
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return seed / 2 ** 32
    }
    const order: number[] = []
    for (let i = 0; i < 3000; i++)
      if (random() > 0.1) order.splice(Math.max(0, order.length - Math.floor(random() * 3)), 0, (65000 + i) & 0xffff)
    const told = new Map<number, number | null>()
    order.forEach((sequence, i) => {
      time += Math.round(random() * 60) / 4
      arrivals.set(sequence, time)
      receiver.saw(sequence, ms(time))
      if (i % 37 !== 36 && i !== order.length - 1) return
      for (let packet = receiver.feedback(1, 2); packet; packet = receiver.feedback(1, 2))
        for (const [number, at] of read(packet).times) if (at !== null || !told.has(number)) told.set(number, at)
    })
    for (const [sequence, at] of arrivals) if (told.has(sequence)) expect(told.get(sequence), `${sequence}`).toBe(at)
    expect([...told.values()].filter((at) => at !== null).length).toBeGreaterThan(order.length - 40)
    for (const [sequence, at] of told) if (at === null) expect(arrivals.has(sequence), `${sequence} was told lost`).toBe(false)
  })

  test('a pause longer than a delta can say begins a packet of its own', () => {
    const receiver = new TwccReceiver()
    receiver.saw(1, ms(0))
    receiver.saw(2, ms(20_000))
    const first = read(receiver.feedback(1, 2) ?? Buffer.alloc(0))
    const second = read(receiver.feedback(1, 2) ?? Buffer.alloc(0))
    expect([first.base, first.times.get(1)]).toEqual([1, 0])
    expect([second.base, second.times.get(2)]).toEqual([2, 20_000])
  })

  test('a hole of hundreds is told in few bytes, and a leap begins anew', () => {
    const receiver = new TwccReceiver()
    receiver.saw(10, ms(0))
    receiver.saw(910, ms(1))
    const packet = receiver.feedback(1, 2) ?? Buffer.alloc(0)
    expect(packet.length).toBeLessThan(40)
    const came = [...read(packet).times].filter(([, at]) => at !== null).map(([number]) => number)
    expect(came).toEqual([10, 910])
    receiver.saw(40_000, ms(2))
    const after = read(receiver.feedback(1, 2) ?? Buffer.alloc(0))
    expect([after.base, after.count]).toEqual([40_000, 1])
  })

  test('what comes late is told again from there; what comes much too late is left', () => {
    const receiver = new TwccReceiver()
    for (const sequence of [1000, 1001, 1003]) receiver.saw(sequence, ms(sequence))
    receiver.feedback(1, 2)
    receiver.saw(1002, ms(1010))
    const late = read(receiver.feedback(1, 2) ?? Buffer.alloc(0))
    expect(late.times.get(1002)).toBe(1010)
    receiver.saw(400, ms(1020))
    expect(receiver.feedback(1, 2)).toBeNull()
  })

  test('feedback is numbered, and the reference time wraps at 24 bits', () => {
    const receiver = new TwccReceiver()
    const numbers = [1, 2, 3].map((sequence) => {
      receiver.saw(sequence, ms(2 ** 24 * 64 + 640 + sequence))
      const packet = receiver.feedback(1, 2) ?? Buffer.alloc(20)
      expect(packet.readUIntBE(16, 3)).toBe(10)
      return packet.readUInt8(19)
    })
    expect(numbers).toEqual([0, 1, 2])
  })

  test('a sender that counts wildly gets little said', () => {
    const receiver = new TwccReceiver()
    for (let i = 0; i < 50_000; i++) receiver.saw((i * 7919) & 0xffff, ms(i))
    let packets = 0
    while (receiver.feedback(1, 2)) packets++
    expect(packets).toBeLessThan(5)
    expect(receiver.waiting).toBe(false)
  })
})

// incoming.test.ts — what our workers are given of what came over a line.
import { expect, test } from 'vitest'
import { Incoming } from '../../src/call/rtc/incoming.ts'
import { extend, Window } from '../../src/call/rtc/window.ts'

const heard = (sequence: number, { ssrc = 5, payload = Buffer.from('frame') } = {}) => ({
  marker: true,
  sequence,
  timestamp: 9000,
  ssrc,
  payload,
})
const numbers = (incoming: Incoming, sequences: readonly number[]) =>
  sequences.map((sequence) => {
    const packet = incoming.take(heard(sequence))
    return typeof packet === 'string' ? packet : packet.readUInt16BE(2)
  })

test('a plain header of twelve bytes, our payload type, the rest as it came', () => {
  const packet = new Incoming(96).take(heard(0x1234))
  expect(packet).toEqual(Buffer.from(`80e0${'1234'}${'00002328'}${'00000005'}${Buffer.from('frame').toString('hex')}`, 'hex'))
})

test('what has no payload was padding', () => expect(new Incoming(96).take(heard(1, { payload: Buffer.alloc(0) }))).toBe('padding'))

test('nothing passes twice, late ones pass once, also from before the first and over the end of the numbers', () => {
  expect(numbers(new Incoming(96), [3, 4, 4, 1, 1, 2, 3])).toEqual([3, 4, 'duplicate', 1, 'duplicate', 2, 'duplicate'])
  expect(numbers(new Incoming(96), [65_534, 65_535, 0, 1, 65_535, 0])).toEqual([65_534, 65_535, 0, 1, 'duplicate', 'duplicate'])
  expect(numbers(new Incoming(96), [0, 65_535, 65_535, 1])).toEqual([0, 65_535, 'duplicate', 1])
})

test('what is too old to know is taken for a double', () => expect(numbers(new Incoming(96), [5000, 3000])).toEqual([5000, 'duplicate']))

test('another source begins anew', () => {
  const incoming = new Incoming(111)
  incoming.take(heard(7))
  expect(incoming.take(heard(7, { ssrc: 6 }))).toBeInstanceOf(Buffer)
})

test('a window forgets what it has moved past, and jumps far without remembering ghosts', () => {
  const window = new Window()
  for (const index of [10, 11, 13]) window.add(index)
  expect([10, 11, 12, 13, 14].map((index) => window.isFresh(index))).toEqual([false, false, true, false, true])
  window.add(5000)
  expect([13, 3976, 3977, 4999].map((index) => window.isFresh(index))).toEqual([false, false, true, true])
})

test('numbers are extended to the nearest', () => {
  expect([extend(-1, 7), extend(65_535, 0), extend(65_536, 65_535), extend(100_000, 34_464), extend(10, 65_530)]).toEqual([
    7, 65_536, 65_535, 100_000, 65_530,
  ])
})

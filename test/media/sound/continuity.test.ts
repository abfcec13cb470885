// continuity.test.ts — the numbers of a stream run on, whatever happens to its source.
import { expect, test } from 'vitest'
import { Continuity } from '../../../src/media/sound/continuity.ts'

function packet(sequence: number, timestamp: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes[0] = 0x80
  bytes[1] = 111
  bytes.writeUInt16BE(sequence & 0xffff, 2)
  bytes.writeUInt32BE(timestamp >>> 0, 4)
  return bytes
}
const numbers = (p: Buffer) => [p.readUInt16BE(2), p.readUInt32BE(4), (p[1] ?? 0) >> 7]

test('one piece passes as it is, but for the marker of its first packet', () => {
  const line = new Continuity()
  expect(numbers(line.pass(packet(65_535, 2 ** 32 - 480), 1000))).toEqual([65_535, 2 ** 32 - 480, 1])
  expect(numbers(line.pass(packet(0, 0), 1010))).toEqual([0, 0, 0])
  expect(numbers(line.pass(packet(1, 480), 1020))).toEqual([1, 480, 0])
})

test('after a second of mute the next sequence number follows, a second later by timestamp', () => {
  const line = new Continuity()
  line.pass(packet(10, 4800), 1000)
  line.cut()
  expect(numbers(line.pass(packet(110, 52_800), 2000))).toEqual([11, 4800 + 48_000, 1])
  expect(numbers(line.pass(packet(111, 53_280), 2010))).toEqual([12, 4800 + 48_480, 0])
})

test('another source with numbers of its own goes on where the first ended', () => {
  const line = new Continuity()
  line.pass(packet(10, 4800), 1000)
  line.cut()
  expect(numbers(line.pass(packet(40_000, 7), 1003))).toEqual([11, 5280, 1])
  expect(numbers(line.pass(packet(40_002, 967), 1023))).toEqual([13, 5280 + 960, 0])
  expect(numbers(line.pass(packet(40_001, 487), 1024))).toEqual([12, 5280 + 480, 0])
  line.cut()
  expect(numbers(line.pass(packet(3, 3), 1043))[0]).toBe(14)
})

test('a packet that is none is left alone', () => {
  expect(new Continuity().pass(Buffer.alloc(3), 0)).toEqual(Buffer.alloc(3))
})

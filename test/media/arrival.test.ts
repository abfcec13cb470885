import { expect, test } from 'vitest'
import { Arrival } from '../../src/media/arrival.ts'

const rtp = (seq: number, stamp = seq * 3000): Buffer => {
  const packet = Buffer.alloc(40)
  packet[0] = 0x80
  packet.writeUInt16BE(seq & 0xffff, 2)
  packet.writeUInt32BE(stamp >>> 0, 4)
  return packet
}
/** Packets as [sequence number, ms of arrival]; gives when a keyframe was needed. */
const run = (arrival: Arrival, packets: [number, number][]) => packets.filter(([seq, at]) => arrival.take(rtp(seq), at)).map(([seq]) => seq)

test('a clean stream needs nothing, also where its numbers wrap', () => {
  const arrival = new Arrival()
  expect(
    run(
      arrival,
      Array.from({ length: 300 }, (_, i) => [65400 + i, (i * 100) / 3]),
    ),
  ).toEqual([])
  expect(arrival.patience).toBe(10)
})

test('a lost packet needs a keyframe once its time is over, and once only', () => {
  expect(
    run(new Arrival(), [
      [1, 0],
      [2, 33],
      [4, 100],
      [5, 105],
      [6, 133],
      [7, 166],
      [8, 200],
    ]),
  ).toEqual([6])
})

test('a packet that comes a little late needs none, and makes us wait longer for the next', () => {
  const arrival = new Arrival()
  expect(
    run(arrival, [
      [1, 0],
      [2, 33],
      [4, 66],
      [3, 74],
      [5, 100],
      [6, 133],
    ]),
  ).toEqual([])
  expect(arrival.patience).toBeGreaterThan(10)
})

test('a duplicate is nothing', () => {
  expect(
    run(new Arrival(), [
      [1, 0],
      [2, 33],
      [2, 34],
      [1, 35],
      [3, 66],
      [4, 500],
    ]),
  ).toEqual([])
})

test('a jump is another sender: it begins with a keyframe or we ask for one', () => {
  expect(
    run(new Arrival(), [
      [1, 0],
      [2, 33],
      [40000, 66],
      [40001, 100],
    ]),
  ).toEqual([40000])
})

test('an uneven network is waited for, up to 200 ms', () => {
  const arrival = new Arrival()
  for (let i = 0; i < 400; i++) arrival.take(rtp(i), i * 33.3 + (i % 2) * 30)
  expect(arrival.patience).toBeGreaterThan(60)
  for (let i = 400; i < 800; i++) arrival.take(rtp(i), i * 33.3 + (i % 2) * 500)
  expect(arrival.patience).toBe(200)
  for (let i = 800; i < 1400; i++) arrival.take(rtp(i), i * 33.3)
  expect(arrival.patience).toBe(10)
})

test('no packet is too short for it', () => {
  expect(new Arrival().take(Buffer.alloc(3), 0)).toBe(false)
})

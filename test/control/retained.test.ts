import { expect, test } from 'vitest'
import { Retained } from '../../src/control/retained.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'

const id = (n: number) => n.toString(10).padStart(26, '0')
const topic = (room: number, peer: number) => `parlor/1/room/${id(room)}/peer/${id(peer)}`
const everybody = (room: number) => `parlor/1/room/${id(room)}/peer/+`
const text = (s: string) => Buffer.from(s)

test('those who come later find who is here, until they leave', () => {
  const retained = new Retained(new FakeClock())
  retained.keep(topic(1, 1), text('a'), 0)
  retained.keep(topic(1, 2), text('b'), 1)
  retained.keep(topic(2, 1), text('c'), 0)
  expect(retained.matching(everybody(1)).map((kept) => String(kept.payload))).toEqual(['a', 'b'])
  expect(retained.matching(topic(2, 1))).toHaveLength(1)
  retained.keep(topic(1, 1), text(''), 0)
  expect(retained.matching(everybody(1)).map((kept) => String(kept.payload))).toEqual(['b'])
  expect(retained).toMatchObject({ size: 2, rooms: 2, bytes: 2 })
})

test('presence that is not renewed is forgotten after a minute, a policy after a day', async () => {
  const clock = new FakeClock()
  const retained = new Retained(clock)
  const policy = `parlor/1/room/${id(1)}/policy`
  retained.keep(policy, text('p'), 0)
  retained.keep(topic(1, 1), text('gone'), 0)
  await clock.advance(seconds(50))
  retained.keep(topic(1, 2), text('here'), 0)
  await clock.advance(seconds(11))
  expect(retained.matching(everybody(1)).map((kept) => String(kept.payload))).toEqual(['here'])
  retained.keep(topic(1, 2), text('here'), 0)
  expect(retained.size).toBe(2)
  await clock.advance(seconds(24 * 3600))
  retained.keep(topic(2, 2), text('x'), 0)
  expect(retained).toMatchObject({ size: 1, rooms: 1, bytes: 1 })
  expect(retained.matching(policy)).toEqual([])
})

test('a full room takes nobody new, but those in it may renew', () => {
  const retained = new Retained(new FakeClock(), { perRoom: 2 })
  expect([1, 2, 3].map((peer) => retained.keep(topic(1, peer), text('x'), 0))).toEqual([true, true, false])
  expect(retained.keep(topic(1, 2), text('y'), 0)).toBe(true)
  expect(retained.keep(topic(2, 1), text('x'), 0)).toBe(true)
})

test('a full house forgets what was renewed longest ago, by number and by bytes', () => {
  const few = new Retained(new FakeClock(), { inAll: 3 })
  for (const room of [1, 2, 3]) few.keep(topic(room, 1), text('x'), 0)
  few.keep(topic(1, 1), text('again'), 0)
  few.keep(topic(4, 1), text('x'), 0)
  expect([1, 2, 3, 4].map((room) => few.matching(everybody(room)).length)).toEqual([1, 0, 1, 1])
  const small = new Retained(new FakeClock(), { bytes: 10 })
  for (let room = 0; room < 1000; room++) small.keep(topic(room, 1), text('12345'), 0)
  expect(small).toMatchObject({ size: 2, rooms: 2, bytes: 10 })
})

test('what is kept is a copy: no bigger buffer stays alive behind it', () => {
  const retained = new Retained(new FakeClock())
  const big = Buffer.alloc(100_000, 'x')
  retained.keep(topic(1, 1), big.subarray(0, 3), 0)
  big.fill('y')
  expect(String(retained.matching(topic(1, 1))[0]?.payload)).toBe('xxx')
})

import { expect, it } from 'vitest'
import { timeInOrder } from '../../../../src/media/screen/program/order.ts'

const FPS = 25
const FRAME = 40_000_000n

/** The times that frames with these times of their own get, one after another. */
function timed(own: ReadonlyArray<bigint | null>): bigint[] {
  let last = -1n
  return own.map((time) => {
    last = timeInOrder(time, last, FPS)
    return last
  })
}

it('leaves times that go on as they are', () => {
  expect(timed([0n, FRAME, 3n * FRAME])).toEqual([0n, FRAME, 3n * FRAME])
})

it('gives a frame with the time 0, or with none, a time between its neighbours', () => {
  for (const odd of [0n, null]) {
    const times = timed([FRAME, 2n * FRAME, odd, 4n * FRAME])
    expect(times[2]).toBe(2n * FRAME + FRAME / 2n)
    expect(times[3]).toBe(4n * FRAME)
  }
})

it('is caught up by the true times after one that was ahead of its turn', () => {
  const own = Array.from({ length: 60 }, (_, i) => BigInt(i) * FRAME)
  own[10] = 22n * FRAME
  const times = timed(own)
  expect(times.slice(1).every((time, i) => time > (times[i] ?? 0n))).toBe(true)
  expect(times.slice(40)).toEqual(own.slice(40))
})

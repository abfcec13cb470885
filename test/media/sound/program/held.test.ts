// held.test.ts — what the microphone said since the wish to be muted can be taken back while it waits.
import { expect, test } from 'vitest'
import { HELD, Held } from '../../../../src/media/sound/program/held.ts'

const frame = (value: number): Float32Array => new Float32Array(480).fill(value)

test('a turn comes out after two others, voices and microphone mixed, with its own time', () => {
  const held = new Held()
  const out = new Float32Array(480)
  const times: Array<number | null> = []
  for (let turn = 0; turn < 5; turn++) times.push(held.turn(frame(turn), frame(10), turn * 10, out))
  expect(times).toEqual([...Array(HELD).fill(null), 0, 10, 20])
  expect(out[0]).toBe(12)
})

test('erased, the microphone is gone from all that waits, and the voices stay', () => {
  const held = new Held()
  const out = new Float32Array(480)
  for (let turn = 0; turn < 4; turn++) held.turn(frame(1), frame(100), turn * 10, out)
  expect(out[0]).toBe(101)
  expect(held.erase(30)).toBe(true)
  for (let turn = 4; turn < 8; turn++) {
    held.turn(frame(1), frame(0), turn * 10, out)
    expect(out[0]).toBe(1)
  }
})

test('a wish that comes when what it speaks of is given already is too late, and it says so', () => {
  const held = new Held()
  const out = new Float32Array(480)
  for (let turn = 0; turn < 10; turn++) held.turn(frame(1), frame(100), turn * 10, out)
  // The turn at 70 was given; it may hold what was heard from 50 on.
  expect(held.erase(50)).toBe(false)
  expect(held.erase(51)).toBe(true)
})

test('without a microphone there are only voices', () => {
  const held = new Held()
  const out = new Float32Array(480)
  for (let turn = 0; turn < 3; turn++) held.turn(frame(1), null, turn * 10, out)
  expect(out[0]).toBe(1)
})

// mute-gate.test.ts — after the wish to be muted nothing passes that the worker does not answer for.
import { expect, test } from 'vitest'
import { MuteGate } from '../../../src/media/sound/mute-gate.ts'

function gate() {
  const given: string[] = []
  return { given, gate: new MuteGate<string>((piece) => given.push(piece)) }
}

test('open, everything passes at once', () => {
  const { gate: it, given } = gate()
  it.take('a')
  expect(given).toEqual(['a'])
})

test('shut, nothing passes; answered in time, all of it follows in order', () => {
  const { gate: it, given } = gate()
  const number = it.shut()
  it.take('a')
  it.take('b')
  expect(given).toEqual([])
  it.answered(number, true)
  it.take('c')
  expect(given).toEqual(['a', 'b', 'c'])
  expect(it.dropped).toBe(0)
})

test('answered too late, what was held is thrown away and counted', () => {
  const { gate: it, given } = gate()
  const number = it.shut()
  it.take('a')
  it.answered(number, false)
  it.take('b')
  expect(given).toEqual(['b'])
  expect(it.dropped).toBe(1)
})

test('muted, unmuted and muted again: only the last answer opens, and one that was too late still counts', () => {
  const { gate: it, given } = gate()
  const first = it.shut()
  it.take('a')
  const second = it.shut()
  it.answered(first, false)
  it.take('b')
  expect(given).toEqual([])
  it.answered(second, true)
  expect(given).toEqual(['b'])
})

test('a worker that fell answers no more: what it said last is thrown away, and the next one is heard', () => {
  const { gate: it, given } = gate()
  it.shut()
  it.take('a')
  it.lost()
  it.take('b')
  expect(given).toEqual(['b'])
})

test('it holds four seconds and no more', () => {
  const { gate: it, given } = gate()
  const number = it.shut()
  for (let i = 0; i < 1000; i++) it.take(String(i))
  it.answered(number, true)
  expect(given.length).toBeLessThanOrEqual(200)
  expect(given.length + it.dropped).toBe(1000)
})

import { expect, test } from 'vitest'
import { Crossed } from '../../src/control/crossed.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('a word crosses once; another topic or other bytes are another word', () => {
  const crossed = new Crossed(10)
  expect(crossed.isNew('room/a', bytes('hello'))).toBe(true)
  expect(crossed.isNew('room/a', bytes('hello'))).toBe(false)
  expect(crossed.isNew('room/b', bytes('hello'))).toBe(true)
  expect(crossed.isNew('room/a', bytes('hello!'))).toBe(true)
})

test('as many words are remembered as the limit says, and the oldest is forgotten first', () => {
  const crossed = new Crossed(2)
  const isNew = (text: string) => crossed.isNew('room', bytes(text))
  expect(['one', 'two', 'three'].map(isNew)).toEqual([true, true, true])
  expect(['three', 'two'].map(isNew)).toEqual([false, false])
  expect(isNew('one')).toBe(true)
  expect(isNew('two')).toBe(true)
})

import { describe, expect, it } from 'vitest'
import { Chatter } from '../../src/system/chatter.ts'

describe("a worker's chatter", () => {
  it('is passed on line by line, also when it comes in pieces', () => {
    const chatter = new Chatter()
    expect(chatter.take('one\ntw')).toBe('one\n')
    expect(chatter.take('o\n\nthree\n')).toBe('two\nthree\n')
    expect(chatter.lull()).toBe('')
  })
  it('is only counted when it is too much, until the next lull', () => {
    const chatter = new Chatter()
    const flood = Array.from({ length: 1000 }, (_, i) => `broken packet ${i}\n`).join('')
    expect(chatter.take(flood).split('\n')).toHaveLength(21)
    expect(chatter.take('more\n')).toBe('')
    expect(chatter.lull()).toBe('(981 more lines like these)\n')
    expect(chatter.take('again\n')).toBe('again\n')
  })
  it('has no endless lines', () => {
    const chatter = new Chatter()
    for (let i = 0; i < 1000; i++) chatter.take('x'.repeat(1000))
    expect(chatter.take('\n').length).toBeLessThan(1000)
  })
})

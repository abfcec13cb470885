import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { pour } from '../../src/web/pour.ts'

class Tumbler extends EventEmitter {
  sips: number[] = []
  ended = false
  full = false
  write(bytes: Uint8Array): boolean {
    this.sips.push(bytes.length)
    return !this.full
  }
  end(): void {
    this.ended = true
  }
}
function stage(pieces: readonly number[], fails = false) {
  const glass = new Tumbler()
  const clock = new FakeClock()
  const gone = new AbortController()
  const source = { given: 0, closed: false }
  async function* body() {
    try {
      for (const size of pieces) {
        source.given++
        yield new Uint8Array(size)
      }
      if (fails) throw new Error('the disk is gone')
    } finally {
      source.closed = true
    }
  }
  return { glass, clock, gone, source, poured: () => pour(body(), glass, clock, seconds(20), gone.signal) }
}

test('all of it goes out, in sips', async () => {
  const { glass, poured } = stage([10, 150_000])
  expect(await poured()).toBe(true)
  expect(glass.sips).toEqual([10, 65_536, 65_536, 18_928])
  expect(glass.ended).toBe(true)
})
test('nothing is taken from the source while the glass is full', async () => {
  const { glass, clock, source, poured } = stage([10, 10, 10])
  glass.full = true
  const done = poured()
  await clock.advance(seconds(19))
  expect(source.given).toBe(1)
  glass.full = false
  glass.emit('drain')
  expect(await done).toBe(true)
  expect([glass.sips.length, glass.listenerCount('drain'), clock.sleeping]).toEqual([3, 0, []])
})
test('who does not drink for too long is not waited for, and the source is closed', async () => {
  const { glass, clock, source, poured } = stage([10, 10])
  glass.full = true
  const done = poured()
  await clock.advance(seconds(20))
  expect(await done).toBe(false)
  expect([glass.ended, source.closed, glass.listenerCount('drain')]).toEqual([false, true, 0])
})
test('who goes away is not waited for either', async () => {
  const { glass, clock, gone, source, poured } = stage([10, 10])
  glass.full = true
  const done = poured()
  await clock.advance(seconds(1))
  gone.abort()
  expect(await done).toBe(false)
  expect([source.given, source.closed]).toEqual([1, true])
})
test('what the source throws is told, and the glass is not ended', async () => {
  const { glass, poured } = stage([10], true)
  await expect(poured()).rejects.toThrow('the disk is gone')
  expect(glass.ended).toBe(false)
})

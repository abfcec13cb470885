import { expect, it } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { gopFrames, Keyframes } from '../../src/media/keyframe.ts'

function policy(): { keys: Keyframes; clock: FakeClock; made: number[] } {
  const clock = new FakeClock()
  const made: number[] = []
  return { keys: new Keyframes(clock, () => made.push(clock.now())), clock, made }
}

it('makes a keyframe at once for the first who asks', () => {
  const { keys, made } = policy()
  keys.ask()
  expect(made).toEqual([0])
})
it('makes one more for all who asked in the half second after it, and no third', async () => {
  const { keys, clock, made } = policy()
  for (let i = 0; i < 20; i++) {
    keys.ask()
    await clock.advance(ms(10))
  }
  await clock.advance(ms(5000))
  expect(made).toEqual([0, 500])
})
it('never makes two within half a second, however long many ask', async () => {
  const { keys, clock, made } = policy()
  for (let i = 0; i < 100; i++) {
    keys.ask()
    await clock.advance(ms(33))
  }
  expect(made.every((at, i) => i === 0 || at - (made[i - 1] ?? 0) >= 500)).toBe(true)
  expect(made.length).toBe(7)
})
it('makes one by itself every four seconds', () => {
  expect([gopFrames(30), gopFrames(15), gopFrames(0.1)]).toEqual([300, 150, 1])
})

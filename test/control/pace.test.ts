import { expect, test } from 'vitest'
import { Pace } from '../../src/control/pace.ts'
import { Password } from '../../src/control/password.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

test('so many at once, and then so many a second, never more saved up', async () => {
  const clock = new FakeClock()
  const pace = new Pace(clock, { perSecond: 2, burst: 3 })
  const many = () => Array.from({ length: 10 }, () => pace.may()).filter(Boolean).length
  expect(many()).toBe(3)
  await clock.advance(ms(500))
  expect(many()).toBe(1)
  await clock.advance(seconds(1000))
  expect(many()).toBe(3)
})

const never = new AbortController().signal
const text = (said: string) => Buffer.from(said)
test('the right password is let in at once, a wrong one is told so after a second', async () => {
  const clock = new FakeClock()
  const password = new Password('correct horse battery', clock)
  expect(await password.isRight(text('correct horse battery'), never)).toBe(true)
  let wrong: boolean | null = null
  void password.isRight(text('correct horse batterz'), never).then((is) => (wrong = is))
  await clock.advance(ms(999))
  expect(wrong).toBe(null)
  await clock.advance(ms(1))
  expect(wrong).toBe(false)
})

test('10,000 guesses at once: four are looked at in a second', async () => {
  const clock = new FakeClock()
  const password = new Password('0000000009999', clock)
  const said = Array.from({ length: 10_000 }, (_, n) => password.isRight(text(String(n).padStart(13, '0')), never))
  await clock.advance(seconds(1))
  expect((await Promise.all(said)).filter(Boolean)).toEqual([])
  expect(await password.isRight(text('0000000009999'), never)).toBe(true)
})

test('an empty password lets nobody in', async () => {
  const password = new Password('', new FakeClock())
  expect(await password.isRight(text(''), never)).toBe(false)
  expect(await password.isRight(text('x'), never)).toBe(false)
})

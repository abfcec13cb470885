import { expect, it } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { Tidy } from '../../src/system/memory.ts'

function tidying() {
  const clock = new FakeClock()
  const at: number[] = []
  return { clock, at, tidy: new Tidy(clock, () => at.push(clock.now())) }
}

it('gives memory back when it has been quiet for two seconds', async () => {
  const { clock, at, tidy } = tidying()
  void tidy.soon(() => true)
  await clock.advance(ms(1999))
  expect(at).toEqual([])
  await clock.advance(ms(1))
  expect(at).toEqual([2000])
})
it('waits until the last of a row has ended', async () => {
  const { clock, at, tidy } = tidying()
  for (let i = 0; i < 5; i++) {
    void tidy.soon(() => true)
    await clock.advance(ms(1000))
  }
  await clock.advance(ms(5000))
  expect(at).toEqual([6000])
})
it('leaves it when somebody came meanwhile', async () => {
  const { clock, at, tidy } = tidying()
  void tidy.soon(() => false)
  await clock.advance(ms(5000))
  expect(at).toEqual([])
})

// late.test.ts — on a machine that is slow to begin, sound comes late, and it comes.
import { expect, test } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import type { Log } from '../../../src/lib/log.ts'
import { ms, seconds } from '../../../src/lib/unit.ts'
import { Sound } from '../../../src/media/sound.ts'
import { FakeFork } from '../../fake/fork.ts'

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, part: () => silent }

async function lateSound() {
  const clock = new FakeClock()
  const { children, fork } = new FakeFork()
  const sound = new Sound({
    settings: { microphone: 'auto', speaker: 'auto' },
    onRtp: () => {},
    fork,
    clock,
    log: silent,
  })
  const stop = new AbortController()
  const opened = sound.open(stop.signal).then(
    () => 'open',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  await expect.poll(() => children.length, { timeout: 10_000 }).toBe(1) // it binds a socket first, which no clock moves
  let beats = 0
  const pass = async (time: number) => {
    for (let t = 0; t < time; t += 250) {
      children.at(-1)?.beat(++beats, beats)
      await clock.advance(ms(250))
    }
  }
  return { sound, children, opened, stop, pass }
}

test('who waits is told after a while, the worker goes on, and what it opens at last is a fact', async () => {
  const { sound, children, opened, pass } = await lateSound()
  await pass(seconds(16))
  expect(await opened).toBe('the sound worker has not come up yet')
  expect(sound.pid).toBe(1000)
  children[0]?.tells({ is: 'fact', fact: { microphone: 'open', speaker: 'open', echo: 'searching', why: [] } })
  expect(sound.fact).toMatchObject({ microphone: 'open', speaker: 'open' })
  const closing = sound.close()
  children[0]?.exit(0, null)
  await closing
  expect(sound.pid).toBeUndefined()
})

test('nobody wants it any more: it is closed', async () => {
  const { sound, children, opened, stop, pass } = await lateSound()
  await pass(seconds(1))
  stop.abort()
  await pass(250)
  children[0]?.exit(0, null)
  await opened
  expect(sound.pid).toBeUndefined()
})

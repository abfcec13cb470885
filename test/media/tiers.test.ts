// However many ask for keyframes of our camera, at most one is made in half a second of each picture, the whole one and the small one.
import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { kbps, ms } from '../../src/lib/unit.ts'
import { Camera } from '../../src/media/capture.ts'
import { FakeFork } from '../fake/fork.ts'

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, part: () => silent }
const settings = { source: 'test', standIn: false, width: 640, height: 360, fps: 30, kbps: 1500 }

test('two tiers, asked a hundred times a second for two seconds, make five keyframes each and no order more', async () => {
  const clock = new FakeClock()
  const forked = new FakeFork()
  const camera = new Camera({ settings, onRtp: () => {}, onSmall: () => {}, fork: forked.fork, clock, log: silent })
  const opening = camera.open(new AbortController().signal)
  opening.catch(() => {}) // it was closed before a packet came
  for (let tries = 0; forked.children.length === 0 && tries < 1000; tries++) await new Promise(setImmediate)
  const { last } = forked
  camera.askSmallKeyframe()
  expect(last.orders, 'nobody is shown the small one yet').not.toContainEqual({ do: 'small key' })
  camera.setSmall(kbps(200))
  for (let passed = 0; passed < 2000; passed += 10) {
    camera.askKeyframe()
    camera.askSmallKeyframe()
    last.beat(passed, passed)
    await clock.advance(ms(10))
  }
  const made = (order: string) =>
    last.orders.filter((one) => typeof one === 'object' && one !== null && 'do' in one && one.do === order).length
  const seen = [made('key'), made('small key')]
  const closed = camera.close()
  await clock.advance(ms(10_000))
  await closed
  // At 0, 500, 1000 and 1500 ms, and the one that is owed at 2000.
  expect(seen).toEqual([5, 5])
})

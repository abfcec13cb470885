import { expect, it } from 'vitest'
import { LET_BE, rarely, TRIED } from '../../src/app/rarely.ts'
import type { OpenBroker } from '../../src/call/signalling.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { FakeBroker } from '../fake/broker.ts'
import { quietLog } from '../fake/quiet.ts'

const will = { topic: 'will', payload: new Uint8Array(), retain: false }
function stage() {
  const clock = new FakeClock()
  const broker = new FakeBroker()
  let opened = 0
  const open: OpenBroker = (left) => {
    opened++
    return broker.for('box')(left)
  }
  const rare = rarely(open, clock, quietLog().log)(will)
  const heard: string[] = []
  let ups = 0
  rare.on('up', () => {
    ups++
    rare.subscribe('a/b')
  })
  rare.on('message', (topic) => heard.push(topic))
  return { clock, broker, rare, heard, opened: () => opened, ups: () => ups }
}

it('a broker that is there is listened to as ever', async () => {
  const { clock, broker, rare, heard, opened } = stage()
  for (let i = 0; i < 20; i++) await clock.advance(TRIED)
  broker.take({ from: 'x', topic: 'a/b', payload: new Uint8Array(), retain: false })
  rare.publish('a/b', Uint8Array.of(1), { retain: false })
  await clock.advance(seconds(1))
  expect([heard, opened()]).toEqual([['a/b', 'a/b'], 1])
  await rare.close()
  expect(clock.sleeping).toEqual([])
})

it('a broker that is away is tried once in a while, and heard again when it is back', async () => {
  const { clock, broker, rare, heard, opened, ups } = stage()
  await clock.advance(seconds(1))
  broker.stop({ forget: true })
  for (let i = 0; i < 60; i++) await clock.advance(seconds(10))
  expect(opened()).toBeLessThan(12)
  expect(opened()).toBeGreaterThan(5)
  broker.start()
  await clock.advance(seconds(1))
  await clock.advance(LET_BE)
  await clock.advance(TRIED)
  expect(ups()).toBeGreaterThan(1)
  broker.take({ from: 'x', topic: 'a/b', payload: new Uint8Array(), retain: false })
  await clock.advance(seconds(1))
  expect(heard).toEqual(['a/b'])
  await rare.close()
})

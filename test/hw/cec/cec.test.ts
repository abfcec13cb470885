import { afterEach, describe, expect, test } from 'vitest'
import type { Edge } from '../../../src/core/key.ts'
import * as codec from '../../../src/hw/cec/codec.ts'
import { Cec } from '../../../src/hw/cec.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms, seconds } from '../../../src/lib/unit.ts'
import { quietLog } from '../../fake/quiet.ts'
import { FakeTv, type Nature } from './tv.ts'

const PLAYER = 0x2000
const stops: AbortController[] = []

async function box(nature: Nature = {}) {
  const tv = new FakeTv(nature)
  const clock = new FakeClock()
  const { log, said } = quietLog()
  const errors: unknown[] = []
  const cec = new Cec({ name: 'Parlor', clock, log, onListenerError: (e) => errors.push(e), door: tv.door })
  const edges: Edge[] = []
  const lost: string[] = []
  const happened: string[] = []
  cec.on('edge', (edge) => edges.push(edge))
  cec.on('lost', (from) => lost.push(from))
  cec.on('chosen', () => happened.push('chosen'))
  cec.on('slept', () => happened.push('slept'))
  const stop = new AbortController()
  stops.push(stop)
  const run = cec.run(stop.signal)
  await clock.advance(seconds(3))
  const keys = () => edges.map((e) => `${e.key} ${e.down ? 'down' : 'up'}`)
  const since = () => tv.said.splice(0)
  since()
  return { tv, clock, cec, said, errors, lost, happened, keys, since, stop, run }
}

afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort()
})

describe('a TV over CEC', () => {
  test('the box is a player by the name of Parlor, and keys are not passed to the input layer as well', async () => {
    const { tv, cec } = await box()
    const asked = tv.configured ?? Buffer.alloc(92)
    expect(asked.toString('latin1', 16, 22)).toBe('Parlor')
    expect([asked.readUInt8(7), asked.readUInt8(31), asked.readUInt8(35)]).toEqual([1, 4, 3])
    expect(asked.readUInt32LE(12)).toBe(0)
    expect(cec.state).toEqual({ cable: true, answers: true, power: 'on', shows: 'another' })
  })

  test('is woken from standby, shown our picture again when it is awake, and put into standby afterwards', async () => {
    const { tv, clock, cec, since } = await box({ power: 1, wakesSlowly: 3 })
    cec.wake()
    await clock.advance(seconds(6))
    expect(since()).toEqual([
      'GIVE_POWER',
      'IMAGE_VIEW_ON',
      'ACTIVE_SOURCE 1000',
      'GIVE_POWER',
      'GIVE_POWER',
      'GIVE_POWER',
      'ACTIVE_SOURCE 1000',
    ])
    expect([tv.power, tv.shown]).toEqual([0, 0x1000])
    expect(cec.state).toEqual({ cable: true, answers: true, power: 'on', shows: 'us' })
    cec.putBack()
    await clock.advance(seconds(2))
    expect(since()).toEqual(['GIVE_POWER', 'STANDBY'])
    expect(tv.power).toBe(1)
  })

  test('that showed its own programme gets it back, and is not switched off', async () => {
    const { tv, clock, cec, since } = await box({ shown: 0 })
    cec.wake()
    await clock.advance(seconds(2))
    expect(since()).toEqual(['GIVE_POWER', 'IMAGE_VIEW_ON', 'ACTIVE_SOURCE 1000'])
    cec.putBack()
    await clock.advance(seconds(2))
    expect(since()).toEqual(['GIVE_POWER', 'INACTIVE_SOURCE 1000'])
    expect([tv.power, tv.shown]).toEqual([0, 0])
  })

  test('that showed a player is switched back to that player', async () => {
    const { tv, clock, cec, since } = await box({ shown: PLAYER, player: PLAYER })
    cec.wake()
    await clock.advance(seconds(2))
    since()
    cec.putBack()
    await clock.advance(seconds(2))
    expect(since()).toEqual(['GIVE_POWER', 'SET_STREAM_PATH 2000'])
    expect(tv.shown).toBe(PLAYER)
  })

  test('whose player does not come back is at least told that we have nothing to show', async () => {
    const { clock, cec, since } = await box({ shown: PLAYER })
    cec.wake()
    await clock.advance(seconds(2))
    since()
    cec.putBack()
    await clock.advance(seconds(3))
    expect(since()).toEqual(['GIVE_POWER', 'SET_STREAM_PATH 2000', 'INACTIVE_SOURCE 1000'])
  })

  test('that people switched to something else meanwhile is left to them', async () => {
    const { tv, clock, cec, since } = await box({ power: 1 })
    cec.wake()
    await clock.advance(seconds(4))
    since()
    tv.say(0x8f, 0x82, 0x20, 0x00)
    await clock.advance(ms(10))
    expect(cec.state?.shows).toBe('another')
    cec.putBack()
    await clock.advance(seconds(4))
    expect(since()).toEqual([])
    expect(tv.power).toBe(0)
  })

  test('that people switched off and on again meanwhile is theirs: it is not switched off', async () => {
    const { tv, clock, cec, since, happened } = await box({ power: 1 })
    cec.wake()
    await clock.advance(seconds(4))
    tv.say(0x0f, 0x36)
    await clock.advance(ms(10))
    expect(happened).toEqual(['slept'])
    since()
    cec.putBack()
    await clock.advance(seconds(4))
    expect(since()).toEqual([])
  })

  test('that is rung again while it falls asleep is awake in the end, and asleep after that', async () => {
    const { tv, clock, cec } = await box({ power: 1, fallsAsleepSlowly: 3 })
    cec.wake()
    await clock.advance(seconds(8))
    cec.putBack()
    await clock.advance(seconds(1))
    expect(tv.power).toBe(0)
    cec.wake()
    await clock.advance(seconds(20))
    expect([tv.power, tv.shown]).toEqual([0, 0x1000])
    cec.putBack()
    await clock.advance(seconds(2))
    expect(tv.said.at(-1)).toBe('STANDBY')
  })

  test('that tells all of its being switched off is theirs as well', async () => {
    const { tv, clock, cec, since, happened } = await box({ power: 1 })
    cec.wake()
    await clock.advance(seconds(4))
    tv.say(0x0f, 0x90, 0x01)
    await clock.advance(ms(10))
    expect(happened).toEqual(['slept'])
    since()
    cec.putBack()
    await clock.advance(seconds(4))
    expect(since()).toEqual([])
  })

  test('woken twice is put back to what it was before the first time', async () => {
    const { tv, clock, cec } = await box({ power: 1 })
    cec.wake()
    await clock.advance(seconds(4))
    cec.wake()
    await clock.advance(seconds(4))
    cec.putBack()
    await clock.advance(seconds(4))
    expect(tv.power).toBe(1)
  })

  test('that pulls its plug in standby is woken without an address, and then shows us', async () => {
    const { tv, clock, cec, since } = await box({ power: 1, plugPulled: true })
    expect(cec.state?.cable).toBe(false)
    cec.wake()
    await clock.advance(seconds(5))
    expect(since().slice(0, 1)).toEqual(['IMAGE_VIEW_ON'])
    expect([tv.power, tv.shown]).toEqual([0, 0x1000])
  })

  test('that is given power later is found by itself, and asked but rarely until then', async () => {
    const nature: Nature = { absent: true }
    const { clock, cec, since } = await box(nature)
    await clock.advance(seconds(60))
    expect(cec.state).toMatchObject({ cable: true, answers: false })
    expect(since().length).toBeLessThan(8)
    nature.absent = false
    await clock.advance(seconds(31))
    expect(cec.state).toMatchObject({ answers: true, power: 'on' })
  })

  test('that is not there, or a driver that never answers, holds up nobody', async () => {
    for (const nature of [{ absent: true }, { hung: true }, { dumb: true }] satisfies Nature[]) {
      const { clock, cec, stop, run } = await box(nature)
      await clock.advance(seconds(10))
      cec.wake()
      cec.putBack()
      cec.wake()
      await clock.advance(seconds(60))
      expect(cec.state?.answers).toBe('dumb' in nature)
      cec.putBack()
      await clock.advance(seconds(20))
      stop.abort()
      await run
    }
  })

  test('standby is for a TV that should sleep whatever it was', async () => {
    const { tv, clock, cec } = await box()
    cec.standby()
    await clock.advance(seconds(1))
    expect(tv.power).toBe(1)
  })

  test('OK and BACK of its remote come as keys, a held one once, and one whose release got lost ends by itself', async () => {
    const { tv, clock, keys } = await box()
    tv.say(0x04, 0x44, 0x00)
    await clock.advance(ms(300))
    tv.say(0x04, 0x44, 0x00)
    await clock.advance(ms(300))
    tv.say(0x04, 0x45)
    await clock.advance(ms(50))
    expect(keys()).toEqual(['ok down', 'ok up'])
    tv.say(0x04, 0x44, 0x0d)
    await clock.advance(ms(540))
    expect(keys()).toEqual(['ok down', 'ok up', 'back down'])
    await clock.advance(ms(20))
    expect(keys()).toEqual(['ok down', 'ok up', 'back down', 'back up'])
  })

  test('another key lets go of the one before, and a key we do not know is no key', async () => {
    const { tv, clock, keys } = await box()
    tv.say(0x04, 0x44, 0x01)
    tv.say(0x04, 0x44, 0x02)
    tv.say(0x04, 0x44, 0x5f)
    await clock.advance(ms(1))
    expect(keys()).toEqual(['up down', 'up up', 'down down', 'down up'])
  })

  test('questions are answered: power on, menu there, and what we do not know is refused', async () => {
    const { tv, clock, since } = await box()
    tv.say(0x04, 0x8f)
    tv.say(0x04, 0x8d, 0x02)
    tv.say(0x04, 0x1a, 0x03)
    tv.say(0x04, 0x91)
    await clock.advance(ms(1))
    expect(since()).toEqual(['90 00', '8e 00', '1b 1a', 'FEATURE_ABORT 9100'])
  })

  test('people choose our input: we say that we are shown, and never in answer to others who say that of themselves', async () => {
    const { tv, clock, cec, since, happened } = await box()
    tv.say(0x0f, 0x86, 0x10, 0x00)
    await clock.advance(ms(1))
    expect(since()).toEqual(['ACTIVE_SOURCE 1000'])
    expect(happened).toEqual(['chosen'])
    tv.say(0x0f, 0x85)
    await clock.advance(ms(1))
    expect(since()).toEqual(['ACTIVE_SOURCE 1000'])
    for (let n = 0; n < 100; n++) tv.say(0x8f, 0x82, 0x20, 0x00)
    tv.say(0x0f, 0x85)
    await clock.advance(ms(1))
    expect(since()).toEqual([])
    expect(cec.state?.shows).toBe('another')
  })

  test('one that asks without end is answered 20 times in 10 seconds', async () => {
    const { tv, clock, since } = await box()
    for (let n = 0; n < 1000; n++) tv.say(0x04, 0x8f)
    await clock.advance(ms(1))
    expect(since()).toHaveLength(20)
    await clock.advance(seconds(11))
    tv.say(0x04, 0x8f)
    await clock.advance(ms(1))
    expect(since()).toHaveLength(1)
  })

  test('an adapter that goes lets go of its keys, and is used again when it comes back', async () => {
    const { tv, clock, cec, lost } = await box({ power: 1 })
    cec.wake()
    await clock.advance(seconds(3))
    tv.unplug()
    await clock.advance(seconds(2))
    expect([cec.state, lost, tv.closed]).toEqual([null, ['/dev/cec0'], 1])
    tv.power = 1
    tv.plug()
    await clock.advance(seconds(5))
    expect([tv.opened, tv.power, tv.shown]).toEqual([2, 0, 0x1000])
  })

  test('one that another program has is said once, and tried again', async () => {
    const { tv, clock, said, cec } = await box({ taken: true })
    await clock.advance(seconds(10))
    expect(cec.state).toBeNull()
    expect(said.filter((s) => s.level === 'warn')).toHaveLength(1)
    expect(tv.opened).toBeGreaterThan(5)
    expect(tv.closed).toBe(tv.opened)
  })

  test('the adapter of a TV itself is none of ours', async () => {
    const { tv, cec, clock } = await box({ sink: true })
    cec.wake()
    await clock.advance(seconds(5))
    expect([cec.state, tv.said, tv.closed]).toEqual([null, [], tv.opened])
  })

  test('10,000 messages of nonsense: nothing falls, and it answers afterwards', async () => {
    const { tv, clock, cec, errors, since } = await box()
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    for (let n = 0; n < 10_000; n++) {
      const buffer = codec.emptyMessage()
      for (let i = 0; i < buffer.length; i++) buffer[i] = random(256)
      if (n % 2) buffer.writeUInt32LE(random(20), 16)
      if (n % 4 > 1) buffer.writeUInt32LE(0, 24)
      tv.give(buffer)
      if (n % 100 === 0) await clock.advance(ms(1))
    }
    await clock.advance(seconds(30))
    since()
    expect(errors).toEqual([])
    expect(cec.state).not.toBeNull()
    tv.say(0x04, 0x8f)
    await clock.advance(ms(1))
    expect(since()).toEqual(['90 00'])
  })
})

import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { type Ms, ms, seconds } from '../../src/lib/unit.ts'
import { diskEvery, Health, judge, type Verdict } from '../../src/system/health.ts'

const well = { lag: ms(20), inCall: true, silence: ms(250), disk: 'well' } as const

test('a box that is well is fed, and has nothing to say', () => {
  expect(judge(well)).toEqual({ fed: true, ills: [] })
})

test.each([
  ['a loop that stood still for a second', { ...well, lag: seconds(1) }],
  ['workers that were silent for six seconds of a call', { ...well, silence: seconds(6) }],
  ['a disk that refuses, at rest', { ...well, inCall: false, disk: 'broken' as const }],
  ['a disk that does not answer, at rest', { ...well, inCall: false, disk: 'silent' as const }],
])('%s: not fed, and it is said', (_, evidence) => {
  const verdict = judge(evidence)
  expect(verdict.fed).toBe(false)
  expect(verdict.ills).toHaveLength(1)
})

test.each([
  ['a full disk', { ...well, inCall: false, disk: 'full' as const }],
  ['a disk that fails in the middle of a call', { ...well, disk: 'broken' as const }],
])('%s is said, but no restart would mend it', (_, evidence) => {
  expect(judge(evidence)).toMatchObject({ fed: true, ills: [{ is: expect.stringContaining('disk') }] })
})

test('outside calls nobody waits for the workers', () => {
  expect(judge({ ...well, inCall: false, silence: seconds(900) }).fed).toBe(true)
})

function life(write: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock()
  const told: Verdict[] = []
  const is = { inCall: false, heardAt: null as Ms | null, write }
  const stop = new AbortController()
  const health = new Health({
    clock,
    every: seconds(1),
    tell: (verdict) => told.push(verdict),
    inCall: () => is.inCall,
    heardAt: () => is.heardAt,
    write: () => is.write(),
  })
  const running = health.run(stop.signal)
  const end = async () => {
    stop.abort()
    await running
  }
  return { clock, told, is, end, last: () => told.at(-1) }
}

test('the verdict is told as often as was asked', async () => {
  const { clock, told, end } = life()
  await clock.advance(seconds(10))
  expect(told).toHaveLength(10)
  expect(told.every(({ fed }) => fed)).toBe(true)
  await end()
})

test('workers owe a sign of life from the beginning of a call, and not for the time before', async () => {
  const { clock, is, last, end } = life()
  is.heardAt = clock.now()
  await clock.advance(seconds(60))
  is.inCall = true
  await clock.advance(seconds(2))
  expect(last()?.fed).toBe(true)
  await clock.advance(seconds(5))
  expect(last()?.fed).toBe(false)
  is.heardAt = clock.now()
  await clock.advance(seconds(1))
  expect(last()?.fed).toBe(true)
  await end()
})

test('whoever was not fed is looked at again at once, not after a whole round', async () => {
  const { clock, told, is, end } = life()
  is.inCall = true
  await clock.advance(seconds(9))
  const hungry = told.filter(({ fed }) => !fed).length
  expect(hungry).toBeGreaterThan(4)
  is.heardAt = clock.now()
  await clock.advance(ms(500))
  expect(told.at(-1)?.fed).toBe(true)
  await end()
})

test('a loop that was held up is told once, and then it is well again', async () => {
  class Stuck extends FakeClock {
    late = 0
    override async sleep(name: string, time: Ms, signal: AbortSignal): Promise<void> {
      const late = this.late
      this.late = 0
      return super.sleep(name, ms(time + late), signal)
    }
  }
  const clock = new Stuck()
  const told: Verdict[] = []
  const stop = new AbortController()
  const running = new Health({
    clock,
    every: seconds(1),
    tell: (verdict) => told.push(verdict),
    inCall: () => false,
    heardAt: () => null,
    write: () => Promise.resolve(),
  }).run(stop.signal)
  await clock.advance(seconds(2))
  clock.late = 1500
  await clock.advance(seconds(5))
  expect(told.filter(({ fed }) => !fed)).toEqual([{ fed: false, ills: [{ is: 'held up', seconds: 1.5 }] }])
  expect(told.at(-1)?.fed).toBe(true)
  stop.abort()
  await running
})

test('a disk that refuses is noticed at the start, and what becomes of it within half a minute', async () => {
  const { clock, is, last, end } = life(() => Promise.reject(new Fault('disk-fault', 'the disk is read-only')))
  await clock.advance(seconds(2))
  expect(last()?.fed).toBe(false)
  is.write = () => Promise.reject(new Fault('disk-full', 'the disk is full'))
  await clock.advance(seconds(32))
  expect(last()).toMatchObject({ fed: true, ills: [{ is: 'disk full' }] })
  is.write = () => Promise.resolve()
  await clock.advance(seconds(32))
  expect(last()).toEqual({ fed: true, ills: [] })
  await end()
})

test('a disk that refuses in a call is noticed within half a minute', async () => {
  const { clock, is, last, end } = life()
  is.inCall = true
  is.heardAt = ms(1e9)
  is.write = () => Promise.reject(new Fault('disk-fault', 'the disk is read-only'))
  await clock.advance(seconds(32))
  expect(last()?.ills).toEqual([{ is: 'disk broken' }])
  await end()
})

test('at rest a card is hardly written to: two tries an hour', () => {
  expect(diskEvery(false, 'well')).toBe(seconds(1800))
  for (const often of [diskEvery(true, 'well'), diskEvery(false, 'full'), diskEvery(false, 'broken')]) expect(often).toBe(seconds(30))
})

test('a write that never ends is a disk that does not answer, and no second one is begun behind it', async () => {
  let writes = 0
  const { clock, last, end } = life(() => {
    writes++
    return new Promise(() => {})
  })
  await clock.advance(seconds(100))
  expect(last()).toEqual({ fed: false, ills: [{ is: 'disk silent' }] })
  expect(writes).toBe(1)
  await end()
})

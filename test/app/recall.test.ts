import { describe, expect, it } from 'vitest'
import { type Awake, goesBack, recall } from '../../src/app/recall.ts'
import type { RoomSecret } from '../../src/core/id.ts'
import type { Intent } from '../../src/core/intent.ts'
import { nothing, type Wanted } from '../../src/core/wanted.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'

const room = '0000000000000000000000H0M0' as RoomSecret
const cut = { wanted: { ...nothing, room, at: 'https://box.example', phone: true }, at: 1_000_000 }

describe('whether a box goes back into the call that a power cut ended', () => {
  it.each([
    ['the power was away for a moment', { date: 1_000_030, uptime: 20 }, true],
    ['a minute is the longest', { date: 1_000_080, uptime: 20 }, true],
    ['it was longer', { date: 1_000_082, uptime: 20 }, false],
    ['it was a night', { date: 1_030_000, uptime: 20 }, false],
    ['the network put the clock back a little', { date: 1_000_017, uptime: 20 }, true],
    ['the date is older than the call', { date: 999_000, uptime: 20 }, false],
    ['the date is not known yet', { date: null, uptime: 20 }, null],
    ['the date is known too late', { date: 1_000_150, uptime: 121 }, false],
    ['the date is not known in time', { date: null, uptime: 121 }, false],
  ])('%s', (_, awake, back) => {
    expect(goesBack(cut, awake)).toBe(back)
  })
})

function begin(at: (n: number) => Awake) {
  const clock = new FakeClock()
  const asked: Intent[] = []
  const box: { wanted: Wanted; ask(intent: Intent): void } = { wanted: nothing, ask: (intent) => void asked.push(intent) }
  const end = new AbortController()
  let looks = 0
  const done = recall({ cut, box, awake: async () => at(looks++), clock, log: quietLog().log }, end.signal)
  return { clock, asked, box, end, done, looks: () => looks }
}

describe('the way back', () => {
  it('waits for the date, and joins the same room in the same way', async () => {
    const { clock, asked, done } = begin((n) => ({ date: n < 3 ? null : 1_000_040, uptime: 20 + n }))
    await clock.advance(seconds(2))
    expect(asked).toEqual([])
    await clock.advance(seconds(2))
    await done
    expect(asked).toEqual([{ want: 'join', room, at: 'https://box.example', phone: true }])
  })
  it('is not gone when somebody has asked for something else meanwhile, were it only to be louder', async () => {
    const { clock, asked, box, done } = begin((n) => ({ date: n < 3 ? null : 1_000_040, uptime: 20 + n }))
    await clock.advance(seconds(1))
    box.wanted = { ...box.wanted, volume: 90 }
    await clock.advance(seconds(5))
    await done
    expect(asked).toEqual([])
  })
  it('ends by itself when the date does not come, and with the box', async () => {
    const late = begin((n) => ({ date: null, uptime: 20 + n }))
    await late.clock.advance(seconds(200))
    await late.done
    expect([late.asked, late.looks()]).toEqual([[], 102])
    const stopped = begin(() => ({ date: null, uptime: 20 }))
    await stopped.clock.advance(seconds(3))
    stopped.end.abort()
    await stopped.done
    expect([stopped.asked, stopped.clock.sleeping]).toEqual([[], []])
  })
})

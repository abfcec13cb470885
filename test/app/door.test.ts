import { describe, expect, it } from 'vitest'
import { Door, WARNING } from '../../src/app/door.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { type Actual, asleep } from '../../src/core/plan.ts'
import { nothing, type Wanted } from '../../src/core/wanted.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'

const room = '0000000000000000000000H0M0' as RoomSecret
const den = '0000000000000000000000DEN0' as RoomSecret
const guest = (name: string, turn = 1) => ({ peer: name as PeerId, name: name.toUpperCase(), call: `${name}/${turn}` })

/** A door whose contacts are Ann, who is let in, and Bo, who is not. */
function makeDoor() {
  const clock = new FakeClock()
  const box: { wanted: Wanted; actual: Actual } = { wanted: nothing, actual: { ...asleep, tv: 'on' } }
  const told: string[] = []
  const door = new Door({
    own: room,
    contact: (peer) => (['ann', 'bo'].includes(peer) ? { peer, name: `our ${peer}`, room, at: null, answers: peer === 'ann' } : null),
    now: () => box,
    clock,
    onListenerError: (error) => {
      throw error
    },
  })
  door.on('ringing', (ringing) => {
    told.push(ringing ? `${ringing.name} rings${ringing.contact ? '' : ', a stranger'}` : 'quiet')
    box.actual = { ...box.actual, ringing }
  })
  door.on('countdown', (left) => told.push(left === null ? 'no countdown' : `in ${left}`))
  door.on('answer', () => {
    told.push('answer')
    be({ room })
    door.hear([])
  })
  door.on('ended', ({ what, name }) => told.push(`${what}: ${name}`))
  const be = (wanted: Partial<Wanted>, actual: Partial<Actual> = {}) => {
    box.wanted = { ...box.wanted, ...wanted }
    box.actual = { ...box.actual, ...actual }
    door.look()
  }
  return { clock, door, told, be }
}

const count = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => `in ${from - i}`)

describe('the door', () => {
  it('says who rings, by the name that we know them by, and what became of it', async () => {
    const { clock, door, told, be } = makeDoor()
    door.hear([guest('bo')])
    await clock.advance(seconds(5))
    door.hear([])
    door.hear([guest('cy')])
    be({ room })
    door.hear([])
    expect(told).toEqual(['our bo rings', 'quiet', 'missed: our bo', 'CY rings, a stranger', 'quiet', 'answered: CY'])
  })
  it('notes no missed call of somebody who only looked in', async () => {
    const { door, told } = makeDoor()
    door.hear([guest('bo')])
    door.hear([])
    expect(told).toEqual(['our bo rings', 'quiet'])
  })
  it('lets the next one ring when the first was turned away', () => {
    const { door, told } = makeDoor()
    door.hear([guest('bo'), guest('cy')])
    door.hear([guest('cy')])
    door.declined()
    expect(told).toEqual(['our bo rings', 'quiet', 'CY rings, a stranger', 'quiet', 'declined: CY'])
  })
  it('answers by itself who is on the list, after a countdown that everybody sees', async () => {
    const { clock, door, told } = makeDoor()
    door.hear([guest('ann')])
    await clock.advance(seconds(WARNING - 1))
    expect(told).toEqual(['our ann rings', ...count(10, 1)])
    await clock.advance(seconds(1))
    expect(told.slice(11)).toEqual(['no countdown', 'answer', 'quiet', 'answered by itself: our ann'])
  })
  it('does not when anybody presses a key, and not for the same ringing again', async () => {
    const { clock, door, told, be } = makeDoor()
    door.hear([guest('ann')])
    await clock.advance(seconds(2))
    expect(door.cancel()).toBe(true)
    expect(door.cancel()).toBe(false)
    be({ volume: 10 })
    await clock.advance(seconds(60))
    expect(told).toEqual(['our ann rings', ...count(10, 8), 'no countdown'])
  })
  it.each<[string, Partial<Wanted>, Partial<Actual>]>([
    ['the privacy switch is shut', {}, { shutter: 'shut' }],
    ['people want quiet', { quiet: true }, {}],
    ['it is night', {}, { night: true }],
    ['the box goes into another room', { room: den }, {}],
    ['it was declined', { declined: 'ann/1' }, { ringing: null }],
  ])('does not when %s, before or during the countdown', async (why, wanted, actual) => {
    const { clock, door, told, be } = makeDoor()
    door.hear([guest('ann')])
    await clock.advance(seconds(2))
    if (why === 'it was declined') door.declined()
    else be(wanted, actual)
    await clock.advance(seconds(60))
    expect(told).not.toContain('answer')
    const before = makeDoor()
    before.be(wanted, actual)
    if (why === 'it was declined') return
    before.door.hear([guest('ann')])
    await before.clock.advance(seconds(60))
    expect(before.told).toEqual(['our ann rings'])
  })
  it('never answers somebody who is not on the list', async () => {
    const { clock, door, told } = makeDoor()
    door.hear([guest('bo')])
    await clock.advance(seconds(60))
    expect(told).toEqual(['our bo rings'])
  })
})

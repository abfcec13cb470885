import { describe, expect, it } from 'vitest'
import { type Known, picture } from '../../src/app/picture.ts'
import { Seats } from '../../src/app/seats.ts'
import { deaf, type Ear, hear } from '../../src/app/speech.ts'
import type { Person } from '../../src/call/person.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { asleep } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'
import { ms } from '../../src/lib/unit.ts'

const room = '0000000000000000000000H0M0' as RoomSecret
const id = (name: string) => name as PeerId
const ann: Person = {
  peer: id('ann'),
  name: 'Ann',
  kind: 'browser',
  state: 'live',
  emoji: ['🐶'],
  muted: false,
  camera: true,
  screen: false,
  speaking: false,
}

describe('seats', () => {
  it('go to newcomers lowest first, and stay theirs', () => {
    const seats = new Seats()
    expect(['a', 'b', 'c'].map((p) => seats.take(id(p)))).toEqual([1, 2, 3])
    seats.leave(id('b'))
    expect([seats.take(id('c')), seats.take(id('d'))]).toEqual([3, 2])
    expect(seats.who(2)).toBe('d')
  })
  it('are five, and the sixth guest gets none', () => {
    const seats = new Seats()
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((p) => seats.take(id(p)))).toEqual([1, 2, 3, 4, 5, null])
    expect(seats.leave(id('f'))).toBeNull()
  })
})

describe('an ear', () => {
  /** Hears one level a tenth of a second, from a moment on. */
  const listen = (ear: Ear, levels: readonly number[], from = 0): Ear =>
    levels.reduce((e, level, i) => hear(e, level, ms(from + i * 100)), ear)
  const times = (n: number, level: number) => Array<number>(n).fill(level)

  it('takes a voice over a quiet room for speech at once', () => {
    expect(listen(deaf, [...times(20, -65), -30]).speaking).toBe(true)
  })
  it('does not take a fan for a voice', () => {
    expect(listen(deaf, times(100, -42)).speaking).toBe(false)
  })
  it('bridges the gap between two words, not the end of the talk', () => {
    const spoke = listen(deaf, [...times(20, -65), ...times(5, -30)])
    expect(listen(spoke, times(5, -65), 2500).speaking).toBe(true)
    expect(listen(spoke, times(12, -65), 2500).speaking).toBe(false)
  })
  it('hears a long talk to its end', () => {
    expect(listen(deaf, [...times(20, -65), ...times(100, -25)]).speaking).toBe(true)
  })
  it('takes digital silence for silence', () => {
    expect(listen(deaf, times(10, Number.NEGATIVE_INFINITY))).toMatchObject({ speaking: false })
  })
})

describe('the picture', () => {
  const known: Known = {
    name: 'Living room',
    link: 'https://box/r#K',
    wanted: nothing,
    actual: { ...asleep, tv: 'on' },
    people: [],
    seatOf: () => 1,
    speaking: new Set(),
    caller: null,
    notice: null,
  }
  const inCall: Known = { ...known, wanted: { ...nothing, room }, actual: { ...known.actual, room, camera: 'open', sound: 'open' } }

  it('is idle with the link while nobody calls, and rings when somebody waits', () => {
    expect(picture(known)).toMatchObject({ show: 'idle', link: 'https://box/r#K', self: null })
    expect(picture({ ...known, caller: 'Ann' })).toMatchObject({ show: 'ringing', caller: 'Ann' })
  })
  it('shows ourselves as soon as we are in a room, muted when we are', () => {
    expect(picture({ ...inCall, actual: { ...inCall.actual, muted: true } }).self).toMatchObject({ seat: 0, camera: true, muted: true })
  })
  it('gives everybody with a seat a tile', () => {
    const seen = picture({ ...inCall, people: [ann, { ...ann, peer: id('bo'), name: 'Bo' }], seatOf: (p) => (p.name === 'Ann' ? 3 : null) })
    expect(seen.people).toEqual([{ seat: 3, name: 'Ann', state: 'live', muted: false, camera: true, speaking: false, emoji: ['🐶'] }])
  })
  it('never marks a muted person as speaking', () => {
    const seen = picture({ ...inCall, people: [{ ...ann, muted: true }], speaking: new Set([1]) })
    expect(seen.people[0]?.speaking).toBe(false)
  })
  it('shows the shared screen of the latest who shares, as long as they are there', () => {
    const two = [
      { ...ann, screen: true },
      { ...ann, peer: id('bo'), name: 'Bo', screen: true },
    ]
    expect(picture({ ...inCall, people: two }).share).toMatchObject({ seat: 6, name: 'Bo' })
    expect(picture({ ...inCall, people: [{ ...ann, screen: true, state: 'reconnecting' }] }).share).toBeNull()
  })
})

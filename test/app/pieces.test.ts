import { describe, expect, it } from 'vitest'
import { type Known, picture } from '../../src/app/picture.ts'
import { Seats } from '../../src/app/seats.ts'
import type { Person } from '../../src/call/person.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { asleep } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'
import { REPLAY } from '../../src/media/scene.ts'

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
  live: false,
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

describe('the picture', () => {
  const known: Known = {
    name: 'Living room',
    link: 'https://box/r#K',
    wanted: nothing,
    actual: { ...asleep, tv: 'on' },
    people: [],
    seatOf: () => 1,
    speaking: new Set(),
    large: null,
    countdown: null,
    missed: [],
    watching: null,
    announced: null,
    watch: null,
    notice: null,
    language: 'en',
    menu: null,
    pairing: null,
  }
  const inCall: Known = { ...known, wanted: { ...nothing, room }, actual: { ...known.actual, room, camera: 'open', sound: 'open' } }

  it('says as long as it goes on that the call is broadcast, and by whom', () => {
    expect(picture(inCall).live).toBeNull()
    expect(picture({ ...inCall, watching: 0 }).live).toBe('LIVE')
    expect(picture({ ...inCall, watching: 3, language: 'de' }).live).toBe('LIVE · 3 sehen zu')
    expect(picture({ ...inCall, watching: 3, private: true }).live).toBe('LIVE · private · 3 watching')
    expect(picture({ ...inCall, watching: 0, private: true, language: 'de' }).live).toBe('LIVE · privat')
    expect(picture({ ...inCall, people: [{ ...ann, live: true }] }).live).toBe('LIVE by Ann')
  })
  it('has what was said before in a seat of its own, while it is shown', () => {
    expect(picture(inCall).replay).toBeNull()
    const again = picture({ ...inCall, actual: { ...inCall.actual, live: true, replay: 1 }, language: 'de' })
    expect(again.replay).toMatchObject({ seat: REPLAY, camera: true, name: 'Vorhin  ·  ZURÜCK: jetzt' })
  })
  it('is idle with the link while nobody calls, and rings when somebody waits', () => {
    expect(picture(known)).toMatchObject({ show: 'idle', link: 'https://box/r#K', self: null })
    const ringing = { call: 'a/1', peer: id('ann'), name: 'Ann', contact: true }
    const rung = { ...known, actual: { ...known.actual, ringing } }
    expect(picture(rung)).toMatchObject({ show: 'ringing', caller: 'Ann' })
    expect(picture({ ...rung, wanted: { ...nothing, quiet: true } })).toMatchObject({ show: 'idle', caller: null })
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
  it('shows who speaks large in a company, not between two', () => {
    const company = ['ann', 'bo', 'cy'].map((name) => ({ ...ann, peer: id(name), name }))
    const seatOf = (p: Person) => ['ann', 'bo', 'cy'].indexOf(p.peer) + 1
    expect(picture({ ...inCall, people: company, seatOf, large: 2 }).large).toBe(2)
    expect(picture({ ...inCall, people: company.slice(0, 2), seatOf, large: 2 }).large).toBeNull()
    const wanting = (layout: 'grid' | 'speaker'): Known => ({ ...inCall, wanted: { ...inCall.wanted, layout }, people: company, seatOf })
    expect(picture({ ...wanting('grid'), large: 2 }).large).toBeNull()
    expect(picture(wanting('speaker')).large).toBe(1)
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

import { describe, expect, it } from 'vitest'
import { type Facts, GRACE, GRACE_KEPT, onOk, POINT_FOR, sceneOf, stepOf, wifiLink } from '../../../src/app/firstboot/step.ts'
import { ms } from '../../../src/lib/unit.ts'

const NEW: Facts = {
  now: ms(0),
  began: ms(0),
  connected: false,
  radio: null,
  kept: [],
  fresh: true,
  busy: false,
  point: null,
  pointFailed: false,
  pointShown: false,
  asked: false,
  guest: false,
  trying: null,
  failed: null,
  joined: null,
  pairShown: false,
  pairing: false,
  away: false,
  bluetooth: null,
  applied: null,
}
const POINT = { is: { ssid: 'Parlor KKKK', password: 'kkkkkkkkkkkk', address: '10.42.0.1' }, until: POINT_FOR, alone: false }
const box = (facts: Partial<Facts>): Facts => ({ ...NEW, ...facts })
const APPLIED = { name: 'box', zone: null, language: null, country: null, networks: ['Home'], ignored: ['users'], odd: [], failed: [] }

describe('a new box', () => {
  it('waits a moment for a network, then opens its own', () => {
    expect(stepOf(box({ radio: 'on' }))).toEqual({ do: 'wait' })
    expect(sceneOf(box({ radio: 'on' }))?.is).toBe('looking')
    expect(stepOf(box({ radio: 'on', now: GRACE }))).toEqual({ do: 'open point' })
  })

  it('gives a Wi-Fi that came with the card more time, and says then that it does not work', () => {
    const facts = box({ radio: 'on', now: GRACE, kept: ['Home'], applied: APPLIED })
    expect(stepOf(facts)).toEqual({ do: 'wait' })
    expect(stepOf({ ...facts, now: GRACE_KEPT })).toEqual({ do: 'open point' })
    const shown = sceneOf({ ...facts, now: GRACE_KEPT, point: POINT, pointShown: true })
    expect(shown).toMatchObject({
      is: 'point',
      failed: { ssid: 'Home', why: 'other' },
      told: { done: ['box', 'Home'], ignored: ['users'], amiss: [] },
    })
  })

  it('begins at pairing where a cable works, once by itself and then with a key', () => {
    expect(stepOf(box({ connected: true }))).toEqual({ do: 'pair' })
    const later = box({ connected: true, pairShown: true })
    expect(stepOf(later)).toEqual({ do: 'wait' })
    expect(sceneOf(later)?.is).toBe('pair')
    expect(onOk(later)).toBe('pair')
  })

  it('shows how to join its own Wi-Fi, then its page, then closes after ten minutes until a key asks for it', () => {
    const open = box({ radio: 'on', point: POINT, pointShown: true })
    expect(sceneOf(open)).toMatchObject({
      is: 'point',
      ssid: 'Parlor KKKK',
      link: 'WIFI:T:WPA;S:Parlor KKKK;P:kkkkkkkkkkkk;;',
      secondsLeft: 600,
    })
    expect(sceneOf({ ...open, guest: true })).toMatchObject({ is: 'page', link: 'http://10.42.0.1/setup' })
    expect(stepOf({ ...open, now: ms(POINT_FOR - 1) })).toEqual({ do: 'wait' })
    expect(stepOf({ ...open, now: POINT_FOR })).toEqual({ do: 'close point' })
    const closed = box({ radio: 'on', now: POINT_FOR, pointShown: true })
    expect(stepOf(closed)).toEqual({ do: 'wait' })
    expect(sceneOf(closed)?.is).toBe('again')
    expect(onOk(closed)).toBe('open point')
  })

  it('closes its own Wi-Fi when a cable is put in, but not when Wi-Fi was asked for', () => {
    expect(stepOf(box({ point: POINT, connected: true }))).toEqual({ do: 'close point' })
    expect(stepOf(box({ point: POINT, connected: true, asked: true }))).toEqual({ do: 'wait' })
  })

  it('does nothing while a network is tried, and says what did not work afterwards', () => {
    expect(stepOf(box({ trying: 'Home', now: ms(POINT_FOR * 2), point: POINT }))).toEqual({ do: 'wait' })
    expect(sceneOf(box({ trying: 'Home' }))).toMatchObject({ is: 'trying', ssid: 'Home' })
    const failed = { ssid: 'Home', why: 'password' } as const
    expect(sceneOf(box({ point: POINT, failed }))?.failed).toEqual(failed)
  })

  it('says that it joined before pairing covers it', () => {
    const joined = { ssid: 'Home', internet: 'portal', at: ms(0) } as const
    const facts = box({ connected: true, joined })
    expect(sceneOf(facts)).toMatchObject({ is: 'joined', ssid: 'Home', internet: 'portal' })
    expect(stepOf(facts)).toEqual({ do: 'wait' })
    expect(stepOf({ ...facts, now: ms(10_000) })).toEqual({ do: 'pair' })
  })

  it('may stay by itself: its Wi-Fi stays on, and a phone on it is paired', () => {
    const alone = box({ point: { ...POINT, alone: true }, now: ms(POINT_FOR * 9), pointShown: true })
    expect(stepOf(alone)).toEqual({ do: 'pair' })
    expect(stepOf({ ...alone, pairShown: true })).toEqual({ do: 'wait' })
    expect(stepOf({ ...alone, fresh: false })).toEqual({ do: 'wait' })
    expect(sceneOf({ ...alone, fresh: false })).toBeNull()
  })

  it('asks for a cable where there is no radio, or its own Wi-Fi does not come up', () => {
    expect(sceneOf(box({ radio: 'none' }))?.is).toBe('cable')
    expect(sceneOf(box({ radio: 'on', now: GRACE, pointFailed: true }))?.is).toBe('cable')
    expect(stepOf(box({ radio: 'on', now: GRACE, pointFailed: true }))).toEqual({ do: 'wait' })
  })

  it('is never held up: a call goes before it, and BACK puts it away', () => {
    expect(sceneOf(box({ busy: true, point: POINT }))).toBeNull()
    expect(stepOf(box({ busy: true, radio: 'on', now: GRACE }))).toEqual({ do: 'wait' })
    expect(sceneOf(box({ away: true, radio: 'on', now: GRACE }))).toBeNull()
    expect(stepOf(box({ away: true, radio: 'on', now: GRACE }))).toEqual({ do: 'wait' })
    expect(stepOf(box({ away: true, point: POINT }))).toEqual({ do: 'close point' })
  })
})

describe('a box that has a phone', () => {
  it('opens nothing by itself, however long it has no network', () => {
    const facts = box({ fresh: false, radio: 'on', now: ms(9e9) })
    expect(stepOf(facts)).toEqual({ do: 'wait' })
    expect(sceneOf(facts)).toBeNull()
  })

  it('opens its own Wi-Fi when somebody asks for it', () => {
    expect(stepOf(box({ fresh: false, asked: true, connected: true, radio: 'on' }))).toEqual({ do: 'open point' })
    expect(stepOf(box({ fresh: false, asked: true, connected: true, radio: 'none' }))).toEqual({ do: 'wait' })
  })
})

it('every state of a box says something, or is as any other box', () => {
  let seed = 3
  const dice = (below: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const one = <T>(...of: readonly T[]): T => of[dice(of.length)] as T
  for (let round = 0; round < 20_000; round++) {
    const facts = box({
      now: ms(dice(2_000_000)),
      connected: one(true, false),
      radio: one(null, 'none', 'off', 'on'),
      kept: one([], ['Home']),
      fresh: one(true, false),
      busy: one(true, false),
      point: one(null, POINT, { ...POINT, alone: true }),
      pointFailed: one(true, false),
      pointShown: one(true, false),
      asked: one(true, false),
      guest: one(true, false),
      trying: one(null, 'Home'),
      failed: one(null, { ssid: 'Home', why: 'late' } as const),
      joined: one(null, { ssid: 'Home', internet: one('yes', 'no', null), at: ms(dice(2_000_000)) } as const),
      pairShown: one(true, false),
      pairing: one(true, false),
      away: one(true, false),
    })
    const shown = sceneOf(facts)
    const { do: step } = stepOf(facts)
    // A new box that nobody has put away is never silent, and never opens a second access point.
    if (facts.fresh && !facts.busy && !facts.away && !facts.point) expect(shown).not.toBeNull()
    if (step === 'open point') expect([facts.point, facts.trying, facts.busy]).toEqual([null, null, false])
    if (step === 'pair') expect(facts.fresh && !facts.busy && !facts.pairShown).toBe(true)
    if (facts.busy) expect(shown).toBeNull()
  }
})

it('a name with signs of its own stays one name for a camera', () => {
  expect(wifiLink({ ssid: 'a;b:"c"', password: 'x,y\\z' })).toBe('WIFI:T:WPA;S:a\\;b\\:\\"c\\";P:x\\,y\\\\z;;')
})

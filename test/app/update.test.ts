import { describe, expect, it } from 'vitest'
import { type Around, type Event, type Found, isBusy, next, nothing, seenOf, stepOf, type Update } from '../../src/app/update.ts'
import { textIn } from '../../src/core/text/text.ts'
import { ordersFor, UPDATE_ORDERS, type UpdateSeen, updateLine, updateSentence } from '../../src/core/update.ts'

const found = (version = '0.5.0'): Found => ({
  version,
  notes: { en: 'New', de: 'Neu' },
  url: 'https://x/y',
  sha256: 'ab',
  size: 9,
  file: null,
})
const come = (...events: Event[]): Update => events.reduce(next, nothing)
const list = (version: string | null = '0.5.0', asked = false): Event => ({
  its: 'list',
  found: version === null ? null : found(version),
  asked,
})
const order = (said: 'now' | 'tonight' | 'later'): Event => ({ its: 'order', order: said })
const REST: Around = { rest: true, night: false, byNight: false }

describe('an update', () => {
  it('goes its way: offered, wanted, fetched, installed, tried, done', () => {
    let now = come(list())
    expect(stepOf(now, REST)).toEqual({ do: 'nothing' })
    now = next(now, order('now'))
    expect(stepOf(now, REST)).toMatchObject({ do: 'fetch' })
    now = next(now, { its: 'progress', percent: 40 })
    expect(now).toMatchObject({ is: 'downloading', percent: 40, when: 'now' })
    now = next(now, { its: 'fetched', path: '/m/x' })
    expect(stepOf(now, REST)).toEqual({ do: 'install', path: '/m/x' })
    now = next(now, { its: 'progress', percent: 10 })
    expect(now.is).toBe('installing')
    now = next(now, { its: 'installed' })
    expect(stepOf(now, REST)).toEqual({ do: 'try' })
    now = come({ its: 'card', trial: { is: 'trying', version: '0.5.0' }, told: null })
    expect(now).toEqual({ is: 'trying', version: '0.5.0' })
    now = next(now, { its: 'card', trial: { is: 'over', version: '0.5.0', outcome: 'good' }, told: null })
    expect(now).toEqual({ is: 'done', version: '0.5.0' })
  })
  it('goes back with its reason, and is not tried again unless a person looks for it', () => {
    const back = come({ its: 'card', trial: { is: 'over', version: '0.5.0', outcome: 'no picture' }, told: null })
    expect(back).toEqual({ is: 'went back', version: '0.5.0', why: 'no picture' })
    expect(next(back, list('0.5.0'))).toBe(back)
    expect(next(back, list('0.5.0', true)).is).toBe('offered')
    expect(next(back, list('0.6.0')).is).toBe('offered')
  })
  it('is told of once', () => {
    expect(come({ its: 'card', trial: { is: 'over', version: '0.5.0', outcome: 'good' }, told: '0.5.0 good' })).toEqual(nothing)
  })
  it('waits while anything goes on, and is put off when something begins', () => {
    const busy = { ...REST, rest: false }
    const wanted = come(list(), order('now'))
    expect(stepOf(wanted, busy)).toEqual({ do: 'nothing' })
    const fetching = next(wanted, { its: 'progress', percent: 1 })
    expect(stepOf(fetching, busy)).toEqual({ do: 'put off' })
    const off = next(fetching, { its: 'put off' })
    expect(off).toMatchObject({ is: 'offered', when: 'now' })
    expect(stepOf({ is: 'installed', version: '0.5.0' }, busy)).toEqual({ do: 'nothing' })
  })
  it('that is wanted tonight waits for the night', () => {
    const wanted = come(list(), order('tonight'))
    expect(stepOf(wanted, REST)).toEqual({ do: 'nothing' })
    expect(stepOf(wanted, { ...REST, night: true })).toMatchObject({ do: 'fetch' })
    expect(stepOf(wanted, { ...REST, night: true, rest: false })).toEqual({ do: 'nothing' })
  })
  it('comes by night without a word only where that is allowed, and never again by itself after it failed', () => {
    expect(stepOf(come(list()), { ...REST, night: true })).toEqual({ do: 'nothing' })
    expect(stepOf(come(list()), { ...REST, night: true, byNight: true })).toMatchObject({ do: 'fetch' })
    const damaged = come(list(), order('now'), { its: 'failed', why: 'damaged' })
    expect(damaged).toMatchObject({ is: 'offered', when: null, why: 'damaged' })
    expect(stepOf(damaged, { ...REST, night: true, byNight: true })).toEqual({ do: 'nothing' })
    expect(come(list(), order('now'), { its: 'failed', why: 'away' })).toMatchObject({ is: 'offered', when: 'tonight', why: 'away' })
  })
  it('that is newer takes the place of one that was offered, and its wish is none for the new one', () => {
    expect(come(list('0.5.0'), order('tonight'), list('0.5.0'))).toMatchObject({ when: 'tonight' })
    expect(come(list('0.5.0'), order('tonight'), list('0.6.0'))).toMatchObject({ is: 'offered', found: { version: '0.6.0' }, when: null })
  })
  it('that was taken out of the list is offered no more', () => expect(come(list(), list(null))).toEqual(nothing))
  it('given as a file is wanted at once, and forgotten when it fails', () => {
    const given = come({ its: 'file', found: { ...found(), url: null, file: '/x' }, path: '/x' })
    expect(stepOf(given, REST)).toEqual({ do: 'install', path: '/x' })
    expect(next(given, { its: 'failed', why: 'failed' })).toEqual({ is: 'none', why: 'failed' })
  })
  it('is nothing on a box without slots, whatever is said', () => {
    const none = come({ its: 'no card' })
    for (const event of [list(), order('now'), { its: 'installed' } as Event]) expect(next(none, event)).toEqual({ is: 'no card' })
  })
})

/** A small generator, the same each time. */
function* numbers(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (x * 1664525 + 1013904223) % 2 ** 32
    yield x
  }
}

it('never installs or starts anew while something goes on, never acts without a wish, and never stands still for good (5,000 events)', () => {
  const random = numbers(7)
  const pick = <T>(from: readonly T[]): T => from[(random.next().value as number) % from.length] as T
  const events: Event[] = [
    ...[list(), list(null), list('0.6.0'), list('0.5.0', true), order('now'), order('tonight'), order('later')],
    ...([{ its: 'progress', percent: 3 }, { its: 'fetched', path: '/m/x' }, { its: 'installed' }, { its: 'put off' }] as const),
    ...([
      { its: 'failed', why: 'away' },
      { its: 'failed', why: 'damaged' },
    ] as const),
    { its: 'file', found: { ...found(), file: '/f' }, path: '/f' },
    { its: 'card', trial: null, told: null },
    { its: 'card', trial: { is: 'over', version: '0.5.0', outcome: 'no start' }, told: null },
  ]
  let now: Update = nothing
  for (let i = 0; i < 5_000; i++) {
    now = next(now, pick(events))
    const idle = stepOf(now, { rest: false, night: true, byNight: true })
    expect(['nothing', 'put off']).toContain(idle.do)
    if ('when' in now && now.when === null) expect(['nothing', 'put off']).toContain(stepOf(now, REST).do)
    // Whatever has come: a newer list and a person's wish lead to an update, unless one is under way.
    if (!isBusy(now)) expect(stepOf(next(next(now, list('9.0.0', true)), order('now')), REST).do).toBe('fetch')
  }
})

describe('what is said of an update', () => {
  const states: Update[] = [
    { is: 'no card' },
    nothing,
    come(list()),
    come(list(), order('now')),
    come(list(), order('tonight')),
    come(list(), order('now'), { its: 'failed', why: 'full' }),
    come(list(), order('now'), { its: 'progress', percent: 12 }),
    come(list(), order('now'), { its: 'fetched', path: '/x' }, { its: 'progress', percent: 50 }),
    { is: 'installed', version: '0.5.0' },
    { is: 'trying', version: '0.5.0' },
    { is: 'done', version: '0.5.0' },
    { is: 'went back', version: '0.5.0', why: 'no start' },
  ]
  it.each(['en', 'de'] as const)('is a sentence in each state (%s)', (language) => {
    for (const state of states) {
      const seen: UpdateSeen = seenOf(state, '0.4.0', true)
      expect(updateSentence(seen, textIn(language)), state.is).toMatch(/^[A-ZÄÖÜ].*\.$/)
      expect(updateLine(seen, textIn(language))?.includes('undefined') ?? false).toBe(false)
      for (const each of ordersFor(seen)) expect(UPDATE_ORDERS).toContain(each)
    }
  })
})

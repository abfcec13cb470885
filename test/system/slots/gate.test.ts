// gate.test.ts — when a new version has proved itself, and when it has not.
import { describe, expect, test } from 'vitest'
import { ms, seconds } from '../../../src/lib/unit.ts'
import { CLOSED, type Gate, look, type Signs, TIMES, timesIn, type Word } from '../../../src/system/slots/gate.ts'

const WELL: Signs = { ready: true, picture: true, network: true }
const HAD = { picture: true, network: true }

/** Looks every second from `from` (seconds since the start of the machine); gives the first word that is not open, and when it came. */
function until(signs: (second: number) => Signs, had = HAD, from = 30): { readonly word: Word; readonly at: number } {
  let gate: Gate = CLOSED
  for (let at = from; at < 3600; at++) {
    const seen = look(gate, signs(at), had, ms(1e6 + at * 1000), seconds(at))
    if (seen.word.is !== 'open') return { word: seen.word, at }
    gate = seen.gate
  }
  throw new Error('it never makes up its mind')
}

describe('a version on trial', () => {
  test('is good after five minutes without a gap', () => {
    expect(until(() => WELL)).toEqual({ word: { is: 'good' }, at: 330 })
    expect(until((at) => ({ ...WELL, picture: at !== 200 }))).toEqual({ word: { is: 'good' }, at: 501 })
  })

  test('is given up after ten, for what is missing', () => {
    expect(until(() => ({ ...WELL, picture: false }))).toEqual({ word: { is: 'bad', why: 'no picture' }, at: 600 })
    expect(until(() => ({ ...WELL, network: false }))).toEqual({ word: { is: 'bad', why: 'no network' }, at: 600 })
    expect(until(() => ({ ready: false, picture: false, network: false }))).toEqual({ word: { is: 'bad', why: 'not ready' }, at: 600 })
  })

  test('that flickers is given up, for what was missing last', () => {
    expect(until((at) => ({ ...WELL, picture: at % 60 !== 0 }), HAD, 61)).toEqual({ word: { is: 'bad', why: 'no picture' }, at: 600 })
    expect(until((at) => ({ ...WELL, network: at > 400 }))).toEqual({ word: { is: 'bad', why: 'no network' }, at: 600 })
  })

  test('need not have what the old one had not', () => {
    expect(until(() => ({ ready: true, picture: false, network: false }), { picture: false, network: false }).word).toEqual({ is: 'good' })
  })
})

test('a test may be quicker, and nonsense is not heard', () => {
  expect(timesIn('20/90')).toEqual({ well: 20_000, limit: 90_000 })
  for (const text of [undefined, '', '20', '0x1/2', '20/90/1', '-1/5']) expect(timesIn(text)).toBe(TIMES)
})

// Which of the ways that were agreed on is used, also when one turns out to be another than it seemed.
import { describe, expect, test } from 'vitest'
import { PAIR, type Pair } from '../../../src/call/werift/inner.ts'
import { betterAgreed, isDirect, rank } from '../../../src/call/werift/pair.ts'

const pair = (by: 'stun' | 'turn', to: string, { state = PAIR.succeeded as number, nominated = true } = {}): Pair =>
  ({ protocol: { type: by }, remoteCandidate: { type: to }, state, nominated }) as unknown as Pair

describe('of two ways', () => {
  test('the straighter one is better', () => {
    const ways = [pair('stun', 'host'), pair('stun', 'srflx'), pair('stun', 'relay'), pair('turn', 'relay')]
    expect(ways.map(rank)).toEqual([...ways.map(rank)].sort((a, b) => b - a))
    expect(ways.map(isDirect)).toEqual([true, true, false, false])
  })

  test('one that seemed direct and is a relay of theirs gives way to the direct one that was agreed on after it', () => {
    const seemed = pair('stun', 'prflx')
    const direct = pair('stun', 'srflx')
    expect(betterAgreed([seemed, direct], seemed)).toBeNull()
    Object.assign(seemed.remoteCandidate, { type: 'relay' })
    expect(betterAgreed([seemed, direct], seemed)).toBe(direct)
    const home = pair('stun', 'host')
    expect(betterAgreed([seemed, direct, home], seemed)).toBe(home)
  })

  test('none is taken that was not agreed on', () => {
    const inUse = pair('stun', 'relay')
    const others = [pair('stun', 'host', { state: PAIR.failed }), pair('stun', 'srflx', { nominated: false }), pair('turn', 'relay')]
    expect(betterAgreed([inUse, ...others], inUse)).toBeNull()
  })
})

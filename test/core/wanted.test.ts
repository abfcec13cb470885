import { describe, expect, it } from 'vitest'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { afterRestart, ask, nothing } from '../../src/core/wanted.ts'
import { seconds } from '../../src/lib/unit.ts'

const [home, away] = ['0000000000000000000000H0ME', '0000000000000000000000AWAY'] as [RoomSecret, RoomSecret]
const known = { own: home, ringing: null, roomOf: (_: PeerId) => null }
const inCall = ask({ ...nothing, room: home }, { want: 'tracks', on: true }, known)

describe('that our own camera and microphone are kept', () => {
  it('is wanted only in a call, and no longer than it', () => {
    expect(inCall.tracks).toBe(true)
    expect(ask(inCall, { want: 'tracks', on: false }, known).tracks).toBe(false)
    expect(ask(inCall, { want: 'leave' }, known).tracks).toBe(false)
    expect(ask(inCall, { want: 'join', room: away }, known).tracks).toBe(false)
    expect(ask(inCall, { want: 'join', room: home }, known).tracks).toBe(true)
    expect(ask(nothing, { want: 'tracks', on: true }, known).tracks).toBe(false)
  })
  it('outlives a crash as the call does, and nothing longer', () => {
    expect(afterRestart(inCall, seconds(5)).tracks).toBe(true)
    expect(afterRestart(inCall, seconds(600)).tracks).toBe(false)
  })
})

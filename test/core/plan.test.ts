import { describe, expect, it } from 'vitest'
import type { RoomSecret } from '../../src/core/id.ts'
import { type Actual, asleep, type Device, nextStep } from '../../src/core/plan.ts'
import { afterRestart, ask, nothing, type Wanted } from '../../src/core/wanted.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { result } from './results.ts'

const home = '0000000000000000000000H0ME' as RoomSecret
const den = '00000000000000000000000DEN' as RoomSecret
const idle: Actual = { ...asleep, tv: 'on' }

/** Follows the plan with perfect hands, and tells what was done. */
function follow(wanted: Wanted, from: Actual): string[] {
  const done: string[] = []
  let actual = from
  for (let step = nextStep(wanted, actual); step; step = nextStep(wanted, actual)) {
    done.push(step.do)
    actual = { ...actual, ...result(step) }
    if (done.length > 20) throw new Error('the plan goes round in circles')
  }
  return done
}

describe('the plan', () => {
  it('lights the tv and opens nothing else while nobody asks', () => {
    expect(follow(nothing, asleep)).toEqual(['light the tv'])
  })
  it('opens camera and sound, then joins', () => {
    expect(follow({ ...nothing, room: home }, asleep)).toEqual(['light the tv', 'open camera', 'open sound', 'join'])
  })
  it('mutes before anybody could hear, and before anything else', () => {
    expect(follow({ ...nothing, room: home, muted: true }, asleep)[0]).toBe('set microphone')
    expect(nextStep({ ...nothing, muted: true }, { ...idle, room: home, camera: 'open', sound: 'open' })).toEqual({
      do: 'set microphone',
      muted: true,
    })
  })
  it('goes round a lost tv, a missing camera and a missing sound card', () => {
    const bare: Actual = { ...asleep, tv: 'lost', camera: 'missing', sound: 'missing' }
    expect(follow({ ...nothing, room: home }, bare)).toEqual(['join'])
  })
  it('leaves before it goes elsewhere, and keeps the camera open on the way', () => {
    const inHome: Actual = { ...idle, camera: 'open', sound: 'open', room: home }
    expect(follow({ ...nothing, room: den }, inHome)).toEqual(['leave', 'join'])
  })
  it('closes what it opened when it leaves, also what was missing', () => {
    const inHome: Actual = { ...idle, camera: 'missing', sound: 'open', room: home }
    expect(follow(nothing, inHome)).toEqual(['leave', 'close camera', 'close sound'])
  })
  it('closes the camera in a call when people want to be unseen, and does not open it again', () => {
    const inHome: Actual = { ...idle, camera: 'open', sound: 'open', room: home }
    expect(follow({ ...nothing, room: home, camera: false }, inHome)).toEqual(['close camera'])
  })
  it('always comes to rest, and never opens a device that was not asked for', () => {
    const devices: Device[] = ['closed', 'open', 'missing']
    for (const room of [null, home, den])
      for (const muted of [true, false])
        for (const camera of [true, false])
          for (const tv of ['dark', 'on', 'lost'] as const)
            for (const was of [null, home])
              for (const cam of devices)
                for (const sound of devices) {
                  const done = follow({ ...nothing, room, muted, camera }, { ...asleep, tv, room: was, camera: cam, sound })
                  if (room === null || !camera) expect(done).not.toContain('open camera')
                  if (room === null) expect(done).not.toContain('open sound')
                  if (muted) expect(done[0]).toBe('set microphone')
                }
  })
})

describe('the wish', () => {
  it('survives a short crash, but a long absence never opens the camera again', () => {
    const was: Wanted = { room: home, muted: true, camera: true, volume: 30 }
    expect(afterRestart(was, seconds(20))).toEqual(was)
    expect(afterRestart(was, seconds(3600))).toEqual({ ...was, room: null })
  })
  it('does not believe a clock that went back', () => {
    expect(afterRestart({ ...nothing, room: home }, ms(-1)).room).toBeNull()
  })
  it('keeps mute, camera and volume when a call ends', () => {
    const was: Wanted = { room: home, muted: true, camera: false, volume: 30 }
    expect(ask(was, { want: 'leave' })).toEqual({ ...was, room: null })
  })
})

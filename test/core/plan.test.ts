import { describe, expect, it } from 'vitest'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import type { Intent } from '../../src/core/intent.ts'
import { type Actual, asleep, type Device, nextStep } from '../../src/core/plan.ts'
import { afterRestart, ask, type Known, nothing, type Wanted } from '../../src/core/wanted.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { result } from './results.ts'

const home = '0000000000000000000000H0ME' as RoomSecret
const den = '00000000000000000000000DEN' as RoomSecret
const idle: Actual = { ...asleep, tv: 'on' }
const inCall: Actual = { ...idle, set: 'woken', camera: 'open', sound: 'open', hears: true, room: home }
const ann = { call: 'a/1', peer: 'a' as PeerId, name: 'Ann', contact: true }
const known: Known = { own: home, ringing: null, roomOf: () => null }

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
    expect(follow({ ...nothing, room: home }, asleep)).toEqual(['light the tv', 'wake the set', 'open camera', 'open sound', 'join'])
  })
  it('mutes before anybody could hear, and before anything else', () => {
    expect(follow({ ...nothing, room: home, muted: true }, asleep)[0]).toBe('set microphone')
    expect(nextStep({ ...nothing, muted: true }, { ...idle, room: home, camera: 'open', sound: 'open' })).toEqual({
      do: 'set microphone',
      muted: true,
    })
  })
  it('goes round a lost tv, a missing camera and a missing sound card', () => {
    const bare: Actual = { ...asleep, tv: 'lost', set: 'woken', camera: 'missing', sound: 'missing', hears: true }
    expect(follow({ ...nothing, room: home }, bare)).toEqual(['join'])
  })
  it('leaves before it goes elsewhere, and keeps the camera open on the way', () => {
    const inHome = inCall
    expect(follow({ ...nothing, room: den }, inHome)).toEqual(['leave', 'join'])
  })
  it('closes what it opened when it leaves, also what was missing', () => {
    const inHome: Actual = { ...inCall, camera: 'missing' }
    expect(follow(nothing, inHome)).toEqual(['leave', 'close camera', 'close sound', 'put the set back'])
  })
  it('closes the camera in a call when people want to be unseen, and does not open it again', () => {
    const inHome = inCall
    expect(follow({ ...nothing, room: home, camera: false }, inHome)).toEqual(['close camera'])
  })
  it('always comes to rest, and never opens a device that was not asked for', () => {
    const devices: Device[] = ['closed', 'open', 'missing']
    for (const room of [null, home, den])
      for (const muted of [true, false])
        for (const camera of [true, false])
          for (const phone of [true, false])
            for (const shutter of ['open', 'shut'] as const)
              for (const ringing of [null, ann])
                for (const was of [null, home])
                  for (const cam of devices)
                    for (const sound of devices)
                      for (const hears of [true, false]) {
                        const from: Actual = { ...asleep, tv: 'lost', shutter, ringing, room: was, camera: cam, sound, hears }
                        const done = follow({ ...nothing, room, muted, camera, phone }, from)
                        if (room === null || !camera || phone || shutter === 'shut') expect(done).not.toContain('open camera')
                        if (room === null && ringing === null) expect(done).not.toContain('open sound')
                        if (muted || shutter === 'shut') expect(done[0]).toBe('set microphone')
                      }
  })
  it('opens no microphone while somebody only rings, and none while the privacy switch is shut', () => {
    expect(nextStep(nothing, { ...idle, set: 'woken', ringing: ann })).toEqual({ do: 'open sound', hears: false })
    const shut: Actual = { ...idle, shutter: 'shut', muted: true, set: 'woken' }
    expect(nextStep({ ...nothing, room: home }, shut)).toEqual({ do: 'open sound', hears: false })
  })
  it('rings on the tv and the loudspeaker, and puts both back when nobody comes', () => {
    expect(follow(nothing, { ...idle, ringing: ann })).toEqual(['wake the set', 'open sound'])
    expect(follow(nothing, { ...idle, set: 'woken', sound: 'open' })).toEqual(['close sound', 'put the set back'])
  })
  it('does not ring while people want quiet, at night, or in a call', () => {
    expect(follow({ ...nothing, quiet: true }, { ...idle, ringing: ann })).toEqual([])
    expect(follow(nothing, { ...idle, night: true, ringing: ann })).toEqual([])
    expect(follow({ ...nothing, room: home }, { ...inCall, ringing: ann })).toEqual([])
  })
  it('leaves the tv set as it is in a call by sound, and wakes it when the picture is asked for', () => {
    const phone: Wanted = { ...nothing, room: home, phone: true }
    expect(follow(phone, idle)).toEqual(['open sound', 'join'])
    const seen = ask(phone, { want: 'camera', on: true }, known)
    expect(follow(seen, { ...inCall, set: 'as it was', camera: 'closed' })).toEqual(['wake the set', 'open camera'])
  })
  it('shows again what was said when all else is done, and ends that first of all: only a mute goes before', () => {
    const wanted: Wanted = { ...nothing, room: home, live: true, replay: 2 }
    const live: Actual = { ...inCall, live: true }
    expect(nextStep(wanted, live)).toEqual({ do: 'replay', back: 2 })
    const past: Actual = { ...live, replay: 1 }
    expect(follow(wanted, past)).toEqual(['replay'])
    expect(follow({ ...wanted, replay: 0 }, past)).toEqual(['end replay'])
    expect(follow({ ...nothing, room: home }, past)).toEqual(['end replay', 'end live'])
    expect(follow(nothing, past).slice(0, 3)).toEqual(['end replay', 'end live', 'leave'])
    expect(nextStep({ ...wanted, muted: true }, past)).toEqual({ do: 'set microphone', muted: true })
    expect(nextStep(wanted, { ...past, muted: true, shutter: 'shut' })).toEqual({ do: 'end replay' })
    expect(follow(wanted, { ...past, muted: true, shutter: 'shut' })).not.toContain('replay')
  })
  const watched: Wanted = { ...nothing, watch: { link: `https://box.example/w/${'a'.repeat(26)}`, at: 'live', back: 0 } }
  const watching: Actual = { ...idle, set: 'woken', sound: 'open', watch: watched.watch }
  it('shows a broadcast of elsewhere with the tv and the loudspeaker alone, and puts both back', () => {
    expect(follow(watched, idle)).toEqual(['wake the set', 'open sound', 'watch'])
    expect(nextStep(watched, { ...idle, set: 'woken' })).toEqual({ do: 'open sound', hears: false })
    expect(follow(nothing, watching)).toEqual(['end watch', 'close sound', 'put the set back'])
    expect(follow({ ...watched, watch: { link: watched.watch?.link ?? '', at: 'behind', back: 1 } }, watching)).toEqual(['watch'])
    expect(follow({ ...watched, watch: { link: `https://other.example/w/${'a'.repeat(26)}`, at: 'live', back: 0 } }, watching)).toEqual([
      'end watch',
      'watch',
    ])
  })
  it('ends a broadcast of elsewhere before it rings, and shows it again when nobody comes to the door', () => {
    const rung: Actual = { ...watching, ringing: ann }
    expect(follow(watched, rung)).toEqual(['end watch'])
    expect(follow(watched, { ...rung, watch: null })).toEqual([])
    expect(follow({ ...watched, declined: ann.call }, { ...rung, watch: null })).toEqual(['turn away', 'watch'])
    expect(follow({ ...watched, quiet: true }, rung)).toEqual([])
  })
  it('ends a broadcast of elsewhere before camera or microphone open, and shows it again after the call', () => {
    expect(follow({ ...watched, room: home }, watching)).toEqual(['end watch', 'close sound', 'open camera', 'open sound', 'join'])
    expect(follow({ ...watched, room: home, muted: true }, watching).slice(0, 2)).toEqual(['set microphone', 'end watch'])
    expect(follow(watched, inCall)).toEqual(['leave', 'close camera', 'close sound', 'open sound', 'watch'])
  })
  it('never shows a broadcast of elsewhere in a call or while it rings, and never opens camera or microphone for one', () => {
    const devices: Device[] = ['closed', 'open', 'missing']
    for (const room of [null, home])
      for (const was of [null, home])
        for (const ringing of [null, ann])
          for (const asking of [true, false])
            for (const watch of [null, watched.watch])
              for (const camera of devices)
                for (const sound of devices)
                  for (const hears of [true, false]) {
                    let actual: Actual = { ...asleep, tv: 'on', room: was, ringing, asking, watch, camera, sound, hears }
                    const wanted: Wanted = { ...watched, room }
                    for (let i = 0; i < 20; i++) {
                      const step = nextStep(wanted, actual)
                      if (!step) break
                      const opens = step.do === 'open camera' || (step.do === 'open sound' && step.hears) || step.do === 'join'
                      if (opens) expect([room, actual.watch]).toEqual([home, null])
                      if (step.do === 'watch') expect([room, actual.room, actual.ringing, actual.hears]).toEqual([null, null, null, false])
                      if (step.do === 'watch') expect(actual.camera).toBe('closed')
                      actual = { ...actual, ...result(step) }
                    }
                    expect(nextStep(wanted, actual)).toBeNull()
                    expect(actual.watch).toEqual(room === null && ringing === null ? watched.watch : null)
                    if (room === null) expect([actual.camera, actual.hears]).toEqual(['closed', false])
                  }
  })
  it('goes live when all else is done, and ends that before it leaves', () => {
    const wanted: Wanted = { ...nothing, room: home, live: true }
    expect(follow(wanted, idle)).toEqual(['wake the set', 'open camera', 'open sound', 'join', 'go live'])
    const live: Actual = { ...inCall, live: true }
    expect(follow({ ...wanted, live: false }, live)).toEqual(['end live'])
    expect(follow(nothing, live)).toEqual(['end live', 'leave', 'close camera', 'close sound', 'put the set back'])
    expect(follow({ ...wanted, room: den, live: false }, live)).toEqual(['end live', 'leave', 'join'])
    expect(nextStep({ ...wanted, muted: true }, live)).toEqual({ do: 'set microphone', muted: true })
  })
  it('turns the tv set off and on by wish, also in a call', () => {
    const off = ask({ ...nothing, room: home }, { want: 'tv', on: false }, known)
    expect(follow(off, inCall)).toEqual(['put the set back'])
    expect(ask(off, { want: 'leave' }, known).tv).toBeNull()
  })
})

describe('the wish', () => {
  it('survives a short crash, but a long absence never opens the camera again', () => {
    const was: Wanted = { ...nothing, room: home, muted: true, volume: 30 }
    expect(afterRestart(was, seconds(20))).toEqual(was)
    expect(afterRestart(was, seconds(3600))).toEqual({ ...was, room: null })
  })
  it('does not believe a clock that went back', () => {
    expect(afterRestart({ ...nothing, room: home }, ms(-1)).room).toBeNull()
  })
  it('to see again what was said goes half a minute further back each time, and ends with broadcast, call and restart', () => {
    const live: Wanted = { ...nothing, room: home, live: true }
    const back = (times: number): Wanted => Array.from({ length: times }).reduce<Wanted>((now) => ask(now, { want: 'again' }, known), live)
    expect([back(1).replay, back(3).replay, back(500).replay]).toEqual([1, 3, 120])
    expect(ask(back(3), { want: 'now' }, known)).toEqual(live)
    expect(ask(back(3), { want: 'live', on: false }, known)).toEqual({ ...nothing, room: home })
    expect(ask(back(3), { want: 'leave' }, known)).toEqual(nothing)
    expect(ask(back(3), { want: 'join', room: den }, known).replay).toBe(0)
    expect(ask(back(3), { want: 'mute', muted: true }, known).replay).toBe(3)
    expect(ask(nothing, { want: 'again' }, known)).toEqual(nothing)
    expect(afterRestart(back(3), seconds(20))).toEqual(live)
  })
  it('to watch a broadcast of elsewhere is one for a box without a call: a call interrupts it, and hanging up at rest ends it', () => {
    const link = `https://box.example/w/${'a'.repeat(26)}`
    const watched = ask(nothing, { want: 'watch', link }, known)
    expect(watched).toEqual({ ...nothing, watch: { link, at: 'live', back: 0 } })
    const called = ask(watched, { want: 'come home' }, known)
    expect(called.watch).toEqual(watched.watch)
    expect(ask(called, { want: 'leave' }, known)).toEqual(watched)
    expect(ask(watched, { want: 'leave' }, known)).toEqual(nothing)
    expect(ask(watched, { want: 'watch', link: null }, known)).toEqual(nothing)
    expect(ask(watched, { want: 'tv', on: false }, known)).toEqual({ ...nothing, tv: false })
    expect(ask({ ...nothing, room: home }, { want: 'watch', link }, known).watch).toBeNull()
    expect(afterRestart(watched, seconds(20))).toEqual(watched)
    expect(afterRestart(watched, seconds(3600))).toEqual(nothing)
  })
  it('to stand still, go back and be live again is one of what is watched', () => {
    const link = `https://box.example/w/${'a'.repeat(26)}`
    const left = (...intents: Intent[]) => intents.reduce<Wanted>((now, intent) => ask(now, intent, known), nothing).watch
    const begin: Intent = { want: 'watch', link }
    expect(left(begin, { want: 'pause', on: true })).toEqual({ link, at: 'paused', back: 0 })
    expect(left(begin, { want: 'pause', on: true }, { want: 'pause', on: false })).toEqual({ link, at: 'behind', back: 0 })
    expect(left(begin, { want: 'pause', on: false })).toEqual({ link, at: 'live', back: 0 })
    expect(left(begin, { want: 'again' }, { want: 'again' })).toEqual({ link, at: 'behind', back: 2 })
    expect(left(begin, { want: 'again' }, { want: 'now' })).toEqual({ link, at: 'live', back: 0 })
    expect(left({ want: 'pause', on: true })).toBeNull()
  })
  it('to broadcast privately holds for the next broadcast, begins that of now anew, and ends with the call', () => {
    const privately = ask(nothing, { want: 'private', on: true }, known)
    const live = ask(privately, { want: 'live', on: true }, known)
    expect([live.room, live.live, live.private]).toEqual([home, true, true])
    expect(ask(nothing, { want: 'live', on: true, private: true }, known)).toEqual(live)
    const onAir: Actual = { ...inCall, live: true }
    expect(nextStep(live, { ...onAir, private: true })).toBeNull()
    expect(follow(live, { ...onAir, private: null })).toEqual(['end live', 'go live'])
    expect(nextStep(live, inCall)).toEqual({ do: 'go live', room: home, private: true })
    for (const end of [{ want: 'leave' }, { want: 'live', on: false }] as const) expect(ask(live, end, known).private).toBeNull()
  })
  it('for what the settings say is no wish of its own', () => {
    const set = { ...known, private: true }
    expect(ask(nothing, { want: 'private', on: true }, set).private).toBeNull()
    expect(ask(nothing, { want: 'private', on: false }, set).private).toBe(false)
    expect(ask(nothing, { want: 'live', on: true, private: true }, set).private).toBeNull()
  })
  it('to go live opens the own room when there is no call, and ends with the call', () => {
    const live = ask(nothing, { want: 'live', on: true }, known)
    expect(live).toEqual({ ...nothing, room: home, live: true })
    expect(ask(live, { want: 'come home' }, known).live).toBe(true)
    expect(ask(live, { want: 'join', room: den }, known).live).toBe(false)
    expect(ask(live, { want: 'leave' }, known)).toEqual(nothing)
    expect(ask(live, { want: 'live', on: false }, known)).toEqual({ ...nothing, room: home })
    expect(ask(nothing, { want: 'live', on: false }, known)).toEqual(nothing)
    expect(afterRestart(live, seconds(20)).live).toBe(true)
    expect(afterRestart(live, seconds(3600))).toEqual(nothing)
  })
  it('keeps mute, camera and volume when a call ends', () => {
    const was: Wanted = { ...nothing, room: home, muted: true, camera: false, volume: 30 }
    expect(ask(was, { want: 'leave' }, known)).toEqual({ ...was, room: null })
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { Box } from '../../src/core/box.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { Intent } from '../../src/core/intent.ts'
import { asleep, type Step } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { result } from './results.ts'

const home = '0000000000000000000000H0ME' as RoomSecret

/** A box whose hands do what the test says; `hushed` counts the silencings on the spot. */
function makeBox(act: (box: Box, step: Step, signal: AbortSignal) => Promise<void>) {
  const clock = new FakeClock()
  const seen = { did: [] as string[], hushed: 0, stumbled: [] as string[], refused: [] as string[] }
  const box: Box = new Box({
    wanted: nothing,
    actual: { ...asleep, tv: 'on' },
    places: { own: home, roomOf: () => null },
    clock,
    onListenerError: (error) => {
      throw error
    },
    hands: {
      do: async (step, signal) => {
        seen.did.push(step.do)
        await act(box, step, signal)
      },
      hush: () => void seen.hushed++,
    },
  })
  box.on('stumbled', (step) => seen.stumbled.push(step.do))
  box.on('refused', (step, why) => seen.refused.push(`${step.do}: ${why.code}`))
  const stop = new AbortController()
  const running = box.run(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  return { box, clock, seen, settle: () => clock.advance(ms(0)) }
}

const done = async (box: Box, step: Step) => box.saw(result(step))
const untilAborted = (signal: AbortSignal) => new Promise<never>((_, no) => signal.addEventListener('abort', () => no(signal.reason)))

describe('the box', () => {
  it('does the steps of a call, once each', async () => {
    const { box, seen, settle } = makeBox(done)
    box.ask(Intent.parse({ want: 'join', room: home }))
    await settle()
    expect(seen.did).toEqual(['wake the set', 'open camera', 'open sound', 'join'])
  })
  it('gives up a slow join when somebody leaves', async () => {
    const { box, seen, settle } = makeBox(async (b, step, signal) => {
      if (step.do === 'join') await untilAborted(signal)
      b.saw(result(step))
    })
    box.ask({ want: 'join', room: home })
    await settle()
    box.ask({ want: 'leave' })
    await settle()
    expect(seen.did).toEqual(['wake the set', 'open camera', 'open sound', 'join', 'close camera', 'close sound', 'put the set back'])
  })
  it('is silent before ask() returns, whatever its hands are busy with', async () => {
    let letGo = () => {}
    const { box, seen, settle } = makeBox(() => new Promise((go) => (letGo = go))) // busy hands that do not listen
    box.ask({ want: 'join', room: home })
    await settle()
    box.ask({ want: 'mute', muted: true })
    expect(seen.hushed).toBe(1)
    expect(box.actual.muted).toBe(true)
    box.ask({ want: 'leave' })
    letGo()
  })
  it('does not open the microphone again by itself', async () => {
    const { box, seen, settle } = makeBox(done)
    box.ask({ want: 'mute', muted: true })
    box.ask({ want: 'join', room: home })
    await settle()
    expect(seen.did).not.toContain('set microphone')
    box.ask({ want: 'mute', muted: false })
    await settle()
    expect(seen.did.at(-1)).toBe('set microphone')
  })
  it('pauses when a step changed nothing, instead of spinning', async () => {
    const { box, seen, settle } = makeBox(async () => {})
    box.ask({ want: 'join', room: home })
    await settle()
    expect(seen.did).toEqual(['wake the set'])
    expect(seen.stumbled).toEqual(['wake the set'])
  })
  it('tries a failed step again after a pause', async () => {
    let tries = 0
    const { box, seen, clock, settle } = makeBox(async (b, step) => {
      if (step.do === 'open camera' && ++tries < 3) throw new Error('busy')
      b.saw(result(step))
    })
    box.ask({ want: 'join', room: home })
    await settle()
    await clock.advance(seconds(2))
    await clock.advance(seconds(2))
    expect(seen.stumbled).toEqual(['open camera', 'open camera'])
    expect(box.actual.room).toBe(home)
  })
  it('takes the wish back when a step is refused, and closes what it had opened', async () => {
    const { box, seen, settle } = makeBox(async (b, step) => {
      if (step.do === 'join') throw new Refusal('room-full', 'six are enough')
      b.saw(result(step))
    })
    box.ask({ want: 'join', room: home })
    await settle()
    expect(seen.refused).toEqual(['join: room-full'])
    expect(box.wanted.room).toBeNull()
    expect(seen.did).toEqual(['wake the set', 'open camera', 'open sound', 'join', 'close camera', 'close sound', 'put the set back'])
  })
  it('stays in the call as it is when nothing of it is kept that could be shown again', async () => {
    const { box, seen, settle } = makeBox(async (b, step) => {
      if (step.do === 'replay') throw new Refusal('not-allowed', 'nothing is kept')
      b.saw(result(step))
    })
    box.ask({ want: 'join', room: home })
    box.ask({ want: 'again' })
    await settle()
    expect(seen.refused).toEqual(['replay: not-allowed'])
    expect(box.wanted).toMatchObject({ room: home, replay: 0 })
    expect(box.actual).toMatchObject({ room: home, replay: 0 })
  })
  it('stays in the call when it may not broadcast it', async () => {
    const { box, seen, settle } = makeBox(async (b, step) => {
      if (step.do === 'go live') throw new Refusal('not-allowed', 'not your room')
      b.saw(result(step))
    })
    box.ask({ want: 'join', room: home })
    box.ask({ want: 'live', on: true })
    await settle()
    expect(seen.refused).toEqual(['go live: not-allowed'])
    expect(box.wanted).toMatchObject({ room: home, live: false })
    expect(box.actual).toMatchObject({ room: home, live: false })
  })
  it('silences the microphone before it knows of anything else when the privacy switch shuts', async () => {
    const { box, seen, settle } = makeBox(done)
    box.ask({ want: 'join', room: home })
    await settle()
    box.saw({ shutter: 'shut' })
    expect(seen.hushed).toBe(1)
    expect(box.actual.muted).toBe(true)
    await settle()
    expect(seen.did.slice(4)).toEqual(['close camera', 'close sound', 'open sound'])
    expect(box.actual).toMatchObject({ camera: 'closed', sound: 'open', hears: false, muted: true, room: home })
    for (const want of ['mute', 'camera'] as const) box.ask(want === 'mute' ? { want, muted: false } : { want, on: true })
    await settle()
    expect(box.actual).toMatchObject({ camera: 'closed', hears: false, muted: true })
    box.saw({ shutter: 'open' })
    await settle()
    expect(box.actual).toMatchObject({ camera: 'open', hears: true, muted: false })
  })
  it('answers and declines only who rings', async () => {
    const { box, seen, settle } = makeBox(done)
    box.ask({ want: 'answer' })
    box.ask({ want: 'decline' })
    await settle()
    expect(seen.did).toEqual([])
    box.saw({ ringing: { call: 'a/1', peer: 'a' as PeerId, name: 'Ann', contact: false } })
    await settle()
    box.ask({ want: 'decline' })
    await settle()
    expect(seen.did).toEqual(['wake the set', 'open sound', 'turn away', 'close sound', 'put the set back'])
    box.saw({ ringing: { call: 'a/2', peer: 'a' as PeerId, name: 'Ann', contact: false } })
    box.ask({ want: 'answer' })
    await settle()
    expect(box.actual.room).toBe(home)
  })
  it('refuses an intent with an extra key or a room that is none', () => {
    expect(() => Intent.parse({ want: 'leave', now: true })).toThrow()
    expect(() => Intent.parse({ want: 'join', room: 'home' })).toThrow()
  })
})

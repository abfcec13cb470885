import { describe, expect, it } from 'vitest'
import { makeHands, type Parts } from '../../src/app/hands.ts'
import { NEW, Notices } from '../../src/app/notices.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import type { Actual, Step } from '../../src/core/plan.ts'
import { inEnglish, textIn } from '../../src/core/text/text.ts'
import { Fault, Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

const room = '0000000000000000000000H0M0' as RoomSecret
const ann = { call: 'a/1', peer: 'a' as PeerId, name: 'Ann', contact: true }
const aWatch = { link: `https://box.example/w/${'a'.repeat(26)}`, at: 'live', back: 0 } as const
const { signal } = new AbortController()

function hold(wrong: Partial<Record<'camera' | 'sound' | 'screen' | 'enter' | 'live', Error>> = {}) {
  const did: string[] = []
  const seen: Array<Partial<Actual>> = []
  const may = (name: keyof typeof wrong) => async () => {
    did.push(name)
    const error = wrong[name]
    if (error) throw error
  }
  const parts: Parts = {
    screen: { start: may('screen') },
    camera: { open: may('camera'), close: async () => void did.push('camera closed') },
    sound: {
      open: may('sound'),
      close: async () => void did.push('sound closed'),
      setMuted: (m) => void did.push(`muted ${m}`),
      setVolume: (v) => void did.push(`volume ${v}`),
    },
    set: { wake: () => void did.push('wake'), putBack: () => void did.push('put back') },
    turnAway: (who) => void did.push(`no ${who.name}`),
    enter: may('enter'),
    exit: async () => void did.push('exit'),
    live: { begin: may('live'), end: async () => void did.push('live ended') },
    watch: { be: async ({ at }) => void did.push(`watch ${at}`), end: async () => void did.push('watch no more') },
    replay: { begin: async (back) => void did.push(`back ${back}`), end: async () => void did.push('now') },
  }
  return { hands: makeHands(parts, (news) => seen.push(news)), did, seen }
}

describe('the hands', () => {
  const every: Array<[Step, Partial<Actual>]> = [
    [{ do: 'set microphone', muted: true }, { muted: true }],
    [{ do: 'set volume', percent: 30 }, { volume: 30 }],
    [{ do: 'light the tv' }, { tv: 'on' }],
    [{ do: 'open camera' }, { camera: 'open' }],
    [
      { do: 'open sound', hears: true },
      { sound: 'open', hears: true },
    ],
    [
      { do: 'open sound', hears: false },
      { sound: 'open', hears: false },
    ],
    [{ do: 'wake the set' }, { set: 'woken' }],
    [{ do: 'put the set back' }, { set: 'as it was' }],
    [{ do: 'turn away', ringing: ann }, { ringing: null }],
    [{ do: 'close camera' }, { camera: 'closed' }],
    [{ do: 'close sound' }, { sound: 'closed', hears: false }],
    [{ do: 'join', room, at: null }, { room }],
    [{ do: 'leave' }, { room: null }],
    [{ do: 'replay', back: 2 }, { replay: 2 }],
    [{ do: 'end replay' }, { replay: 0 }],
    [{ do: 'watch', watch: aWatch }, { watch: aWatch }],
    [{ do: 'end watch' }, { watch: null }],
    [
      { do: 'go live', room, private: true },
      { live: true, private: true },
    ],
    [{ do: 'end live' }, { live: false, private: null }],
  ]
  it.each(every)('say what came of %j', async (step, news) => {
    const { hands, seen, did } = hold()
    await hands.do(step, signal)
    expect(seen).toEqual([news])
    expect(did).toHaveLength(1)
  })
  it('call a device that is not there missing, and go on', async () => {
    const { hands, seen } = hold({
      camera: new Fault('camera-lost', 'no'),
      sound: new Fault('sound-lost', 'no'),
      screen: new Fault('screen-lost', 'no'),
    })
    for (const step of [{ do: 'open camera' }, { do: 'open sound', hears: true }, { do: 'light the tv' }] as const)
      await hands.do(step, signal)
    expect(seen).toEqual([{ camera: 'missing' }, { sound: 'missing', hears: true }, { tv: 'lost' }])
  })
  it('hand on what is no fault of the device', async () => {
    await expect(hold({ camera: new Error('bug') }).hands.do({ do: 'open camera' }, signal)).rejects.toThrow('bug')
    await expect(hold({ enter: new Refusal('room-full', 'full') }).hands.do({ do: 'join', room, at: null }, signal)).rejects.toThrow('full')
  })
  it('silence the microphone before hush() returns', () => {
    const { hands, did } = hold()
    hands.hush()
    expect(did).toEqual(['muted true'])
  })
})

describe('notices', () => {
  const de = textIn('de')
  const at = () => {
    const time = { now: ms(0) }
    return { time, notices: new Notices(() => time.now) }
  }
  it('keep one sentence a thing, the latest first, for as long as it lasts', () => {
    const { time, notices } = at()
    notices.set('camera', { is: 'no camera' })
    notices.set('room', { is: 'stranger' }, seconds(10))
    notices.set('camera', { is: 'no encoder' })
    expect(notices.all).toEqual([inEnglish({ is: 'no encoder' }), inEnglish({ is: 'stranger' })])
    time.now = ms(10_001)
    expect(notices.all).toEqual([inEnglish({ is: 'no encoder' })])
    notices.set('camera', null)
    expect(notices.all).toEqual([])
  })
  it('stand in a list sentence by sentence, in the language asked for', () => {
    const { notices } = at()
    notices.set('sound', [{ is: 'no microphone' }, { is: 'no loudspeaker' }])
    expect(notices.all).toHaveLength(1)
    expect(notices.list(de)).toEqual([expect.stringContaining('Kein Mikrofon'), expect.stringContaining('Kein Lautsprecher')])
    notices.set('sound', [])
    expect(notices.list(de)).toEqual([])
  })
  it('are shown on the tv only while they are new, however often they are repeated', () => {
    const { time, notices } = at()
    notices.set('sound', [{ is: 'no microphone' }])
    expect(notices.fresh(de)).toContain('Kein Mikrofon')
    time.now = ms(NEW - 1)
    notices.set('sound', [{ is: 'no microphone' }])
    expect(notices.fresh(de)).toContain('Kein Mikrofon')
    time.now = ms(NEW + 1)
    expect(notices.fresh(de)).toBeNull()
    expect(notices.all).toEqual([inEnglish({ is: 'no microphone' })])
  })
})

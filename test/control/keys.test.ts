import { afterEach, describe, expect, test } from 'vitest'
import { DEEDS, helpFor, type KeyState, type Move, moveOf, rowFor, SITUATIONS, situations, TABLE } from '../../src/control/key.ts'
import { Keys } from '../../src/control/keys.ts'
import { KEYS, type Key } from '../../src/core/key.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

const rest: KeyState = {
  ringing: false,
  call: 'none',
  menu: false,
  muted: false,
  volume: 80,
  layout: 'auto',
  live: false,
  again: false,
  watch: null,
  tv: false,
}
const ringing: KeyState = { ...rest, ringing: true }
const joining: KeyState = { ...rest, call: 'joining', tv: true }
const inCall: KeyState = { ...rest, call: 'in', tv: true }

const opened: Keys[] = []
function room(from: KeyState) {
  const clock = new FakeClock()
  const done: string[] = []
  const room = { state: from }
  const keys = new Keys({
    clock,
    state: () => room.state,
    onListenerError: (e) => {
      throw e
    },
  })
  opened.push(keys)
  keys.on('move', (move) => done.push(said(move)))
  const edge = (key: Key, down: boolean, device = 'remote') => keys.edge({ key, down, from: device })
  const press = async (key: Key, time = 80) => {
    edge(key, true)
    await clock.advance(ms(time))
    edge(key, false)
    await clock.advance(ms(0))
  }
  return { clock, keys, edge, press, room, since: () => done.splice(0) }
}
const said = (move: Move): string => {
  if (move.to === 'menu') return `menu ${move.move}`
  if (move.to === 'question') return move.asked ? 'asks' : 'asks no more'
  const { want, ...rest } = move.intent
  return [want, ...Object.values(rest)].join(' ')
}
afterEach(() => {
  for (const keys of opened.splice(0)) keys.close()
})

describe('a mute', () => {
  test('is done when its key goes down, in any situation', () => {
    for (const state of [rest, ringing, joining, inCall, { ...inCall, menu: true }]) {
      const { edge, since } = room(state)
      edge('mute', true)
      expect(since()).toEqual(['mute true'])
    }
  })

  test('and the same key gives the microphone back', () => {
    const { edge, since } = room({ ...inCall, muted: true })
    edge('mute', true)
    expect(since()).toEqual(['mute false'])
  })

  test('of the button does not wait for a second press', async () => {
    const { press, since } = room(inCall)
    await press('button')
    expect(since()).toEqual(['mute true'])
  })

  test('works while the TV asks whether to leave', async () => {
    const { press, edge, since } = room(inCall)
    await press('back')
    since()
    edge('mute', true)
    expect(since()).toEqual(['mute true'])
  })
})

describe('hanging up', () => {
  test('needs BACK twice, the second time after the question could be read', async () => {
    const { clock, press, since } = room(inCall)
    await press('back')
    expect(since()).toEqual(['asks'])
    await clock.advance(seconds(1))
    await press('back')
    expect(since()).toEqual(['asks no more', 'leave'])
  })

  test('does not happen by pressing BACK five times in a row', async () => {
    const { press, since } = room(inCall)
    for (let n = 0; n < 5; n++) await press('back', 60)
    expect(since()).toEqual(['asks'])
  })

  test('is asked for five seconds, then never mind', async () => {
    const { clock, press, since } = room(inCall)
    await press('back')
    await clock.advance(seconds(5))
    expect(since()).toEqual(['asks', 'asks no more'])
    await press('ok')
    expect(since()).toEqual(['menu open'])
  })

  test('is called off by an arrow', async () => {
    const { clock, press, since } = room(inCall)
    await press('back')
    await clock.advance(seconds(1))
    await press('left')
    expect(since()).toEqual(['asks', 'asks no more'])
  })

  test('by the button takes 700 ms, and is done while it is still held', async () => {
    const { clock, edge, since } = room(inCall)
    edge('button', true)
    await clock.advance(ms(690))
    expect(since()).toEqual([])
    await clock.advance(ms(10))
    expect(since()).toEqual(['leave'])
    edge('button', false)
    await clock.advance(seconds(2))
    expect(since()).toEqual([])
  })

  test('by the key for it is at once', async () => {
    const { press, since } = room(inCall)
    await press('hangup')
    expect(since()).toEqual(['leave'])
  })

  test('of a broadcast, and its beginning, is one press of the key for it, in a call only', async () => {
    const { press, since } = room(inCall)
    await press('record')
    expect(since()).toEqual(['live true'])
    const live = room({ ...inCall, live: true })
    await live.press('record')
    expect(live.since()).toEqual(['live false'])
    const idle = room(rest)
    await idle.press('record')
    expect(idle.since()).toEqual([])
  })

  test('is not what BACK means while the TV shows what was said before: that is over then', async () => {
    const { press, room: it, since } = room({ ...inCall, live: true })
    await press('rewind')
    expect(since()).toEqual(['again'])
    it.state = { ...it.state, again: true }
    for (const key of ['rewind', 'back', 'play', 'mute'] as const) await press(key)
    expect(since()).toEqual(['again', 'now', 'now', 'mute true'])
    it.state = { ...it.state, again: false, call: 'none' }
    await press('rewind')
    expect(since()).toEqual([])
  })
  test('on the way into a call is one press of BACK', async () => {
    const { press, since } = room(joining)
    await press('back')
    expect(since()).toEqual(['leave'])
  })

  test('is not asked any more when the call has ended otherwise', async () => {
    const { clock, press, room: box, since } = room(inCall)
    await press('back')
    await clock.advance(seconds(1))
    box.state = rest
    await press('ok')
    expect(since()).toEqual(['asks', 'asks no more', 'menu open'])
  })
})

describe('ringing', () => {
  test('is answered by OK, the call key and the button, at the first press', async () => {
    for (const key of ['ok', 'call', 'button'] as const) {
      const { press, since } = room(ringing)
      await press(key)
      expect(since()).toEqual(['answer false'])
    }
  })

  test('is declined by BACK, the key for it, power, and the button when held', async () => {
    for (const key of ['back', 'hangup', 'power'] as const) {
      const { edge, since } = room(ringing)
      edge(key, true)
      expect(since()).toEqual(['decline'])
    }
    const { press, since } = room(ringing)
    await press('button', 800)
    expect(since()).toEqual(['decline'])
  })

  test('wins over an open menu', async () => {
    const { press, since } = room({ ...ringing, menu: true })
    await press('ok')
    expect(since()).toEqual(['answer false'])
  })
})

describe('the button of a box at rest', () => {
  test('goes home, when no second press comes within 300 ms', async () => {
    const { clock, press, since } = room(rest)
    await press('button')
    await clock.advance(ms(299))
    expect(since()).toEqual([])
    await clock.advance(ms(1))
    expect(since()).toEqual(['come home false'])
  })

  test('pressed twice goes home by sound only', async () => {
    const { clock, press, since } = room(rest)
    await press('button')
    await clock.advance(ms(150))
    await press('button')
    await clock.advance(seconds(2))
    expect(since()).toEqual(['come home true'])
  })

  test('held switches the TV', async () => {
    const { press, since } = room(rest)
    await press('button', 900)
    expect(since()).toEqual(['tv true'])
  })
})

describe('held keys', () => {
  test('for volume repeat until they are let go', async () => {
    const { clock, edge, since } = room(inCall)
    edge('volume-up', true)
    expect(since()).toEqual(['volume 85'])
    await clock.advance(ms(1200))
    expect(since()).toHaveLength(5)
    edge('volume-up', false)
    await clock.advance(seconds(5))
    expect(since()).toEqual([])
  })

  test('that are stuck stop by themselves', async () => {
    const { clock, edge, since } = room(inCall)
    edge('volume-down', true)
    await clock.advance(seconds(600))
    expect(since()).toHaveLength(101)
    expect(clock.sleeping).toEqual([])
  })

  test('of a device that goes away count as never pressed', async () => {
    const { clock, keys, edge, since } = room(inCall)
    edge('button', true)
    keys.forget('remote')
    await clock.advance(seconds(5))
    expect(since()).toEqual([])
    edge('button', true)
    edge('button', false)
    expect(since()).toEqual(['mute true'])
  })

  test('on two devices are two presses', async () => {
    const { edge, since } = room(inCall)
    edge('mute', true, 'one')
    edge('mute', true, 'two')
    edge('mute', true, 'two')
    expect(since()).toEqual(['mute true', 'mute true'])
  })
})

describe('the table', () => {
  test('names each key, press and situation once, so that no row hides another', () => {
    const places = TABLE.flatMap((row) => row.keys.map((key) => `${row.in} ${key} ${row.press}`))
    expect(new Set(places).size).toBe(places.length)
  })

  test('uses every deed, situation and key', () => {
    expect(new Set(TABLE.map((row) => row.does))).toEqual(new Set(Object.keys(DEEDS)))
    expect(new Set(TABLE.map((row) => row.in))).toEqual(new Set(SITUATIONS))
    expect(new Set(TABLE.flatMap((row) => row.keys))).toEqual(new Set(KEYS))
  })

  test('lets nobody leave a call by one short press but of the key for it', () => {
    const leaving = KEYS.filter((key) => rowFor(key, 'short', situations(inCall, false))?.does === 'leave')
    expect(leaving).toEqual(['hangup'])
  })

  test('opens a camera at rest only by the button and the call key', () => {
    const opens = KEYS.filter((key) => {
      const row = rowFor(key, 'short', situations(rest, false))
      return row !== null && said(moveOf(row.does, rest)) === 'come home false'
    })
    expect(opens).toEqual(['button', 'call'])
  })

  test('gives each key that repeats no long and no double meaning', () => {
    for (const row of TABLE.filter((r) => r.repeats))
      expect(TABLE.filter((r) => r.in === row.in && r.press !== 'short' && r.keys.some((k) => row.keys.includes(k)))).toEqual([])
  })

  test('has help for every moment, in which OK never means two things', () => {
    for (const state of [rest, ringing, joining, inCall, { ...inCall, menu: true }]) {
      const ok = helpFor(state).filter((row) => row.keys.includes('ok'))
      expect(ok.length).toBeLessThan(2)
      expect(helpFor(state).length).toBeGreaterThan(3)
    }
  })

  test('turns volume and layout within their limits', () => {
    expect(moveOf('louder', { ...rest, volume: 98 })).toEqual({ to: 'box', intent: { want: 'volume', percent: 100 } })
    expect(moveOf('quieter', { ...rest, volume: 3 })).toEqual({ to: 'box', intent: { want: 'volume', percent: 0 } })
    expect(moveOf('next layout', { ...rest, layout: 'speaker' })).toEqual({ to: 'box', intent: { want: 'layout', layout: 'auto' } })
    expect(moveOf('layout before', { ...rest, layout: 'auto' })).toEqual({ to: 'box', intent: { want: 'layout', layout: 'speaker' } })
  })
})

// Who watches by WebRTC: a seat of the one budget, the program from a keyframe on, everybody the same packets, and goodbye to who cannot keep up.
import { describe, expect, test } from 'vitest'
import { Whep } from '../../src/broadcast/whep.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { YoungGop } from '../../src/media/gop.ts'
import { quietLog } from '../fake/quiet.ts'
import { unit } from './kit/coded.ts'
import { asking, PlayedPeering } from './kit/peering.ts'

function house({ seats = 10, token = null as string | null } = {}) {
  const clock = new FakeClock()
  const players: PlayedPeering[] = []
  const taken = new Set<string>()
  const asked = { keyframes: 0, sound: [] as boolean[], sent: 0, live: true }
  let count = 0
  const whep = new Whep({
    isLive: () => asked.live,
    token: () => token,
    open: () => {
      const player = new PlayedPeering()
      players.push(player)
      return player
    },
    places: {
      take: (seat) => taken.has(seat) || (taken.size < seats && taken.add(seat) !== null),
      leave: (seat) => void taken.delete(seat),
      sent: (bytes) => {
        asked.sent += bytes
      },
    },
    young: new YoungGop(400),
    keyframe: () => void asked.keyframes++,
    wantSound: (wanted) => void asked.sound.push(wanted),
    links: () => [],
    random: (length) => new Uint8Array(length).fill(++count),
    clock,
    log: quietLog().log,
  })
  const watch = async () =>
    (await whep.answer(asking('POST', '/whep', { headers: { 'content-type': 'application/sdp' }, body: 'offer' }), ''))?.status
  let frame = 0
  const show = (count: number) => {
    for (let i = 0; i < count; i++, frame++) whep.picture(unit(frame, frame % 60 === 0), frame * 33, frame * 33 + 40)
  }
  const pictures = (player?: PlayedPeering) => player?.sent.filter(({ line }) => line === 'camera') ?? []
  return { clock, whep, players, taken, asked, watch, show, pictures }
}

describe('of a private program', () => {
  test('only who shows its token is let in, and sees whether a session is there', async () => {
    const { whep, taken } = house({ token: 'f'.repeat(64) })
    const knock = async (authorization: string | null, method = 'POST', rest = '') => {
      const headers = { 'content-type': 'application/sdp', ...(authorization !== null && { authorization }) }
      return (await whep.answer(asking(method, `/whep${rest}`, { headers, body: 'offer' }), rest))?.status
    }
    const id = `/${'0'.repeat(32)}`
    for (const wrong of [null, '', 'Bearer', `Bearer ${'e'.repeat(64)}`, `Bearer ${'f'.repeat(63)}`, `Basic ${'f'.repeat(64)}`])
      expect([await knock(wrong), await knock(wrong, 'DELETE', id), await knock(wrong, 'PATCH', id)]).toEqual([401, 401, 401])
    expect(taken.size).toBe(0)
    expect([await knock(`Bearer ${'f'.repeat(64)}`), await knock(`bearer ${'f'.repeat(64)}`, 'DELETE', id)]).toEqual([201, 404])
  })
})

describe('a viewer', () => {
  test('has a seat from the offer on, and gives it back in going', async () => {
    const { watch, taken, whep, players, asked } = house({ seats: 1 })
    expect(await watch()).toBe(201)
    expect([taken.size, whep.viewers, asked.sound]).toEqual([1, 1, [true]])
    expect(await watch()).toBe(503)
    players[0]?.emit('ended', 'gone')
    expect([taken.size, whep.viewers, asked.sound]).toEqual([0, 0, [true, false]])
    expect(await watch()).toBe(201)
  })

  test('is shown nothing before a keyframe, which is asked for; and everything after it, with its age', async () => {
    const { watch, players, show, pictures, asked } = house()
    await watch()
    show(5)
    players[0]?.connect()
    expect([pictures(players[0]).length > 0, asked.keyframes]).toEqual([true, 0])
    const early = house()
    await early.watch()
    early.players[0]?.connect()
    expect(early.asked.keyframes).toBe(1)
    early.show(1)
    expect(early.pictures(early.players[0])).toHaveLength(1)
    expect(early.pictures(early.players[0])[0]?.age).toBe(40)
  })

  test('who comes in the middle waits for the next keyframe; all are given the same packets, and each is counted', async () => {
    const { watch, players, show, pictures, asked, clock } = house()
    await watch()
    players[0]?.connect()
    show(30)
    await clock.advance(seconds(1))
    await watch()
    players[1]?.connect()
    expect(pictures(players[1])).toEqual([])
    show(30)
    expect(pictures(players[1])).toEqual([])
    show(2)
    expect(pictures(players[1]).map(({ packet }) => packet)).toEqual(
      pictures(players[0])
        .map(({ packet }) => packet)
        .slice(-pictures(players[1]).length),
    )
    const bytes = [0, 1].flatMap((i) => pictures(players[i])).reduce((sum, { packet }) => sum + packet.length, 0)
    expect(asked.sent).toBe(bytes)
  })

  test('who asks for keyframes without end gets one a second', async () => {
    const { watch, players, asked, clock } = house()
    await watch()
    players[0]?.connect()
    for (let i = 0; i < 100; i++) players[0]?.emit('keyframeAsked')
    expect(asked.keyframes).toBe(1)
    await clock.advance(seconds(1))
    players[0]?.emit('keyframeAsked')
    expect(asked.keyframes).toBe(2)
  })

  test('hears the program from the first moment on', async () => {
    const { watch, players, whep } = house()
    await watch()
    players[0]?.connect()
    whep.sound(Uint8Array.of(1, 2, 3), 500, 560)
    expect(players[0]?.sent).toMatchObject([{ line: 'audio', age: 60 }])
  })

  test('who cannot keep up for long is told goodbye; who stumbles once is not', async () => {
    const { watch, players, clock, whep } = house()
    await watch()
    players[0]?.connect()
    const drop = async (looks: number) => {
      for (let i = 0; i < looks; i++) {
        if (players[0]) players[0].dropped += 50
        await clock.advance(seconds(2))
      }
    }
    await drop(7)
    await clock.advance(seconds(2))
    await drop(7)
    expect(whep.viewers).toBe(1)
    await drop(1)
    expect([whep.viewers, players[0]?.isClosed]).toEqual([0, true])
  })
})

test('before a program and after it nobody is let in; and with it all go', async () => {
  const { watch, asked, whep, players } = house()
  asked.live = false
  expect(await watch()).toBe(503)
  asked.live = true
  expect(await watch()).toBe(201)
  await whep.over()
  expect([whep.viewers, players[0]?.isClosed]).toEqual([0, true])
})

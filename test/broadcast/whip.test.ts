// Publishing takes a token that stands for a name; under one name one publishes at a time, and the newest is the one.
import { describe, expect, test } from 'vitest'
import { Whip } from '../../src/broadcast/whip.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { asking, PlayedPeering } from './kit/peering.ts'

const SDP = { 'content-type': 'application/sdp' }

function house({ room = true } = {}) {
  const names = new Map([
    ['t1', 'Stage'],
    ['t2', 'Choir'],
  ])
  const persons: Array<{ name: string; peering: PlayedPeering; ended: string[] }> = []
  let count = 0
  const whip = new Whip({
    tokens: { nameOf: (token) => names.get(token) ?? null },
    publish: (name) => {
      if (!room) return { status: 403, sentence: 'Not in this room.' }
      const person = { name, peering: new PlayedPeering(), ended: [] as string[] }
      persons.push(person)
      return { peering: person.peering, ended: (why) => void person.ended.push(why) }
    },
    links: () => [],
    random: (length) => new Uint8Array(length).fill(++count),
    clock: new FakeClock(),
  })
  const post = async (authorization?: string) =>
    (await whip.answer(asking('POST', '/whip/r', { headers: { ...SDP, ...(authorization && { authorization }) }, body: 'offer' }), ''))
      ?.status
  const session = async (method: string, authorization?: string) =>
    (await whip.answer(asking(method, '/whip/r', { headers: authorization ? { authorization } : {} }), `/${'01'.repeat(16)}`))?.status
  return { whip, persons, post, session }
}

describe('publishing', () => {
  test.each([[undefined], ['Bearer'], ['Bearer t3'], ['Basic t1'], ['t1'], [`Bearer ${'t1'.repeat(200)}`]])(
    'with %s instead of a token is refused, and nobody comes',
    async (authorization) => {
      const { post, persons } = house()
      expect(await post(authorization)).toBe(401)
      expect(persons).toEqual([])
    },
  )

  test('with a token is a person of its name; its session is for who has a token', async () => {
    const { post, persons, whip, session } = house()
    expect(await post('Bearer t1')).toBe(201)
    expect(await post('bearer t2')).toBe(201)
    expect([persons.map(({ name }) => name), whip.publishing]).toEqual([
      ['Stage', 'Choir'],
      ['Stage', 'Choir'],
    ])
    expect(await session('DELETE')).toBe(401)
    expect(await session('DELETE', 'Bearer t1')).toBe(200)
    expect(whip.publishing).toEqual(['Choir'])
  })

  test('who comes again takes the place of the session before', async () => {
    const { post, persons, whip } = house()
    await post('Bearer t1')
    expect(await post('Bearer t1')).toBe(201)
    expect(persons.map(({ ended }) => ended)).toEqual([['the same publisher has come again'], []])
    expect(whip.publishing).toEqual(['Stage'])
  })

  test('ends with its token', async () => {
    const { post, persons, whip } = house()
    await post('Bearer t1')
    await whip.revoke('Stage')
    await whip.revoke('Choir')
    expect([persons[0]?.ended, persons[0]?.peering.isClosed, whip.publishing]).toEqual([['its token was taken back'], true, []])
  })

  test('is refused where the room says so', async () => {
    expect(await house({ room: false }).post('Bearer t1')).toBe(403)
  })
})

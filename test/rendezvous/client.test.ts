import { describe, expect, test } from 'vitest'
import type { RoomId } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { RendezvousClient, serversIn } from '../../src/rendezvous/client.ts'
import { quietLog } from '../fake/quiet.ts'

const room = '0123456789abcdefghjkmnpqrs' as RoomId
const turn = { urls: 'turn:t.example', username: '1:a', credential: 'b' }
const says = (...iceServers: unknown[]) => ({ protocol: 1, iceServers, link: null, secure: null })

/** A client of a rendezvous that answers as the test says; an Error is thrown. */
function client(answer: unknown = new Error('no way there')) {
  const clock = new FakeClock()
  const stop = new AbortController()
  const { log, said } = quietLog()
  const asked: string[] = []
  const world: { answer: unknown } = { answer }
  const ask = async (url: string) => {
    asked.push(url)
    if (world.answer instanceof Error) throw world.answer
    return world.answer
  }
  const one = new RendezvousClient({ origin: 'https://meet.example', room, clock, log, ask })
  return { one, clock, stop, said, asked, world, running: one.run(stop.signal) }
}

describe('a box with a rendezvous', () => {
  test('knows its broker, and asks for servers in the name of its room', async () => {
    const { one, clock, asked } = client(says(turn))
    expect(one.broker).toBe('wss://meet.example/mqtt')
    await clock.advance(ms(0))
    expect(asked).toEqual([`https://meet.example/info?room=${room}`])
  })

  test('has its passwords renewed in time, and keeps the old ones while the rendezvous is away', async () => {
    const { one, clock, asked, world } = client(says(turn))
    await clock.advance(seconds(1))
    expect(one.servers).toEqual([turn])
    world.answer = new Error('gone')
    await clock.advance(seconds(6 * 3600 + 60))
    expect(one.servers).toEqual([turn])
    const newer = { ...turn, username: '2:a' }
    world.answer = says(newer)
    await clock.advance(seconds(60))
    expect(one.servers).toEqual([newer])
    expect(asked.length).toBeGreaterThan(4)
  })

  test('asks seldom while nobody answers, and says it once', async () => {
    const { clock, asked, said, world } = client()
    await clock.advance(seconds(3600))
    expect(asked.length).toBeLessThan(70)
    expect(asked.length).toBeGreaterThan(50)
    world.answer = says()
    await clock.advance(seconds(60))
    expect(said.map(({ sentence }) => sentence)).toEqual(['the rendezvous does not answer', 'the rendezvous answers again'])
  })

  test('goes into its room as soon as the servers are known, and after two seconds without', async () => {
    const { one, clock, world } = client()
    let went = 0
    const go = () => void one.known(new AbortController().signal).then(() => went++)
    go()
    await clock.advance(seconds(1.9))
    expect(went).toBe(0)
    await clock.advance(seconds(0.2))
    expect(went).toBe(1)
    world.answer = says(turn)
    await clock.advance(seconds(60))
    go()
    await clock.advance(ms(0))
    expect(went).toBe(2)
    expect(clock.sleeping).toEqual(['renew the passwords for relays'])
  })

  test('ends with its signal', async () => {
    const { clock, stop, running } = client()
    await clock.advance(seconds(1))
    stop.abort(new Error('the end'))
    await running
    expect(clock.sleeping).toEqual([])
  })
})

test('of what a rendezvous says only servers are taken, eight at most', () => {
  const odd = [{ urls: 'http://evil' }, { urls: 7 }, null, 'stun:x', { urls: `stun:${'x'.repeat(600)}` }]
  expect(serversIn(says(...odd, { ...turn, more: 1, credential: 7 }))).toEqual([{ urls: turn.urls, username: turn.username }])
  expect(serversIn(says(...Array.from({ length: 20 }, () => turn)))).toHaveLength(8)
  for (const answer of [null, [], {}, { protocol: 2, iceServers: [] }, { protocol: 1 }])
    expect(() => serversIn(answer)).toThrow('rendezvous')
})

import { describe, expect, it } from 'vitest'
import { Origin } from '../../../src/broadcast/origin.ts'
import { HouseRelay, type Multicast } from '../../../src/broadcast/relay/house.ts'
import { choose, type Neighbour, Neighbours } from '../../../src/broadcast/relay/neighbours.ts'
import { messageOf } from '../../../src/broadcast/relay/offer.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { kbps, type Ms, ms, seconds } from '../../../src/lib/unit.ts'
import { encodeDns } from '../../../src/wire/dns.ts'
import { lineOf, type ProgramId } from '../../../src/wire/manifest.ts'
import { quietLog } from '../../fake/quiet.ts'
import { making } from '../kit/making.ts'
import { onAir } from '../kit/on-air.ts'
import { TestUpstream } from '../kit/upstream.ts'

const LIMITS = { egress: kbps(100_000), seats: 100 }
const idOf = (n: number) => n.toString(16).padStart(16, '0')

/** A house: a network, an origin far away, and relays with the ids one wants. */
function house() {
  const clock = new FakeClock()
  const { program, live, clock: wall } = making()
  const origin = new Origin({ program: program.id, limits: LIMITS, clock, older: null })
  const ears = new Map<string, (bytes: Uint8Array, from: string) => void>()
  const doors = new Map<string, Pick<HouseRelay, 'answer'>>()
  const { made, broadcast } = onAir({ clock, origin, live })
  const lies = new Map<string, TestUpstream['lie']>()
  const cutOff = new Set<string>()
  const say = (bytes: Uint8Array, from: string) => {
    if (!cutOff.has(from)) for (const [address, ear] of ears) if (!cutOff.has(address)) ear(bytes, from)
  }
  const add = (address: string, id: number) => {
    const upstream = new TestUpstream(origin, program.id)
    const multicast: Multicast = {
      send: (bytesFor) => say(bytesFor(address), address),
      hear: (listener) => {
        ears.set(address, listener)
        return () => void ears.delete(address)
      },
    }
    const quiet = quietLog()
    const near: TestUpstream[] = []
    const relay = new HouseRelay({
      program: program.id,
      origin: upstream,
      near: (neighbour) => {
        const door: Pick<HouseRelay, 'answer'> = {
          answer: (ask) =>
            cutOff.has(neighbour.address) ? Promise.resolve(null) : (doors.get(neighbour.address)?.answer(ask) ?? Promise.resolve(null)),
        }
        const way = new TestUpstream(door, program.id, neighbour.address)
        way.manifest = ((before) => async (query, signal) => {
          const answer = await before.call(way, query, signal)
          return answer.is === 'nothing' && (cutOff.has(neighbour.address) || !doors.has(neighbour.address)) ? { is: 'away' } : answer
        })(way.manifest)
        way.lie = lies.get(neighbour.address) ?? {}
        near.push(way)
        return way
      },
      multicast,
      port: () => 8090,
      limits: LIMITS,
      clock,
      log: quiet.log,
      random: (length) => Uint8Array.from({ length }, (_, i) => (i === length - 1 ? id : 0)),
    })
    doors.set(address, relay)
    const stop = new AbortController()
    const running = relay.run(stop.signal)
    return {
      ...{ relay, upstream, near, stop, ...quiet },
      close: async () => {
        stop.abort()
        await running
        doors.delete(address)
      },
    }
  }
  /** Somebody who watches at a relay: asks for what came last, so that it is wanted. */
  const watch = async (relay: HouseRelay) => {
    const stop = new AbortController()
    for (const track of ['v0', 'sound'])
      await Promise.race([
        relay.answer({ path: `/live/${program.id}/${track}.m3u8`, query: '', address: '192.168.1.50', signal: stop.signal }),
        clock.advance(ms(20)),
      ])
    stop.abort()
  }
  return { clock, program, origin, made, broadcast, add, watch, say, lies, doors, cutOff, wall }
}

describe('whom a relay reads from', () => {
  const neighbour = (id: number, address = '192.168.1.9'): Neighbour => ({ id: idOf(id), program: 'p' as ProgramId, port: 1, address })
  it('who hears nobody leads', () => expect(choose({ id: idOf(5), leads: false, follows: null }, [])).toEqual({ is: 'lead' }))
  it('who hears one that leads follows it, whatever its id', () => {
    for (const id of [3, 7])
      expect(choose({ id: idOf(5), leads: false, follows: null }, [neighbour(id)])).toMatchObject({
        is: 'follow',
        neighbour: { id: idOf(id) },
      })
  })
  it('of two that lead the lower id goes on, seen from both', () => {
    expect(choose({ id: idOf(5), leads: true, follows: null }, [neighbour(7)])).toEqual({ is: 'lead' })
    expect(choose({ id: idOf(7), leads: true, follows: null }, [neighbour(5)])).toMatchObject({ is: 'follow', neighbour: { id: idOf(5) } })
  })
  it('who follows stays, as long as that one is there', () => {
    const both = [neighbour(2), neighbour(8)]
    expect(choose({ id: idOf(5), leads: false, follows: idOf(8) }, both)).toMatchObject({ neighbour: { id: idOf(8) } })
    expect(choose({ id: idOf(5), leads: false, follows: idOf(9) }, both)).toMatchObject({ neighbour: { id: idOf(2) } })
  })
  it('any number of them come to one that leads, in whatever order they hear of each other', () => {
    let seed = 1
    const dice = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    for (let round = 0; round < 200; round++) {
      const ids = Array.from({ length: 2 + Math.floor(dice() * 6) }, (_, i) => idOf(i + 1))
      const state = new Map(ids.map((id) => [id, { id, leads: true, follows: null as string | null }]))
      for (let turn = 0; turn < 400; turn++) {
        const me = state.get(ids[Math.floor(dice() * ids.length)] ?? '')
        if (!me) continue
        const there = [...state.values()].filter(({ id, leads }) => leads && id !== me.id).map(({ id }) => ({ ...neighbour(0), id }))
        const choice = choose(me, there)
        state.set(me.id, { id: me.id, leads: choice.is === 'lead', follows: choice.is === 'lead' ? null : choice.neighbour.id })
      }
      const leaders = [...state.values()].filter(({ leads }) => leads)
      expect(leaders.map(({ id }) => id)).toEqual([idOf(1)])
      expect([...state.values()].filter(({ leads }) => !leads).every(({ follows }) => follows === idOf(1))).toBe(true)
    }
  })
  it('a flood of offers fills no more than a small table, and an id stays with who had it', () => {
    const all = new Neighbours('p' as ProgramId, idOf(1))
    const now = 0 as Ms
    all.hear({ ...neighbour(2, '192.168.1.2'), ttl: 12 }, now)
    for (let i = 3; i < 500; i++) all.hear({ ...neighbour(i, `192.168.1.${i % 250}`), ttl: 12 }, now)
    all.hear({ ...neighbour(2, '192.168.1.66'), ttl: 12 }, now)
    expect(all.there(now).length).toBeLessThanOrEqual(32)
    expect(all.there(now).find(({ id }) => id === idOf(2))?.address).toBe('192.168.1.2')
    all.hear({ ...neighbour(1), ttl: 12 }, now)
    expect(all.there(now).some(({ id }) => id === idOf(1))).toBe(false)
    expect(all.there(seconds(13))).toEqual([])
  })
})

describe('the relays of a house', () => {
  it('come to one that reads from the origin; the other reads from it', async () => {
    const { add, broadcast, watch, made } = house()
    const first = add('192.168.1.2', 9)
    await broadcast(3)
    expect(first.relay.status).toMatchObject({ role: 'leads', state: 'live' })
    const second = add('192.168.1.3', 5)
    await broadcast(3)
    expect(second.relay.status).toMatchObject({ role: 'follows', from: '192.168.1.2' })
    await watch(second.relay)
    const before = second.upstream.taken
    await broadcast(10)
    // Whoever watches at the second, the bytes come once from far away: to the first.
    expect(second.upstream.taken).toBe(before)
    expect(second.near[0]?.taken).toBeGreaterThan(10_000)
    const sent = made.slice(-60).flatMap(({ objects }) => objects)
    expect(first.upstream.taken).toBeGreaterThan(sent.reduce((sum, { promise }) => sum + promise.size, 0) * 0.9)
    expect(second.relay.status.at).toBe(made.at(-1)?.entry.at)
    await second.close()
    await first.close()
  })

  it('of two that lead at once, because they did not hear each other, the lower id goes on', async () => {
    const { add, broadcast, cutOff } = house()
    cutOff.add('192.168.1.2')
    const [high, low] = [add('192.168.1.2', 9), add('192.168.1.3', 5)]
    await broadcast(4)
    expect([high.relay.status.role, low.relay.status.role]).toEqual(['leads', 'leads'])
    cutOff.clear()
    await broadcast(6)
    expect([high.relay.status.role, low.relay.status.role]).toEqual(['follows', 'leads'])
    expect(high.relay.status.from).toBe('192.168.1.3')
    await low.close()
    await high.close()
  })

  it('when the one that leads ends, the other takes over without a gap', async () => {
    const { add, broadcast, made } = house()
    const first = add('192.168.1.2', 1)
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(3)
    expect(second.relay.status.role).toBe('follows')
    await first.close()
    await broadcast(3)
    expect(second.relay.status).toMatchObject({ role: 'leads', state: 'live', from: 'the origin', at: made.at(-1)?.entry.at, refused: {} })
    await second.close()
  })

  it('when it vanishes without a word, too', async () => {
    const { add, broadcast, made, cutOff } = house()
    const first = add('192.168.1.2', 1)
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(3)
    cutOff.add('192.168.1.2')
    await broadcast(10)
    expect(second.relay.status).toMatchObject({ role: 'leads', from: 'the origin', at: made.at(-1)?.entry.at })
    cutOff.clear()
    await broadcast(10)
    // It never stopped leading, and has the lower id.
    expect([first.relay.status.role, second.relay.status.role]).toEqual(['leads', 'follows'])
    await second.close()
    await first.close()
  })

  it('stay together while the origin is away: nothing is held against anybody', async () => {
    const { add, broadcast, clock } = house()
    const first = add('192.168.1.2', 1)
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(3)
    first.upstream.isAway = true
    second.upstream.isAway = true
    await clock.advance(seconds(40))
    expect([first.relay.status.role, second.relay.status.role]).toEqual(['leads', 'follows'])
    expect(first.relay.status.state).toBe('away')
    first.upstream.isAway = false
    second.upstream.isAway = false
    await clock.advance(seconds(2))
    await broadcast(3)
    expect(second.relay.status.state).toBe('live')
    await second.close()
    await first.close()
  })

  it('the one that does not reach the origin lets the other lead', async () => {
    const { add, broadcast, made } = house()
    const first = add('192.168.1.2', 1)
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(3)
    first.upstream.isAway = true
    await broadcast(25)
    expect([first.relay.status.role, second.relay.status.role]).toEqual(['follows', 'leads'])
    expect(first.relay.status.at).toBe(made.at(-1)?.entry.at)
    await second.close()
    await first.close()
  })

  it('leave one that lies, never ask it again, and read from the origin', async () => {
    const { add, broadcast, watch, lies, made } = house()
    lies.set('192.168.1.66', { bytes: (bytes) => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) })
    const liar = add('192.168.1.66', 0)
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(2)
    expect(second.relay.status.role).toBe('follows')
    await watch(second.relay)
    await broadcast(3)
    expect(second.relay.status).toMatchObject({ role: 'leads', from: 'the origin', at: made.at(-1)?.entry.at })
    expect(second.said.some(({ sentence }) => sentence.includes('it is not asked again'))).toBe(true)
    await broadcast(20)
    expect(second.near).toHaveLength(1)
    expect(second.relay.status.role).toBe('leads')
    await second.close()
    await liar.close()
  })

  it('leave one that holds the program back', async () => {
    const { add, broadcast, lies, made } = house()
    const liar = add('192.168.1.66', 0)
    let isHeld = false
    lies.set('192.168.1.66', { lines: (lines) => (isHeld ? [] : lines) })
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(3)
    expect(second.relay.status.role).toBe('follows')
    isHeld = true
    await broadcast(15)
    expect(second.relay.status).toMatchObject({ role: 'leads', at: made.at(-1)?.entry.at })
    await second.close()
    await liar.close()
  })

  it('leave one whose objects do not come', async () => {
    const { add, broadcast, lies, watch } = house()
    const liar = add('192.168.1.66', 0)
    lies.set('192.168.1.66', { bytes: () => null })
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(2)
    await watch(second.relay)
    await broadcast(12)
    expect(second.relay.status.role).toBe('leads')
    await second.close()
    await liar.close()
  })

  it('take nothing of yesterday for live, though it was signed', async () => {
    const { add, broadcast, lies, made, program } = house()
    const yesterday = making({ now: () => 1_700_000_000_000 })
    const old = yesterday.live(5).map(({ signed }) => lineOf(signed))
    expect(yesterday.program.id).toBe(program.id)
    const liar = add('192.168.1.66', 0)
    lies.set('192.168.1.66', { lines: () => old })
    await broadcast(3)
    const second = add('192.168.1.3', 2)
    await broadcast(12)
    expect(second.relay.status).toMatchObject({ role: 'leads', at: made.at(-1)?.entry.at })
    const answer = await second.relay.answer({
      path: `/live/${program.id}/manifest`,
      query: '',
      address: '',
      signal: new AbortController().signal,
    })
    expect(old.some((line) => String(answer?.body).includes(line))).toBe(false)
    await second.close()
    await liar.close()
  })

  it('are not sent anywhere by words on the network but to who says them', async () => {
    const { add, broadcast, say, program } = house()
    const one = add('192.168.1.3', 2)
    await broadcast(3)
    say(encodeDns(messageOf({ id: idOf(0), program: program.id, port: 80 }, '10.0.0.1')), '192.168.1.99')
    await broadcast(1)
    // Nobody answers there: it is left at once.
    expect(one.near.map(({ name }) => name)).toEqual(['192.168.1.99'])
    await broadcast(3)
    expect(one.relay.status).toMatchObject({ role: 'leads', state: 'live' })
    await one.close()
  })
})

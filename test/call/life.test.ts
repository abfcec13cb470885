import { describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import type { Passing } from '../fake/broker.ts'
import { fullMesh, type Guest, Party } from './party.ts'

vi.setConfig({ testTimeout: 60_000 })

async function inCall(...names: readonly string[]): Promise<{ party: Party; guests: Guest[] }> {
  const party = new Party()
  const guests = names.map((name) => party.come(name))
  await party.clock.advance(seconds(1))
  expect(party.seen(...guests)).toEqual(fullMesh(guests))
  return { party, guests }
}
const pick = (guests: readonly Guest[], at: number): Guest => {
  const guest = guests[at]
  if (!guest) throw new Error(`there is no guest ${at}`)
  return guest
}
const states = (guest: Guest) => guest.told.flat().map((p) => p.state)
const errorsOf = (party: Party) => expect(party.errors).toEqual([])

describe('when the network between two dies', () => {
  it('each is shown as reconnecting within 3 s, and is back without a new link when it heals', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const before = guests.map((g) => [...g.open.values()])
    party.net.cut('ann', 'ben')
    await party.clock.advance(seconds(3))
    expect(party.seen(...guests)).toEqual(['ann: ben reconnecting', 'ben: ann reconnecting'])
    party.net.heal('ann', 'ben')
    await party.clock.advance(seconds(3))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    errorsOf(party)
  })

  it('a change of network is mended by an ICE restart, on the same transports', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const before = guests.map((g) => [...g.open.values()])
    party.net.rebind('ben')
    await party.clock.advance(seconds(4))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    for (const guest of guests) expect(states(guest)).toContain('reconnecting')
    errorsOf(party)
  })

  it('words that are late change nothing while sound comes, but not for ever', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.net.words = () => null
    const speak = async (seconds: number) => {
      for (let passed = 0; passed < seconds * 1000; passed += 250) {
        for (const { open } of guests) for (const transport of open.values()) transport.sendFrame('audio', new Uint8Array(20))
        await party.clock.advance(ms(250))
      }
    }
    await speak(14)
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    for (const guest of guests) expect(states(guest)).not.toContain('reconnecting')
    await speak(5)
    expect(party.seen(...guests)).toEqual(['ann: ben reconnecting', 'ben: ann reconnecting'])
    errorsOf(party)
  })

  it('one who answers and alone hears nothing asks the other for a restart', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const [offerer, answerer] = pick(guests, 0).peer < pick(guests, 1).peer ? guests : [...guests].reverse()
    party.net.words = (text, from) => (from === offerer?.name ? null : text)
    await party.clock.advance(seconds(6))
    party.net.words = (text) => text
    await party.clock.advance(seconds(1))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(offerer && states(offerer)).not.toContain('reconnecting')
    expect(answerer && states(answerer)).toContain('reconnecting')
    errorsOf(party)
  })

  it('after 20 s they dial anew, and are together again soon after it heals', async () => {
    const { party, guests } = await inCall('ann', 'ben', 'cai')
    const before = [...pick(guests, 0).open.values()]
    party.net.cut('ann', 'ben')
    await party.clock.advance(seconds(40))
    expect(party.seen(...guests)).toEqual(['ann: ben reconnecting, cai live', 'ben: ann reconnecting, cai live', 'cai: ann live, ben live'])
    expect(pick(guests, 0).troubles.map((t) => t.kind)).toEqual([])
    party.net.heal('ann', 'ben')
    await party.clock.advance(seconds(20))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect([...pick(guests, 0).open.values()]).not.toEqual(before)
    errorsOf(party)
  })
})

describe('when somebody goes', () => {
  it('by leaving, they are gone at once, and nobody saw them reconnecting', async () => {
    const { party, guests } = await inCall('ann', 'ben', 'cai')
    await pick(guests, 2).call.leave()
    await party.clock.advance(ms(1))
    expect(party.seen(...guests.slice(0, 2))).toEqual(fullMesh(guests.slice(0, 2)))
    expect(states(pick(guests, 0))).not.toContain('reconnecting')
    errorsOf(party)
  })

  it('by a crash, they are gone within 2 s of their will', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.net.cut('ann', 'ben')
    party.broker.cut('ben')
    await party.clock.advance(ms(1750)) // a silence without a will is not even noticed by then
    expect(party.seen(pick(guests, 0))).toEqual(['ann: '])
    expect(pick(guests, 0).open.size).toBe(0)
    errorsOf(party)
  })

  it('with broker and network at once and no will, they are gone when their presence has run out', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.broker.meddle = (m) => (m.from === 'ben' ? [] : [m])
    party.net.cut('ann', 'ben')
    await party.clock.advance(seconds(4))
    expect(party.seen(pick(guests, 0))).toEqual(['ann: ben reconnecting'])
    await party.clock.advance(seconds(14))
    expect(party.seen(pick(guests, 0))).toEqual(['ann: '])
    errorsOf(party)
  })

  it('and comes back as the same person after a crash, the old session gives way to the new one', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const [ann, ben] = [pick(guests, 0), pick(guests, 1)]
    party.net.cut('ann', 'ben')
    party.broker.meddle = (m) => (m.from === 'ben' && m.payload.length < 250 ? [] : [m]) // no will, no farewell
    await ben.call.leave()
    party.broker.meddle = (m) => [m]
    party.net.heal('ann', 'ben')
    const again = party.come('ben', { identity: ben.identity })
    await party.clock.advance(seconds(4))
    expect(party.seen(ann, again)).toEqual(fullMesh([ann, again]))
    errorsOf(party)
  })
})

describe('the broker', () => {
  it('may restart and forget everything: who talks goes on talking, and newcomers find them', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.broker.stop({ forget: true })
    await party.clock.advance(seconds(60))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(pick(guests, 0).troubles.map((t) => t.kind)).toEqual(['broker-away'])
    party.broker.start()
    const cai = party.come('cai')
    await party.clock.advance(seconds(1))
    expect(party.seen(...guests, cai)).toEqual(fullMesh([...guests, cai]))
    expect(pick(guests, 0).troubles.map((t) => t.kind)).toEqual(['broker-away', 'broker-back'])
    errorsOf(party)
  })

  it('may come late: joining waits for it', async () => {
    const party = new Party()
    party.broker.stop({ forget: false })
    const [ann, ben] = [party.come('ann'), party.come('ben')]
    await party.clock.advance(seconds(10))
    expect(ann.troubles.map((t) => t.kind)).toEqual(['broker-away'])
    party.broker.start()
    await party.clock.advance(seconds(1))
    expect(await ann.joined).toBeUndefined()
    expect(party.seen(ann, ben)).toEqual(fullMesh([ann, ben]))
    errorsOf(party)
  })

  it('may never come: joining can be given up, and leaves nothing behind', async () => {
    const party = new Party()
    party.broker.stop({ forget: false })
    const stop = new AbortController()
    const ann = party.come('ann', { signal: stop.signal })
    await party.clock.advance(seconds(3))
    stop.abort(new Error('enough'))
    expect(await ann.joined).toEqual(new Error('enough'))
    expect(party.clock.sleeping).toEqual([])
    errorsOf(party)
  })

  it('keeps nothing of those who are gone, however they went', async () => {
    const { party, guests } = await inCall('ann', 'ben', 'cai')
    const topics = [...party.broker.retained.keys()]
    party.broker.cut('ben')
    party.net.cut('ann', 'ben')
    party.net.cut('cai', 'ben')
    await party.clock.advance(seconds(3))
    const [, , cai] = guests
    party.broker.meddle = (m) => (m.from === 'cai' ? [] : [m])
    party.net.cut('ann', 'cai')
    await party.clock.advance(seconds(20))
    expect(topics).toHaveLength(3)
    expect([...party.broker.retained.keys()]).toEqual(topics.filter((t) => t.endsWith(pick(guests, 0).peer)))
    party.broker.meddle = (m) => [m]
    party.net.heal('ann', 'cai')
    await party.clock.advance(seconds(12))
    expect(party.seen(pick(guests, 0), ...(cai ? [cai] : []))).toEqual(['ann: cai live', 'cai: ann live'])
    errorsOf(party)
  })

  it('that erases us, or plays our will while we are here, is told again at once who is here', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const ben = pick(guests, 1)
    const topic = `parlor/1/room/${party.room.id}/peer/${ben.peer}`
    for (const by of ['erasing', 'playing the will']) {
      if (by === 'erasing') party.broker.deliver({ from: 'the broker', topic, payload: new Uint8Array(), retain: true })
      else party.broker.playWill('ben')
      await party.clock.advance(ms(0))
      expect(party.broker.retained.has(topic), by).toBe(true)
      await party.clock.advance(seconds(2))
    }
    const cai = party.come('cai')
    await party.clock.advance(seconds(1))
    expect(party.seen(...guests, cai)).toEqual(fullMesh([...guests, cai]))
  })

  it('may be away together with the network: nobody is taken for gone while we cannot hear', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.broker.stop({ forget: false })
    party.net.cut('ann', 'ben')
    await party.clock.advance(seconds(45))
    expect(party.seen(...guests)).toEqual(['ann: ben reconnecting', 'ben: ann reconnecting'])
    party.broker.start()
    party.net.heal('ann', 'ben')
    await party.clock.advance(seconds(5))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    errorsOf(party)
  })

  it('that brings an old offer late, after a newer one, changes nothing', async () => {
    const party = new Party()
    const held: Passing[] = []
    party.broker.meddle = (m) => {
      if (held.length > 0 || !m.topic.includes('/to/')) return [m]
      held.push(m)
      return []
    }
    const guests = [party.come('ann'), party.come('ben')]
    await party.clock.advance(seconds(13))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    const before = guests.map((g) => [...g.open.values()])
    for (const message of held) party.broker.deliver(message)
    await party.clock.advance(seconds(1))
    expect(held).toHaveLength(1)
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    errorsOf(party)
  })

  it('sees no name, no address and no fingerprint', async () => {
    const { party } = await inCall('annabella', 'benjamin')
    const text = party.broker.passed.map((m) => new TextDecoder('latin1').decode(m.payload)).join()
    for (const word of ['annabella', 'benjamin', 'fingerprint', 'candidate', 'm=audio']) expect(text).not.toContain(word)
    expect(text.length).toBeGreaterThan(1000)
  })
})

describe('a full room', () => {
  const five = ['ann', 'ben', 'cai', 'dee', 'eva']

  it.each([1, 2, 3, 4])('lets one of several racing newcomers in, and tells the others (%i)', async (seed) => {
    const { party, guests } = await inCall(...five)
    const racers = [0, 1, 2].map((i) => party.come(`racer ${seed} ${i}`))
    if (seed > 2) await party.clock.advance(ms(0))
    if (seed > 3) racers.push(party.come('late'))
    await party.clock.advance(seconds(6))
    const results = await Promise.all(racers.map((r) => r.joined))
    const inside = racers.filter((_, i) => results[i] === undefined)
    expect(inside).toHaveLength(1)
    for (const result of results) if (result !== undefined) expect(result).toMatchObject({ code: 'room-full' })
    expect(party.seen(...guests, ...inside)).toEqual(fullMesh([...guests, ...inside]))
    errorsOf(party)
  })

  it('refuses one who does not go by himself', async () => {
    const { party, guests } = await inCall('ann', 'ben', 'cai')
    await Promise.all(guests.map((g) => g.call.leave()))
    const members = ['ann', 'ben', 'cai'].map((name) => party.come(name, { limit: 3 }))
    await party.clock.advance(seconds(3))
    const pushy = party.come('pushy', { limit: 9 })
    await party.clock.advance(seconds(20))
    expect(party.seen(...members)).toEqual(fullMesh(members))
    expect(pushy.open.size).toBe(0)
    errorsOf(party)
  })

  it('of ghosts only lets one in when they have faded', async () => {
    const { party, guests } = await inCall(...five, 'fay')
    const kept = new Map(party.broker.retained)
    await Promise.all(guests.map((g) => g.call.leave()))
    for (const [topic, payload] of kept) party.broker.retained.set(topic, payload)
    const gus = party.come('gus')
    await party.clock.advance(seconds(2))
    expect(gus.told).toEqual([])
    await party.clock.advance(seconds(16))
    expect(await gus.joined).toBeUndefined()
    errorsOf(party)
  })

  it('has a place again when somebody leaves', async () => {
    const { party, guests } = await inCall(...five, 'fay')
    const refused = party.come('gus')
    await party.clock.advance(seconds(1))
    expect(await refused.joined).toBeInstanceOf(Refusal)
    await pick(guests, 0).call.leave()
    const gus = party.come('gus', { identity: refused.identity })
    await party.clock.advance(seconds(1))
    const now = [...guests.slice(1), gus]
    expect(party.seen(...now)).toEqual(fullMesh(now))
    errorsOf(party)
  })
})

describe('what people send', () => {
  it('is told at once, and newcomers hear it too', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const [ann, ben] = [pick(guests, 0), pick(guests, 1)]
    ann.call.say({ muted: true, camera: true, screen: false, speaking: false, live: false })
    await party.clock.advance(ms(0))
    expect(ben.call.people()).toMatchObject([{ muted: true, camera: true, screen: false, speaking: false, live: false }])
    const cai = party.come('cai')
    await party.clock.advance(seconds(1))
    expect(cai.call.people().find((p) => p.peer === ann.peer)).toMatchObject({ name: 'ann', kind: 'browser', muted: true, camera: true })
  })

  it('is said again by the next beat when it was lost', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    party.net.words = () => null
    pick(guests, 0).call.say({ muted: true, camera: true, screen: true, speaking: true, live: false })
    await party.clock.advance(ms(1))
    party.net.words = (text) => text
    await party.clock.advance(ms(500))
    expect(pick(guests, 1).call.people()).toMatchObject([{ muted: true, screen: true }])
  })

  it('changes nothing when it is the same', async () => {
    const { party, guests } = await inCall('ann', 'ben')
    const before = pick(guests, 1).told.length
    pick(guests, 0).call.say({ muted: false, camera: false, screen: false, speaking: false, live: false })
    await party.clock.advance(seconds(2))
    expect(pick(guests, 1).told).toHaveLength(before)
  })
})

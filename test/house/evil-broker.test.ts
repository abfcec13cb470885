// evil-broker.test.ts — whole calls over a broker that is against them: not one frame to or from the attacker, and people are told.
//
// The attacker owns the broker (reads, keeps, drops, repeats, reorders, invents), sits on every path of the network where a test says
// so, and in some tests also has the room's link. What it never has is somebody's identity key.
import { describe, expect, it, vi } from 'vitest'
import type { PeerId } from '../../src/core/id.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { closeEnvelope, openEnvelope, type Session, sessionOf } from '../../src/wire/envelope.ts'
import { newsBody } from '../../src/wire/presence.ts'
import { type Signal, signalBody, signalIn } from '../../src/wire/signal.ts'
import { fullMesh, type Guest, Party, person, seeded } from '../call/party.ts'
import type { Passing } from '../fake/broker.ts'
import type { FakeTransport } from '../fake/transport.ts'

vi.setConfig({ testTimeout: 120_000 })

const MALLORY = 'mallory'
const mallory = person(MALLORY)
const random = seeded('what mallory draws')

const isSignal = ({ topic }: Passing) => topic.includes('/to/')
const isPresence = ({ topic }: Passing) => topic.includes('/peer/')
const peerTopic = (party: Party, peer: PeerId) => `parlor/1/room/${party.room.id}/peer/${peer}`
const toTopic = (party: Party, peer: PeerId) => `parlor/1/room/${party.room.id}/to/${peer}`
const flipped = (payload: Uint8Array, at: number) => payload.map((byte, i) => (i === at ? byte ^ 1 : byte))

/** Two who would call each other, and a broker with its own mind. */
function two(meddle?: (party: Party, message: Passing) => readonly Passing[]) {
  const party = new Party()
  if (meddle) party.broker.meddle = (message) => meddle(party, message)
  return { party, guests: [party.come('ann'), party.come('ben')] as const }
}

/** What is inside an envelope, for an attacker who has the room's key. */
function read(party: Party, to: PeerId | null, payload: Uint8Array) {
  const opened = openEnvelope(payload, { room: party.room.id, epoch: 0, to }, party.room.seal, () => null)
  if (!opened.ok) throw new Error(opened.why)
  return opened.letter
}

/** Seals with the room's key, but can only sign with mallory's. In the name of `name`, if given. */
function forge(
  party: Party,
  to: PeerId | null,
  parts: { signal?: Signal; session: Session; receiver: Session | null; counter: number; name?: Uint8Array; gone?: boolean },
) {
  const presence = { name: 'Mallory', kind: 'browser', ttl: 15_000, place: null } as const
  const body = parts.signal ? signalBody(parts.signal) : newsBody(parts.gone ? { type: 'gone' } : { type: 'presence', presence })
  const { session, receiver, counter, name = mallory.publicKey } = parts
  return closeEnvelope({
    address: { room: party.room.id, epoch: 0, to },
    sealKey: party.room.seal,
    identity: { ...mallory, publicKey: name },
    letter: { session, counter, receiver, ...body },
    nonce: random(24),
  })
}

async function expectNothingReachedMallory(party: Party, guests: readonly Guest[]): Promise<void> {
  await party.film(...guests)
  expect(party.net.frames.filter((f) => f.from === MALLORY || f.to === MALLORY)).toEqual([])
  expect(party.net.openTransports.filter((t) => t.owner !== MALLORY && t.released && t.otherEnd === MALLORY)).toEqual([])
  expect(party.errors).toEqual([])
}

const kinds = (guest: Guest) => [...new Set(guest.troubles.map((t) => t.kind))]

describe('a broker that rewrites', () => {
  it.each([10, 300])('any byte of a signal (%i): nothing opens, and people are told that no link comes about', async (at) => {
    const { party, guests } = two((_, message) => [isSignal(message) ? { ...message, payload: flipped(message.payload, at) } : message])
    await party.clock.advance(seconds(25))
    expect(party.seen(...guests)).toEqual(['ann: ', 'ben: '])
    for (const { troubles } of guests) expect(troubles.map((t) => t.kind)).toEqual(['no-way'])
    const refused = guests.flatMap((g) => Object.keys(g.call.counts()))
    expect(refused).toContain('envelope not sealed for here')
    await expectNothingReachedMallory(party, guests)
  })

  it('the fingerprint in an offer, with the room key but without an identity key: refused as forged, and told', async () => {
    const { party, guests } = two((party, message) => {
      if (!isSignal(message)) return [message]
      const to = message.topic.split('/').at(-1) as PeerId
      const letter = read(party, to, message.payload)
      const signal = signalIn(letter.kind, letter.body)
      if (signal?.type !== 'offer' && signal?.type !== 'answer') return [message]
      const sdp = signal.sdp.replace(/sha-256 \S+/, `sha-256 ${Array(32).fill('66').join(':')}`)
      const { session, receiver, counter, publicKey } = letter
      return [{ ...message, payload: forge(party, to, { signal: { ...signal, sdp }, session, receiver, counter, name: publicKey }) }]
    })
    party.net.careless = true
    await party.clock.advance(seconds(25))
    expect(party.seen(...guests)).toEqual(['ann: ', 'ben: '])
    const told = guests.flatMap((g) => g.troubles).filter((t) => t.kind === 'stranger')
    expect(told.length).toBeGreaterThan(0)
    expect(told[0]?.sentence).toContain('pretends to be another person')
    await expectNothingReachedMallory(party, guests)
  })

  it('nothing, but sits between the two in the network: a good stack refuses its certificate', async () => {
    const { party, guests } = two()
    party.net.intercept(MALLORY, relay)
    await party.clock.advance(seconds(25))
    expect(party.seen(...guests).join()).not.toContain('live')
    expect(guests.flatMap((g) => g.troubles.map((t) => t.kind))).toContain('no-way')
    await expectNothingReachedMallory(party, guests)
  })

  it('nothing, but sits between the two, and their stacks look at no certificate: the confirmation refuses, and people are told', async () => {
    const { party, guests } = two()
    party.net.careless = true
    party.net.intercept(MALLORY, relay)
    await party.clock.advance(seconds(60))
    for (const guest of guests) {
      const told = guest.troubles.filter((t) => t.kind === 'not-confirmed')
      expect(told.length).toBeGreaterThanOrEqual(1)
      expect(told.length).toBeLessThanOrEqual(3)
      expect(told[0]?.sentence).toMatch(/could not confirm that (ann|ben) is who they say; no picture or sound/)
      expect(guest.open.size).toBe(0)
    }
    await expectNothingReachedMallory(party, guests)
  })
})

/** The one in the middle passes all words on, so that both ends hear each other's confirmation. */
function relay([one, other]: readonly FakeTransport[]): void {
  one?.on('message', (text) => void other?.send(text))
  other?.on('message', (text) => void one?.send(text))
  for (const end of [one, other]) end?.release()
}

describe('a broker that swaps', () => {
  it('what is for one goes to the other: nobody opens it, and nobody is taken for somebody else', async () => {
    const party = new Party()
    const [ann, ben, cai] = [party.come('ann'), party.come('ben'), party.come('cai')]
    const swap = new Map([
      [toTopic(party, ben.peer), toTopic(party, cai.peer)],
      [toTopic(party, cai.peer), toTopic(party, ben.peer)],
    ])
    party.broker.meddle = (message) => [{ ...message, topic: swap.get(message.topic) ?? message.topic }]
    await party.clock.advance(seconds(30))
    expect(party.seen(ann, ben, cai).join()).not.toContain('live')
    expect([ann, ben, cai].map((g) => g.open.size)).toEqual([0, 0, 0])
    for (const { troubles } of [ann, ben, cai]) expect(troubles.map((t) => t.kind)).toContain('no-way')
    expect(ben.call.counts()).toHaveProperty(['envelope not sealed for here'])
    await expectNothingReachedMallory(party, [ann, ben, cai])
  })

  it('presence put on the topic of another is nobody’s', async () => {
    const party = new Party()
    const [ann, ben] = [party.come('ann'), party.come('ben')]
    const topics = [peerTopic(party, ann.peer), peerTopic(party, ben.peer)]
    party.broker.meddle = (m) => [{ ...m, topic: topics[1 - topics.indexOf(m.topic)] ?? m.topic }]
    await party.clock.advance(seconds(20))
    expect(party.seen(ann, ben)).toEqual(['ann: ', 'ben: '])
    expect(ann.call.counts()).toHaveProperty(["presence on another's topic"])
  })
})

describe('a broker that remembers', () => {
  /** Yesterday's call of the same two, everything recorded. */
  async function yesterday() {
    const { party, guests } = two()
    await party.clock.advance(seconds(11))
    const recorded = [...party.broker.passed]
    const frames = party.net.frames.length
    await Promise.all(guests.map((g) => g.call.leave()))
    await party.clock.advance(seconds(1))
    return { party, recorded, frames, old: guests }
  }

  it('plays yesterday’s call to one who is alone: nobody appears, nothing opens', async () => {
    const { party, recorded } = await yesterday()
    const ann = party.come('ann', { identity: person('ann') })
    await party.clock.advance(seconds(1))
    for (const message of recorded) party.broker.deliver(message)
    await party.clock.advance(seconds(30))
    expect(ann.told).toEqual([])
    expect(ann.open.size).toBe(0)
    expect(ann.call.counts()).toHaveProperty(['signal for another session'])
    await expectNothingReachedMallory(party, [ann])
  })

  it('plays yesterday’s call into today’s: it goes on undisturbed', async () => {
    const { party, recorded } = await yesterday()
    const today = [party.come('ann', { identity: person('ann') }), party.come('ben', { identity: person('ben') })]
    await party.clock.advance(seconds(1))
    const before = today.map((g) => [...g.open.values()])
    for (let again = 0; again < 3; again++) {
      for (const message of recorded) party.broker.deliver(message)
      await party.clock.advance(seconds(4))
    }
    expect(party.seen(...today)).toEqual(fullMesh(today))
    expect(today.map((g) => [...g.open.values()])).toEqual(before)
    await expectNothingReachedMallory(party, today)
  })

  it('plays everything of today again, at once and later: nothing happens twice', async () => {
    const { party, guests } = two()
    party.broker.meddle = (message) => [message, message]
    await party.clock.advance(seconds(6))
    const before = guests.map((g) => [...g.open.values()])
    for (const message of [...party.broker.passed]) party.broker.deliver(message)
    for (const message of [...party.broker.passed].reverse()) party.broker.deliver(message)
    await party.clock.advance(seconds(6))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    expect(guests[0].call.counts()).toHaveProperty(['signal heard before'])
  })

  it('keeps a dead one’s presence alive: a ghost never becomes a person', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const presence = party.broker.passed.filter((m) => isPresence(m) && m.from === 'ben').at(-1)
    await guests[1].call.leave()
    await party.clock.advance(seconds(1))
    if (presence) party.broker.deliver(presence)
    await party.clock.advance(seconds(1))
    const cai = party.come('cai')
    for (let i = 0; i < 20; i++) {
      if (presence) party.broker.deliver(presence)
      await party.clock.advance(seconds(3))
    }
    expect(party.seen(guests[0], cai)).toEqual(fullMesh([guests[0], cai]))
    expect(cai.told.flat().map((p) => p.name)).not.toContain('ben')
  })
})

describe('a broker that reorders, repeats and drops', () => {
  it.each([1, 2, 3])('at random (%i): in the end everybody is linked with everybody', async (seed) => {
    const party = new Party()
    const draw = seeded(seed)
    const held: Passing[] = []
    party.broker.meddle = (message) => {
      const [dice = 0] = draw(1)
      if (dice < 40) return []
      if (dice < 80) return [message, message]
      if (dice < 150) {
        held.push(message)
        return held.length > 3 ? held.splice(dice % held.length, 1) : []
      }
      return [message, ...held.splice(0, dice % 3)]
    }
    const guests = ['ann', 'ben', 'cai'].map((name) => party.come(name))
    await party.clock.advance(seconds(40))
    party.broker.meddle = (message) => [message]
    await party.clock.advance(seconds(40))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(party.errors).toEqual([])
  })
})

describe('an injected third', () => {
  it('without the room’s key is not even heard', async () => {
    const { party, guests } = two()
    const elsewhere = new Party()
    await party.clock.advance(seconds(1))
    const before = guests.map((g) => [...g.open.values()])
    const stranger = party.come(MALLORY, { identity: mallory, room: { ...party.room, seal: new Uint8Array(32), sas: elsewhere.room.sas } })
    await party.clock.advance(seconds(20))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    expect(stranger.open.size).toBe(0)
    await expectNothingReachedMallory(party, [...guests, stranger])
  })

  it('with the sealing key but not the confirming one is seen by nobody as a person in the call, and people are told', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const stranger = party.come(MALLORY, { identity: mallory, room: { ...party.room, sas: new Uint8Array(32) } })
    await party.clock.advance(seconds(30))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    for (const guest of guests) expect(kinds(guest)).toContain('not-confirmed')
    await expectNothingReachedMallory(party, [...guests, stranger])
  })

  it('with the whole link is one more visible person under its own id, never in place of another', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const before = guests.map((g) => [...g.open.values()])
    const third = party.come(MALLORY, { identity: mallory })
    await party.clock.advance(seconds(1))
    expect(party.seen(...guests, third)).toEqual(fullMesh([...guests, third]))
    expect(guests.map((g) => [...g.open.values()].slice(0, 1))).toEqual(before)
    for (const { call } of guests) expect(call.people().map((p) => p.peer)).toContain(mallory.peer)
  })

  it('who speaks in the name of another is not heard, and people are told, once a minute at most', async () => {
    const { party, guests } = two()
    const [ann, ben] = guests
    await party.clock.advance(seconds(1))
    const before = [...ann.open.values()]
    const presence = party.broker.passed.find((m) => isPresence(m) && m.from === 'ann' && m.payload.length > 0)
    const annSession = read(party, null, presence?.payload ?? new Uint8Array()).session
    const inBensName = { session: sessionOf(random(16)), receiver: annSession, name: ben.identity.publicKey }
    const bye: Signal = { type: 'bye', link: null, reason: 'closed' }
    for (let counter = 1000; counter < 1050; counter++) {
      const signal = {
        from: MALLORY,
        topic: toTopic(party, ann.peer),
        payload: forge(party, ann.peer, { ...inBensName, signal: bye, counter }),
        retain: false,
      }
      const hello = {
        from: MALLORY,
        topic: peerTopic(party, ben.peer),
        payload: forge(party, null, { ...inBensName, receiver: null, counter }),
        retain: true,
      }
      for (const message of [signal, hello]) party.broker.deliver(message)
    }
    await party.clock.advance(seconds(5))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect([...ann.open.values()]).toEqual(before)
    expect(ann.troubles.map((t) => t.kind)).toEqual(['stranger'])
    expect(ann.call.counts()['envelope with a wrong signature']).toBe(100)
  })
})

describe('dropped confirmations', () => {
  // Commit and nonce stand in the descriptions; these two are what is said over the channel.
  it.each(['nonce', 'reveal'])('without %s nothing is shown, both people are told, and it is not tried for ever', async (word) => {
    const { party, guests } = two()
    party.net.words = (text) => (text.includes(`"say":"${word}"`) ? null : text)
    await party.clock.advance(seconds(7))
    await party.film(...guests)
    const early = party.net.frames.length
    await party.clock.advance(seconds(90))
    expect(early).toBe(0)
    expect(party.net.frames).toEqual([])
    for (const guest of guests) {
      const told = guest.troubles.filter((t) => t.kind === 'not-confirmed')
      expect(told.length).toBeGreaterThanOrEqual(1)
      expect(told.length).toBeLessThanOrEqual(3)
    }
    expect(party.net.openTransports).toEqual([])
  })

  it.each(['{}', '{"say":"bye"}', 'x'.repeat(100), '{"say":"confirmed"}'])('with %s instead of a word, too', async (text) => {
    const { party, guests } = two()
    party.net.words = (said) => (said.includes('"say":"reveal"') ? text : said)
    await party.clock.advance(seconds(10))
    await party.film(...guests)
    expect(party.net.frames).toEqual([])
    expect(party.seen(...guests).join()).not.toContain('live')
    for (const guest of guests) expect(kinds(guest)).toContain('not-confirmed')
  })
})

describe('forged farewells', () => {
  it('erased presence, again and again, parts nobody', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const before = guests.map((g) => [...g.open.values()])
    for (let i = 0; i < 40; i++) {
      for (const { peer } of guests)
        party.broker.deliver({ from: MALLORY, topic: peerTopic(party, peer), payload: new Uint8Array(), retain: true })
      await party.clock.advance(seconds(1))
    }
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    expect(guests.flatMap((g) => g.told).every((people) => people.every((p) => p.state !== 'reconnecting'))).toBe(true)
  })

  it('a genuine will played too early parts nobody whose link beats, and is answered', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const before = guests.map((g) => [...g.open.values()])
    party.broker.cut('ben') // the will is played: ben has only lost the broker
    await party.clock.advance(seconds(30))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    expect(kinds(guests[1])).toEqual(['broker-away'])
    party.broker.heal('ben')
    await party.clock.advance(seconds(1))
    expect(kinds(guests[1])).toEqual(['broker-away', 'broker-back'])
    const dee = party.come('dee')
    await party.clock.advance(seconds(1))
    expect(party.seen(...guests, dee)).toEqual(fullMesh([...guests, dee]))
  })

  it('a will signed by another key is none', async () => {
    const { party, guests } = two()
    const [ann, ben] = guests
    await party.clock.advance(seconds(1))
    const presence = party.broker.passed.find((m) => isPresence(m) && m.from === 'ben' && m.payload.length > 0)
    const { session } = read(party, null, presence?.payload ?? new Uint8Array())
    const payload = forge(party, null, { gone: true, session, receiver: null, counter: 1, name: ben.identity.publicKey })
    party.broker.deliver({ from: MALLORY, topic: peerTopic(party, ben.peer), payload, retain: true })
    await party.clock.advance(seconds(10))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(kinds(ann)).toEqual(['stranger'])
  })
})

describe('floods', () => {
  it('8,000 malformed and oversized envelopes: counted, never an exception, and the call goes on', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const [ann] = guests
    const good = party.broker.passed.find((m) => isSignal(m))?.payload ?? new Uint8Array(400)
    for (let i = 0; i < 8000; i++) {
      const [kind = 0, at = 0] = random(2)
      const shapes = [
        random(at),
        good.subarray(0, at),
        flipped(good, at),
        new Uint8Array(40_000),
        Uint8Array.of(1, 0, 0, 0, 0, ...random(at)),
      ]
      const payload = shapes[kind % shapes.length] ?? new Uint8Array()
      const topic = i % 2 ? toTopic(party, ann.peer) : peerTopic(party, `${kind}` as PeerId)
      party.broker.deliver({ from: MALLORY, topic, payload, retain: false })
    }
    await party.clock.advance(seconds(5))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    const counted = Object.values(ann.call.counts()).reduce((sum, n) => sum + n, 0)
    expect(counted).toBeGreaterThan(7900)
    expect(Object.keys(ann.call.counts()).length).toBeLessThan(20)
    expect(party.errors).toEqual([])
  })

  it('words by the thousand on a confirmed channel are not all read, and hurt nobody', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(1))
    const [ann, ben] = guests
    const channel = [...ben.open.values()][0]
    for (let i = 0; i < 5000; i++) channel?.send(i % 2 ? '{"say":"commit","commit":"00"}' : '{'.repeat(i % 20_000))
    await party.clock.advance(seconds(5))
    expect(party.seen(ann, ben)).toEqual(fullMesh([ann, ben]))
    expect(ann.call.counts()['word too many']).toBeGreaterThan(4000)
    expect(party.errors).toEqual([])
  })

  it('a hundred identities from inside the room do not push out who is linked', async () => {
    const { party, guests } = two()
    await party.clock.advance(seconds(3))
    const before = guests.map((g) => [...g.open.values()])
    for (let i = 0; i < 100; i++) {
      const fake = person(`fake ${i}`)
      const body = newsBody({ type: 'presence', presence: { name: `Fake ${i}`, kind: 'box', ttl: 15_000, place: 1 } })
      const payload = closeEnvelope({
        address: { room: party.room.id, epoch: 0, to: null },
        sealKey: party.room.seal,
        identity: fake,
        letter: { session: sessionOf(random(16)), counter: 1, receiver: null, ...body },
        nonce: random(24),
      })
      party.broker.deliver({ from: MALLORY, topic: peerTopic(party, fake.peer), payload, retain: false })
    }
    await party.clock.advance(seconds(20))
    expect(party.seen(...guests)).toEqual(fullMesh(guests))
    expect(guests.map((g) => [...g.open.values()])).toEqual(before)
    await party.clock.advance(ms(1))
    expect(party.errors).toEqual([])
  })
})

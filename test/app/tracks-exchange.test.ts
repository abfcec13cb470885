// Giving and fetching together, each with what it knows of the call, over a broker and a network in memory.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Giving, LISTENS, MOST_ROOMS } from '../../src/app/giving.ts'
import { Fetched } from '../../src/app/remix/fetched.ts'
import { Fetching } from '../../src/app/remix/fetching.ts'
import { TracksRoster } from '../../src/app/tracks-roster.ts'
import { Counts } from '../../src/call/counts.ts'
import { Meetings } from '../../src/call/meeting.ts'
import type { Person } from '../../src/call/person.ts'
import { Signalling } from '../../src/call/signalling.ts'
import type { Config } from '../../src/core/config.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { seconds } from '../../src/lib/unit.ts'
import { newSecret, roomKeys } from '../../src/room/link.ts'
import { MemoryFolder } from '../broadcast/kit/folder.ts'
import { ann as signer } from '../broadcast/kit/making.ts'
import { holder, settled } from '../broadcast/kit/two-ends.ts'
import { Party, person, seeded } from '../call/party.ts'
import { quietLog } from '../fake/quiet.ts'

const secret = newSecret(seeded('the room'))
const [kitchen, ann, stranger] = ['kitchen', 'ann', 'stranger'].map((name) => person(name).peer) as [PeerId, PeerId, PeerId]
const named = (peer: PeerId, name: string): Person => ({
  ...{ peer, name, kind: 'box', state: 'live', emoji: null },
  ...{ muted: false, camera: true, screen: false, speaking: false, live: false },
})
const { log } = quietLog()

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-roster-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
let count = 0
function meetings(party: Party, name: string) {
  return (place: { room: RoomSecret }) => {
    const random = seeded(`${name} ${++count}`)
    const common = { identity: person(name), room: roomKeys(place.room), clock: party.clock, random, counts: new Counts(), log }
    return {
      ...common,
      signalling: new Signalling({ ...common, openBroker: party.broker.for(name) }),
      openTransport: () => party.net.open(name),
    }
  }
}

type Stage = {
  readonly says?: boolean | null
  readonly give?: Config['live']['give']
  /** Who was in the call, as the one who gives has written down. */
  readonly there?: readonly Person[]
  readonly asker?: string
  readonly limit?: number
}

/** Ann's box keeps tracks of a call; the kitchen's wants them. */
async function stage({ says = true, give = 'ask', there = [named(kitchen, 'Kitchen')], asker = 'kitchen', limit = 1e9 }: Stage = {}) {
  const party = new Party()
  const theirs = await holder(1)
  const [run] = theirs.store.runs
  if (!run) throw new Error('nothing is kept')
  const world = { date: run.from, asked: [] as string[], says }
  const roster = new TracksRoster(temporary(), () => world.date, log)
  roster.be({ room: secret, at: null }, there)
  world.date = run.to
  roster.be(null, [])
  const openAnn = meetings(party, 'ann')
  const giving = new Giving({
    ...{ setting: give, store: theirs.store, run: () => null, signs: signer, name: 'Ann', roster },
    attend: (place, answers, met, signal) => {
      const all = new Meetings({ ...openAnn(place), answers })
      all.on('met', met)
      return all.watch(signal)
    },
    room: () => null,
    ask: async (_, name) => {
      world.asked.push(name)
      return world.says
    },
    rate: () => 1e9,
    date: () => world.date,
    ...{ clock: party.clock, log },
  })
  giving.look()
  const folder = new MemoryFolder()
  const fetched = new Fetched({ folder: async () => folder, limit, date: () => world.date, clock: party.clock, random: seeded('tickets') })
  const openKitchen = meetings(party, asker)
  const fetching = new Fetching({
    self: person(asker).peer,
    fetched,
    seek: (place, seeks, met, signal) => {
      const all = new Meetings({ ...openKitchen(place), seeks })
      all.on('met', met)
      return all.watch(signal)
    },
    rate: () => 1e9,
    ...{ clock: party.clock, log },
  })
  const call = { began: run.from, ended: run.to, room: secret, at: null, people: [{ peer: ann, name: 'Ann', kind: 'box' as const }] }
  const recording = { run: 7, from: run.from, to: run.to }
  onTestFinished(() => Promise.all([giving.close(), fetching.stop()]).then(() => {}))
  /** Lets time pass until it is over. */
  const fetch = async (patience = 400) => {
    await fetching.start(recording, call)
    for (let i = 0; i < patience; i++) {
      const state = await fetching.state(7)
      if (state?.over) return state.people
      await party.clock.advance(seconds(0.5))
      await settled(10)
    }
    throw new Error(`it does not end: ${JSON.stringify(await fetching.state(7))}`)
  }
  return { party, theirs, world, roster, giving, fetched, fetching, folder, fetch, recording, call }
}

describe('the box of one who was in a call', () => {
  it('gives its own tracks when its people say yes, asks them once, and they are fetched once', async () => {
    const { fetch, world, fetched, party, folder } = await stage()
    const [one] = await fetch()
    expect(one).toMatchObject({ name: 'Ann', is: 'here' })
    expect(world.asked).toEqual(['Kitchen'])
    expect(one?.files).toHaveLength(1)
    expect(folder.files.get(one?.files[0] ?? '')?.length).toBeGreaterThan(10_000)
    const words = party.broker.passed.length
    expect(await fetch()).toMatchObject([{ is: 'here' }])
    expect(party.broker.passed).toHaveLength(words)
    const ticket = fetched.ticket(one?.files[0] ?? '')
    const taken = await fetched.take(ticket)
    expect(taken?.name).toBe(one?.files[0])
    expect(await fetched.take(ticket)).toBeNull()
  })

  it('gives nothing when they say no, and does not ask them again for a while', async () => {
    const { fetch, world, folder, party } = await stage({ says: false })
    for (let i = 0; i < 3; i++) {
      expect(await fetch()).toMatchObject([{ is: 'refused', files: [] }])
      await party.clock.advance(seconds(10))
    }
    expect(world.asked).toEqual(['Kitchen'])
    expect(folder.files.size).toBe(0)
    await party.clock.advance(seconds(700))
    world.says = true
    expect(await fetch()).toMatchObject([{ is: 'here' }])
  })

  it('gives nothing when nobody answers', async () => {
    const { fetch } = await stage({ says: null })
    expect(await fetch()).toMatchObject([{ is: 'refused' }])
  })

  it('asks nobody where the settings say yes, and listens nowhere where they say nobody', async () => {
    const free = await stage({ give: 'call' })
    expect(await free.fetch()).toMatchObject([{ is: 'here' }])
    expect(free.world.asked).toEqual([])
    const shut = await stage({ give: 'nobody' })
    expect(shut.giving.rooms).toEqual([])
    expect(await shut.fetch()).toMatchObject([{ is: 'away' }])
  })

  it('is as if it were not there for who was not in the call, though they have the room', async () => {
    const { fetch, world, party } = await stage({ asker: 'stranger', there: [named(kitchen, 'Kitchen')] })
    expect(await fetch()).toMatchObject([{ is: 'away' }])
    expect(world.asked).toEqual([])
    expect(party.broker.passed.filter(({ from }) => from === 'ann')).toEqual([])
    expect(stranger).not.toBe(kitchen)
  })

  it('is as if it were not there for a call of another time', async () => {
    const { fetching, call, recording, party, world } = await stage()
    const later = 3_600_000
    await fetching.start({ run: 8, from: recording.to + later, to: recording.to + 2 * later }, call)
    await party.clock.advance(seconds(40))
    expect((await fetching.state(8))?.people).toMatchObject([{ is: 'away' }])
    expect(world.asked).toEqual([])
  })

  it('does not answer for ever to who comes again and again', async () => {
    const { party, fetching, world, recording, call } = await stage({ says: false })
    for (let i = 0; i < 60; i++) {
      await fetching.start({ ...recording, run: 100 + i }, call)
      await party.clock.advance(seconds(5))
      await fetching.stop()
    }
    expect(world.asked).toHaveLength(1)
    const answers = party.broker.passed.filter(({ from, topic }) => from === 'ann' && topic.includes('/to/'))
    expect(answers.length).toBeLessThan(140)
  })

  it('is not believed when it says that it has more than a call can be: nothing is let go for that', async () => {
    const { fetch, theirs, folder } = await stage()
    const [run] = theirs.store.runs
    const runs = run ? [{ ...run, bytes: 1e10 }] : []
    Object.defineProperty(theirs.store, 'runs', { get: () => runs })
    expect(await fetch()).toMatchObject([{ is: 'broken' }])
    expect(folder.files.size).toBe(0)
  })

  it('goes on where it was when it is stopped and begun again', async () => {
    const { fetching, fetch, party, folder, recording, call, theirs } = await stage()
    await fetching.start(recording, call)
    for (let i = 0; i < 200 && [...folder.files.values()].every(({ length }) => length < 20_000); i++) {
      await party.clock.advance(seconds(0.1))
      await new Promise((done) => setImmediate(done))
    }
    await fetching.stop()
    expect(await fetch()).toMatchObject([{ is: 'here' }])
    const [name = ''] = (await fetching.state(7))?.people[0]?.files ?? []
    expect(folder.files.get(name)?.length).toBeGreaterThan((theirs.store.runs[0]?.bytes ?? 0) * 0.9)
  })

  it('listens for a week, in a few rooms, and longer in the one that it is in', async () => {
    const { giving, world, roster, theirs } = await stage()
    expect(giving.rooms).toEqual([secret])
    const [run] = theirs.store.runs
    for (let i = 0; i < 6; i++) {
      world.date = (run?.from ?? 0) + i
      roster.be({ room: newSecret(seeded(`room ${i}`)), at: null }, [named(kitchen, 'Kitchen')])
      world.date = run?.to ?? 0
      roster.be(null, [])
    }
    giving.look()
    expect(giving.rooms).toHaveLength(MOST_ROOMS)
    world.date += LISTENS + 1000
    giving.look()
    expect(giving.rooms).toEqual([])
  })
})

describe('what was fetched', () => {
  const track = (run: number, bytes: number) => ({ program: '0'.repeat(26) as never, run, about: '{}', bytes })
  const open = (limit: number) => {
    const folder = new MemoryFolder()
    const world = { date: 1000 }
    const clock = new Party().clock
    const fetched = new Fetched({ folder: async () => folder, limit, date: () => world.date++, clock, random: seeded('tickets') })
    return { folder, fetched }
  }
  it('lets go of what was fetched for other recordings first, and takes no more than its limit', async () => {
    const { folder, fetched } = open(5_000_000)
    await fetched.open(1, ann, track(10, 1_000_000))
    await folder.append(`1-${ann}-10.tracks`, new Uint8Array(2_000_000))
    await fetched.whole(1, ann, 10)
    await fetched.done(1, ann)
    await fetched.open(2, ann, track(20, 1_000_000))
    expect(await fetched.isDone(1, ann)).toBe(true)
    await fetched.open(2, kitchen, track(30, 1_000_000))
    expect(await fetched.isDone(1, ann)).toBe(false)
    expect([...folder.files.keys()].filter((name) => name.startsWith('1-'))).toEqual([])
    await expect(fetched.open(2, stranger, track(40, 3_000_000))).rejects.toThrow('space')
    await expect(fetched.open(3, stranger, track(40, 9_000_000))).rejects.toThrow('space')
  })
  it('is known after a restart, and begun anew when its index is damaged', async () => {
    const { folder, fetched } = open(5_000_000)
    await fetched.open(1, ann, track(10, 1000))
    await fetched.whole(1, ann, 10)
    await fetched.done(1, ann)
    const again = () =>
      new Fetched({ folder: async () => folder, limit: 1e9, date: () => 1, clock: new Party().clock, random: seeded('t') })
    expect(await again().isDone(1, ann)).toBe(true)
    expect(await again().of(1, ann)).toMatchObject([{ name: `1-${ann}-10.tracks` }])
    await folder.replace('fetched.json', Buffer.from('{"runs": 7}'))
    expect(await again().isDone(1, ann)).toBe(false)
  })
  it('goes with the recording that it was fetched for', async () => {
    const { folder, fetched } = open(50_000_000)
    for (const recording of [1, 2]) {
      await fetched.open(recording, ann, track(10, 1000))
      await fetched.whole(recording, ann, 10)
      await fetched.done(recording, ann)
    }
    await fetched.forget(1)
    expect([...folder.files.keys()].sort()).toEqual([`2-${ann}-10.tracks`, 'fetched.json'])
    expect([await fetched.isDone(1, ann), await fetched.isDone(2, ann)]).toEqual([false, true])
  })
  it('is given for no other ticket, and for one that is too old not either', async () => {
    const { fetched } = open(5_000_000)
    await fetched.open(1, ann, track(10, 1000))
    expect(await fetched.take('f'.repeat(64))).toBeNull()
    expect(await fetched.take(fetched.ticket('../identity.json'))).toBeNull()
  })
})

describe('who was in a recorded call', () => {
  it('is written down while it goes on, and is there after a restart', async () => {
    const folder = temporary()
    let now = 1000
    const roster = new TracksRoster(folder, () => now, log)
    await roster.open()
    roster.be({ room: secret, at: 'https://b' }, [named(ann, 'Ann'), { ...named(stranger, 'Somebody'), state: 'arriving' }])
    now = 2000
    roster.be({ room: secret, at: 'https://b' }, [named(kitchen, 'Kitchen')])
    await roster.settled()
    const after = new TracksRoster(folder, () => 9000, log)
    await after.open()
    expect(after.all).toEqual([
      {
        ...{ began: 1000, ended: 9000, room: secret, at: 'https://b' },
        people: [
          { peer: ann, name: 'Ann', kind: 'box' },
          { peer: kitchen, name: 'Kitchen', kind: 'box' },
        ],
      },
    ])
    expect(after.of({ from: 1500, to: 1600 })?.room).toBe(secret)
    expect(after.of({ from: 0, to: 900 })).toBeNull()
    expect([after.shared(ann, secret, { from: 0, to: 3000 }).length, after.shared(stranger, secret, { from: 0, to: 3000 }).length]).toEqual(
      [1, 0],
    )
  })
  it('is another call in another room, and a damaged file begins anew', async () => {
    const folder = temporary()
    const roster = new TracksRoster(folder, () => 1000, log)
    roster.be({ room: secret, at: null }, [])
    roster.be({ room: newSecret(seeded('another')), at: null }, [])
    expect(roster.all.map(({ ended }) => ended)).toEqual([1000, null])
    await roster.settled()
    writeFileSync(join(folder, 'recorded-calls.json'), 'not JSON')
    const after = new TracksRoster(folder, () => 1000, log)
    await after.open()
    expect(after.all).toEqual([])
  })
})

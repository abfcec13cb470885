import { describe, expect, it, onTestFinished } from 'vitest'
import { Counts } from '../../src/call/counts.ts'
import { type Meeting, Meetings } from '../../src/call/meeting.ts'
import { Signalling } from '../../src/call/signalling.ts'
import type { PeerId } from '../../src/core/id.ts'
import { seconds } from '../../src/lib/unit.ts'
import type { Plea } from '../../src/wire/presence.ts'
import { dice } from '../fake/dice.ts'
import { quietLog } from '../fake/quiet.ts'
import { Party, person, seeded } from './party.ts'

const plea: Plea = { from: 1000, to: 2000 }
type What = { answers?: (peer: PeerId, plea: Plea) => boolean; of?: (peer: PeerId) => boolean; room?: Party['room'] }
let count = 0

/** A box that waits in the party's room without being in a call. */
function wait(party: Party, name: string, { answers, of, room = party.room }: What) {
  const { clock } = party
  const random = seeded(`${name} ${++count}`)
  const counts = new Counts()
  const common = { identity: person(name), room, clock, random, counts, log: quietLog().log }
  const meetings = new Meetings({
    ...common,
    signalling: new Signalling({ ...common, openBroker: party.broker.for(name) }),
    openTransport: () => party.net.open(name),
    ...(answers && { answers }),
    ...(of && { seeks: { plea, of } }),
  })
  const met: Meeting[] = []
  const got: string[] = []
  meetings.on('met', (meeting) => {
    met.push(meeting)
    meeting.on('bytes', (bytes) => got.push(Buffer.from(bytes).toString()))
  })
  const stop = new AbortController()
  const done = meetings.watch(stop.signal)
  const close = async () => {
    stop.abort(new Error('enough'))
    await done
  }
  onTestFinished(close)
  return { met, got, close, counts }
}
const yes = () => true

describe('two boxes that meet without a call', () => {
  it('have a link of their own, over which bytes go both ways, and no media', async () => {
    const party = new Party()
    const heard: unknown[] = []
    const giver = wait(party, 'giver', { answers: (peer, said) => heard.push(peer === person('seeker').peer, said) > 0 })
    const seeker = wait(party, 'seeker', { of: yes })
    await party.clock.advance(seconds(6))
    expect([seeker.met.length, giver.met.length, heard]).toEqual([1, 1, [true, plea]])
    seeker.met[0]?.send(Buffer.from('please'))
    giver.met[0]?.send(Buffer.from('here'))
    await party.clock.advance(seconds(1))
    expect([giver.got, seeker.got]).toEqual([['please'], ['here']])
    expect(party.broker.retained.size).toBe(0)
    const closed: string[] = []
    giver.met[0]?.on('closed', (why) => closed.push(why))
    seeker.met[0]?.close()
    await party.clock.advance(seconds(1))
    expect(closed).toEqual(['left'])
  })

  it('are no guests, and nobody in a call there sees or hears of it', async () => {
    const party = new Party()
    const [ann, ben] = [party.come('ann'), party.come('ben')]
    await party.clock.advance(seconds(3))
    const before = party.seen(ann, ben)
    const giver = wait(party, 'ann', { answers: yes })
    wait(party, 'ben', { of: (peer) => peer === ann.peer })
    await party.clock.advance(seconds(8))
    expect(giver.met).toHaveLength(1)
    expect(party.seen(ann, ben)).toEqual(before)
    expect([ann, ben].flatMap(({ troubles }) => troubles)).toEqual([])
    await Promise.all([ann, ben].map(({ call }) => call.leave()))
  })

  it('say nothing to who may not ask, and nothing at all is sent', async () => {
    const party = new Party()
    const giver = wait(party, 'giver', { answers: () => false })
    await party.clock.advance(seconds(1))
    const stranger = wait(party, 'stranger', { of: yes })
    await party.clock.advance(seconds(30))
    expect([giver.met.length, stranger.met.length]).toEqual([0, 0])
    expect(party.broker.passed.filter(({ from }) => from === 'giver')).toEqual([])
    expect(party.net.openTransports).toEqual([])
  })

  it('know each other by key: who answers without having been asked for gets no link', async () => {
    const party = new Party()
    const liar = wait(party, 'liar', { answers: yes })
    const seeker = wait(party, 'seeker', { of: (peer) => peer === person('giver').peer })
    await party.clock.advance(seconds(10))
    expect([liar.met.length, seeker.met.length]).toEqual([0, 0])
    expect(party.net.openTransports).toEqual([])
  })

  it('need the key of the room', async () => {
    const party = new Party()
    const giver = wait(party, 'giver', { answers: yes })
    wait(party, 'stranger', { of: yes, room: { ...party.room, seal: new Uint8Array(32).fill(9) } })
    await party.clock.advance(seconds(10))
    expect(giver.met).toEqual([])
    expect(party.broker.passed.filter(({ from }) => from === 'giver')).toEqual([])
  })

  it('meet although the broker loses one word of three', async () => {
    const party = new Party()
    const roll = dice(7)
    party.broker.meddle = (message) => (roll(3) === 0 ? [] : [message])
    const giver = wait(party, 'giver', { answers: yes })
    const seeker = wait(party, 'seeker', { of: yes })
    await party.clock.advance(seconds(240))
    expect([seeker.met.length > 0, giver.met.length > 0]).toEqual([true, true])
  })

  it('meet again when the link broke, as long as one seeks', async () => {
    const party = new Party()
    const giver = wait(party, 'giver', { answers: yes })
    const seeker = wait(party, 'seeker', { of: yes })
    await party.clock.advance(seconds(6))
    party.net.cut('giver', 'seeker')
    await party.clock.advance(seconds(40))
    party.net.heal('giver', 'seeker')
    await party.clock.advance(seconds(60))
    expect(seeker.met.length).toBeGreaterThan(1)
    expect(giver.met.length).toBeGreaterThan(1)
    expect(party.net.openTransports.length).toBe(2)
  })

  it('open nothing for a plea that is played again', async () => {
    const party = new Party()
    const seeker = wait(party, 'seeker', { of: yes })
    await party.clock.advance(seconds(1))
    await seeker.close()
    const old = party.broker.passed.filter(({ from }) => from === 'seeker')
    const giver = wait(party, 'giver', { answers: yes })
    await party.clock.advance(seconds(1))
    for (let i = 0; i < 50; i++) for (const message of old) party.broker.deliver(message)
    await party.clock.advance(seconds(60))
    expect(old.length).toBeGreaterThan(0)
    expect(party.net.openTransports).toEqual([])
    // One answer, to a session that is gone.
    expect(party.broker.passed.filter(({ from }) => from === 'giver')).toHaveLength(1)
    expect(giver.met).toEqual([])
  })

  it('are not interrupted by a farewell that a broker plays: none was left with it', async () => {
    const party = new Party()
    const giver = wait(party, 'giver', { answers: yes })
    const seeker = wait(party, 'seeker', { of: yes })
    await party.clock.advance(seconds(6))
    party.broker.cut('seeker')
    await party.clock.advance(seconds(2))
    expect(party.broker.retained.size).toBe(0)
    seeker.met[0]?.send(Buffer.from('still here'))
    await party.clock.advance(seconds(1))
    expect(giver.got).toEqual(['still here'])
  })
})

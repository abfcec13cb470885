import { describe, expect, it, onTestFinished } from 'vitest'
import { Counts } from '../../src/call/counts.ts'
import { Lobby } from '../../src/call/lobby.ts'
import { Signalling } from '../../src/call/signalling.ts'
import type { PeerId } from '../../src/core/id.ts'
import { seconds } from '../../src/lib/unit.ts'
import { newSecret, roomKeys } from '../../src/room/link.ts'
import { quietLog } from '../fake/quiet.ts'
import { Party, person, seeded } from './party.ts'

/** A box at rest that listens at the door of the party's room. */
function listen(party: Party, room = party.room, left: readonly PeerId[] = []) {
  const { clock } = party
  const signalling = new Signalling({
    identity: person('box'),
    room,
    openBroker: party.broker.for('box'),
    clock,
    random: seeded('lobby'),
    counts: new Counts(),
    log: quietLog().log,
  })
  const lobby = new Lobby({ signalling, left, clock, log: quietLog().log })
  const told: Array<readonly string[]> = []
  lobby.on('waiting', (guests) => told.push(guests.map(({ name }) => name)))
  const calls = () => ids
  let ids: readonly string[] = []
  lobby.on('waiting', (guests) => {
    ids = guests.map(({ call }) => call)
  })
  const stop = new AbortController()
  const done = lobby.watch(stop.signal)
  const close = async () => {
    stop.abort(new Error('enough'))
    await done
  }
  onTestFinished(close)
  return { told, close, lobby, calls }
}

const end = (party: Party) => Promise.all(party.guests.map(({ call }) => call.leave()))

describe('the lobby', () => {
  it('hears who comes, in their order, and who goes', async () => {
    const party = new Party()
    const { told } = listen(party)
    const ann = party.come('Ann')
    await party.clock.advance(seconds(2))
    party.come('Bo')
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Ann', 'Bo'])
    await ann.call.leave()
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Bo'])
    await end(party)
  })
  it('hears who came before it listened', async () => {
    const party = new Party()
    party.come('Ann')
    await party.clock.advance(seconds(2))
    const { told } = listen(party)
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Ann'])
    await end(party)
  })
  it('forgets within the time to live who fell silent without a word', async () => {
    const party = new Party()
    const { told } = listen(party)
    party.come('Ann')
    await party.clock.advance(seconds(2))
    party.broker.stop({ forget: false })
    await party.clock.advance(seconds(20))
    expect(told.at(-1)).toEqual([])
    party.broker.start()
    await end(party)
  })
  it('says at the door how things are, and turns away whom nobody lets in', async () => {
    const party = new Party()
    const { told, lobby, calls } = listen(party)
    const ann = party.come('Ann')
    const words: string[] = []
    ann.call.on('door', (peer, says) => words.push(`${peer === person('box').peer} ${says}`))
    await party.clock.advance(seconds(2))
    lobby.be('busy')
    for (const call of calls()) lobby.turnAway(call)
    await party.clock.advance(seconds(2))
    lobby.be('ringing')
    await party.clock.advance(seconds(20))
    expect(words).toEqual(['true ringing', 'true busy', 'true declined'])
    expect(told.at(-1)).toEqual([])
    await ann.call.leave()
    party.come('Ann')
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Ann'])
    await end(party)
  })
  it('is not rung by those whom we have just left; they are told that nobody comes, and ring when they come anew', async () => {
    const party = new Party()
    const ann = party.come('Ann')
    const words: string[] = []
    ann.call.on('door', (_, says) => words.push(says))
    await party.clock.advance(seconds(2))
    const { told } = listen(party, party.room, [person('Ann').peer, person('Bo').peer])
    await party.clock.advance(seconds(20))
    expect(told.flat()).toEqual([])
    expect(words).toEqual(['declined'])
    // Bo went when we did, and rings a while later.
    const bo = party.come('Bo')
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Bo'])
    await ann.call.leave()
    await bo.call.leave()
    party.come('Ann')
    await party.clock.advance(seconds(2))
    expect(told.at(-1)).toEqual(['Ann'])
    await end(party)
  })
  it('is not heard by those who are in, and is no seventh', async () => {
    const party = new Party()
    listen(party)
    const ann = party.come('Ann')
    await party.clock.advance(seconds(8))
    expect(ann.told.flat()).toEqual([])
    await end(party)
  })
  it('hears nothing of other rooms', async () => {
    const party = new Party()
    const { told } = listen(party, roomKeys(newSecret(seeded('another room'))))
    party.come('Ann')
    await party.clock.advance(seconds(8))
    expect(told).toEqual([])
    await end(party)
  })
  it('says that nobody waits when it stops, and leaves no timer', async () => {
    const party = new Party()
    const { told, close } = listen(party)
    party.come('Ann')
    await party.clock.advance(seconds(2))
    await close()
    expect(told.at(-1)).toEqual([])
    await end(party)
    expect(party.clock.sleeping.filter((name) => name.includes('lobby'))).toEqual([])
  })
})

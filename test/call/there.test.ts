import { describe, expect, it, onTestFinished } from 'vitest'
import { Counts } from '../../src/call/counts.ts'
import { Lobby } from '../../src/call/lobby.ts'
import { Signalling } from '../../src/call/signalling.ts'
import { isThere, PATIENCE } from '../../src/call/there.ts'
import type { PeerId } from '../../src/core/id.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'
import { Party, person, seeded } from './party.ts'

const log = quietLog().log
const box = person('box')
const ann = person('Ann')
let count = 0

function signallingOf(party: Party, who: string): Signalling {
  const random = seeded(`${who} ${++count}`)
  const { clock, room, broker } = party
  return new Signalling({ identity: person(who), room, openBroker: broker.for(who), clock, random, counts: new Counts(), log })
}

/** A box at rest that listens at its own door, and greets whom it is told to. */
function boxAtRest(party: Party, greets: ((peer: PeerId) => boolean) | null) {
  const lobby = new Lobby({ signalling: signallingOf(party, 'box'), ...(greets && { greets }), clock: party.clock, log })
  const rung: number[] = []
  lobby.on('waiting', (guests) => rung.push(guests.length))
  const stop = new AbortController()
  const done = lobby.watch(stop.signal)
  const close = async () => {
    stop.abort()
    await done
  }
  onTestFinished(close)
  return { rung, close }
}

/** Ann asks whether the box is there; gives the answer when there is one. */
async function ask(party: Party): Promise<{ answer: boolean | null; tookMs: number }> {
  const begun = party.clock.now()
  const asking = isThere(signallingOf(party, 'Ann'), box.peer, party.clock, new AbortController().signal)
  let ended: number | null = null
  const answer = asking.then((is) => {
    ended = party.clock.now()
    return is
  })
  for (let i = 0; i < 50 && ended === null; i++) await party.clock.advance(ms(100))
  return { answer: await answer, tookMs: (ended ?? 0) - begun }
}

describe('whether a box is there', () => {
  it('is answered at once to one of its contacts, without ringing', async () => {
    const party = new Party()
    const { rung } = boxAtRest(party, (peer) => peer === ann.peer)
    await party.clock.advance(seconds(60))
    const { answer, tookMs } = await ask(party)
    expect(answer).toBe(true)
    expect(tookMs).toBeLessThan(seconds(1))
    expect(rung).toEqual([])
  })
  it('is told to nobody else, who learns no more than that a box was there once', async () => {
    const party = new Party()
    boxAtRest(party, () => false)
    await party.clock.advance(seconds(1))
    expect(await ask(party)).toEqual({ answer: false, tookMs: PATIENCE })
  })
  it('is not known of a box that does not want it to be known', async () => {
    const party = new Party()
    boxAtRest(party, null)
    await party.clock.advance(seconds(1))
    expect((await ask(party)).answer).toBeNull()
    expect(party.broker.retained.size).toBe(0)
  })
  it('is answered by a box that is in a call in its own room, too', async () => {
    const party = new Party()
    party.come('box', { identity: box, greets: (peer) => peer === ann.peer })
    await party.clock.advance(seconds(2))
    expect((await ask(party)).answer).toBe(true)
    await Promise.all(party.guests.map(({ call }) => call.leave()))
  })
  it('is denied when what the box left is old: it was cut off, or the broker plays its words again', async () => {
    const party = new Party()
    const { close } = boxAtRest(party, () => true)
    await party.clock.advance(seconds(1))
    const kept = new Map(party.broker.retained)
    expect(kept.size).toBe(1)
    await close()
    for (const [topic, payload] of kept) party.broker.retained.set(topic, payload)
    expect((await ask(party)).answer).toBe(false)
  })
  it('cannot be made up by the broker, from an answer of another time', async () => {
    const party = new Party()
    const { close } = boxAtRest(party, () => true)
    await party.clock.advance(seconds(1))
    const kept = new Map(party.broker.retained)
    expect((await ask(party)).answer).toBe(true)
    const answers = party.broker.passed.filter(({ from, topic }) => from === 'box' && topic.endsWith(`/to/${ann.peer}`))
    expect(answers).toHaveLength(1)
    await close()
    for (const [topic, payload] of kept) party.broker.retained.set(topic, payload)
    // Whatever Ann says now is followed by the old answer.
    party.broker.meddle = (message) => (message.from === 'Ann' ? [message, ...answers] : [message])
    expect((await ask(party)).answer).toBe(false)
  })
  it('is denied when the broker of the box is not reached', async () => {
    const party = new Party()
    party.broker.stop({ forget: true })
    expect(await ask(party)).toEqual({ answer: false, tookMs: PATIENCE })
  })
  it('is not known when we stop to ask, and no timer is left', async () => {
    const party = new Party()
    const stop = new AbortController()
    const asking = isThere(signallingOf(party, 'Ann'), box.peer, party.clock, stop.signal)
    await party.clock.advance(ms(100))
    stop.abort()
    expect(await asking).toBeNull()
    expect(party.clock.sleeping).toEqual([])
  })
  it('leaves nothing of who asked with the broker', async () => {
    const party = new Party()
    boxAtRest(party, () => true)
    await party.clock.advance(seconds(1))
    await ask(party)
    expect([...party.broker.retained.keys()].filter((topic) => topic.includes(ann.peer))).toEqual([])
  })
})

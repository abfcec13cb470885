import { describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { fullMesh, Party } from './party.ts'

vi.setConfig({ testTimeout: 60_000 })

const NAMES = ['ann', 'ben', 'cai', 'dee', 'eva', 'fay'] as const

describe('a call', () => {
  it('links two people who come, and shows them the same four emoji', async () => {
    const party = new Party()
    const [ann, ben] = [party.come('ann'), party.come('ben')]
    await party.clock.advance(ms(300))
    expect(await ann.joined).toBeUndefined()
    expect(party.seen(ann, ben)).toEqual(fullMesh([ann, ben]))
    const [one, other] = [ann, ben].map((g) => g.call.people()[0]?.emoji)
    expect(one).toHaveLength(4)
    expect(one).toEqual(other)
    await party.film(ann, ben)
    expect(party.net.frames.map((f) => `${f.from} to ${f.to}`).sort()).toEqual(['ann to ben', 'ben to ann'])
    expect(party.errors).toEqual([])
  })

  it('needs no waiting for a link: it stands as soon as messages have gone to and fro', async () => {
    const party = new Party()
    const [ann, ben] = [party.come('ann'), party.come('ben')]
    await party.clock.advance(ms(1))
    expect(party.seen(ann, ben)).toEqual(fullMesh([ann, ben]))
  })

  it('makes a full mesh of six, and refuses the seventh with a sentence', async () => {
    const party = new Party()
    const six = NAMES.map((name) => party.come(name))
    await party.clock.advance(seconds(1))
    expect(party.seen(...six)).toEqual(fullMesh(six))
    const seventh = party.come('gus')
    await party.clock.advance(seconds(1))
    const refusal = await seventh.joined
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ code: 'room-full', message: expect.stringContaining('already six people') })
    await party.clock.advance(seconds(30))
    expect(party.seen(...six)).toEqual(fullMesh(six))
    expect(party.errors).toEqual([])
  })

  it('sends away a seventh who came in before they heard of anybody', async () => {
    const party = new Party()
    const six = NAMES.map((name) => party.come(name))
    await party.clock.advance(seconds(1))
    party.broker.retained.clear()
    const seventh = party.come('gus')
    await party.clock.advance(seconds(1))
    expect(await seventh.joined).toBeUndefined()
    await party.clock.advance(seconds(30))
    expect(seventh.troubles.map(({ kind }) => kind)).toContain('room-full')
    expect(seventh.call.people()).toEqual([])
    expect(party.seen(...six)).toEqual(fullMesh(six))
    expect(party.errors).toEqual([])
  })

  it('closes everything when left', async () => {
    const party = new Party()
    const all = NAMES.slice(0, 3).map((name) => party.come(name))
    await party.clock.advance(seconds(1))
    await Promise.all(all.map((g) => g.call.leave()))
    await party.clock.advance(ms(0))
    expect(party.clock.sleeping).toEqual([])
    expect(party.net.openTransports).toEqual([])
    expect([...party.broker.retained.keys()]).toEqual([])
    expect(all.map((g) => g.open.size)).toEqual([0, 0, 0])
    expect(party.errors).toEqual([])
  })
})

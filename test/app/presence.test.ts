import { describe, expect, it } from 'vitest'
import { FRESH, KEPT, Presence } from '../../src/app/presence.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import type { Contact } from '../../src/wire/contact.ts'

const contact = (name: string): Contact => ({ peer: name as PeerId, name, room: name as RoomSecret, at: null, answers: false })

function begin(names: readonly string[]) {
  const clock = new FakeClock()
  const is = { contacts: names.map(contact), people: [] as Array<{ peer: PeerId }>, changes: 0, atOnce: 0, most: 0 }
  const asked: string[] = []
  const away = new Set<string>()
  const presence = new Presence({
    contacts: () => is.contacts,
    people: () => is.people,
    ask: async ({ name }, signal) => {
      asked.push(name)
      is.most = Math.max(is.most, ++is.atOnce)
      await clock.sleep('an answer', seconds(1), signal).catch(() => {})
      is.atOnce--
      return signal.aborted ? null : !away.has(name)
    },
    onChange: () => is.changes++,
    clock,
    onTrouble: (error) => {
      throw error
    },
  })
  return { clock, is, asked, away, presence, of: (name: string) => presence.of(name as PeerId) }
}

describe('which contacts are there', () => {
  it('is not asked while nobody looks', async () => {
    const { clock, asked, of } = begin(['Ann'])
    await clock.advance(seconds(600))
    expect(asked).toEqual([])
    expect(of('Ann')).toBeNull()
  })
  it('is asked of three at once, and told as answers come', async () => {
    const { clock, is, asked, away, presence, of } = begin(['a', 'b', 'c', 'd', 'e'])
    away.add('b')
    void presence.look()
    void presence.look()
    await clock.advance(seconds(1))
    expect(['a', 'b', 'c', 'd'].map(of)).toEqual([true, false, true, null])
    await clock.advance(seconds(2))
    expect(of('e')).toBe(true)
    expect({ most: is.most, asked: asked.length, changes: is.changes }).toEqual({ most: 3, asked: 5, changes: 5 })
  })
  it('is asked again while somebody looks, not more often than it changes, and not a moment longer', async () => {
    const { clock, asked, away, presence, of } = begin(['Ann'])
    presence.watch(true)
    await clock.advance(ms(FRESH - 1))
    expect(asked).toHaveLength(1)
    away.add('Ann')
    await clock.advance(seconds(10))
    expect(of('Ann')).toBe(false)
    presence.watch(false)
    const before = asked.length
    await clock.advance(seconds(600))
    expect(asked).toHaveLength(before)
  })
  it('is soon not known any more', async () => {
    const { clock, presence, of } = begin(['Ann'])
    void presence.look()
    await clock.advance(seconds(1))
    expect(of('Ann')).toBe(true)
    await clock.advance(KEPT)
    expect(of('Ann')).toBeNull()
  })
  it('needs no question of those who are in a call with us', async () => {
    const { clock, is, asked, presence, of } = begin(['Ann'])
    is.people = [{ peer: 'Ann' as PeerId }]
    void presence.look()
    await clock.advance(seconds(5))
    expect(of('Ann')).toBe(true)
    expect(asked).toEqual([])
  })
  it('is asked of thirty at most, and of nobody after the end', async () => {
    const { clock, asked, presence } = begin(Array.from({ length: 200 }, (_, i) => `c${i}`))
    void presence.look()
    await clock.advance(seconds(60))
    expect(asked).toHaveLength(30)
    presence.close()
    void presence.look()
    await clock.advance(seconds(60))
    expect(asked).toHaveLength(30)
    expect(clock.sleeping).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/lib/fault.ts'
import { MOST_PHONES, Roster } from '../../src/room/roster.ts'

const key = (n: number) => n.toString(16).padStart(2, '0').repeat(32)

function house(kept: string | null = null) {
  const shelf = {
    text: kept,
    writes: 0,
    broken: false,
    read: async () => shelf.text,
    write: async (text: string) => {
      if (shelf.broken) throw new Error('disk full')
      shelf.writes++
      shelf.text = text
    },
  }
  const world = { now: 1_000 }
  const troubles: string[] = []
  const make = async () => {
    const roster = new Roster({
      shelf,
      date: () => world.now,
      onTrouble: (sentence) => troubles.push(sentence),
      onListenerError: (error) => expect.unreachable(String(error)),
    })
    await roster.load()
    return roster
  }
  return { shelf, world, troubles, make }
}

describe('the roster', () => {
  it('keeps phones over a restart, with name and times', async () => {
    const { make, world } = house()
    const roster = await make()
    await roster.add({ key: key(1), name: 'Anna' })
    world.now = 2_000
    await roster.add({ key: key(2), name: 'Ben' })
    await roster.rename(key(1), 'Anna’s phone')
    expect((await make()).phones).toEqual([
      { key: key(1), name: 'Anna’s phone', paired: 1_000, seen: 1_000 },
      { key: key(2), name: 'Ben', paired: 2_000, seen: 2_000 },
    ])
  })

  it('has one place for each phone, though it is paired twice', async () => {
    const roster = await house().make()
    await roster.add({ key: key(1), name: 'Anna' })
    await roster.add({ key: key(1), name: 'Anna again' })
    expect(roster.phones.map(({ name }) => name)).toEqual(['Anna again'])
  })

  it('puts somebody out at once, before the disk has heard of it', async () => {
    const { make, shelf } = house()
    const roster = await make()
    await roster.add({ key: key(1), name: 'Anna' })
    const out: string[] = []
    roster.on('removed', (gone) => out.push(gone))
    shelf.broken = true
    const removed = roster.remove(key(1))
    expect(roster.find(key(1))).toBe(null)
    expect(out).toEqual([key(1)])
    await expect(removed).rejects.toThrow('disk full')
  })

  it('lets somebody in only when it is written down', async () => {
    const { make, shelf } = house()
    const roster = await make()
    shelf.broken = true
    await expect(roster.add({ key: key(1), name: 'Anna' })).rejects.toThrow('disk full')
    expect(roster.find(key(1))).toBe(null)
    shelf.broken = false
    await roster.add({ key: key(1), name: 'Anna' })
    expect((await make()).find(key(1))?.name).toBe('Anna')
  })

  it('has an end', async () => {
    const roster = await house().make()
    for (let i = 1; i <= MOST_PHONES; i++) await roster.add({ key: key(i), name: `Phone ${i}` })
    expect(roster.full).toBe(true)
    await expect(roster.add({ key: key(99), name: 'One more' })).rejects.toThrow(Refusal)
    await expect(roster.remove(key(99))).rejects.toThrow(Refusal)
    await expect(roster.rename(key(99), 'X')).rejects.toThrow(Refusal)
  })

  it('remembers when a phone was seen, without a write each time', async () => {
    const { make, shelf, world } = house()
    const roster = await make()
    await roster.add({ key: key(1), name: 'Anna' })
    const before = shelf.writes
    world.now += 60_000
    roster.saw(key(1))
    roster.saw(key(7))
    expect(roster.find(key(1))?.seen).toBe(61_000)
    expect(shelf.writes).toBe(before)
    world.now += 2 * 3600_000
    roster.saw(key(1))
    await roster.rename(key(1), 'Anna')
    expect((await make()).find(key(1))?.seen).toBe(61_000 + 2 * 3600_000)
  })

  it.each(['', '{', '[]', '{"version":2,"phones":[]}', '{"version":1,"phones":[{"key":"x","name":"A","paired":1,"seen":1}]}'])(
    'is empty when the kept list is damaged, and says so: %s',
    async (text) => {
      const { make, troubles } = house(text)
      expect((await make()).phones).toEqual([])
      expect(troubles).toHaveLength(1)
    },
  )
})

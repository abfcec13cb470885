import { describe, expect, it } from 'vitest'
import { wireOwnTracks } from '../../src/app/tracks-question.ts'
import type { Person } from '../../src/call/person.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import type { Intent } from '../../src/core/intent.ts'
import { asleep } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'

const room = '0000000000000000000000H0ME' as RoomSecret
const ann: Person = {
  ...{ peer: 'a'.repeat(26) as PeerId, name: 'Ann', kind: 'box', state: 'live', emoji: null },
  ...{ muted: false, camera: true, screen: false, speaking: false, live: false },
}

function stage(store: object | null = {}) {
  const listeners: Array<() => void> = []
  const on = (_: string, listener: () => void) => listeners.push(listener)
  const box = { wanted: { ...nothing, room }, actual: { ...asleep, room: room as RoomSecret | null }, on }
  const rooms = { people: [ann] as readonly Person[], on }
  const world = { kept: false, recorded: true, asked: [] as Intent[] }
  const question = { open: false, put: ({ intent }: { intent: Intent }) => void world.asked.push(intent) }
  const ownTracks = { store, be: (is: boolean) => void Object.assign(world, { kept: is }) }
  wireOwnTracks({ box, rooms, question, ownTracks, recorded: () => world.recorded })
  const look = () => {
    for (const listener of listeners) listener()
  }
  return { box, rooms, world, question, look }
}
const broadcasts = [{ ...ann, live: true }]

describe('our own camera and microphone are kept', () => {
  it('in a call that we record, and only while we do', () => {
    const { box, world, look } = stage()
    look()
    expect(world.kept).toBe(false)
    box.actual = { ...box.actual, live: true }
    look()
    expect(world.kept).toBe(true)
    world.recorded = false
    look()
    expect(world.kept).toBe(false)
    expect(world.asked).toEqual([])
  })
  it('in a call that somebody else broadcasts only after somebody here said yes, and until they end it', () => {
    const { box, rooms, world, look } = stage()
    rooms.people = broadcasts
    look()
    expect(world).toMatchObject({ kept: false, asked: [{ want: 'tracks', on: true }] })
    box.wanted = { ...box.wanted, tracks: true }
    look()
    expect(world.kept).toBe(true)
    rooms.people = [ann]
    look()
    expect(world.kept).toBe(false)
  })
  it('after one question in a call, not more, however often the broadcast begins', () => {
    const { box, rooms, world, look } = stage()
    for (const people of [broadcasts, [ann], broadcasts, [], broadcasts]) {
      rooms.people = people
      look()
    }
    expect(world.asked).toHaveLength(1)
    box.actual = { ...box.actual, room: null }
    look()
    box.actual = { ...box.actual, room }
    look()
    expect(world.asked).toHaveLength(2)
  })
  it('never where no space is given to them, nor asked for by who has not come in', () => {
    const without = stage(null)
    without.rooms.people = broadcasts
    without.look()
    const arriving = stage()
    arriving.rooms.people = [{ ...ann, live: true, state: 'arriving' }]
    arriving.look()
    expect([...without.world.asked, ...arriving.world.asked]).toEqual([])
  })
  it('and the question waits for another one that stands', () => {
    const { rooms, world, question, look } = stage()
    rooms.people = broadcasts
    question.open = true
    look()
    expect(world.asked).toEqual([])
    question.open = false
    look()
    expect(world.asked).toHaveLength(1)
  })
})

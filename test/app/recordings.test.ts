import { describe, expect, it } from 'vitest'
import { Recordings } from '../../src/app/recordings.ts'
import { openStore } from '../../src/broadcast/store/store.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { MemoryFolder } from '../broadcast/kit/folder.ts'
import { making, NOW } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'

const settled = async () => {
  for (let i = 0; i < 400; i++) await new Promise<void>((done) => setImmediate(done))
}
/** One run that has ended, and one that goes on. */
async function stage() {
  const { log } = quietLog()
  const clock = new FakeClock()
  const first = making()
  const store = await openStore({ folder: new MemoryFolder(), program: first.program.id, limit: 1e9, onStopped: () => {}, log })
  for (const update of [...first.live(4), ...first.program.end()]) store.update(update)
  await settled()
  let now = NOW + 60_000
  const second = making({ before: store.published, now: () => now++ })
  for (const update of second.live(4)) store.update(update)
  await settled()
  const world = { live: true }
  const recordings = new Recordings({ store, isLive: () => world.live, date: () => NOW + 120_000, clock, log })
  return { recordings, clock, world, runs: store.runs.map(({ run }) => run) }
}

describe('recordings', () => {
  it('are listed from the newest, with what is kept and what goes on', async () => {
    const { recordings, runs } = await stage()
    await recordings.keep(runs[0] ?? 0, true)
    expect(recordings.all).toMatchObject([
      { run: runs[1], live: true, kept: false, whole: true },
      { run: runs[0], live: false, kept: true },
    ])
  })
  it('are removed when they are over and nobody keeps them', async () => {
    const { recordings, runs, world } = await stage()
    const [first = 0, second = 0] = runs
    await recordings.keep(first, true)
    await expect(recordings.remove(first)).rejects.toThrow('let it go first')
    await expect(recordings.remove(second)).rejects.toThrow('end the broadcast')
    await recordings.keep(first, false)
    await recordings.remove(first)
    await expect(recordings.remove(first)).rejects.toThrow('no such recording')
    world.live = false
    await recordings.remove(second)
    expect(recordings.all).toEqual([])
  })
  it('are marked only while one goes on', async () => {
    const { recordings, world } = await stage()
    await recordings.mark('end')
    expect(recordings.all[0]?.pieces).toHaveLength(1)
    world.live = false
    await expect(recordings.mark('begin')).rejects.toThrow('nothing is recorded')
  })
  it('are downloaded once with a ticket, within a minute', async () => {
    const { recordings, runs, clock } = await stage()
    const ticket = recordings.ticket(runs[0] ?? 0, null)
    expect(ticket).toMatch(/^[0-9a-f]{64}$/)
    expect(await recordings.take('0'.repeat(64))).toBeNull()
    expect((await recordings.take(ticket))?.length).toBe(4000)
    expect(await recordings.take(ticket)).toBeNull()
    const late = recordings.ticket(runs[0] ?? 0, null)
    await clock.advance(seconds(60))
    expect(await recordings.take(late)).toBeNull()
    expect(() => recordings.ticket(5, null)).toThrow('no such recording')
  })
})

// What was recorded as runs: listed, kept, marked, removed, and read again.
import { describe, expect, it } from 'vitest'
import { type Mark, marksIn, piecesOf } from '../../../src/broadcast/store/mark.ts'
import { pinsIn } from '../../../src/broadcast/store/pin.ts'
import { openStore, type Store, type StoreOptions } from '../../../src/broadcast/store/store.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from '../kit/coded.ts'
import { MemoryFolder } from '../kit/folder.ts'
import { making, NOW } from '../kit/making.ts'

const noise = (i: number) => Buffer.concat([unit(i, i % 60 === 0), Buffer.alloc(700, 1 + (i % 250))])
const HOUR = 3_600_000

async function open(folder = new MemoryFolder(), change: Partial<StoreOptions> = {}) {
  const { program } = making()
  const store = await openStore({
    ...{ folder, program: program.id, limit: 1e9, reel: 60_000, onStopped: () => {}, log: quietLog().log },
    ...change,
  })
  return { store, folder }
}
const settled = () => new Promise<void>((done) => setImmediate(done))
/** A run of so many seconds, so many hours after the first one; `end` says whether its last entry comes too. */
async function record(store: Store, hours: number, seconds: number, end = true) {
  const later = making({ before: store.published, now: () => NOW + hours * HOUR })
  for (const update of [...later.live(seconds, noise), ...(end ? later.program.end() : [])]) {
    store.update(update)
    for (let i = 0; i < 6; i++) await settled()
  }
  return store.runs.at(-1)?.run ?? 0
}
async function count(store: Store, run: number): Promise<number> {
  let entries = 0
  for await (const { entry, read } of store.told(run)) {
    for (const { object } of entry.parts) expect(await read(object)).toHaveLength(object.size)
    entries++
  }
  return entries
}

describe('runs', () => {
  it('are listed from the oldest to the newest, the same after a restart', async () => {
    const { store, folder } = await open()
    const first = await record(store, 0, 4)
    const second = await record(store, 2, 8)
    const open1 = await record(store, 3, 4, false)
    const runs = store.runs
    expect(runs.map(({ run }) => run)).toEqual([first, second, open1])
    expect(runs.map(({ begins, ends }) => [begins, ends])).toEqual([
      [true, true],
      [true, true],
      [true, false],
    ])
    expect(runs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(store.bytes)
    expect(runs[1]?.from).toBeGreaterThan(NOW + HOUR)
    await store.close()
    const { store: again } = await open(folder)
    expect(again.runs).toEqual(runs)
    expect(await count(again, second)).toBeGreaterThan(70)
  })
  it('each begin a reel of their own', async () => {
    const { store, folder } = await open(new MemoryFolder(), { reel: 1e9 })
    for (const hours of [0, 1, 2]) await record(store, hours, 2)
    expect((await folder.list()).filter((name) => name.endsWith('.log'))).toHaveLength(3)
  })
  it('whose beginning was let go begin where they begin now', async () => {
    const { store } = await open(new MemoryFolder(), { limit: 200_000 })
    const run = await record(store, 0, 14)
    expect(store.runs).toMatchObject([{ run, begins: false, ends: true, bytes: store.bytes }])
    const [first] = store.runs
    for await (const { entry } of store.told(run)) {
      expect(Math.min(entry.at, ...entry.parts.map(({ at }) => at))).toBe(first?.from)
      break
    }
  })
  it('that somebody wants kept stay whole, also what comes later', async () => {
    const { store, folder } = await open(new MemoryFolder(), { limit: 400_000 })
    const run = await record(store, 0, 2, false)
    await store.pin({ name: 'it', run })
    const wanted = store.runs[0]?.bytes
    await store.close()
    const { store: again } = await open(folder, { limit: 400_000 })
    for (const hours of [1, 2, 3]) await record(again, hours, 6)
    expect(again.runs[0]).toMatchObject({ run, bytes: wanted })
    expect(again.runs.length).toBeLessThan(4)
    await again.unpin('it')
    await record(again, 5, 6)
    expect(again.runs[0]?.run).not.toBe(run)
  })
  it('that somebody reads are let go after all others, and then too', async () => {
    const { store } = await open(new MemoryFolder(), { limit: 400_000 })
    const run = await record(store, 0, 4)
    const reading = store.told(run)
    await reading.next()
    const bytes = store.runs[0]?.bytes
    for (const hours of [1, 2]) await record(store, hours, 8)
    expect(store.runs[0]).toMatchObject({ run, bytes })
    await reading.return(undefined)
    await record(store, 3, 8)
    expect(store.runs[0]?.run).not.toBe(run)
  })
  it('can be removed, and their numbers are never given again', async () => {
    const { store, folder } = await open()
    const first = await record(store, 0, 4)
    const second = await record(store, 1, 4)
    await store.mark({ run: second, is: 'begin', at: NOW })
    const { published } = store
    await store.remove(second)
    expect(store.runs.map(({ run }) => run)).toEqual([first])
    expect(store.marks).toEqual([])
    expect(folder.used).toBe(store.bytes + (await folder.size('marks.json')) + (await folder.size('published.json')))
    await store.close()
    const { store: again } = await open(folder)
    expect(again.published).toEqual(published)
    const third = await record(again, 2, 4)
    expect(again.runs.map(({ run }) => run)).toEqual([first, third])
    expect(await count(again, third)).toBeGreaterThan(30)
  })
  it('can be removed while another one is recorded', async () => {
    const { store } = await open()
    const first = await record(store, 0, 4)
    const later = making({ before: store.published, now: () => NOW + HOUR })
    const updates = later.live(6, noise)
    for (const [i, update] of updates.entries()) {
      store.update(update)
      if (i === 20) await store.remove(first)
    }
    await store.close()
    expect(store.runs).toHaveLength(1)
    expect(store.acknowledged).toBeGreaterThan(updates.length)
  })
})

describe('the small files', () => {
  it('lose no change to another made at the same time', async () => {
    const { store, folder } = await open()
    await Promise.all([store.pin({ name: 'a', run: 1 }), store.pin({ name: 'b', run: 2 }), store.pin({ name: 'c', from: 1, to: 2 })])
    await Promise.all([store.unpin('b'), store.mark({ run: 7, is: 'begin', at: 5 }), store.mark({ run: 7, is: 'end', at: 6 })])
    const { store: again } = await open(folder)
    expect(again.pins).toEqual([
      { name: 'a', run: 1 },
      { name: 'c', from: 1, to: 2 },
    ])
    expect(store.pins).toEqual(again.pins)
    expect(again.marks).toEqual([
      { run: 7, is: 'begin', at: 5 },
      { run: 7, is: 'end', at: 6 },
    ])
  })
  it('hold a hundred marks of a run, and none of runs that are gone', async () => {
    const { store } = await open()
    await store.mark({ run: 1, is: 'begin', at: 1 })
    for (let i = 0; i < 100; i++) await store.mark({ run: 2, is: 'end', at: i })
    expect(store.marks.some(({ run }) => run === 1)).toBe(false)
    await expect(store.mark({ run: 2, is: 'end', at: 100 })).rejects.toThrow('100 marks')
    await store.mark({ run: 3, is: 'end', at: 100 })
  })
  it.each([null, '', '{', '{}', '[1,{"run":"x"},{"run":1,"is":"up","at":1},{"name":5,"run":1},{"name":"x","from":2,"to":1}]'])(
    'that are damaged (%j) hold nothing',
    (text) => {
      expect(marksIn(text)).toEqual([])
      expect(pinsIn(text)).toEqual([])
    },
  )
})

describe('cut marks', () => {
  const run = { run: 1, from: 100, to: 900 }
  const marks = (text: string): Mark[] =>
    text
      .split(' ')
      .filter(Boolean)
      .map((one) => ({ run: 1, is: one.startsWith('f') ? 'begin' : 'end', at: Number(one.slice(1)) }))
  it.each([
    ['', []],
    ['f200 t300', [[200, 300]]],
    ['f200 t300 f400 t500', [[200, 300], [400, 500]]], // biome-ignore format: one case a line
    ['f200', [[200, 900]]],
    ['t300', [[100, 300]]],
    ['f200 f250 t300', [[250, 300]]],
    ['f200 t300 t500', [[200, 300], [300, 500]]], // biome-ignore format: one case a line
    ['f50 t80', []],
    ['f50 t200', [[100, 200]]],
    ['f200 t1000', [[200, 900]]],
  ])('%j are these pieces', (text, pieces) => {
    expect(piecesOf(run, [...marks(text), { run: 2, is: 'begin', at: 1 }])).toEqual(pieces.map(([from, to]) => ({ from, to })))
  })
})

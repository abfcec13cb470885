import { describe, expect, it } from 'vitest'
import type { Update } from '../../../src/broadcast/program.ts'
import { openStore, type Store, type StoreOptions } from '../../../src/broadcast/store/store.ts'
import type { Fault } from '../../../src/lib/fault.ts'
import type { Entry } from '../../../src/wire/manifest.ts'
import { ManifestReader } from '../../../src/wire/manifest-reader.ts'
import type { ObjectName } from '../../../src/wire/object.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from '../kit/coded.ts'
import { MemoryFolder } from '../kit/folder.ts'
import { making, NOW } from '../kit/making.ts'

const { program, live } = making()
/** Twelve seconds of a program with parts of a few KB. */
const noise = (i: number) =>
  Buffer.concat([unit(i, i % 60 === 0), Buffer.from(Uint8Array.from({ length: 700 }, (_, k) => 1 + ((k * 31 + i * 17) % 255)))])
const UPDATES = live(12, noise)

async function open(folder = new MemoryFolder(), change: Partial<StoreOptions> = {}) {
  const faults: Fault[] = []
  const store = await openStore({
    folder,
    program: program.id,
    limit: 1e9,
    reel: 60_000,
    onStopped: (fault) => faults.push(fault),
    log: quietLog().log,
    ...change,
  })
  return { store, folder, faults }
}
async function entriesOf(store: Store, from = 0, to = Number.MAX_SAFE_INTEGER) {
  const all: Array<{ signed: Uint8Array; entry: Entry }> = []
  for await (const kept of store.entries(from, to)) all.push(kept)
  return all
}
const settled = () => new Promise<void>((done) => setImmediate(done))
async function fed(store: Store, updates: readonly Update[], each: () => void = () => {}) {
  for (const update of updates) {
    store.update(update)
    for (let i = 0; i < 4; i++) await settled()
    each()
  }
}
/** Reads all of it as a stranger would: every entry the next one, every object what it is called. Gives the number of entries. */
async function whole(store: Store): Promise<number> {
  const reader = new ManifestReader(program.id)
  const entries = await entriesOf(store)
  for (const { signed, entry } of entries) {
    const read = reader.read(signed)
    if (!read.ok) throw new Error(read.why)
    for (const { object } of entry.parts) if (!(await store.object(object.name))) throw new Error(`object of entry ${entry.number} is lost`)
  }
  return entries.length
}

describe('a recording', () => {
  it('gives back every entry and every object, also after it was closed and opened', async () => {
    const { store, folder } = await open()
    await fed(store, UPDATES)
    expect(await whole(store)).toBe(UPDATES.length)
    await store.close()
    expect(store.acknowledged).toBe(UPDATES.length)
    const { store: again } = await open(folder)
    expect(await whole(again)).toBe(UPDATES.length)
    expect(again.published).toEqual({ run: NOW, segment: 6, sequence: 60 })
    expect(again.span).toEqual({ from: UPDATES[0]?.entry.at, to: UPDATES.at(-1)?.entry.at })
    expect((await folder.list()).length).toBeGreaterThan(4)
    expect(await again.object('0'.repeat(64) as ObjectName)).toBeNull()
  })
  it('finds a time in the past without reading the rest', async () => {
    const { store } = await open()
    await fed(store, UPDATES)
    const some = await entriesOf(store, NOW + 5000, NOW + 6000)
    expect(some.length).toBeGreaterThan(8)
    expect(some.every(({ entry }) => entry.at >= NOW + 5000 && entry.at <= NOW + 6000)).toBe(true)
  })
  it('has what is still waiting for the disk', async () => {
    const { store } = await open()
    for (const update of UPDATES) store.update(update)
    const last = UPDATES.at(-1)?.objects[0]
    expect(await store.object(last?.promise.name as ObjectName)).toEqual(last?.bytes)
    await store.close()
  })
  it('takes no flipped byte for what it was', async () => {
    const { store, folder } = await open()
    await fed(store, UPDATES)
    const part = UPDATES.flatMap(({ entry }) => entry.parts)[0]?.object.name as ObjectName
    expect(await store.object(part)).not.toBeNull()
    for (const [name, bytes] of folder.files) if (name.endsWith('.objects')) bytes.set(bytes.map((byte) => byte ^ 1))
    expect(await store.object(part)).toBeNull()
  })
})

describe('the ring', () => {
  it('lets go of the oldest when its space is used up, and what is left begins with its headers', async () => {
    const { store, folder, faults } = await open(new MemoryFolder(), { limit: 200_000 })
    await fed(store, UPDATES)
    expect(store.bytes).toBeLessThanOrEqual(200_000)
    expect(folder.used).toBe(store.bytes)
    const left = await whole(store)
    expect(left).toBeLessThan(UPDATES.length)
    expect(left).toBeGreaterThan(20)
    const [first] = await entriesOf(store)
    expect(first?.entry.inits.length).toBeGreaterThan(0)
    expect(await store.object(first?.entry.inits[0]?.object.name as ObjectName)).not.toBeNull()
    expect(faults).toEqual([])
  })
  it('keeps what is pinned, over a restart too, and lets the next oldest go', async () => {
    const { store, folder } = await open(new MemoryFolder(), { limit: 250_000 })
    await fed(store, UPDATES.slice(0, 40))
    await store.pin({ name: 'birthday', from: NOW + 500, to: NOW + 1500 })
    await store.close()
    const { store: again } = await open(folder, { limit: 250_000 })
    expect(again.pins).toEqual([{ name: 'birthday', from: NOW + 500, to: NOW + 1500 }])
    await fed(again, UPDATES.slice(40))
    expect((await entriesOf(again, NOW + 500, NOW + 1500)).length).toBeGreaterThan(8)
    expect(again.bytes).toBeLessThanOrEqual(250_000)
    expect((await entriesOf(again)).length).toBeLessThan(UPDATES.length)
    await again.unpin('birthday')
    expect(again.pins).toEqual([])
  })
  it('stops with a fault when all of it is pinned, and can still be read', async () => {
    const { store, faults } = await open(new MemoryFolder(), { limit: 200_000 })
    await store.pin({ name: 'all', from: 0, to: Number.MAX_SAFE_INTEGER })
    await fed(store, UPDATES)
    expect(faults.map(({ code }) => code)).toEqual(['disk-full'])
    expect(store.isRecording).toBe(false)
    expect(await whole(store)).toBeGreaterThan(20)
  })
})

describe('a disk in trouble', () => {
  it('that is full makes room with the oldest first', async () => {
    const folder = new MemoryFolder()
    folder.quota = 200_000
    const { store, faults } = await open(folder)
    await fed(store, UPDATES)
    expect(faults).toEqual([])
    expect(await whole(store)).toBeGreaterThan(20)
  })
  it.each([5000, 61_234, 100_000])(
    'that is full for good (%d bytes) ends the recording once, cleanly, and leaves it whole',
    async (quota) => {
      const folder = new MemoryFolder()
      const { store, faults } = await open(folder, { reel: 1e9 })
      folder.quota = quota
      await fed(store, UPDATES)
      expect(faults.map(({ code }) => code)).toEqual(['disk-full'])
      expect(store.isRecording).toBe(false)
      const before = await whole(store)
      const { store: again } = await open(folder)
      expect(await whole(again)).toBe(before)
      expect(before).toBeLessThan(UPDATES.length)
    },
  )
  it('that is too slow ends it, and memory does not grow', async () => {
    const folder = new MemoryFolder()
    folder.append = () => new Promise<void>(() => {})
    const { store, faults } = await open(folder, { backlog: 100_000 })
    for (const update of UPDATES) store.update(update)
    expect(faults.map(({ message }) => message)).toEqual(['the disk is too slow for this recording'])
  })
  it('that takes long to keep does not hold up writing: a killed process loses nothing that was written', async () => {
    const folder = new MemoryFolder()
    const { store } = await open(folder)
    folder.slow = new Promise<void>(() => {})
    await fed(store, UPDATES.slice(0, 20))
    expect(store.acknowledged).toBe(0)
    const { store: again } = await open(new MemoryFolder(folder.files))
    expect(await whole(again)).toBe(20)
  })
})

describe('a power cut', () => {
  it('at any write leaves a recording that can be read, with all that was acknowledged', async () => {
    const folder = new MemoryFolder()
    const { store } = await open(folder, { limit: 120_000, reel: 40_000 })
    const acknowledged: Array<{ ops: number; entry: number }> = []
    await fed(store, UPDATES.slice(0, 70), () => acknowledged.push({ ops: folder.ops.length, entry: store.acknowledged }))
    let seed = 7
    const chance = (share: number) => () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return seed / 2 ** 32 < share
    }
    const step = Math.max(1, Math.floor(folder.ops.length / 170))
    let cuts = 0
    for (let count = 0; count <= folder.ops.length; count += step) {
      for (const share of [0, 0.6, 1]) {
        const left = folder.after(count, chance(share))
        const { store: again } = await open(left, { limit: 120_000, reel: 40_000 })
        await whole(again)
        const safe = acknowledged.findLast(({ ops }) => ops <= count)?.entry ?? 0
        const numbers = (await entriesOf(again)).map(({ entry }) => entry.number)
        if (safe > 0) expect(numbers.at(-1), `cut after ${count} writes`).toBeGreaterThanOrEqual(safe - 1)
        cuts++
      }
    }
    expect(cuts).toBeGreaterThan(500)
  }, 120_000)
  it('is followed by a run of its own, in reels of its own', async () => {
    const folder = new MemoryFolder()
    const { store } = await open(folder)
    await fed(store, UPDATES.slice(0, 60))
    const left = folder.after(folder.ops.length - 7, () => false)
    const { store: again } = await open(left)
    const next = making({ before: again.published })
    const before = await whole(again)
    await fed(again, next.live(4, noise))
    const entries = await entriesOf(again)
    const reader = new ManifestReader(program.id)
    expect(entries.map(({ signed }) => reader.read(signed).ok)).not.toContain(false)
    expect(entries.length).toBeGreaterThan(before + 30)
    expect(new Set(entries.map(({ entry }) => entry.run)).size).toBe(2)
  })
})

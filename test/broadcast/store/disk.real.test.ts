// The store on real disks: a folder, a process that is killed in the middle, and a small file system that fills up (where one may be mounted).
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openStore } from '../../../src/broadcast/store/store.ts'
import type { Fault } from '../../../src/lib/fault.ts'
import { openMediaFolder } from '../../../src/system/media-folder.ts'
import { ManifestReader } from '../../../src/wire/manifest-reader.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from '../kit/coded.ts'
import { making } from '../kit/making.ts'

const undo: Array<() => void> = []
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each()
})
function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'store-'))
  undo.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}
const settled = () => new Promise((done) => setTimeout(done, 2))
const fat = (i: number) => Buffer.concat([unit(i, i % 60 === 0), Buffer.alloc(4000, 1 + (i % 200))])

async function open(path: string) {
  const faults: Fault[] = []
  const { program, live } = making()
  const store = await openStore({
    folder: await openMediaFolder(path),
    program: program.id,
    limit: 1e9,
    reel: 500_000,
    onStopped: (fault) => faults.push(fault),
    log: quietLog().log,
  })
  return { store, faults, live, program }
}

async function whole(path: string): Promise<number> {
  const { store, program } = await open(path)
  const reader = new ManifestReader(program.id)
  let count = 0
  for await (const { signed, entry } of store.entries(0, Number.MAX_SAFE_INTEGER)) {
    expect(reader.read(signed).ok).toBe(true)
    for (const { object } of entry.parts) expect(await store.object(object.name)).not.toBeNull()
    count++
  }
  await store.close()
  return count
}

it('keeps a program in a folder', async () => {
  const path = join(place(), 'media', 'program')
  const { store, live, faults } = await open(path)
  const updates = live(10, fat)
  for (const update of updates) store.update(update)
  await store.pin({ name: 'all of it', from: 0, to: 1 })
  await store.close()
  expect(faults).toEqual([])
  expect(store.acknowledged).toBe(updates.length)
  expect(await whole(path)).toBe(updates.length)
  const { store: again } = await open(path)
  expect(again.pins).toEqual([{ name: 'all of it', from: 0, to: 1 }])
  await again.close()
})

it('loses at most one part when its process is killed', async () => {
  for (let round = 0; round < 3; round++) {
    const path = place()
    const child = fork(join(import.meta.dirname, '../kit/recorder.ts'), [path], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    let last = -1
    const enough = new Promise<void>((done) => {
      child.on('message', (given) => {
        last = Number(given)
        if (last > 40 + 7 * round) done()
      })
    })
    await enough
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await whole(path)).toBeGreaterThanOrEqual(last)
  }
})

const mayMount = process.getuid?.() === 0 && process.platform === 'linux'
it.runIf(mayMount)('on a file system that is full, stops with a fault, stays readable, and leaves the other one alone', async () => {
  const path = place()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', path])
  undo.push(() => execFileSync('umount', ['-l', path]))
  const { store, live, faults } = await open(path)
  const updates = live(10, fat)
  for (const update of updates) {
    store.update(update)
    await settled()
  }
  await store.close()
  expect(faults.map(({ code }) => code)).toEqual(['disk-full'])
  const kept = await whole(path)
  expect(kept).toBeGreaterThan(5)
  expect(kept).toBeLessThan(updates.length)
})

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Keep } from '../../src/app/keep.ts'
import type { RoomSecret } from '../../src/core/id.ts'
import { nothing } from '../../src/core/wanted.ts'
import { Refusal } from '../../src/lib/fault.ts'
import type { Log } from '../../src/lib/log.ts'

const room = '0000000000000000000000H0M0' as RoomSecret

async function makeKeep(date: number | null = null) {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-keep-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const said: string[] = []
  const log: Log = { debug() {}, info() {}, warn: (s) => said.push(s), error: (s) => said.push(s), part: () => log }
  return { keep: new Keep(folder, log, async () => date), folder, said }
}

describe('what the box keeps', () => {
  it('is made once and the same ever after: room, identity, key of the tv', async () => {
    const { keep, folder } = await makeKeep()
    const first = [await keep.room(''), (await keep.identity()).peer, await keep.tvKey()]
    expect([await keep.room(''), (await keep.identity()).peer, await keep.tvKey()]).toEqual(first)
    expect((await stat(join(folder, 'identity'))).mode & 0o777).toBe(0o600)
  })
  it('gives way to a room in the settings, and refuses one that is none', async () => {
    const { keep } = await makeKeep()
    expect(await keep.room('https://box/r#0000-0000-0000-0000-0000-00H0-M0')).toBe(room)
    await expect(keep.room('https://box/r#123')).rejects.toBeInstanceOf(Refusal)
  })
  it('refuses to start on a damaged identity instead of becoming somebody else', async () => {
    const { keep, folder } = await makeKeep()
    await writeFile(join(folder, 'identity'), 'zz')
    await expect(keep.identity()).rejects.toThrow('is damaged')
  })
  it('goes back into the call after a crash, in the same boot only', async () => {
    const { keep } = await makeKeep()
    await keep.save({ ...nothing, room, muted: true }, 'boot-1')
    expect(await keep.wanted('boot-1')).toEqual({ ...nothing, room, muted: true })
    expect(await keep.wanted('boot-2')).toEqual({ ...nothing, room: null, muted: true })
  })
  it('knows of a call that ended with the machine, where the date was believed; not of one that ended otherwise', async () => {
    const { keep } = await makeKeep(1_000_000)
    const wanted = { ...nothing, room, muted: true }
    await keep.save(wanted, 'boot-1')
    expect(await keep.cutOff('boot-2')).toEqual({ wanted, at: 1_000_000 })
    expect(await keep.cutOff('boot-1')).toBeNull()
    await keep.save({ ...wanted, room: null }, 'boot-1')
    expect(await keep.cutOff('boot-2')).toBeNull()
    const { keep: dateless } = await makeKeep()
    expect(await dateless.cutOff('boot-2')).toBeNull()
    await dateless.save(wanted, 'boot-1')
    expect(await dateless.cutOff('boot-2')).toBeNull()
  })
  it('begins anew where the wish cannot be read', async () => {
    const { keep, folder, said } = await makeKeep()
    await writeFile(join(folder, 'wanted.json'), '{"wanted":{"room":7')
    expect(await keep.wanted('boot-1')).toEqual(nothing)
    expect(said).toHaveLength(1)
  })
  it('writes wishes in their order, and says it when it cannot', async () => {
    const { keep, folder, said } = await makeKeep()
    await Promise.all([10, 20, 30].map((volume) => keep.save({ ...nothing, volume }, 'b')))
    expect(JSON.parse(await readFile(join(folder, 'wanted.json'), 'utf8')).wanted.volume).toBe(30)
    await rm(folder, { recursive: true })
    await keep.save(nothing, 'b')
    expect(said).toHaveLength(1)
    await writeFile(folder, '')
  })
})

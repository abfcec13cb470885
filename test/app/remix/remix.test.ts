import { expect, it } from 'vitest'
import { remix } from '../../../src/app/remix/remix.ts'
import { identityFrom } from '../../../src/room/identity.ts'
import { bytesOf as parcelBytes } from '../../broadcast/kit/conference.ts'
import { MemoryFolder } from '../../broadcast/kit/folder.ts'
import { making, NOW } from '../../broadcast/kit/making.ts'

const DAY = 86_400_000

/** What a box kept from a time on, and says to be its own. */
async function track(seed: number, from: number) {
  const identity = identityFrom(new Uint8Array(32).fill(seed))
  const world = { now: from }
  const { program, live } = making({ identity, now: () => world.now++ })
  const bytes = await parcelBytes([...live(2), ...program.end()], 'own', `box ${seed}`, identity)
  return { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) }
}
const remixOf = async (...files: Array<Awaited<ReturnType<typeof track>>>) => {
  const folder = new MemoryFolder()
  const played: string[] = []
  const bench = Object.assign(folder, { path: (name: string) => name })
  const play = async (launch: string) => void played.push(launch)
  const parts = { bench, files, size: { width: 640, height: 360 }, play, tell: () => {}, signal: new AbortController().signal }
  const outcome = await remix(parts).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  return { outcome, played }
}

it('tracks of different days make no remix', async () => {
  const { outcome, played } = await remixOf(await track(1, NOW), await track(2, NOW + 2 * DAY))
  expect(outcome).toContain('more than a day between them')
  expect(played.filter((launch) => launch.startsWith('compositor'))).toEqual([])
})
it('the same track twice is one person', async () => {
  const { played } = await remixOf(await track(1, NOW), await track(1, NOW))
  expect(played.filter((launch) => launch.includes('tape-0-1'))).toEqual([])
  expect(played.filter((launch) => launch.includes('tape-0-0'))).toHaveLength(1)
})
it('nothing at all makes no remix', async () => {
  expect((await remixOf()).outcome).toContain('needs at least one')
})

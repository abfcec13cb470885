import { describe, expect, it } from 'vitest'
import { openParcel, parcelOf } from '../../../src/broadcast/remix/parcel.ts'
import { openFilm } from '../../../src/broadcast/store/film.ts'
import { openStore } from '../../../src/broadcast/store/store.ts'
import { Refusal } from '../../../src/lib/fault.ts'
import { newIdentity } from '../../../src/room/identity.ts'
import { quietLog } from '../../fake/quiet.ts'
import { MemoryFolder } from '../kit/folder.ts'
import { ann, making } from '../kit/making.ts'

const fileOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (from: number, length: number) => bytes.slice(from, from + length),
})
const settled = async () => {
  for (let i = 0; i < 400; i++) await new Promise<void>((done) => setImmediate(done))
}

async function stage() {
  const { log } = quietLog()
  const { program, live } = making()
  const store = await openStore({ folder: new MemoryFolder(), program: program.id, limit: 1e9, onStopped: () => {}, log })
  for (const update of [...live(6), ...program.end()]) store.update(update)
  await settled()
  const run = store.runs[0]?.run ?? 0
  const about = { is: 'own' as const, name: 'Kitchen', run, marks: [{ is: 'begin' as const, at: run + 1000 }], chat: [] }
  const pieces: Uint8Array[] = []
  for await (const piece of parcelOf(store, about, ann)) pieces.push(piece)
  return { bytes: new Uint8Array(Buffer.concat(pieces)), store, run, about, log, program: program.id }
}

describe('a run as one file', () => {
  it('comes out of it as it went in', async () => {
    const { bytes, store, run, about, log, program } = await stage()
    const parcel = await openParcel(fileOf(bytes))
    expect(parcel).toMatchObject({ program, about, isWhole: true })
    const [before, after] = [await openFilm(store, run, null, log), await openFilm(parcel, run, null, log)]
    const films: Uint8Array[][] = [[], []]
    for (const [i, film] of [before, after].entries()) for await (const piece of film?.bytes ?? []) films[i]?.push(piece)
    expect(Buffer.concat(films[1] ?? []).equals(Buffer.concat(films[0] ?? []))).toBe(true)
    expect(films[0]?.length).toBeGreaterThan(3)
  })
  it('is good up to where it was cut off', async () => {
    const { bytes } = await stage()
    const parcel = await openParcel(fileOf(bytes.slice(0, bytes.length * 0.6)))
    expect(parcel.isWhole).toBe(false)
    expect(parcel.entries.length).toBeGreaterThan(5)
  })
  it('is refused when its words or entries were changed, and an object that was changed is not there', async () => {
    const { bytes } = await stage()
    let [refused, gone] = [0, 0]
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 60)) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      const parcel = await openParcel(fileOf(changed)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Refusal)
        return null
      })
      if (!parcel) {
        refused++
        continue
      }
      const promises = parcel.entries.flatMap(({ inits, parts }) => [...inits, ...parts].map(({ object }) => object))
      const read = await Promise.all(promises.map((promise) => parcel.read(promise)))
      if (read.some((object) => object === null) || !parcel.isWhole) gone++
      else expect.unreachable(`a bit flipped at ${at} was not seen`)
    }
    expect(refused).toBeGreaterThan(1)
    expect(gone).toBeGreaterThan(1)
  })
  it('of somebody else is not taken for ours', async () => {
    const { store, about } = await stage()
    const pieces: Uint8Array[] = []
    for await (const piece of parcelOf(store, about, newIdentity())) pieces.push(piece)
    await expect(openParcel(fileOf(new Uint8Array(Buffer.concat(pieces))))).rejects.toThrow("another broadcaster's key")
  })
  it('is not taken for one when it is anything else', async () => {
    for (const text of ['', 'hello', 'parlor-tracks-1 x\n\n', `parlor-tracks-1 ${'0'.repeat(26)}\n{}\n`])
      await expect(openParcel(fileOf(Buffer.from(text)))).rejects.toThrow(Refusal)
  })
})

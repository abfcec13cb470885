// What the owner of a private broadcast makes of its recording: the same film, replay and file of tracks as of an open one, and nothing of it on the disk.
import { describe, expect, it } from 'vitest'
import { openParcel, parcelOf } from '../../../src/broadcast/remix/parcel.ts'
import { openFilm } from '../../../src/broadcast/store/film.ts'
import { openedFilm, openedKept } from '../../../src/broadcast/store/opened.ts'
import { openSaid } from '../../../src/broadcast/store/said.ts'
import { openStore } from '../../../src/broadcast/store/store.ts'
import type { ChatEvent } from '../../../src/wire/chat.ts'
import { systemRandom } from '../../../src/wire/crypto.ts'
import { programOf } from '../../../src/wire/manifest.ts'
import { newWatchSecret, type WatchKey, watchKey } from '../../../src/wire/watch-key.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from '../kit/coded.ts'
import { MemoryFolder } from '../kit/folder.ts'
import { ann, making } from '../kit/making.ts'

const program = programOf(ann.publicKey)
const secret = newWatchSecret(systemRandom)
const key = watchKey(program, secret)
const stranger = watchKey(program, newWatchSecret(systemRandom))
const { log } = quietLog()

/** A picture of bytes that come but once. */
const picture = (i: number): Uint8Array =>
  Buffer.concat([unit(i, i % 60 === 0), Uint8Array.from({ length: 200 }, (_, at) => 1 + ((i * 7919 + at * (at + 31 + i)) % 255))])

async function recorded(of: WatchKey | null) {
  const folder = new MemoryFolder()
  const { program: made, live } = making(of ? { key: of } : {})
  const store = await openStore({ folder, program, limit: 1e9, onStopped: () => {}, log })
  const updates = [...live(6, picture), ...made.end()]
  for (const update of updates) store.update(update)
  while (store.acknowledged < updates.length) await new Promise<void>((done) => setImmediate(done))
  return { folder, store, run: store.runs[0]?.run ?? 0 }
}
async function filmOf(source: Parameters<typeof openFilm>[0], run: number): Promise<Buffer | null> {
  const film = await openFilm(source, run, null, log)
  const pieces: Uint8Array[] = []
  for await (const piece of film?.bytes ?? []) pieces.push(piece)
  return film && Buffer.concat(pieces)
}
const disk = ({ files }: MemoryFolder): Buffer => Buffer.concat([...files.values()])

describe('the recording of a private broadcast', () => {
  it('is the same film for its owner as that of an open one, and none without the key', async () => {
    const [open, sealed] = [await recorded(null), await recorded(key)]
    const film = await filmOf(open.store, open.run)
    expect(film?.length).toBeGreaterThan(20_000)
    expect(
      film?.equals(
        (await filmOf(
          openedFilm(sealed.store, () => key),
          sealed.run,
        )) ?? Buffer.alloc(0),
      ),
    ).toBe(true)
    for (const of of [null, stranger])
      expect(
        (
          await filmOf(
            openedFilm(sealed.store, () => of),
            sealed.run,
          )
        )?.length ?? 0,
      ).toBeLessThan(2000)
    // An open one needs no key.
    expect(
      film?.equals(
        (await filmOf(
          openedFilm(open.store, () => null),
          open.run,
        )) ?? Buffer.alloc(0),
      ),
    ).toBe(true)
  })
  it('lies sealed on the disk', async () => {
    const [open, sealed] = [await recorded(null), await recorded(key)]
    const film = (await filmOf(open.store, open.run)) ?? Buffer.alloc(0)
    // What of the film stands on the disk of the open one just so.
    const pieces = Array.from({ length: 60 }, (_, i) => film.subarray(2000 + i * 500).subarray(0, 20))
    const traces = pieces.filter((bytes) => new Set(bytes).size > 12 && disk(open.folder).includes(bytes))
    expect(traces.length).toBeGreaterThan(30)
    for (const trace of traces) expect(disk(sealed.folder).includes(trace)).toBe(false)
  })
  it('can be shown once more on the own TV', async () => {
    const { store } = await recorded(key)
    const kept = openedKept(store, key)
    const heads: string[] = []
    for await (const { entry } of kept.entries(0, Number.MAX_SAFE_INTEGER))
      for (const { object } of [...entry.inits, ...entry.parts])
        heads.push(Buffer.from((await kept.object(object.name)) ?? []).toString('latin1', 4, 8))
    expect(heads.length).toBeGreaterThan(40)
    expect(heads.every((head) => /^[a-z]{4}$/.test(head))).toBe(true)
  })
  it('goes as one file of tracks with what opens it, and opens for nobody whom that was not given', async () => {
    const { store, run } = await recorded(key)
    const about = { is: 'broadcast' as const, name: 'Kitchen', run, marks: [], chat: [] }
    const films = await Promise.all(
      [{ ...about, secret }, about, { ...about, secret: newWatchSecret(systemRandom) }].map(async (each) => {
        const pieces: Uint8Array[] = []
        for await (const piece of parcelOf(store, each, ann)) pieces.push(piece)
        const bytes = Buffer.concat(pieces)
        return filmOf(await openParcel({ size: bytes.length, read: async (from, length) => bytes.subarray(from, from + length) }), run)
      }),
    )
    const film = await filmOf(
      openedFilm(store, () => key),
      run,
    )
    expect(film?.equals(films[0] ?? Buffer.alloc(0))).toBe(true)
    for (const other of films.slice(1)) expect(other?.length ?? 0).toBeLessThan(2000)
  })
})

describe('what was said in a private broadcast', () => {
  const says = (text: string): ChatEvent => ({
    ...{ say: 'message', number: 1 },
    message: { id: '0'.repeat(16), who: 'a'.repeat(26) as never, role: 'viewer', name: 'Ann', text, at: 1000 },
  })
  it('is sealed beside it, and gone with its key', async () => {
    const folder = new MemoryFolder()
    const keyOf = (run: number) => (run === 5 ? key : null)
    const said = await openSaid(folder, [], log, keyOf)
    said.hear(5, says('Do you hear the piano?'))
    said.hear(6, says('The window is open'))
    await said.settled()
    expect([disk(folder).includes('piano'), disk(folder).includes('window')]).toEqual([false, true])
    const again = await openSaid(folder, [5, 6], log, keyOf)
    expect([again.of(5), again.of(6)].map((words) => words.map(({ text }) => text))).toEqual([
      ['Do you hear the piano?'],
      ['The window is open'],
    ])
    expect([disk(folder).includes('piano'), disk(folder).includes('window')]).toEqual([false, true])
    expect((await openSaid(folder, [5, 6], log, () => null)).of(5)).toEqual([])
  })
})

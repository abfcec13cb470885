// Captions of a recording: beside its film in the film's time, by the clock for a remix, also of a private program, and also when something is damaged.
import { describe, expect, it } from 'vitest'
import { Recordings } from '../../src/app/recordings.ts'
import { vttOf } from '../../src/app/remix/vtt.ts'
import { captionsFile, type KeptCaption, keptCaptions } from '../../src/broadcast/captions-kept.ts'
import { openParcel, parcelOf } from '../../src/broadcast/remix/parcel.ts'
import { openedFilm } from '../../src/broadcast/store/opened.ts'
import { openStore } from '../../src/broadcast/store/store.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { concat } from '../../src/wire/crypto.ts'
import { programOf } from '../../src/wire/manifest.ts'
import { newWatchSecret, type WatchKey, watchKey } from '../../src/wire/watch-key.ts'
import { quietLog } from '../fake/quiet.ts'
import { MemoryFolder } from './kit/folder.ts'
import { ann, making, NOW } from './kit/making.ts'

const settled = async (): Promise<void> => {
  for (let i = 0; i < 400; i++) await new Promise<void>((done) => setImmediate(done))
}
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

/** Fourteen seconds, with a caption at 3 s for 2.5 s and another at 8 s for 4 s. */
async function recorded(key?: WatchKey) {
  const { log } = quietLog()
  const { program, live } = making(key ? { key } : {})
  const store = await openStore({ folder: new MemoryFolder(), program: program.id, limit: 1e9, onStopped: () => {}, log })
  const updates = live(3)
  program.caption({ text: 'Guten Abend', stands: 2500, language: 'de', label: 'Deutsch' })
  updates.push(...live(5))
  program.caption({ text: '<b>1</b> & 2\nund mehr', stands: 4000, language: 'de', label: 'Deutsch' })
  updates.push(...live(6), ...program.end())
  for (const update of updates) store.update(update)
  await settled()
  const recordings = new Recordings({ store, isLive: () => false, date: () => NOW + 20_000, clock: new FakeClock(), log })
  const run = store.runs[0]?.run ?? 0
  return { store, recordings, run }
}

describe('the captions of a recording', () => {
  it('are a file beside the film, each whole, in the time of the film', async () => {
    const { recordings, run } = await recorded()
    expect(recordings.all[0]).toMatchObject({ run, captions: true })
    const file = await recordings.takeCaptions(recordings.ticket(run, null, 'captions'))
    expect(text(file?.bytes)).toBe(
      'WEBVTT\n\n00:00:03.000 --> 00:00:05.500\nGuten Abend\n\n00:00:08.000 --> 00:00:12.000\n&lt;b&gt;1&lt;/b&gt; &amp; 2\nund mehr\n\n',
    )
  })
  it('of a piece count from where its film begins, and end with it', async () => {
    const { recordings, store, run } = await recorded()
    await store.mark({ run, is: 'begin', at: NOW + 4500 })
    await store.mark({ run, is: 'end', at: NOW + 9900 })
    const film = await recordings.take(recordings.ticket(run, 0))
    const file = await recordings.takeCaptions(recordings.ticket(run, 0, 'captions'))
    expect(film?.start).toBe(4000)
    const [first, second] = text(file?.bytes).split('\n\n').slice(1)
    expect(first).toBe('00:00:00.000 --> 00:00:01.500\nGuten Abend')
    expect(second?.split(' ')[0]).toBe('00:00:04.000')
    expect(Number(second?.split(/[ :\n]/)[5])).toBeLessThanOrEqual((film?.length ?? 0) / 1000)
  })
  it('are given once, and only of a recording that has some', async () => {
    const { recordings, run } = await recorded()
    const ticket = recordings.ticket(run, null, 'captions')
    expect(await recordings.take(ticket)).toBeNull()
    expect(recordings.takeTracks(ticket)).toBeNull()
    expect(await recordings.takeCaptions(ticket)).not.toBeNull()
    expect(await recordings.takeCaptions(ticket)).toBeNull()
    const { log } = quietLog()
    const { program, live } = making()
    const store = await openStore({ folder: new MemoryFolder(), program: program.id, limit: 1e9, onStopped: () => {}, log })
    for (const update of [...live(4), ...program.end()]) store.update(update)
    await settled()
    const silent = new Recordings({ store, isLive: () => false, date: () => NOW, clock: new FakeClock(), log })
    const other = store.runs[0]?.run ?? 0
    expect(silent.all[0]?.captions).toBe(false)
    expect(() => silent.ticket(other, null, 'captions')).toThrow('no captions')
  })
  it('are left out where they are damaged, and the others stay', async () => {
    const { store, run } = await recorded()
    const damaged = {
      async *told(of: number) {
        for await (const told of store.told(of))
          yield {
            ...told,
            read: async (promise: Parameters<typeof told.read>[0]) => (promise.size > 40 && promise.size < 62 ? null : told.read(promise)),
          }
      },
    }
    const captions = await keptCaptions(damaged, run)
    expect(new Set(captions.map((each) => each.text))).toEqual(new Set(['<b>1</b> & 2\nund mehr']))
  })
  it('of a private program are sealed on the disk, and opened with its key', async () => {
    const key = watchKey(
      programOf(ann.publicKey),
      newWatchSecret((length) => new Uint8Array(length).fill(3)),
    )
    const { store, run } = await recorded(key)
    expect(await keptCaptions(store, run)).toEqual([])
    const captions = await keptCaptions(
      openedFilm(store, () => key),
      run,
    )
    expect(captions.map(({ text: said }) => said)).toEqual(['Guten Abend', '<b>1</b> & 2\nund mehr'])
  })
  it('go along with a file of tracks into a remix, by the clock', async () => {
    const { store, run } = await recorded()
    const pieces: Uint8Array[] = []
    for await (const piece of parcelOf(store, { is: 'broadcast', name: 'Ann', run, marks: [], chat: [] }, ann)) pieces.push(piece)
    const whole = concat(...pieces)
    const parcel = await openParcel({ size: whole.length, read: async (from, length) => whole.slice(from, from + length) })
    const captions = await keptCaptions(parcel, run)
    expect(captions.map(({ text: said }) => said)).toEqual(['Guten Abend', '<b>1</b> & 2\nund mehr'])
    for (const [i, at] of [3000, 8000].entries()) expect(Math.abs((captions[i]?.at ?? 0) - (NOW + 40 + at))).toBeLessThan(60)
    const [first] = captions
    const beside = text(vttOf([{ at: 2000, stands: (first?.to ?? 0) - (first?.from ?? 0), text: first?.text ?? '' }]))
    expect(beside).toContain('00:00:02.000 --> 00:00:04.500\nGuten Abend')
  })
})

describe('a file of captions', () => {
  const caption = (from: number, to: number): KeptCaption => ({ from, to, text: 'x', at: 0 })
  it('has nothing of before and after its film', () => {
    const all = [caption(0, 900), caption(500, 1500), caption(1500, 1600), caption(2900, 3500), caption(3000, 4000)]
    expect(text(captionsFile(all, { start: 1000, length: 2000 })).match(/-->/g)?.length).toBe(3)
    expect(text(captionsFile([], { start: 0, length: 1 }))).toBe('WEBVTT\n\n\n')
  })
})

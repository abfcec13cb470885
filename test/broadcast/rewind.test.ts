// What the manifest answers to who comes late, who goes back in time, and who asks what the program is.
import { describe, expect, it } from 'vitest'
import { type OlderObjects, Origin } from '../../src/broadcast/origin.ts'
import { openStore } from '../../src/broadcast/store/store.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps } from '../../src/lib/unit.ts'
import { closeAbout, openAbout } from '../../src/wire/about.ts'
import { type Entry, entryBytes } from '../../src/wire/manifest.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { quietLog } from '../fake/quiet.ts'
import { MemoryFolder } from './kit/folder.ts'
import { ann, making, NOW } from './kit/making.ts'

async function stage(length: number, withStore: boolean, limits = { egress: kbps(100_000), seats: 100 }) {
  const { program, live } = making()
  const clock = new FakeClock()
  const onStopped = (): void => {}
  const store = withStore
    ? await openStore({ folder: new MemoryFolder(), program: program.id, limit: 1e9, onStopped, log: quietLog().log })
    : null
  const older: OlderObjects | null = store
  const about = (seen: { viewers: number; from: number | null }): string =>
    closeAbout({ title: 'Choir', begins: null, at: NOW, ...seen }, ann)
  const origin = new Origin({ program: program.id, limits, clock, older, about, ...(withStore ? { entries: 60 } : {}) })
  const feed = async (seconds: number): Promise<void> => {
    for (const update of live(seconds)) {
      store?.update(update)
      origin.update(update)
    }
    for (let i = 0; i < 50; i++) await new Promise<void>((done) => setImmediate(done))
  }
  await feed(length)
  const ask = async (file: string, query = '') => {
    const path = `/live/${program.id}/${file}`
    const answer = await origin.answer({ path, query, address: '10.0.0.1', signal: new AbortController().signal })
    if (!answer) throw new Error(`no answer for ${path}`)
    return { status: answer.status, body: String(answer.body) }
  }
  const entries = async (query: string, reader = new ManifestReader(program.id)): Promise<Entry[]> =>
    (await ask('manifest', query)).body
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const read = reader.read(entryBytes(line) ?? new Uint8Array())
        if (!read.ok) throw new Error(read.why)
        return read.entry
      })
  return { program, origin, feed, ask, entries }
}
const placeOf = (entry: Entry | undefined): string => `${entry?.run}.${entry?.number}`
const begins = (entries: readonly Entry[]) => [0, 1].map((of) => entries.flatMap(({ parts }) => parts).find(({ track }) => track === of))

describe('the manifest', () => {
  it('gives who comes late no more than the segments that are under way, each from its beginning', async () => {
    const { entries } = await stage(21, false)
    const all = await entries('')
    expect(all.length).toBeLessThan(40)
    expect(begins(all).map((part) => part?.firstOfSegment)).toEqual([true, true])
    expect(all.flatMap(({ inits }) => inits.map(({ track }) => track))).toEqual(expect.arrayContaining([0, 1]))
  })
  it.each([
    ['memory', false],
    ['the store', true],
  ])('gives who goes back the segments of that time, out of %s, and then all that follows', async (_where, withStore) => {
    const { entries, program } = await stage(20, withStore)
    const reader = new ManifestReader(program.id)
    const wanted = NOW + 7000
    let some = await entries(`from=${wanted}`, reader)
    for (const part of begins(some)) {
      expect(part?.firstOfSegment).toBe(true)
      expect(part?.at).toBeLessThanOrEqual(wanted)
      expect(part?.at).toBeGreaterThan(wanted - 5000)
    }
    // On and on to the newest, without a gap: the reader would refuse one.
    const seen = [...some]
    for (let i = 0; i < 100 && seen.at(-1)?.number !== (await entries('')).at(-1)?.number; i++) {
      some = await entries(`after=${placeOf(seen.at(-1))}&from=${seen.at(-1)?.at}`, reader)
      seen.push(...some)
    }
    expect(seen.map(({ number }) => number)).toEqual(seen.map((_, i) => (seen[0]?.number ?? 0) + i))
    expect(seen.at(-1)?.number).toBe((await entries('')).at(-1)?.number)
  })
  it('begins with the oldest there is for a time before it', async () => {
    for (const withStore of [false, true]) {
      const { entries } = await stage(10, withStore)
      expect((await entries('from=5'))[0]?.number).toBe(0)
    }
  })
  it('takes a seat for who names one, and turns the next away', async () => {
    const { ask } = await stage(5, false, { egress: kbps(100_000), seats: 1 })
    expect((await ask('manifest', 'seat=0101010101010101')).status).toBe(200)
    const full = await ask('manifest', 'seat=0202020202020202')
    expect([full.status, JSON.parse(full.body).full]).toEqual([503, true])
    expect((await ask('manifest')).status).toBe(200)
    expect((await ask('manifest', 'seat=mine')).status).toBe(400)
    expect((await ask('manifest', 'from=yesterday')).status).toBe(400)
  })
})

describe('what a program says of itself', () => {
  it('is signed, and tells how many watch and how far back one may go', async () => {
    const { ask, program } = await stage(6, true)
    await ask('manifest', 'seat=0101010101010101')
    const { body } = await ask('about')
    const about = openAbout(body, program.id)
    expect(about).toMatchObject({ title: 'Choir', viewers: 1 })
    expect(about?.from).toBeLessThan(NOW + 3000)
    expect(openAbout(body.replace('Choir', 'Chore'), program.id)).toBeNull()
  })
})

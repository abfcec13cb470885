import { describe, expect, it } from 'vitest'
import { Budget, SEAT_LEFT } from '../../src/broadcast/budget.ts'
import { Origin, type OriginAnswer, type OriginOptions } from '../../src/broadcast/origin.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { type Bps, kbps, ms, seconds } from '../../src/lib/unit.ts'
import { entryBytes } from '../../src/wire/manifest.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { nameOf } from '../../src/wire/object.ts'
import { readPart } from './kit/boxes.ts'
import { breaches, lines, readMedia } from './kit/m3u8.ts'
import { making } from './kit/making.ts'

function stage(change: Partial<OriginOptions> = {}) {
  const clock = new FakeClock()
  const { program, live } = making()
  let seats = 0
  const origin = new Origin({
    program: program.id,
    limits: { egress: kbps(100_000), seats: 100 },
    clock,
    older: null,
    random: (length) => new Uint8Array(length).fill(++seats),
    ...change,
  })
  const gone = new AbortController()
  const at = `/live/${program.id}`
  const raw = (path: string, query = '', address = '10.0.0.1') => origin.answer({ path, query, address, signal: gone.signal })
  const ask = async (path: string, query = '', address?: string): Promise<OriginAnswer> => {
    const answer = await raw(path.startsWith('/') ? path : `${at}/${path}`, query, address)
    if (!answer) throw new Error(`no answer for ${path}`)
    return answer
  }
  const feed = (updates: readonly Update[]) => {
    for (const update of updates) origin.update(update)
  }
  return { clock, origin, program, live, feed, ask, raw, at, gone }
}
const textOf = ({ body }: OriginAnswer): string => String(body)
/** What a promise has come to by now. */
async function now<T>(promise: Promise<T>): Promise<T | 'waits'> {
  await new Promise((done) => setImmediate(done))
  return Promise.race([promise, Promise.resolve('waits' as const)])
}

describe('the origin', () => {
  it('gives a player all it needs: the list of lists, playlists, headers, parts and segments', async () => {
    const { ask, feed, live, at } = stage()
    feed(live(9))
    const master = await ask('index.m3u8')
    expect(master).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/vnd.apple.mpegurl', 'access-control-allow-origin': '*' },
    })
    const seat = '?seat=0101010101010101'
    expect(lines(textOf(master)).at(-1)?.value).toBe(`v0.m3u8${seat}`)
    for (const name of ['v0', 'sound']) {
      const text = textOf(await ask(`${name}.m3u8`, seat))
      const media = readMedia(text)
      expect(breaches(media, text)).toEqual([])
      for (const segment of media.segments) {
        const header = await ask(new URL(segment.map, `http://box${at}/${name}.m3u8`).pathname)
        expect(nameOf(header.body as Uint8Array)).toBe(segment.map.split('/').at(-1))
        const parts = await Promise.all(segment.parts.map(({ uri }) => ask(uri)))
        for (const part of parts) expect(readPart(Buffer.from(part.body as Uint8Array)).samples.length).toBeGreaterThan(0)
        if (!segment.uri) continue
        const whole = await ask(segment.uri)
        if (segment.parts.length > 0)
          expect(Buffer.from(whole.body as Uint8Array)).toEqual(Buffer.concat(parts.map(({ body }) => body as Uint8Array)))
        expect(whole.headers['content-type']).toBe(name === 'v0' ? 'video/mp4' : 'audio/mp4')
      }
    }
  })
  it('answers nothing that is not its own', async () => {
    const { raw, at, feed, live } = stage()
    feed(live(3))
    for (const path of ['/', '/live', `/live/other/index.m3u8`, `${at}/v0/1/2.m4s`, '/o/abc', `${at}/../index.m3u8`, `${at}/v0/x.m4s`])
      expect(await raw(path)).toBeNull()
    for (const path of [`${at}/v9.m3u8`, `${at}/v0/99999.m4s`, `${at}/v0/s77.mp4`, `/o/${'0'.repeat(64)}`])
      expect((await raw(path))?.status).toBe(404)
    expect((await stage().ask('index.m3u8')).status).toBe(503)
  })
  it('gives its manifest line by line to who wants to check it, and waits for the next', async () => {
    const { ask, feed, live, program } = stage()
    feed(live(5))
    const reader = new ManifestReader(program.id)
    const read = (text: string) => text.trim().split('\n').filter(Boolean).map((line) => reader.read(entryBytes(line) ?? new Uint8Array()).ok) // biome-ignore format: one line
    expect(read(textOf(await ask('manifest')))).not.toContain(false)
    const head = `after=${reader.head?.run}.${reader.head?.number}`
    const next = ask('manifest', head)
    expect(await now(next)).toBe('waits')
    feed(live(0.4))
    expect(read(textOf(await next)).length).toBeGreaterThan(0)
    expect((await ask('manifest', 'after=soon')).status).toBe(400)
  })
})

describe('a reload that waits', () => {
  it('is answered with the very part it asked for, as soon as it is there', async () => {
    const { ask, feed, live } = stage()
    feed(live(5))
    const before = readMedia(textOf(await ask('v0.m3u8')))
    const last = before.segments.at(-1)
    const [msn, part] = [last?.msn ?? 0, last?.parts.length ?? 0]
    const waiting = ask('v0.m3u8', `_HLS_msn=${msn}&_HLS_part=${part}`)
    const hinted = ask(before.hint ?? '')
    expect([await now(waiting), await now(hinted)]).toEqual(['waits', 'waits'])
    feed(live(0.2))
    const after = readMedia(textOf(await waiting))
    expect(after.segments.at(-1)?.parts.at(part)?.uri).toBe(before.hint)
    expect((await hinted).status).toBe(200)
    expect((await ask('v0.m3u8', `_HLS_msn=${msn}&_HLS_part=${part - 1}`)).status).toBe(200)
  })
  it('for a part past the end of a segment gets the first of the next; for a segment, all of it', async () => {
    const { ask, feed, live } = stage()
    feed(live(3.9))
    const msn = readMedia(textOf(await ask('v0.m3u8'))).segments.at(-1)?.msn ?? 0
    const past = ask('v0.m3u8', `_HLS_msn=${msn}&_HLS_part=10`)
    const whole = ask('v0.m3u8', `_HLS_msn=${msn}`)
    feed(live(0.1))
    expect([await now(past), await now(whole)]).toEqual(['waits', 'waits'])
    feed(live(0.2))
    expect(readMedia(textOf(await past)).segments.at(-1)?.msn).toBe(msn + 1)
    expect(readMedia(textOf(await whole)).segments.find((segment) => segment.msn === msn)?.uri).not.toBeNull()
  })
  it('can leave out what the player has', async () => {
    const { ask, feed, live } = stage()
    feed(live(31))
    const all = readMedia(textOf(await ask('v0.m3u8')))
    const text = textOf(await ask('v0.m3u8', `_HLS_msn=${all.segments.at(-1)?.msn}&_HLS_part=0&_HLS_skip=YES`))
    expect(text).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=')
    expect(breaches(readMedia(text, all), text)).toEqual([])
  })
  it('does not wait longer than three target durations, nor for what is far ahead or nonsense', async () => {
    const { ask, feed, live, clock, origin } = stage()
    feed(live(5))
    const msn = readMedia(textOf(await ask('v0.m3u8'))).segments.at(-1)?.msn ?? 0
    const waiting = ask('v0.m3u8', `_HLS_msn=${msn + 1}`)
    await clock.advance(ms(5900))
    expect(await now(waiting)).toBe('waits')
    await clock.advance(ms(200))
    expect(await waiting).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(origin.waiting).toBe(0)
    for (const query of [`_HLS_msn=${msn + 3}`, '_HLS_part=1', '_HLS_msn=x', '_HLS_msn=-1', `_HLS_msn=${msn}&_HLS_part=1.5`])
      expect((await ask('v0.m3u8', query)).status, query).toBe(400)
  })
  it('ends with the program', async () => {
    const { ask, feed, live, program } = stage()
    feed(live(5))
    const msn = readMedia(textOf(await ask('v0.m3u8'))).segments.at(-1)?.msn ?? 0
    const waiting = ask('v0.m3u8', `_HLS_msn=${msn + 1}`)
    feed(program.end())
    expect(textOf(await waiting)).toContain('#EXT-X-ENDLIST')
  })
  it('is let go when the one who asked has gone, and no more wait than may', async () => {
    const { ask, feed, live, gone, origin, clock } = stage({ waiting: 3 })
    feed(live(5))
    const msn = readMedia(textOf(await ask('v0.m3u8'))).segments.at(-1)?.msn ?? 0
    const all = [1, 2, 3].map(() => ask('v0.m3u8', `_HLS_msn=${msn + 1}`))
    await now(Promise.all(all))
    expect((await ask('v0.m3u8', `_HLS_msn=${msn + 1}`)).status).toBe(503)
    gone.abort()
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([503, 503, 503])
    await clock.advance(ms(1))
    expect([origin.waiting, clock.sleeping.length]).toEqual([0, 0])
  })
})

describe('a full house', () => {
  it('tells a new viewer so, with the names of the newest objects; who is inside goes on', async () => {
    const { ask, feed, live, origin, program } = stage({ limits: { egress: kbps(2 * 1096 + 500), seats: 100 } })
    feed(live(9))
    const seats = ['0101010101010101', '0202020202020202']
    expect([(await ask('index.m3u8')).status, (await ask('index.m3u8')).status]).toEqual([200, 200])
    expect(origin.viewers).toBe(2)
    const third = await ask('index.m3u8')
    expect(third).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    const said = JSON.parse(textOf(third))
    expect(said).toMatchObject({ full: true, program: program.id, manifest: `/live/${program.id}/manifest` })
    const known = origin.live.tracks
      .flatMap(({ segments }) => segments.slice(-2))
      .flatMap(({ parts }) => parts.map(({ object }) => object.name))
    expect(known.length).toBeGreaterThan(10)
    expect(said.objects.flatMap(({ object }: { object?: string }) => (object ? [object] : []))).toEqual(known)
    expect((await ask('v0.m3u8', '', '10.9.9.9')).status).toBe(503)
    expect((await ask('v0.m3u8', 'seat=nonsense', '10.9.9.9')).status).toBe(503)
    expect((await ask('manifest')).status).toBe(200)
    for (const seat of seats) expect((await ask('v0.m3u8', `seat=${seat}`)).status).toBe(200)
  })
  it('has room again when somebody has left', async () => {
    const { ask, feed, live, clock } = stage({ limits: { egress: kbps(50_000), seats: 1 } })
    feed(live(5))
    await ask('index.m3u8')
    for (let i = 0; i < 4; i++) {
      await clock.advance(ms(SEAT_LEFT - 1000))
      expect((await ask('v0.m3u8', 'seat=0101010101010101')).status).toBe(200)
      expect((await ask('index.m3u8')).status).toBe(503)
    }
    await clock.advance(ms(SEAT_LEFT + 1))
    expect((await ask('index.m3u8')).status).toBe(200)
  })
  it('gives objects to others only from what is left over, and parts before them', async () => {
    const { ask, feed, live, clock, origin } = stage({ limits: { egress: 40_000 as Bps, seats: 1 } })
    feed(live(9))
    const [part] = origin.live.tracks[0]?.segments.at(-1)?.parts ?? []
    const object = () => ask(`/o/${part?.object.name}`).then(({ status }) => status)
    const path = () => ask(`v0/${part?.sequence}.m4s`).then(({ status }) => status)
    let taken = 0
    while ((await object()) === 200) taken++
    expect(taken).toBeGreaterThan(5)
    expect(await path()).toBe(200)
    while ((await path()) === 200) taken++
    expect(await path()).toBe(503)
    await clock.advance(seconds(4))
    expect(await object()).toBe(200)
  })
  it('counts a budget that is used and comes back', async () => {
    const clock = new FakeClock()
    const budget = new Budget({ egress: 8000 as Bps, seats: 9 }, clock)
    budget.sent(1500)
    expect(budget.ahead).toBeCloseTo(1.5)
    await clock.advance(seconds(1))
    expect(budget.ahead).toBeCloseTo(0.5)
    await clock.advance(seconds(5))
    expect(budget.ahead).toBe(0)
  })
})

describe('memory', () => {
  it('holds the newest bytes; the rest comes from the store, and is not there without one', async () => {
    const all = new Map<string, Uint8Array>()
    const older = {
      asked: 0,
      object: async (name: string) => {
        older.asked++
        return all.get(name) ?? null
      },
    }
    const { ask, feed, live } = stage({ older })
    const updates = live(40)
    for (const { objects } of updates) for (const { promise, bytes } of objects) all.set(promise.name, bytes)
    feed(updates)
    const media = readMedia(textOf(await ask('v0.m3u8')))
    expect(media.segments.length).toBe(20)
    await ask(media.segments.at(-2)?.uri ?? '')
    expect(older.asked).toBe(0)
    expect((await ask(media.segments[0]?.uri ?? '')).status).toBe(200)
    expect(older.asked).toBe(10)
    all.clear()
    expect((await ask(media.segments[0]?.uri ?? '')).status).toBe(404)
  })
})

import { describe, expect, it } from 'vitest'
import { Origin } from '../../../src/broadcast/origin.ts'
import { Feed } from '../../../src/broadcast/reading/feed.ts'
import { Larder } from '../../../src/broadcast/reading/larder.ts'
import { Relay, type RelayFlaw, type RelayParts } from '../../../src/broadcast/relay/relay.ts'
import { Ways } from '../../../src/broadcast/relay/ways.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { kbps, ms, seconds } from '../../../src/lib/unit.ts'
import { identityFrom } from '../../../src/room/identity.ts'
import { closeAbout } from '../../../src/wire/about.ts'
import { hex } from '../../../src/wire/crypto.ts'
import { closeEntry, type Entry, entryBytes, lineOf, openEntry } from '../../../src/wire/manifest.ts'
import { nameOf } from '../../../src/wire/object.ts'
import { quietLog } from '../../fake/quiet.ts'
import { breaches, readMedia } from '../kit/m3u8.ts'
import { ann, making, NOW } from '../kit/making.ts'
import { onAir } from '../kit/on-air.ts'
import { TestUpstream } from '../kit/upstream.ts'

const LIMITS = { egress: kbps(100_000), seats: 100 }

function stage(change: Partial<RelayParts> = {}) {
  const clock = new FakeClock()
  const { program, live } = making()
  const about = (seen: { viewers: number; from: number | null }) => closeAbout({ title: 'Ann', begins: null, ...seen, at: NOW }, ann)
  const origin = new Origin({ program: program.id, limits: LIMITS, clock, older: null, about })
  const upstream = new TestUpstream(origin, program.id)
  const ways = new Ways(upstream)
  const flaws: RelayFlaw[] = []
  const quiet = quietLog()
  const relay = new Relay({
    program: program.id,
    ways,
    limits: LIMITS,
    clock,
    log: quiet.log,
    refused: (why) => flaws.push(why),
    ...change,
  })
  const stop = new AbortController()
  const running = relay.run(stop.signal)
  const { made, broadcast } = onAir({ clock, origin, live })
  const end = async () => {
    for (const update of program.end()) {
      made.push(update)
      origin.update(update)
    }
    await clock.advance(ms(50))
  }
  const ask = async (path: string, query = '') => {
    const answer = relay.answer({ path, query, address: '192.168.1.7', signal: stop.signal })
    await clock.advance(ms(0))
    return answer
  }
  const close = async () => {
    stop.abort()
    await running
  }
  /** The signed entries that the relay tells, as hex. */
  const told = async (): Promise<string[]> => {
    const answer = await ask(`/live/${program.id}/manifest`, 'from=0')
    return String(answer?.body)
      .split('\n')
      .filter(Boolean)
      .map((line) => hex(entryBytes(line) ?? new Uint8Array()))
  }
  const signed = () => made.map((update) => hex(update.signed))
  return { clock, program, live, origin, upstream, ways, relay, flaws, broadcast, end, ask, close, told, made, signed, stop, ...quiet }
}
type Stage = ReturnType<typeof stage>

/** Somebody who watches at the relay as the page does: all entries, all objects of all tracks. */
function viewer({ relay, program, clock, stop }: Stage) {
  const way = new TestUpstream(relay, program.id, 'the relay')
  const feed = new Feed({ program: program.id, way, clock, from: null, seat: hex(crypto.getRandomValues(new Uint8Array(8))) })
  const larder = new Larder(way, clock, (why) => odd.push(why))
  const [entries, objects, odd]: [Entry[], string[], string[]] = [[], [], []]
  const run = async () => {
    for await (const news of feed.follow(stop.signal)) {
      if (news.is === 'refused') odd.push(news.why)
      if (news.is !== 'entry') continue
      entries.push(news.entry)
      for (const { object } of [...news.entry.inits, ...news.entry.parts]) {
        const bytes = await larder.get(object, null, stop.signal)
        if (bytes) objects.push(nameOf(bytes))
      }
    }
  }
  run().catch(() => {})
  return { entries, objects, odd, way }
}

describe('a relay', () => {
  it('passes on what it gets, to four who watch, and asks upstream for each object once', async () => {
    const house = stage()
    await house.broadcast(3)
    const viewers = [viewer(house), viewer(house), viewer(house), viewer(house)]
    await house.broadcast(8)
    const begun = viewers[0]?.entries[0]?.number ?? -1
    expect(begun).toBeGreaterThanOrEqual(0)
    const after = house.made.filter(({ entry }) => entry.number >= begun)
    const objects = after.flatMap(({ entry }) => [...entry.inits, ...entry.parts].map(({ object }) => object.name))
    expect(objects.length).toBeGreaterThan(80)
    for (const { entries, objects: got, odd } of viewers) {
      expect(entries.map(({ number }) => number)).toEqual(after.map(({ entry }) => entry.number))
      expect(new Set(got)).toEqual(new Set(objects))
      expect(odd).toEqual([])
    }
    const perObject = [...house.upstream.asked].filter(([path]) => /^\/o\//.test(path) || path.endsWith('.m4s'))
    expect(perObject.filter(([, times]) => times > 1)).toEqual([])
    // Nothing twice by its name and by its number; at most one more part a track is asked for ahead.
    const bytes = after.flatMap((update) => update.objects).reduce((sum, { promise }) => sum + promise.size, 0)
    expect(house.upstream.taken).toBeLessThan(bytes * 1.02 + 3000)
    // Of entries upstream is asked as by one viewer.
    expect(house.upstream.count(/manifest/)).toBeLessThanOrEqual(house.made.length + 3)
    expect(house.origin.viewers).toBe(1)
    expect(house.relay.status).toMatchObject({ state: 'live', from: 'the origin', viewers: 4, refused: {} })
    await house.close()
  })

  it('takes nothing but entries while nobody watches', async () => {
    const house = stage()
    await house.broadcast(6)
    expect(house.upstream.count(/^\/o\/|m4s$/)).toBe(0)
    expect(await house.told()).toEqual(house.signed())
    await house.close()
  })

  it('asks once for what four ask at the same time, and never for what nobody signed', async () => {
    const house = stage()
    await house.broadcast(4)
    const name = house.made.at(-3)?.entry.parts[0]?.object.name ?? ''
    const four = await Promise.all([1, 2, 3, 4].map(() => house.ask(`/o/${name}`)))
    expect(four.map((answer) => answer?.status)).toEqual([200, 200, 200, 200])
    expect(house.upstream.asked.get(`/o/${name}`)).toBe(1)
    expect((await house.ask(`/o/${'ab'.repeat(32)}`))?.status).toBe(404)
    expect(house.upstream.asked.has(`/o/${'ab'.repeat(32)}`)).toBe(false)
    await house.close()
  })

  it('holds no more than it may, however long it goes on, and fetches again what is asked for later', async () => {
    const house = stage({ shelf: { bytes: 20_000, names: 8192 } })
    await house.broadcast(3)
    for (const name of ['v0', 'sound']) await house.ask(`/live/${house.program.id}/${name}.m3u8`)
    await house.broadcast(12)
    const name = house.made.find(({ objects }) => objects.length > 1)?.entry.parts[0]?.object.name ?? ''
    expect(house.relay.held).toBeLessThanOrEqual(20_000)
    expect(house.relay.held).toBeGreaterThan(5_000)
    expect((await house.ask(`/o/${name}`))?.status).toBe(200)
    expect(house.relay.held).toBeLessThanOrEqual(20_000)
    await house.close()
  })

  it('gives ordinary players the same playlists, parts and segments as the origin', async () => {
    const house = stage()
    const at = `/live/${house.program.id}`
    await house.broadcast(5)
    expect((await house.ask(`${at}/v0.m3u8`))?.status).toBe(200)
    await house.broadcast(6)
    for (const name of ['v0', 'sound']) {
      const text = String((await house.ask(`${at}/${name}.m3u8`))?.body)
      const media = readMedia(text)
      expect(breaches(media, text)).toEqual([])
      const there = await house.origin.answer({ path: `${at}/${name}.m3u8`, query: '', address: '', signal: house.stop.signal })
      expect(text).toBe(String(there?.body))
    }
    const blocking = house.ask(`${at}/v0.m3u8`, '_HLS_msn=7&_HLS_part=0')
    await house.broadcast(4)
    expect((await blocking)?.status).toBe(200)
    await house.close()
  })

  it('passes the end on', async () => {
    const house = stage()
    const someone = viewer(house)
    await house.broadcast(5)
    await house.end()
    expect(someone.entries.at(-1)?.isLast).toBe(true)
    expect(house.relay.status.state).toBe('ended')
    expect(String((await house.ask(`/live/${house.program.id}/v0.m3u8`))?.body)).toContain('#EXT-X-ENDLIST')
    await house.close()
  })

  it('has nothing to say while upstream is away, and goes on by itself', async () => {
    const house = stage()
    const someone = viewer(house)
    await house.broadcast(5)
    house.upstream.isAway = true
    await house.broadcast(3)
    expect(house.relay.status.state).toBe('away')
    const before = someone.entries.length
    await house.clock.advance(seconds(7))
    expect(someone.entries.length).toBe(before)
    house.upstream.isAway = false
    await house.clock.advance(seconds(1))
    await house.broadcast(1)
    expect(house.relay.status.state).toBe('live')
    expect(someone.entries.map(({ number }) => number)).toEqual(house.made.map(({ entry }) => entry.number))
    expect(someone.odd).toEqual([])
    await house.close()
  })

  it('tells no half segments when it was cut off for longer than upstream remembers', async () => {
    const house = stage()
    await house.broadcast(5)
    house.upstream.isAway = true
    // Twenty seconds more than the sixty that an origin without a disk has.
    await house.broadcast(85)
    house.upstream.isAway = false
    await house.clock.advance(seconds(2))
    await house.broadcast(8)
    const text = String((await house.ask(`/live/${house.program.id}/v0.m3u8`))?.body)
    const media = readMedia(text)
    expect(breaches(media, text)).toEqual([])
    expect(house.relay.last?.number).toBe(house.made.at(-1)?.entry.number)
    await house.close()
  })

  it('tells what the program says of itself, as it was signed, and asks for it once for all', async () => {
    const house = stage()
    await house.broadcast(2)
    const at = `/live/${house.program.id}/about`
    const all = await Promise.all([1, 2, 3].map(() => house.ask(at)))
    const there = await house.origin.answer({ path: at, query: '', address: '', signal: house.stop.signal })
    for (const answer of all) expect(answer?.body).toBe(there?.body)
    expect(house.upstream.asked.get(at)).toBe(1)
    await house.close()
  })

  it('has what is long gone here from upstream, each entry checked', async () => {
    const house = stage()
    await house.broadcast(4)
    // Who comes late to a program of which nothing is in memory here: another relay, begun later.
    const late = new Relay({
      program: house.program.id,
      ways: new Ways(house.upstream),
      limits: LIMITS,
      clock: house.clock,
      log: house.log,
    })
    await house.broadcast(20)
    const stop = new AbortController()
    const running = late.run(stop.signal)
    await house.broadcast(1)
    const from = house.made[10]?.entry.at ?? 0
    const asked = late.answer({ path: `/live/${house.program.id}/manifest`, query: `from=${from}`, address: '', signal: stop.signal })
    await house.clock.advance(ms(1))
    const lines = String((await asked)?.body)
      .split('\n')
      .filter(Boolean)
    const all = new Set(house.made.map(({ signed }) => lineOf(signed)))
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.every((line) => all.has(line))).toBe(true)
    const old = house.made[10]?.entry.parts[0]?.object.name ?? ''
    const object = late.answer({ path: `/o/${old}`, query: '', address: '', signal: stop.signal })
    await house.clock.advance(ms(1))
    expect((await object)?.status).toBe(200)
    stop.abort()
    await running
    await house.close()
  })
})

describe('of a hostile upstream', () => {
  it('no flipped bit of an object is passed on, wherever it is, and what is right comes later', async () => {
    const house = stage()
    const someone = viewer(house)
    await house.broadcast(3)
    let turn = 0
    house.upstream.lie.bytes = (bytes) => {
      const bit = (turn++ * 7919) % (bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return bytes
    }
    const before = someone.objects.length
    await house.broadcast(5)
    await house.clock.advance(seconds(6))
    expect(turn).toBeGreaterThan(100)
    // Two were asked for ahead, before the lie.
    expect(someone.objects.length).toBeLessThanOrEqual(before + 2)
    expect(house.flaws.length).toBe(turn)
    expect(new Set(house.flaws)).toEqual(new Set(['object with a flipped block']))
    const asked = house.made
      .slice(-20)
      .flatMap((update) => update.objects)
      .map(({ promise }) => house.ask(`/o/${promise.name}`))
    await house.clock.advance(seconds(2))
    expect(new Set((await Promise.all(asked)).map((answer) => answer?.status))).toEqual(new Set([404]))
    house.upstream.lie = {}
    await house.clock.advance(seconds(3))
    await house.broadcast(4)
    await house.clock.advance(seconds(1))
    expect(someone.objects.length).toBeGreaterThan(before + 20)
    expect(someone.odd).toEqual([])
    await house.close()
  })

  it('another length, another object and no bytes at all are refused', async () => {
    for (const lie of [
      (bytes: Uint8Array) => bytes.subarray(1),
      (bytes: Uint8Array) => Uint8Array.of(...bytes, 0),
      () => new Uint8Array(0),
      () => new Uint8Array(700).fill(1),
    ]) {
      const house = stage()
      await house.broadcast(3)
      house.upstream.lie.bytes = lie
      const name = house.made.at(-1)?.entry.parts[0]?.object.name
      const asked = house.ask(`/o/${name}`)
      await house.clock.advance(seconds(2))
      expect((await asked)?.status).toBe(404)
      expect(house.flaws.length).toBeGreaterThan(0)
      await house.close()
    }
  })

  it('no flipped bit of an entry is passed on, wherever it is', async () => {
    const house = stage()
    await house.broadcast(2)
    let turn = 0
    house.upstream.lie.lines = (lines) =>
      lines.map((line) => {
        const bytes = (entryBytes(line) ?? new Uint8Array()).slice()
        const bit = (turn++ * 131) % (bytes.length * 8)
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return lineOf(bytes)
      })
    await house.broadcast(2)
    await house.clock.advance(seconds(300))
    expect(turn).toBeGreaterThan(1000)
    expect(house.flaws.length).toBeGreaterThan(200)
    const honest = new Set(house.signed())
    const told = await house.told()
    expect(told.length).toBeGreaterThan(5)
    expect(told.every((entry) => honest.has(entry))).toBe(true)
    expect(house.relay.status.refused).toMatchObject({ 'entry with a wrong signature': expect.any(Number) })
    expect(house.said.filter(({ sentence }) => sentence === 'refused, and not passed on').length).toBeLessThan(8)
    house.upstream.lie = {}
    await house.clock.advance(seconds(2))
    expect(await house.told()).toEqual(house.signed())
    await house.close()
  })

  const LIES: ReadonlyArray<readonly [string, RegExp, (lines: readonly string[], house: Stage) => readonly string[]]> = [
    [
      'replayed entries',
      /entry replayed|too old to tell/,
      (lines, { made }) =>
        made
          .slice(-12, -8)
          .map(({ signed }) => lineOf(signed))
          .concat(lines),
    ],
    ['entries in another order', /ahead/, (lines) => (lines.length > 1 ? lines.toReversed() : [])],
    ['entries left out', /ahead/, (lines) => lines.slice(1)],
    [
      'entries of another key',
      /another broadcaster's key/,
      (lines) => lines.map((line) => lineOf(again(line, identityFrom(new Uint8Array(32).fill(9))))),
    ],
    ['a second story from the same key', /forked/, (lines) => lines.map((line) => lineOf(again(line, ann, new Uint8Array(32).fill(1))))],
    ['what is no entry', /no entry/, () => ['<html>', '']],
  ]
  for (const [what, why, lie] of LIES)
    it(`${what} are not passed on, the relay says why, and goes on when it hears the truth`, async () => {
      const house = stage()
      const someone = viewer(house)
      await house.broadcast(5)
      house.upstream.lie.lines = (lines) => (lines.length > 0 ? lie(lines, house) : lines)
      await house.broadcast(4)
      await house.clock.advance(seconds(4))
      const honest = new Set(house.signed())
      expect((await house.told()).every((entry) => honest.has(entry))).toBe(true)
      expect(
        house.flaws.some((flaw) => why.test(flaw)),
        `${house.flaws}`,
      ).toBe(true)
      expect(Object.keys(house.relay.status.refused).some((flaw) => why.test(flaw))).toBe(true)
      house.upstream.lie = {}
      await house.clock.advance(seconds(3))
      await house.broadcast(3)
      expect(house.relay.last?.number).toBe(house.made.at(-1)?.entry.number)
      expect(someone.entries.at(-1)?.number).toBe(house.made.at(-1)?.entry.number)
      // What is missing is seen to be missing, and nothing else is ever seen.
      expect(someone.odd.filter((flaw) => flaw !== 'entry ahead of what is here')).toEqual([])
      await house.close()
    })

  it('nothing is taken for what the program says of itself but what was signed', async () => {
    const house = stage()
    await house.broadcast(2)
    const bad = new TestUpstream(
      {
        answer: () =>
          Promise.resolve({
            status: 200,
            headers: {},
            body: closeAbout({ title: 'Mallory', begins: null, viewers: 1, from: null, at: NOW }, identityFrom(new Uint8Array(32).fill(3))),
          }),
      },
      house.program.id,
      'mallory',
    )
    house.ways.use(bad)
    expect((await house.ask(`/live/${house.program.id}/about`))?.status).toBe(404)
    expect(house.flaws).toContain('about that the broadcaster did not sign')
    await house.close()
  })
})

/** The same entry, signed by somebody, perhaps as if it followed another one. */
function again(line: string, by: typeof ann, previous?: Uint8Array): Uint8Array {
  const opened = openEntry(entryBytes(line) ?? new Uint8Array(), making().program.id)
  if (!opened.ok) throw new Error(opened.why)
  const { entry } = opened
  return closeEntry(entry.number > 0 && previous ? { ...entry, previous } : entry, by)
}

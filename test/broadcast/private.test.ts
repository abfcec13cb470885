import { describe, expect, it } from 'vitest'
import { Origin } from '../../src/broadcast/origin.ts'
import { openUpdate } from '../../src/broadcast/program/seal.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { Feed } from '../../src/broadcast/reading/feed.ts'
import { Larder } from '../../src/broadcast/reading/larder.ts'
import { Unsealer } from '../../src/broadcast/reading/unsealer.ts'
import { Relay } from '../../src/broadcast/relay/relay.ts'
import { Ways } from '../../src/broadcast/relay/ways.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, ms } from '../../src/lib/unit.ts'
import { hex, systemRandom } from '../../src/wire/crypto.ts'
import { programOf } from '../../src/wire/manifest.ts'
import { nameOf, promiseOf } from '../../src/wire/object.ts'
import { newWatchSecret, SEALED_MORE, type WatchKey, watchKey } from '../../src/wire/watch-key.ts'
import { quietLog } from '../fake/quiet.ts'
import { ann, making } from './kit/making.ts'
import { onAir } from './kit/on-air.ts'
import { TestUpstream } from './kit/upstream.ts'

const LIMITS = { egress: kbps(100_000), seats: 100 }
const program = programOf(ann.publicKey)
const key = watchKey(program, newWatchSecret(systemRandom))

/** A private program on the air, and a relay that reads it without a key. */
function stage() {
  const clock = new FakeClock()
  const made = making({ key })
  const origin = new Origin({ program, limits: LIMITS, clock, older: null })
  const upstream = new TestUpstream(origin, program)
  const { log } = quietLog()
  const relay = new Relay({ program, ways: new Ways(upstream), limits: LIMITS, clock, log })
  const stop = new AbortController()
  const running = relay.run(stop.signal)
  const air = onAir({ clock, origin, live: made.live })
  const close = async () => {
    stop.abort()
    await running
  }
  return { ...air, clock, origin, relay, program: made.program, live: made.live, stop, close }
}
type Stage = ReturnType<typeof stage>

/** Somebody who watches there, with what stands in their link. */
function viewer({ clock, stop }: Stage, at: Pick<Origin, 'answer'>, of: WatchKey | null) {
  const way = new TestUpstream(at, program, 'there')
  const unsealer = new Unsealer(of)
  const feed = new Feed({ program, way, clock, from: null, seat: '00112233aabbccdd', unsealer })
  const odd: string[] = []
  const larder = new Larder(way, clock, (why) => odd.push(why), unsealer)
  const opened: string[] = []
  const seen = { entries: 0, fits: new Set<string>() }
  const run = async () => {
    for await (const news of feed.follow(stop.signal)) {
      if (news.is === 'refused') odd.push(news.why)
      if (news.is !== 'entry') continue
      seen.entries++
      seen.fits.add(unsealer.fits(news.entry))
      for (const { object } of [...news.entry.inits, ...news.entry.parts]) {
        const bytes = await larder.get(object, null, stop.signal)
        if (bytes) opened.push(hex(bytes))
      }
    }
  }
  run().catch(() => {})
  return { opened, odd, seen }
}

/** What an open program of the same frames would have sent. */
const plainOf = (made: readonly Update[]): Uint8Array[] =>
  made.flatMap((update) => openUpdate(key, update).objects.map(({ bytes }) => bytes))

/** Some of each object's own bytes, as they would be found anywhere. */
const traces = (plain: readonly Uint8Array[]): string[] => plain.flatMap((bytes) => [hex(bytes.subarray(0, 24)), hex(bytes.slice(-24))])

describe('a private program', () => {
  it('is sealed before it gets its names: what is published holds nothing of what was coded', () => {
    const { live } = making({ key })
    const open = making().live(4)
    const sealed = live(4)
    const held = sealed.flatMap(({ objects }) => objects)
    expect(held.length).toBeGreaterThan(40)
    for (const { promise, bytes } of held) expect(promise).toEqual(promiseOf(bytes))
    expect(held.map(({ bytes }) => bytes.length - SEALED_MORE)).toEqual(
      open.flatMap(({ objects }) => objects.map(({ bytes }) => bytes.length)),
    )
    expect(plainOf(sealed).map(hex)).toEqual(open.flatMap(({ objects }) => objects.map(({ bytes }) => hex(bytes))))
    const all = held.map(({ bytes }) => hex(bytes)).join(' ')
    for (const trace of traces(plainOf(sealed))) expect(all.includes(trace)).toBe(false)
    expect(new Set(sealed.map(({ entry }) => entry.lock))).toEqual(new Set([key.lock]))
    expect(new Set(open.map(({ entry }) => entry.lock))).toEqual(new Set([undefined]))
  })
  it('names no object of another run, and seals with no nonce twice', () => {
    const nonces = [making({ key }), making({ key })].flatMap(({ live }) =>
      live(6).flatMap(({ objects }) => objects.map(({ bytes }) => hex(bytes.subarray(0, 24)))),
    )
    expect(new Set(nonces).size).toBe(nonces.length)
  })
})

describe('who watches a private program', () => {
  it('opens all of it with the key of the link, at the box and by way of a relay', async () => {
    const house = stage()
    await house.broadcast(3)
    const [near, far] = [viewer(house, house.origin, key), viewer(house, house.relay, key)]
    await house.broadcast(8)
    const plain = new Set(plainOf(house.made).map(hex))
    for (const { opened, odd, seen } of [near, far]) {
      expect(opened.length).toBeGreaterThan(80)
      for (const each of opened) expect(plain.has(each)).toBe(true)
      expect(odd).toEqual([])
      expect([...seen.fits]).toEqual(['yes'])
    }
    await house.close()
  })
  it('gets nothing without it, nor with that of another broadcast, and knows why', async () => {
    const house = stage()
    await house.broadcast(3)
    const without = viewer(house, house.origin, null)
    const wrong = viewer(house, house.relay, watchKey(program, newWatchSecret(systemRandom)))
    await house.broadcast(6)
    expect([without.opened, wrong.opened]).toEqual([[], []])
    expect([without.seen.entries > 20, wrong.seen.entries > 20]).toEqual([true, true])
    expect([[...without.seen.fits], [...wrong.seen.fits]]).toEqual([['no key'], ['another key']])
    await house.close()
  })
  it('sees the open programs of the same box with any link', async () => {
    const clock = new FakeClock()
    const { live } = making()
    const origin = new Origin({ program, limits: LIMITS, clock, older: null })
    const { broadcast, made } = onAir({ clock, origin, live })
    const stop = new AbortController()
    await broadcast(3)
    const watcher = viewer({ clock, stop } as Stage, origin, key)
    await broadcast(4)
    expect(watcher.opened.length).toBeGreaterThan(20)
    expect([...watcher.seen.fits]).toEqual(['yes'])
    expect(made.length).toBeGreaterThan(20)
    stop.abort()
  })
})

describe('whoever passes a private program on', () => {
  it('answers nothing of what is in it, at any of its addresses, and neither does its origin', async () => {
    const house = stage()
    await house.broadcast(3)
    viewer(house, house.relay, key)
    await house.broadcast(8)
    const tracks = ['v0', 'sound']
    const parts = house.made.flatMap(({ entry }) => entry.parts)
    const names = house.made.flatMap(({ objects }) => objects.map(({ promise }) => promise.name))
    const paths = [
      ...['index.m3u8', 'v0.m3u8', 'sound.m3u8', 'manifest', 'about'].map((file) => `/live/${program}/${file}`),
      ...parts.flatMap(({ sequence }) => tracks.map((track) => `/live/${program}/${track}/${sequence}.m4s`)),
      ...parts.flatMap(({ segment }) => tracks.map((track) => `/live/${program}/${track}/s${segment}.mp4`)),
      ...names.map((name) => `/o/${name}`),
      ...plainOf(house.made).map((bytes) => `/o/${nameOf(bytes)}`),
    ]
    const found = traces(plainOf(house.made))
    let bytes = 0
    for (const at of [house.origin, house.relay])
      for (const path of new Set(paths)) {
        const asked = at.answer({ path, query: 'from=0', address: '192.168.1.7', signal: house.stop.signal })
        await house.clock.advance(ms(0))
        const answer = await Promise.race([asked, house.clock.advance(ms(6000)).then(() => asked)])
        const body = typeof answer?.body === 'string' ? Buffer.from(answer.body) : (answer?.body ?? new Uint8Array())
        bytes += body.length
        const text = hex(body)
        for (const trace of found) if (text.includes(trace)) throw new Error(`something of what is in it stands at ${path}`)
        if (/\.m3u8$|\/s\d+\.mp4$/.test(path)) expect([answer?.status, path]).toEqual([403, path])
      }
    expect(bytes).toBeGreaterThan(100_000)
    await house.close()
  })
})

// renditions.test.ts — a program with several pictures, of which some are made only while somebody wants them: entries, playlists, what stands in for them.
import { describe, expect, it } from 'vitest'
import { type Live, nothingYet, take, trackNamed } from '../../src/broadcast/live.ts'
import { Origin, type OriginAnswer } from '../../src/broadcast/origin.ts'
import { masterPlaylist, mediaPlaylist } from '../../src/broadcast/playlist.ts'
import type { Program, Update } from '../../src/broadcast/program.ts'
import { Relay } from '../../src/broadcast/relay/relay.ts'
import { Ways } from '../../src/broadcast/relay/ways.ts'
import { newestOf, rowOf } from '../../src/broadcast/row.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, ms } from '../../src/lib/unit.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { quietLog } from '../fake/quiet.ts'
import { unit } from './kit/coded.ts'
import { breaches, lines, type Media, readMedia } from './kit/m3u8.ts'
import { making } from './kit/making.ts'
import { TestUpstream } from './kit/upstream.ts'

const SECOND = 1e9
const VIDEO = { kind: 'video', form: 'annex b' } as const
const TRACKS = [
  { ...VIDEO, track: 0, name: 'v0', bandwidth: 3_750_000 },
  { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 0, bandwidth: 192_000 },
  { ...VIDEO, track: 2, name: 'v1', bandwidth: 525_000 },
  { ...VIDEO, track: 3, name: 'v2', bandwidth: 150_000, every: 2 },
] as const

/** What a list says of a segment it says for good, and of each part too: a player may have it already. Gives what was taken back. */
function memory() {
  const told = new Map<string, string>()
  return (name: string, { segments }: Media): string[] =>
    segments.flatMap(({ msn, map, parts }) =>
      [`map ${map}`, ...parts.map(({ uri }) => uri)].flatMap((each, i) => {
        const key = `${name} ${msn} ${i}`
        const before = told.get(key) ?? each
        told.set(key, each)
        return before === each ? [] : [`segment ${msn} was ${before} and is ${each}`]
      }),
    )
}

/** A program whose lower pictures are made in these seconds. */
function on(made: (second: number, track: 2 | 3) => boolean, window = 12) {
  const { program, live, clock } = making({ tracks: TRACKS })
  const lower = (index: number, to: Program): Update[] =>
    ([2, 3] as const).flatMap((track) =>
      made(index / 30, track) && (track === 2 || index % 2 === 0)
        ? to.take(track, { pts: Math.round((index * SECOND) / 30), bytes: unit(index, index % 60 === 0) })
        : [],
    )
  let index = 0
  let state: Live = nothingYet
  const updates: Update[] = []
  const seen: string[] = []
  const takenBack = memory()
  /** Goes on for so long, looking at the lists that changed after every update. */
  const go = (seconds: number): Live => {
    for (const end = index + Math.round(seconds * 30); index < end; index++)
      for (const update of [...live(1 / 30), ...lower(index, program)]) {
        updates.push(update)
        state = take(state, update.entry, window)
        // Its own list, those of other pictures, and those that report on it.
        const grown = state.tracks.filter(({ track }) => update.entry.parts.some((part) => part.track === track))
        for (const track of state.tracks) {
          const { name, kind } = track.description
          if (index % 7 > 0 && !grown.some(({ description }) => description.kind === kind)) continue
          const text = mediaPlaylist(state, name)
          if (!text) continue
          const media = readMedia(text)
          seen.push(...[...breaches(media, text), ...takenBack(name, media)].map((each) => `${name} at ${index}: ${each}`))
          if (newestOf(state, track) !== rowOf(state, track).at(-1)?.segment) seen.push(`${name} at ${index}: another newest`)
        }
      }
    return state
  }
  return { go, updates, seen, program, clock }
}
const list = (live: Live, name: string) => readMedia(mediaPlaylist(live, name) ?? '')

describe('pictures of a program', () => {
  it('are variants of one list, each with its size and its part of the sound; no frame rates, or players would begin with the poorest', () => {
    const { go } = on(() => true)
    const streams = lines(masterPlaylist(go(5))).filter(({ tag }) => tag === '#EXT-X-STREAM-INF')
    expect(
      streams.map(({ attributes: { BANDWIDTH, RESOLUTION, 'FRAME-RATE': rate, AUDIO, CODECS } }) => [
        BANDWIDTH,
        RESOLUTION,
        rate,
        AUDIO,
        CODECS,
      ]),
    ).toEqual([
      ['1314000', '320x240', undefined, 'sound', 'avc1.42c015,mp4a.40.2'],
      ['239000', '320x240', undefined, 'sound', 'avc1.42c015,mp4a.40.2'],
      ['114000', '320x240', undefined, 'sound', 'avc1.42c015,mp4a.40.2'],
    ])
    const uris = lines(masterPlaylist(go(1), '?seat=1'))
      .filter(({ tag }) => tag === '')
      .map(({ value }) => value)
    expect(uris).toEqual(['v0.m3u8?seat=1', 'v1.m3u8?seat=1', 'v2.m3u8?seat=1'])
  })
  it('have segments of the same numbers, lengths and dates, and every list keeps the rules after every update', () => {
    const { go, seen } = on(() => true)
    const live = go(21)
    const [v0, v1, v2] = [list(live, 'v0'), list(live, 'v1'), list(live, 'v2')]
    for (const each of [v1, v2])
      for (const { msn, duration, date } of each.segments.slice(0, -2)) {
        const beside = v0.segments.find((segment) => segment.msn === msn)
        expect([beside?.duration, beside?.date]).toEqual([duration, date])
      }
    expect(seen).toEqual([])
    expect(v0.reports.map(({ URI }) => URI)).toEqual(['sound.m3u8', 'v1.m3u8', 'v2.m3u8'])
  })
})

describe('a picture that is made only now and then', () => {
  // v1 is made at the beginning, rests, and is made again after a break of all.
  const made = (second: number) => second < 4 || (second >= 30 && second < 60)
  it('is described in every beginning of a segment, also while it rests', () => {
    const { go, updates, program } = on(made)
    go(21)
    const late = updates.filter(({ entry }) =>
      entry.parts.some(({ track, segment, firstOfSegment }) => firstOfSegment && track === 0 && segment > 6),
    )
    expect(late.length).toBeGreaterThan(3)
    for (const { entry } of late) expect(entry.inits.map(({ track }) => track)).toEqual(expect.arrayContaining([0, 2, 3]))
    const reader = new ManifestReader(program.id)
    for (const { signed } of updates) expect(reader.read(signed)).toMatchObject({ ok: true })
  })
  it('keeps nothing that is older than the lists of the others, which report on what stands in for it', () => {
    const { go, seen } = on(made)
    const first = go(8)
    expect(trackNamed(first, 'v1')?.segments.length).toBe(2)
    const { reports } = list(first, 'v0')
    expect(reports.map(({ URI }) => URI)).toEqual(['sound.m3u8', 'v1.m3u8', 'v2.m3u8'])
    const { first: oldest, segments } = list(first, 'v1')
    expect(reports[1]).toMatchObject({
      'LAST-MSN': String(oldest + segments.length - 1),
      'LAST-PART': String((segments.at(-1)?.parts.length ?? 0) - 1),
    })
    const later = go(20)
    expect(trackNamed(later, 'v1')?.segments).toEqual([])
    expect(lines(masterPlaylist(later)).filter(({ tag }) => tag === '#EXT-X-STREAM-INF').length).toBe(3)
    expect(seen).toEqual([])
  })
  it('has the full picture in its list while it rests, and no word in it is taken back when it begins or ends', () => {
    const { go, seen } = on(made)
    const names = (live: Live) => list(live, 'v1').segments.map(({ parts, uri }) => (parts[0]?.uri ?? uri ?? '').split('/')[0])
    const resting = go(27)
    expect(new Set(names(resting))).toEqual(new Set(['v0']))
    expect(list(resting, 'v1').segments.map(({ msn }) => msn)).toEqual(list(resting, 'v0').segments.map(({ msn }) => msn))
    expect(list(resting, 'v1').hint).toBe(list(resting, 'v0').hint)
    // The segment in which it begins was in the list as the other's: its own are from the next one on.
    const begun = go(13)
    expect(list(begun, 'v1').segments.flatMap(({ msn }, i) => (names(begun)[i] === 'v1' ? [msn] : []))[0]).toBe(17)
    expect(list(begun, 'v1').hint).toMatch(/^v1\//)
    expect(new Set(names(go(45)))).toEqual(new Set(['v0']))
    expect(seen).toEqual([])
  })
  it('may come and go with every segment, and its list keeps the rules', () => {
    for (const turn of [4, 8, 12]) {
      const { go, seen } = on((second) => second % turn < turn / 2)
      go(45)
      expect(seen).toEqual([])
    }
  })
  it('is passed over where it comes too late: the full picture was in its list already', () => {
    const { program, live } = making({ tracks: TRACKS.slice(0, 3) })
    const waiting: number[] = []
    const takenBack = memory()
    const own = new Set<number>()
    let state = nothingYet
    for (let index = 0; index < 1200; index++) {
      for (const { entry } of live(1 / 30)) state = take(state, entry, 30)
      waiting.push(index)
      // For ten seconds it is five seconds late, as on a machine that has no time.
      const late = index > 300 && index < 600 ? 150 : 0
      for (let next = waiting[0]; next !== undefined && next + late <= index; next = waiting[0]) {
        waiting.shift()
        const frame = { pts: Math.round((next * SECOND) / 30), bytes: unit(next, next % 60 === 0) }
        for (const { entry } of program.take(2, frame)) state = take(state, entry, 30)
      }
      const text = mediaPlaylist(state, 'v1')
      if (!text) continue
      const media = readMedia(text)
      expect([index, ...takenBack('v1', media)]).toEqual([index])
      for (const { msn, parts } of media.segments) if (parts.some(({ uri }) => uri.startsWith('v1/'))) own.add(msn)
    }
    const all = [...own].sort((a, b) => a - b)
    expect([all[0], all.at(-1)]).toEqual([2, 20])
    expect(all.length).toBeLessThan(18)
    expect(all.length).toBeGreaterThan(9)
  })
  it('is the only one of which what is late does not count: sound has no other in its place', () => {
    const { live } = making({ tracks: TRACKS.slice(0, 2) })
    const entries = live(12).map(({ entry }) => entry)
    const isLate = (entry: (typeof entries)[number]) =>
      entry.parts.length > 0 && entry.parts.every(({ track, sequence }) => track === 1 && sequence > 14)
    const inTurn = entries.filter((entry) => !isLate(entry))
    const all = entries.flatMap(({ parts }) => parts.filter(({ track }) => track === 1))
    const late = entries.filter(isLate)
    expect(late.length).toBeGreaterThan(20)
    const state = [...inTurn, ...late].reduce((now, entry) => take(now, entry, 12), nothingYet)
    expect(trackNamed(state, 'sound')?.segments.flatMap(({ parts }) => parts.map(({ sequence }) => sequence))).toEqual(
      all.map(({ sequence }) => sequence),
    )
  })
  it('keeps what there is of a segment in which it broke off, and the full picture follows', () => {
    const { go, seen } = on((second) => second < 9)
    const { segments } = list(go(20), 'v1')
    const of = segments.map(({ msn, parts, uri }) => [msn, (parts[0]?.uri ?? uri ?? '').split('/')[0]] as const)
    for (const [msn, name] of of) expect([msn, name]).toEqual([msn, msn >= 2 && msn <= 5 ? 'v1' : 'v0'])
    expect(segments.find(({ msn }) => msn === 5)?.duration).toBeCloseTo(1)
    expect(seen.filter((each) => !each.includes('dates that do not follow'))).toEqual([])
  })
  it('begins again where the others are: the same number, the same date, no break of its own', () => {
    const { go, seen } = on(made)
    const live = go(41)
    const [v0, v1] = [list(live, 'v0'), list(live, 'v1')]
    expect(v1.segments.length).toBeGreaterThan(4)
    for (const { msn, date, discontinuity } of v1.segments) {
      expect(discontinuity).toBe(false)
      const beside = v0.segments.find((segment) => segment.msn === msn)
      expect(beside?.date).toBe(date)
    }
    expect(v1.first).toBe(v0.first)
    expect(seen).toEqual([])
  })
  it('counts the breaks it was not there for', () => {
    let state = nothingYet
    const { program, live, pause } = making({ tracks: TRACKS.slice(0, 3) })
    let index = 0
    const go = (seconds: number, isMade: boolean): void => {
      for (const end = index + seconds * 30; index < end; index++) {
        const updates = live(1 / 30)
        if (isMade) updates.push(...program.take(2, { pts: Math.round((index * SECOND) / 30), bytes: unit(index, index % 60 === 0) }))
        for (const { entry } of updates) state = take(state, entry, 4)
      }
    }
    go(4, false)
    pause(1)
    index = 180
    go(14, false)
    go(6, true)
    expect(list(state, 'v0').discontinuities).toBe(1)
    expect(list(state, 'v1').discontinuities).toBe(1)
    expect(list(state, 'v1').segments.map(({ msn, discontinuity }) => [msn, discontinuity])).toEqual(
      list(state, 'v0').segments.map(({ msn, discontinuity }) => [msn, discontinuity]),
    )
  })
})

describe('who has such a program', () => {
  const clock = new FakeClock()
  const never = new AbortController().signal
  /** A box and a relay behind it. What is asked of the box is made, from the next segment on. */
  function chain() {
    const asked: string[] = []
    const { program, live } = making({ tracks: TRACKS })
    const limits = { egress: kbps(100_000), seats: 10 }
    const origin = new Origin({ program: program.id, limits, clock, older: null, asked: (track) => asked.push(track) })
    const upstream = new TestUpstream(origin, program.id)
    const ways = new Ways(upstream)
    const relay = new Relay({ program: program.id, ways, limits, clock, log: quietLog().log })
    let [index, isMade] = [0, false]
    const go = async (seconds: number): Promise<void> => {
      for (const end = index + seconds * 30; index < end; index++) {
        if (index % 60 === 0) isMade = index < 60 || asked.includes('v1')
        for (const update of live(1 / 30)) origin.update(update)
        const unit_ = { pts: Math.round((index * SECOND) / 30), bytes: unit(index, index % 60 === 0) }
        if (isMade) for (const update of program.take(2, unit_)) origin.update(update)
        await clock.advance(ms(1000 / 30))
      }
    }
    const at = `/live/${program.id}`
    const ask = (of: Pick<Origin, 'answer'>, path: string, query = '') =>
      of.answer({ path: `${at}/${path}`, query, address: '10.0.0.1', signal: never })
    return { origin, relay, upstream, asked, go, ask, program, at }
  }

  const mediaOf = (answer: OriginAnswer | null): Media => {
    expect(answer?.status).toBe(200)
    const text = String(answer?.body)
    expect(breaches(readMedia(text), text)).toEqual([])
    return readMedia(text)
  }
  it('lets nobody wait for a picture that rests: it is made from now on, and all in its list can be had', async () => {
    const { origin, asked, go, ask } = chain()
    await go(12)
    expect(asked).toEqual([])
    const list = async (query = '') => mediaOf(await ask(origin, 'v1.m3u8', query))
    const at = await list('seat=0000000000000001')
    expect(asked).toEqual(['v1'])
    const newest = at.first + at.segments.length - 1
    expect(at.segments.at(-1)?.parts.at(-1)?.uri).toMatch(/^v0\//)
    // A reload that blocks goes on from there, from one picture to the other.
    for (let msn = newest + 1; msn < newest + 5; msn++) {
      const coming = list(`_HLS_msn=${msn}&_HLS_part=0`)
      await go(3)
      expect((await coming).segments.some((segment) => segment.msn === msn)).toBe(true)
    }
    const later = await list()
    expect(new Set(later.segments.map(({ uri }) => uri?.split('/')[0]))).toEqual(new Set(['v0', 'v1', undefined]))
    for (const { uri, parts, map } of later.segments.slice(-4))
      for (const each of [uri, ...parts.map((part) => part.uri)])
        if (each) expect([(await ask(origin, each))?.status, map]).toEqual([200, expect.stringContaining('/o/')])
  })
  it('has the full picture for who asks for one that never comes, and nothing under a name that is none', async () => {
    const { origin, go, ask, asked } = chain()
    await go(12)
    expect((await ask(origin, 'v2.m3u8'))?.status).toBe(404)
    asked.push = () => 0
    await go(10)
    expect(mediaOf(await ask(origin, 'v1.m3u8')).segments.at(-1)?.parts[0]?.uri).toMatch(/^v0\//)
  })
  it('hears from a page by name, and refuses what is no name', async () => {
    const { origin, asked, go, ask } = chain()
    await go(3)
    await ask(origin, 'manifest', 'want=v1')
    await ask(origin, 'manifest', 'want=v1,v2')
    expect(asked).toEqual(['v1', 'v1', 'v2'])
    for (const want of ['', 'V1', 'v1,', '../x', Array(9).fill('v1').join()])
      expect((await ask(origin, 'manifest', `want=${want}`))?.status, want).toBe(400)
  })
  it('asks a relay, which asks the box: behind it nothing is fetched that nobody there takes', async () => {
    const { relay, upstream, asked, go, ask } = chain()
    const over = new AbortController()
    const run = relay.run(over.signal)
    await go(8)
    expect(asked).toEqual([])
    // Players that read playlists go to another picture unasked: so all are made, and only what they take is fetched.
    for (const name of ['v0.m3u8', 'sound.m3u8']) await ask(relay, name)
    await go(6)
    expect(asked).toContain('v1')
    expect(upstream.count(/v1/)).toBe(0)
    const coming = ask(relay, 'v1.m3u8')
    await go(3)
    const answer = await coming
    const media = readMedia(String(answer?.body))
    const whole = media.segments.findLast(({ uri }) => uri !== null)
    expect((await ask(relay, whole?.uri ?? ''))?.status).toBe(200)
    over.abort()
    await run
  })
  it('hears through a relay what a page wants by name', async () => {
    const { relay, asked, go, ask } = chain()
    const over = new AbortController()
    const run = relay.run(over.signal)
    await go(8)
    expect(asked).toEqual([])
    await ask(relay, 'manifest', 'want=v1')
    await go(4)
    expect(asked).toContain('v1')
    over.abort()
    await run
  })
})

// renditions.test.ts — a program with several pictures, of which some are made only while somebody wants them: entries, playlists, what the origin waits for.
import { describe, expect, it } from 'vitest'
import { type Live, nothingYet, take, trackNamed } from '../../src/broadcast/live.ts'
import { masterPlaylist, mediaPlaylist } from '../../src/broadcast/playlist.ts'
import type { Program, Update } from '../../src/broadcast/program.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { unit } from './kit/coded.ts'
import { breaches, lines, readMedia } from './kit/m3u8.ts'
import { making } from './kit/making.ts'

const SECOND = 1e9
const VIDEO = { kind: 'video', form: 'annex b' } as const
const TRACKS = [
  { ...VIDEO, track: 0, name: 'v0', bandwidth: 3_750_000 },
  { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 0, bandwidth: 192_000 },
  { ...VIDEO, track: 2, name: 'v1', bandwidth: 525_000 },
  { ...VIDEO, track: 3, name: 'v2', bandwidth: 150_000, every: 2 },
] as const

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
  /** Goes on for so long, looking at every list after every update. */
  const go = (seconds: number): Live => {
    for (const end = index + Math.round(seconds * 30); index < end; index++)
      for (const update of [...live(1 / 30), ...lower(index, program)]) {
        updates.push(update)
        state = take(state, update.entry, window)
        for (const { description } of state.tracks) {
          const text = mediaPlaylist(state, description.name)
          if (text) seen.push(...breaches(readMedia(text), text).map((each) => `${description.name} at ${index}: ${each}`))
        }
      }
    return state
  }
  return { go, updates, seen, program, clock }
}
const list = (live: Live, name: string) => readMedia(mediaPlaylist(live, name) ?? '')

describe('pictures of a program', () => {
  it('are variants of one list, each with its size, its rate and its part of the sound', () => {
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
      ['3942000', '320x240', '30.000', 'sound', 'avc1.42c015,mp4a.40.2'],
      ['717000', '320x240', '30.000', 'sound', 'avc1.42c015,mp4a.40.2'],
      ['342000', '320x240', '15.000', 'sound', 'avc1.42c015,mp4a.40.2'],
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
  it('keeps nothing that is older than the lists of the others, and is not reported on while it rests', () => {
    const { go, seen } = on(made)
    const first = go(8)
    expect(trackNamed(first, 'v1')?.segments.length).toBe(2)
    expect(list(first, 'v0').reports.map(({ URI }) => URI)).toEqual(['sound.m3u8'])
    const later = go(20)
    expect(trackNamed(later, 'v1')?.segments).toEqual([])
    expect(lines(masterPlaylist(later)).filter(({ tag }) => tag === '#EXT-X-STREAM-INF').length).toBe(3)
    expect(seen).toEqual([])
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
    expect(v1.first).toBe(16)
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
    expect(list(state, 'v1').segments.length).toBe(3)
  })
})

import { describe, expect, it } from 'vitest'
import { type Live, nothingYet, take } from '../../src/broadcast/live.ts'
import { masterPlaylist, mediaPlaylist } from '../../src/broadcast/playlist.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { objectFlaw } from '../../src/wire/object.ts'
import { unit } from './kit/coded.ts'
import { breaches, lines, type Media, readMedia } from './kit/m3u8.ts'
import { making } from './kit/making.ts'

/** What a relay has: nothing but the signed entries. */
function follow(updates: readonly Update[], live: Live = nothingYet, keep = 20): Live {
  return updates.reduce((state, { entry }) => take(state, entry, keep), live)
}
const playlist = (live: Live, name: string, skip = false): string => mediaPlaylist(live, name, { skip }) ?? ''

describe('a program', () => {
  it('is a chain that every reader follows, of objects that are what they are called', () => {
    const { program, live } = making()
    const updates = [...live(7), ...program.restart(), ...live(3), ...program.end()]
    const reader = new ManifestReader(program.id)
    for (const { signed } of updates) expect(reader.read(signed)).toMatchObject({ ok: true })
    expect(reader.head).toMatchObject({ number: updates.length - 1, isLast: true })
    for (const { objects, entry } of updates) {
      for (const { promise, bytes } of objects) expect(objectFlaw(bytes, promise)).toBeNull()
      for (const { object } of entry.parts) expect(objects.map(({ promise }) => promise.name)).toContain(object.name)
    }
    expect(live(1)).toEqual([])
  })
  it('tells its tracks again wherever a segment begins, so that one may come late', () => {
    const updates = making().live(9)
    for (const { entry } of updates)
      for (const part of entry.parts.filter(({ firstOfSegment }) => firstOfSegment))
        expect(entry.inits.map(({ track }) => track)).toContain(part.track)
    const late = follow(updates.slice(17))
    expect(late.tracks.map(({ segments }) => segments.length)).toEqual([4, 4])
  })
  it('begins another run above all that was published, though the date was lost', () => {
    const { program, live, clock } = making({ before: { run: 2_000_000_000_000, segment: 70, sequence: 900 } })
    const updates = live(1)
    expect(updates[0]?.entry).toMatchObject({ run: 2_000_000_000_001, number: 0 })
    expect(updates.flatMap(({ entry }) => entry.parts)[0]).toMatchObject({ segment: 170, sequence: 1000 })
    expect(clock.now).toBeLessThan(2_000_000_000_000)
    expect(program.odd).toMatchObject({ 'sound frames put in': 0 })
  })
})

describe('playlists', () => {
  it('keep the rules of the draft after every single update', () => {
    const { program, live, pause } = making()
    let state = nothingYet
    const before = new Map<string, Media>()
    const check = (updates: readonly Update[]) => {
      for (const update of updates) {
        state = follow([update], state, 12)
        for (const name of ['v0', 'sound']) {
          const text = mediaPlaylist(state, name)
          if (text === null) continue
          const media = readMedia(text)
          expect(breaches(media, text)).toEqual([])
          const last = before.get(name)
          // What was hinted at is what came; what was there stays as it was.
          if (last?.hint && last.hint !== media.hint && !media.ended)
            expect(media.segments.flatMap(({ parts }) => parts.map(({ uri }) => uri))).toContain(last.hint)
          for (const segment of last?.segments ?? []) {
            const now = media.segments.find(({ msn }) => msn === segment.msn)
            if (now && segment.uri) expect({ ...now, parts: [] }).toEqual({ ...segment, parts: [] })
          }
          before.set(name, media)
        }
      }
    }
    check(live(31))
    pause(1)
    check(live(13))
    check(program.end())
    expect(before.get('v0')).toMatchObject({ ended: true, target: 2, partTarget: 0.2 })
    expect(before.get('v0')?.segments.filter(({ discontinuity }) => discontinuity).length).toBe(1)
    expect(before.get('sound')?.segments.filter(({ discontinuity }) => discontinuity).length).toBe(1)
    expect(before.get('v0')?.segments.length).toBe(12)
  })
  it('are renewed by a delta to exactly what the whole list says', () => {
    const { live } = making()
    let state = follow(live(35), nothingYet, 30)
    let known = readMedia(playlist(state, 'v0'))
    for (let i = 0; i < 60; i++) {
      state = follow(live(0.2), state, 30)
      const text = playlist(state, 'v0', true)
      const delta = readMedia(text, known)
      expect(delta.skipped).toBeGreaterThan(8)
      expect(breaches(delta, text)).toEqual([])
      const full = readMedia(playlist(state, 'v0'))
      const plain = ({ segments }: Media) =>
        segments.map((segment) => ({ ...segment, parts: segment.msn < delta.first + delta.skipped ? [] : segment.parts }))
      expect(plain(delta)).toEqual(plain(full))
      expect(text.length).toBeLessThan(playlist(state, 'v0').length)
      known = full
    }
  })
  it('say of each other how far they are', () => {
    const state = follow(making().live(5.5))
    const [v0, sound] = [readMedia(playlist(state, 'v0')), readMedia(playlist(state, 'sound'))]
    const last = sound.segments.at(-1)
    expect(v0.reports).toEqual([{ URI: 'sound.m3u8', 'LAST-MSN': String(last?.msn), 'LAST-PART': String((last?.parts.length ?? 0) - 1) }])
  })
  it('count the breaks that they no longer show', () => {
    const { live, pause } = making()
    let state = follow(live(4), nothingYet, 3)
    pause(1)
    state = follow(live(12), state, 3)
    expect(readMedia(playlist(state, 'v0')).discontinuities).toBe(1)
    expect(playlist(state, 'v0')).not.toContain('#EXT-X-DISCONTINUITY\n')
  })
  it('of a program that went dark and came back in another run begin anew', () => {
    const first = making()
    let state = follow(first.live(6), nothingYet, 10)
    const second = making({ before: { run: state.run, segment: 4, sequence: 40 } })
    state = follow(second.live(3), state, 10)
    const media = readMedia(playlist(state, 'v0'))
    expect(media.first).toBe(104)
    expect(media.segments.length).toBe(2)
  })
  it('are named by one list: pictures with their sound', () => {
    const text = masterPlaylist(follow(making().live(3)), '?seat=1')
    const stream = lines(text).find(({ tag }) => tag === '#EXT-X-STREAM-INF')
    expect(stream?.attributes).toEqual({
      BANDWIDTH: String(Math.round(1_000_000 / 3) + 96_000 / 3),
      'AVERAGE-BANDWIDTH': expect.stringMatching(/^\d+$/),
      CODECS: 'avc1.42c015,mp4a.40.2',
      RESOLUTION: '320x240',
      AUDIO: 'sound',
    })
    const media = lines(text).find(({ tag }) => tag === '#EXT-X-MEDIA')
    expect(media?.attributes).toMatchObject({ TYPE: 'AUDIO', 'GROUP-ID': 'sound', URI: 'sound.m3u8?seat=1', CHANNELS: '2' })
    expect(text.trimEnd().endsWith('v0.m3u8?seat=1')).toBe(true)
  })
  it('are said to take what they took: the bytes of what is listed, once a segment is whole', () => {
    const { live } = making()
    const streamOf = (state: Live) => lines(masterPlaylist(state)).find(({ tag }) => tag === '#EXT-X-STREAM-INF')?.attributes ?? {}
    const begun = follow(live(1))
    expect(streamOf(begun)).not.toHaveProperty('AVERAGE-BANDWIDTH')
    const [updates, seconds] = [live(8), 8]
    const state = follow(updates, begun)
    const mean = Number(streamOf(state)['AVERAGE-BANDWIDTH'])
    const bytes = updates.flatMap(({ entry }) => entry.parts).reduce((sum, { object }) => sum + object.size, 0)
    expect(mean / ((bytes * 8) / seconds)).toBeCloseTo(1, 1)
    expect(mean).toBeLessThanOrEqual(Number(streamOf(state).BANDWIDTH))
  })
  it('are said to take a little more at most than they did at their peak, a third of what they may at least, and never more than that', () => {
    const saidOf = (bytes: number, peak: number) => {
      const { live } = making()
      const more = (frame: number) => Buffer.alloc(Math.floor(frame / 60) === 2 ? peak : bytes, 0x55)
      const heavy = (frame: number) => Buffer.concat([unit(frame, frame % 60 === 0), more(frame)])
      const attributes = lines(masterPlaylist(follow(live(12, heavy)))).find(({ tag }) => tag === '#EXT-X-STREAM-INF')?.attributes
      return Number(attributes?.BANDWIDTH) - 96_000 / 3
    }
    const rate = (bytes: number) => bytes * 8 * 30
    expect(saidOf(1000, 2000) / (rate(2000) * 1.25)).toBeCloseTo(1, 1)
    expect(saidOf(10, 10)).toBe(Math.round(1_000_000 / 3))
    expect(saidOf(1000, 9000)).toBe(1_000_000)
    expect(
      Number(lines(masterPlaylist(follow(making().live(1)))).find(({ tag }) => tag === '#EXT-X-STREAM-INF')?.attributes.BANDWIDTH),
    ).toBe(1_096_000)
  })
  it('are not there before there is something in them', () => {
    expect(mediaPlaylist(nothingYet, 'v0')).toBeNull()
    expect(mediaPlaylist(follow(making().live(1)), 'v9')).toBeNull()
  })
})

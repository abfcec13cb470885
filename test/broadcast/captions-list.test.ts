// Captions in HLS: the lists keep the rules of the draft, and a player of WebVTT gets files that it can read.
import { describe, expect, it } from 'vitest'
import { type Live, nothingYet, take } from '../../src/broadcast/live.ts'
import { Origin } from '../../src/broadcast/origin.ts'
import { masterPlaylist, mediaPlaylist } from '../../src/broadcast/playlist.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, ms } from '../../src/lib/unit.ts'
import { breaches, breachesOfMaster, lines, type Media, readMedia } from './kit/m3u8.ts'
import { making } from './kit/making.ts'

const say = (text: string, stands = 7000) => ({ text, stands, language: 'de', label: 'Deutsch' })
const follow = (updates: readonly Update[], live: Live = nothingYet): Live =>
  updates.reduce((state, { entry }) => take(state, entry, 12), live)
const groups = (text: string) => lines(text).filter(({ attributes }) => attributes.TYPE === 'SUBTITLES').map(({ attributes }) => attributes) // biome-ignore format: one line
const variants = (text: string) => lines(text).filter(({ tag }) => tag === '#EXT-X-STREAM-INF').map(({ attributes }) => attributes.SUBTITLES) // biome-ignore format: one line

describe('the list of lists', () => {
  it('names captions while there are some, and each variant with them', () => {
    const { program, live } = making()
    const state = follow(live(3))
    expect(groups(masterPlaylist(state))).toEqual([])
    expect(variants(masterPlaylist(state))).toEqual([undefined])
    program.caption(say('Guten Abend'))
    const text = masterPlaylist(follow(live(3), state), '?seat=1')
    expect(breachesOfMaster(text)).toEqual([])
    expect(groups(text)).toMatchObject([{ 'GROUP-ID': 'captions', NAME: 'Deutsch', LANGUAGE: 'de', DEFAULT: 'NO', AUTOSELECT: 'YES', URI: 'captions.m3u8?seat=1' }]) // biome-ignore format: one line
    expect(variants(text)).toEqual(['captions'])
  })
  it('of a run without captions does not name those of the run before', () => {
    const first = making()
    first.program.caption(say('Guten Abend'))
    const state = follow([...first.live(6), ...first.program.end()])
    expect(groups(masterPlaylist(state)).length).toBe(1)
    const second = making({ before: { run: state.run, segment: 4, sequence: 40 } })
    const text = masterPlaylist(follow(second.live(6), state))
    expect(groups(text)).toEqual([])
    expect(breachesOfMaster(text)).toEqual([])
  })
})

describe('the list of captions', () => {
  it('keeps the rules of the draft after every single update, beside the others', () => {
    const { program, live, pause } = making()
    let state = nothingYet
    let last: Media | null = null
    const check = (updates: readonly Update[]): void => {
      for (const update of updates) {
        state = follow([update], state)
        const text = mediaPlaylist(state, 'captions')
        if (text === null) continue
        const media = readMedia(text)
        expect(breaches(media, text)).toEqual([])
        if (last?.hint && last.hint !== media.hint && !media.ended)
          expect(media.segments.flatMap(({ parts }) => parts.map(({ uri }) => uri))).toContain(last.hint)
        last = media
      }
    }
    check(live(4.6))
    program.caption(say('Guten Abend'))
    check(live(31))
    pause(1)
    check(live(7))
    const [captions, picture] = ['captions', 'v0'].map((name) => readMedia(mediaPlaylist(state, name) ?? ''))
    expect(captions?.target).toBe(picture?.target)
    // The same number is the same time, and the same discontinuity, in all of them.
    for (const segment of captions?.segments ?? []) {
      const same = picture?.segments.find(({ msn }) => msn === segment.msn)
      expect(Math.abs((same?.date ?? 0) - (segment.date ?? 0))).toBeLessThan(60)
      expect(segment.discontinuity).toBe(same?.discontinuity)
    }
    expect(captions?.discontinuities).toBe(picture?.discontinuities)
    expect(picture?.reports.map(({ URI }) => URI)).toEqual(['sound.m3u8', 'captions.m3u8'])
    check(program.end())
    expect(last).toMatchObject({ ended: true, hint: null })
  })
  it('that begins late counts the discontinuities from before', () => {
    const { program, live, pause } = making()
    let state = follow(live(4))
    pause(1)
    state = follow(live(4), state)
    program.caption(say('Guten Abend'))
    state = follow(live(30), state)
    const [captions, picture] = ['captions', 'v0'].map((name) => readMedia(mediaPlaylist(state, name) ?? ''))
    expect(captions?.discontinuities).toBe(1)
    expect(picture?.discontinuities).toBe(1)
  })
})

describe('an origin with captions', () => {
  function stage() {
    const { program, live } = making()
    const clock = new FakeClock()
    const origin = new Origin({ program: program.id, limits: { egress: kbps(100_000), seats: 9 }, clock, older: null })
    const ask = (path: string, query = '') =>
      origin.answer({ path: `/live/${program.id}/${path}`, query, address: '', signal: new AbortController().signal })
    const feed = (updates: readonly Update[]): void => {
      for (const update of updates) origin.update(update)
    }
    const file = async (path: string): Promise<string> => new TextDecoder().decode((await ask(path))?.body as Uint8Array)
    return { program, live, clock, ask, feed, file }
  }
  it('gives parts and segments as files of WebVTT, each with its header', async () => {
    const { program, live, ask, feed, file } = stage()
    program.caption(say('Guten <b>Abend</b>', 3000))
    feed(live(9))
    const answer = await ask('captions.m3u8')
    const media = readMedia(String(answer?.body))
    const head = 'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n'
    const [first, second, third] = media.segments
    expect((await ask(first?.uri ?? ''))?.headers['content-type']).toBe('text/vtt; charset=utf-8')
    expect(await file(first?.uri ?? '')).toBe(
      `${head}00:00:00.000 --> 00:00:01.000\nGuten &lt;b&gt;Abend&lt;/b&gt;\n\n00:00:01.000 --> 00:00:02.000\nGuten &lt;b&gt;Abend&lt;/b&gt;\n\n`,
    )
    expect(await file(second?.parts[0]?.uri ?? '')).toBe(`${head}00:00:02.000 --> 00:00:03.000\nGuten &lt;b&gt;Abend&lt;/b&gt;\n\n`)
    expect((await file(third?.uri ?? '')).trimEnd()).toBe(head.trimEnd())
  })
  it('makes who asks for the next part of them wait for it', async () => {
    const { program, live, clock, ask, feed } = stage()
    program.caption(say('Guten Abend'))
    feed(live(5))
    const media = readMedia(String((await ask('captions.m3u8'))?.body))
    const last = media.segments.at(-1)
    const [list, part] = [ask('captions.m3u8', `_HLS_msn=${last?.msn}&_HLS_part=${last?.parts.length}`), ask(media.hint ?? '')]
    await clock.advance(ms(200))
    feed(live(1.4))
    expect((await list)?.status).toBe(200)
    expect(readMedia(String((await list)?.body)).segments.flatMap(({ parts }) => parts.map(({ uri }) => uri))).toContain(media.hint)
    expect((await part)?.status).toBe(200)
  })
})

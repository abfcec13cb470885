// A captions track beside a program: which parts it makes, and when what was said is shown.
import { describe, expect, it } from 'vitest'
import { CAPTIONS_TRACK, type Caption } from '../../src/broadcast/captions.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { cuesIn } from '../../src/wire/captions.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { unit } from './kit/coded.ts'
import { making, NOW } from './kit/making.ts'

const say = (text: string, stands = 7000): Caption => ({ text, stands, language: 'en', label: 'English' })

function captionsOf(updates: readonly Update[]) {
  const objects = new Map(updates.flatMap((update) => update.objects.map(({ promise, bytes }) => [promise.name, bytes] as const)))
  const parts = updates.flatMap(({ entry }) => entry.parts.filter(({ track }) => track === CAPTIONS_TRACK))
  const cues = parts.flatMap(({ object }) => cuesIn(objects.get(object.name) ?? new Uint8Array()) ?? [])
  return { parts, cues, seconds: cues.map(({ from, to, text }) => [from / 1000, to / 1000, text]) }
}
const leads = (updates: readonly Update[]) => updates.flatMap(({ entry }) => entry.parts.filter(({ track }) => track === 0))

describe('a program with captions', () => {
  it('has no track of them before somebody says something', () => {
    const { live } = making()
    expect(captionsOf(live(5)).parts).toEqual([])
  })
  it('has a part of them for each second from then on, in the segments of the picture and just as they begin', () => {
    const { program, live } = making()
    const before = live(2.5)
    program.caption(say('Good evening'))
    const after = live(8)
    const { parts } = captionsOf(after)
    expect(parts.length).toBe(9)
    expect(parts.map(({ duration }) => duration / 90_000)).toEqual([1, 0.6, 1, 1, 1, 1, 1, 1, 1])
    for (const [i, part] of parts.entries()) {
      const last = parts[i - 1]
      if (last) {
        expect(part.start).toBe(last.start + last.duration)
        expect(part.sequence).toBe(last.sequence + 1)
      }
      const lead = leads([...before, ...after]).find(({ start, duration }) => part.start >= start && part.start < start + duration)
      expect(part.segment).toBe(lead?.segment)
      expect(Math.abs(part.at - (NOW + part.start / 90 + 40))).toBeLessThan(60)
    }
    // In the entry that brings the picture of its beginning: not when its second is over.
    for (const { entry } of after) {
      const part = entry.parts.find(({ track }) => track === CAPTIONS_TRACK)
      if (part) expect(entry.parts.find(({ track }) => track === 0)?.start).toBe(part.start)
    }
  })
  it('is read by every reader of manifests, with a description wherever a segment of the captions begins', () => {
    const { program, live } = making()
    program.caption(say('Good evening'))
    const updates = [...live(9), ...program.end()]
    const reader = new ManifestReader(program.id)
    for (const { signed } of updates) expect(reader.read(signed).ok).toBe(true)
    const described = updates.filter(({ entry }) => entry.inits.some(({ description }) => description.kind === 'text'))
    const begun = updates.filter(({ entry }) => entry.parts.some((part) => part.track === CAPTIONS_TRACK && part.firstOfSegment))
    expect(described).toEqual(begun)
    expect(described[0]?.entry.inits.at(-1)?.description).toMatchObject({
      name: 'captions',
      language: 'en',
      label: 'English',
      timescale: 90_000,
    })
  })
  it('pays one object for all of its silence', () => {
    const { program, live } = making()
    program.caption(say('Good evening', 1000))
    const { parts } = captionsOf([...live(20)])
    expect(new Set(parts.slice(3).map(({ object }) => object.name)).size).toBe(1)
    expect(parts.at(-1)?.object.size).toBe(1)
  })
})

describe('a caption', () => {
  it('after silence is shown from when it was said, a second later at most', () => {
    const { program, live } = making()
    program.caption(say('', 1))
    live(4.4)
    program.caption(say('Good evening'))
    const { seconds, parts } = captionsOf(live(1))
    expect(seconds).toEqual([[4.4, 6, 'Good evening']])
    expect((parts[0]?.start ?? 0) / 90_000).toBe(5)
  })
  it('stands until its time is over, in cues that follow one another without a gap', () => {
    const { program, live } = making()
    program.caption(say('Good evening', 3500))
    expect(captionsOf(live(8)).seconds).toEqual([
      [0, 1, 'Good evening'],
      [1, 2, 'Good evening'],
      [2, 3, 'Good evening'],
      [3, 3.5, 'Good evening'],
    ])
  })
  it('stands until the next one; never are two shown at once', () => {
    const { program, live } = making()
    const updates = []
    for (let i = 0; i < 12; i++) {
      program.caption(say(`line ${i}`))
      updates.push(...live(1.3))
    }
    const { cues } = captionsOf(updates)
    for (const [i, { from }] of cues.entries()) expect(from).toBeGreaterThanOrEqual(cues[i - 1]?.to ?? 0)
    expect(new Set(cues.map(({ text }) => text)).size).toBe(12)
  })
  it('that comes with others in one second is shown with them, the newest three', () => {
    const { program, live } = making()
    live(1.2)
    for (const text of ['one', 'two', 'three', 'four']) program.caption(say(text))
    expect(captionsOf(live(1.5)).cues[0]?.text).toBe('two\nthree\nfour')
  })
  it('is taken away by an empty one', () => {
    const { program, live } = making()
    program.caption(say('Good evening'))
    live(1.5)
    program.caption(say(''))
    expect(captionsOf(live(3)).cues).toEqual([])
  })
  it('in another language tells so before its first part', () => {
    const { program, live } = making()
    program.caption(say('Good evening'))
    live(2.5)
    program.caption({ ...say('Guten Abend'), language: 'de', label: 'Deutsch' })
    const told = live(1).flatMap(({ entry }) => entry.inits.filter(({ track }) => track === CAPTIONS_TRACK))
    expect(told.map(({ description }) => description.kind === 'text' && description.language)).toEqual(['de'])
  })
})

describe('captions where the picture does not go on evenly', () => {
  it('keep their order when a segment ends early, and are in step again with the next', () => {
    const { program, live } = making()
    program.caption(say('Good evening', 60_000))
    // A keyframe at 7.4 s, where none was due, and every two seconds from there.
    const updates = live(14, (i) => unit(i, i < 222 ? i % 60 === 0 : (i - 222) % 60 === 0))
    const reader = new ManifestReader(program.id)
    for (const { signed } of updates) expect(reader.read(signed)).toMatchObject({ ok: true })
    const { parts, cues } = captionsOf(updates)
    for (const part of parts) expect(part.duration / 90_000).toBeLessThanOrEqual(1)
    for (const [i, { from }] of cues.entries()) if (i > 0) expect(from).toBe(cues[i - 1]?.to)
    const begun = leads(updates).filter(({ firstOfSegment, start }) => firstOfSegment && start > 9 * 90_000)
    for (const { start, segment } of begun) expect(parts.find((part) => part.firstOfSegment && part.segment === segment)?.start).toBe(start)
  })
  it('have the break that the picture has', () => {
    const { program, live, pause } = making()
    program.caption(say('Good evening', 60_000))
    const updates = live(5)
    pause(3)
    updates.push(...live(5))
    const reader = new ManifestReader(program.id)
    for (const { signed } of updates) expect(reader.read(signed)).toMatchObject({ ok: true })
    const breaks = (track: number) =>
      updates.flatMap(({ entry }) => entry.parts).filter((part) => part.track === track && part.afterBreak).map(({ segment }) => segment) // biome-ignore format: one line
    expect(breaks(CAPTIONS_TRACK)).toEqual(breaks(0))
    expect(breaks(0).length).toBe(1)
  })
  it('have higher numbers in the next run', () => {
    const first = making()
    first.program.caption(say('Good evening'))
    const published = captionsOf(first.live(5)).parts.at(-1)
    const second = making({ before: { run: NOW + 5000, segment: published?.segment ?? 0, sequence: 900 } })
    second.program.caption(say('Again'))
    expect(captionsOf(second.live(2)).parts[0]?.sequence).toBe(1000)
  })
})

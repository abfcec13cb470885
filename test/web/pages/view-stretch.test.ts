// A stretch of a program put on a screen that only notes what it is given: in order, nothing that was not promised, nothing that needs what is missing.
import { describe, expect, it } from 'vitest'
import { Larder } from '../../../src/broadcast/reading/larder.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'
import type { Lane } from '../../../src/web/pages/view/screen.ts'
import { type Chosen, Stretch } from '../../../src/web/pages/view/stretch.ts'
import type { Entry, TrackInit } from '../../../src/wire/manifest.ts'
import { nameOf, type ObjectName } from '../../../src/wire/object.ts'
import { making } from '../../broadcast/kit/making.ts'

/** Plays so many seconds of a program. @param bad the objects that come changed */
async function played(
  seconds: number,
  bad: (entry: Entry) => readonly ObjectName[],
  chosen: () => Chosen = () => ({ video: 0, audio: 1 }),
) {
  const updates = making().live(seconds)
  const changed = new Set(updates.flatMap(({ entry }) => bad(entry)))
  const objects = new Map(updates.flatMap((update) => update.objects.map(({ promise, bytes }) => [promise.name, bytes] as const)))
  const clock = new FakeClock()
  const over = new AbortController()
  const object = async (name: ObjectName) => {
    const bytes = objects.get(name) ?? null
    return bytes && changed.has(name) ? bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) : bytes
  }
  let refused = 0
  const larder = new Larder({ part: async () => null, object }, clock, () => refused++)
  const put: Array<{ lane: Lane; name: ObjectName; offset: number }> = []
  let lost = 0
  const stretch = new Stretch(
    {
      larder,
      screen: {
        append: async (lane, bytes, offset) => void put.push({ lane, name: nameOf(bytes), offset }),
        endFrom: (second) => second,
        has: () => true,
        video: { currentTime: 0 },
      },
      clock,
      chosen,
      isLive: false,
      before: () => {},
      after: () => {},
      lost: () => lost++,
    },
    [],
  )
  async function* entries() {
    for (const { entry } of updates) yield { entry, isNewest: false }
  }
  let isDone = false
  const done = stretch.play(entries(), over.signal).then(() => {
    isDone = true
  })
  for (let i = 0; !isDone && i < 400; i++) await clock.advance(ms(200))
  over.abort()
  await done
  const parts = updates.flatMap(({ entry }) => entry.parts)
  const inits: TrackInit[] = updates.flatMap(({ entry }) => entry.inits)
  return { put, parts, inits, refused, lost, changed, objects, stretch }
}
const none = (): readonly ObjectName[] => []

describe('a stretch', () => {
  it('puts in every part once, in its order, each lane behind its header', async () => {
    const { put, parts, inits } = await played(5, none)
    for (const [lane, track] of [['video', 0] as const, ['audio', 1] as const]) {
      const names = put.filter((each) => each.lane === lane).map(({ name }) => name)
      const header = inits.find((each) => each.track === track)?.object.name
      expect(names).toEqual([header, ...parts.filter((part) => part.track === track).map(({ object }) => object.name)])
    }
    expect(new Set(put.map(({ offset }) => offset)).size).toBe(1)
  })
  it('leaves out what was changed, and what cannot be decoded without it', async () => {
    const bad = ({ parts }: Entry) => parts.filter(({ track, sequence }) => track === 0 && sequence === 4).map(({ object }) => object.name)
    const { put, parts, changed, refused, lost } = await played(5, bad)
    expect(changed.size).toBe(1)
    expect(refused).toBeGreaterThan(0)
    expect(lost).toBeGreaterThan(0)
    const names = new Set(put.map(({ name }) => name))
    for (const name of changed) expect(names).not.toContain(name)
    const pictures = parts.filter(({ track }) => track === 0)
    const at = pictures.findIndex(({ sequence }) => sequence === 4)
    const next = pictures.findIndex(({ independent }, i) => independent && i > at)
    for (const part of pictures.slice(at, next)) expect(names).not.toContain(part.object.name)
    for (const part of [...pictures.slice(0, at), ...pictures.slice(next)]) expect(names).toContain(part.object.name)
    // The sound has lost nothing.
    for (const part of parts.filter(({ track }) => track === 1)) expect(names).toContain(part.object.name)
  })
  it('shows nothing without a header that is the right one', async () => {
    const bad = ({ inits }: Entry) => inits.filter(({ track }) => track === 0).map(({ object }) => object.name)
    const { put } = await played(3, bad)
    expect(put.filter(({ lane }) => lane === 'video')).toEqual([])
    expect(put.filter(({ lane }) => lane === 'audio').length).toBeGreaterThan(5)
  })
  it('plays only what was chosen', async () => {
    const { put, stretch } = await played(3, none, () => ({ video: 0, audio: null }))
    expect(new Set(put.map(({ lane }) => lane))).toEqual(new Set(['video']))
    expect(stretch.shown).toEqual({ video: 0, audio: null })
  })
})

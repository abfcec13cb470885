import { describe, expect, it } from 'vitest'
import { beginIn, breaks, timeOf, tracksIn, wallOf } from '../../../src/app/watch/stretch.ts'
import { making, NOW } from '../../broadcast/kit/making.ts'

const entries = making()
  .live(20)
  .map(({ entry }) => entry)
const inits = [...new Map(entries.flatMap((entry) => entry.inits).map((init) => [init.track, init])).values()]
const tracks = tracksIn(inits, 0)
if (!tracks) throw new Error('the made-up program has no tracks')
const seen = (where: number | 'newest', of = entries) => {
  const begin = beginIn(of, where, tracks, 400)
  return begin && { at: wallOf(begin, begin.zero) - NOW, key: begin.anchor.at - NOW, entry: of[begin.entry]?.parts.length }
}

describe('where a broadcast begins to be shown', () => {
  it('is a little before the newest, from the keyframe before it', () => {
    const last = entries.findLast(({ parts }) => parts.some(({ track }) => track === 0))
    const part = last?.parts.find(({ track }) => track === 0)
    const end = (part?.at ?? 0) + 200 - NOW
    const begin = seen('newest')
    expect(begin?.at).toBeCloseTo(end - 400, 0)
    expect(begin?.key).toBe(18_040)
  })
  it('is the time that is wanted, no earlier than there is anything and no later than the newest', () => {
    expect(seen(NOW + 7300)).toMatchObject({ at: 7300, key: 6040 })
    expect(seen(NOW - 60_000)).toMatchObject({ at: 40, key: 40 })
    expect(seen(NOW + 600_000)?.key).toBe(18_040)
  })
  it('is nowhere where no keyframe is', () => {
    const without = entries.filter(({ parts }) => !parts.some(({ firstOfSegment }) => firstOfSegment))
    expect(seen('newest', without)).toBeNull()
    expect(seen('newest', [])).toBeNull()
  })
  it('is in what follows a break, and another stream is one', () => {
    const broken = entries.map((entry) => ({
      ...entry,
      parts: entry.parts.map((part) => (part.track === 0 && part.at === NOW + 12_040 ? { ...part, afterBreak: true } : part)),
    }))
    expect(seen('newest', broken)?.key).toBe(18_040)
    const [at] = broken.filter((entry) => breaks(entry, tracks, entry.run))
    expect(at?.parts.find(({ track }) => track === 0)?.at).toBe(NOW + 12_040)
    const first = entries[0]
    expect(first && breaks(first, tracks, first.run + 1)).toBe(true)
    expect(entries.some((entry) => breaks(entry, tracks, entry.run))).toBe(false)
  })
})

describe('the tracks of a TV', () => {
  it('are the best picture and its sound, or a smaller one where the line is narrow', () => {
    const [video] = inits
    if (video?.description.kind !== 'video') throw new Error('the first track is no picture')
    const small = { ...video, track: 7, description: { ...video.description, name: 'v1', bandwidth: 100_000 } }
    expect(tracksIn([small, ...inits], 0)?.video.track).toBe(0)
    expect(tracksIn([small, ...inits], 1)?.video.track).toBe(7)
    expect(tracksIn([small, ...inits], 9)?.video.track).toBe(7)
    expect(timeOf(video.description.timescale, video)).toBe(1e9)
  })
  it('are none where they cannot be played', () => {
    expect(tracksIn(inits.slice(0, 1), 0)).toBeNull()
    expect(
      tracksIn(
        inits.map((init) => ({ ...init, description: { ...init.description, codecs: 'av01.0.05M.08' } })),
        0,
      ),
    ).toBeNull()
  })
})

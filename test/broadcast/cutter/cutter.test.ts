import { describe, expect, it } from 'vitest'
import type { Cut, PartCut } from '../../../src/broadcast/cutter/cut.ts'
import { Cutter, type CutterPlan } from '../../../src/broadcast/cutter/cutter.ts'
import { readInit, readPart } from '../kit/boxes.ts'
import { adts, unit } from '../kit/coded.ts'

const SECOND = 1e9
const WALL = 1_795_000_000_000
const PICTURE = { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 1_000_000 } as const
const SMALL = { ...PICTURE, track: 2, name: 'v1', bandwidth: 200_000 } as const
const SOUND = {
  kind: 'audio',
  track: 1,
  name: 'sound',
  codec: 'aac',
  channels: 2,
  sampleRate: 48_000,
  delay: 0,
  bandwidth: 96_000,
} as const
const OPUS = { ...SOUND, track: 3, name: 'opus', codec: 'opus', delay: 312 } as const
const FRAME = (1024 / 48_000) * SECOND

function bench(plan: Partial<CutterPlan> = {}) {
  const wanted = { keyframes: 0 }
  const cuts: Cut[] = []
  const cutter = new Cutter({
    rate: [30, 1],
    tracks: [PICTURE, SOUND],
    wall: (pts) => WALL + pts / 1e6,
    wantKeyframe: () => wanted.keyframes++,
    firstSegment: 100,
    firstSequence: 1000,
    ...plan,
  })
  const parts = (track: number): PartCut[] => cuts.filter((cut) => cut.is === 'part').filter((cut) => cut.track === track)
  return {
    cutter,
    cuts,
    wanted,
    parts,
    read: (track: number) => parts(track).map(({ bytes }) => readPart(Buffer.from(bytes))),
    picture: (pts: number, isKey: boolean, index = 0, track = 0) =>
      void cuts.push(...cutter.take(track, { pts, bytes: unit(index, isKey) })),
    sound: (pts: number, index = 0) => void cuts.push(...cutter.take(1, { pts, bytes: adts(index) })),
  }
}
type Bench = ReturnType<typeof bench>

/** Frames of picture and sound as a live encoder gives them. */
function live(
  on: Bench,
  from: number,
  to: number,
  change: { skip?: (i: number) => boolean; soundPts?: (i: number) => number | null; fps?: number; gop?: number } = {},
) {
  const fps = change.fps ?? 30
  const gop = change.gop ?? fps * 2
  let next = Math.ceil((from * SECOND) / FRAME)
  for (let i = Math.round(from * fps); i < to * fps; i++) {
    const pts = Math.round((i * SECOND) / fps)
    for (; next * FRAME < pts; next++) {
      const at = change.soundPts ? change.soundPts(next) : next * FRAME
      if (at !== null) on.sound(at, next)
    }
    if (!change.skip?.(i)) on.picture(pts, i % gop === 0, i)
  }
}
const spans = (parts: readonly PartCut[]) => parts.map(({ start, duration }) => [start, start + duration] as const)
const isUnbroken = (parts: readonly PartCut[]) => spans(parts).every(([start], i, all) => i === 0 || start === all[i - 1]?.[1])
/** How far a sound's time in the program is from its true time, ms, at the worst. */
const skew = (on: Bench, truth: (index: number) => number) =>
  Math.max(
    ...on
      .read(1)
      .flatMap(({ start, samples }) =>
        samples.map(({ bytes }, i) => Math.abs((start + i * 1024) / 48 - truth((bytes[3] ?? 0) + 256 * (bytes[4] ?? 0)) / 1e6)),
      ),
  )

describe('the cutter', () => {
  it('cuts parts of 200 ms and segments of 2 s, with sound beside the picture', () => {
    const on = bench()
    live(on, 0, 10)
    const pictures = on.parts(0)
    expect(pictures.length).toBe(50)
    expect(new Set(pictures.map(({ duration }) => duration))).toEqual(new Set([18_000]))
    expect(pictures.map(({ sequence }) => sequence)).toEqual(pictures.map((_, i) => 1000 + i))
    expect(pictures.map(({ segment }) => segment)).toEqual(pictures.map((_, i) => 100 + Math.floor(i / 10)))
    expect(pictures.filter(({ independent }) => independent).map(({ start }) => start / 90_000)).toEqual([0, 2, 4, 6, 8])
    expect(pictures.filter(({ firstOfSegment }) => firstOfSegment).length).toBe(5)
    const sounds = on.parts(1)
    expect(sounds.length).toBeGreaterThanOrEqual(48)
    expect(isUnbroken(pictures) && isUnbroken(sounds)).toBe(true)
    for (const sound of sounds) {
      const beside = pictures.find(({ sequence }) => sequence === sound.sequence)
      expect(sound.segment).toBe(beside?.segment)
      expect(sound.firstOfSegment).toBe(beside?.firstOfSegment)
      expect(Math.abs(sound.start / 48 - (beside?.start ?? 0) / 90)).toBeLessThan(1024 / 48)
      expect([9, 10]).toContain(sound.duration / 1024)
    }
  })
  it('writes CMAF that an independent reader takes, with the wall clock in every part', () => {
    const on = bench()
    live(on, 0, 4.5)
    for (const track of [0, 1]) {
      const scale = track === 0 ? 90 : 48
      on.read(track).forEach((part, i) => {
        const cut = on.parts(track)[i]
        expect({ start: part.start, duration: part.duration, sequence: part.sequence }).toEqual({
          start: cut?.start,
          duration: cut?.duration,
          sequence: (cut?.sequence ?? 0) + 1,
        })
        expect(part.types[0] === 'styp').toBe(cut?.firstOfSegment)
        expect([part.wall, part.wallOf]).toEqual([cut?.at, part.start])
        expect(Math.abs(part.wall - (WALL + part.start / scale))).toBeLessThanOrEqual(1)
      })
    }
    const inits = on.cuts.filter((cut) => cut.is === 'init')
    expect(inits.map(({ track }) => track)).toEqual([0, 1])
    expect(
      inits.map(({ bytes }) => readInit(Buffer.from(bytes))).map(({ handler, timescale, entry }) => [handler, timescale, entry.type]),
    ).toEqual([
      ['vide', 90_000, 'avc1'],
      ['soun', 48_000, 'mp4a'],
    ])
    expect(inits.map(({ description }) => description)).toMatchObject([
      { codecs: 'avc1.42c015', partTarget: 18_000, segmentTarget: 180_000, width: 320, height: 240, rate: [30, 1] },
      { codecs: 'mp4a.40.2', partTarget: 10_240, segmentTarget: 96_256, channels: 2 },
    ])
  })
  it('gives a part with its last frame, and waits for no other', () => {
    const on = bench({ tracks: [PICTURE] })
    for (let i = 0; i < 6; i++) {
      expect(on.parts(0).length).toBe(0)
      on.picture((i * SECOND) / 30, i === 0, i)
    }
    expect(on.parts(0).length).toBe(1)
  })
  it.each([
    [24, 1],
    [25, 1],
    [30_000, 1001],
    [60, 1],
    [15, 1],
  ] as const)('keeps to the rules of parts at %d/%d frames a second, over an hour', (n, d) => {
    const on = bench({ rate: [n, d], tracks: [PICTURE] })
    const gop = Math.round((2 * n) / d)
    const frames = Math.round((3600 * n) / d)
    for (let i = 0; i < frames; i++) on.picture(Math.round((i * d * SECOND) / n), i % gop === 0, i)
    const parts = on.parts(0)
    const [init] = on.cuts.filter((cut) => cut.is === 'init')
    const target = init?.description.partTarget ?? 0
    expect(target / 90_000).toBeGreaterThan(0.16)
    expect(target / 90_000).toBeLessThan(0.21)
    expect(isUnbroken(parts)).toBe(true)
    expect(on.cutter.odd.total).toBe(0)
    expect(Math.max(...parts.map(({ duration }) => duration))).toBeLessThanOrEqual(target)
    const isLast = (i: number) => parts[i + 1]?.firstOfSegment ?? true
    expect(parts.every(({ duration }, i) => isLast(i) || duration >= 0.85 * target)).toBe(true)
    const last = parts.at(-1)
    expect(Math.abs(((last?.start ?? 0) + (last?.duration ?? 0)) / 90_000 - (frames * d) / n)).toBeLessThan(0.3)
    expect(new Set(parts.filter((part) => part.firstOfSegment).map((part) => part.independent))).toEqual(new Set([true]))
  })
})

describe('what goes wrong', () => {
  it('a lost frame is covered by the one before or after it, and nothing moves', () => {
    for (const lost of [7, 11, 12, 17]) {
      const on = bench()
      live(on, 0, 6, { skip: (i) => i === lost || i === 100 })
      expect(isUnbroken(on.parts(0))).toBe(true)
      expect(new Set(on.parts(0).map(({ duration }) => duration))).toEqual(new Set([18_000]))
      const shown = on.read(0).flatMap(({ start, samples }) => {
        let at = start
        return samples.map(({ bytes, duration }) => {
          const one = { index: bytes.at(-2), at }
          at += duration
          return one
        })
      })
      for (const { index, at } of shown) if (index !== lost + 1 && index !== 101) expect(at / 3000, `frame ${index}`).toBe(index)
      expect(on.cutter.odd.total).toBe(0)
    }
  })
  it('a longer hole is a break: a keyframe is asked for, and the rest is marked and later in time', () => {
    const on = bench()
    live(on, 0, 3)
    live(on, 3.5, 6)
    expect(on.wanted.keyframes).toBeGreaterThan(0)
    const pictures = on.parts(0)
    const begun = pictures.filter(({ afterBreak }) => afterBreak)
    expect(begun.map(({ start, firstOfSegment, independent }) => [Math.round(start / 90), firstOfSegment, independent])).toEqual([
      [4000, true, true],
    ])
    const sounds = on.parts(1)
    expect(sounds.filter(({ afterBreak }) => afterBreak).map(({ segment }) => segment)).toEqual(begun.map(({ segment }) => segment))
    for (const parts of [pictures, sounds]) expect(spans(parts).every(([start], i, all) => start >= (all[i - 1]?.[1] ?? 0))).toBe(true)
    expect(skew(on, (index) => index * FRAME)).toBeLessThan(20)
  })
  it('an encoder whose time begins again is a break, and times go on', () => {
    const on = bench({ wall: () => WALL })
    live(on, 0, 5)
    on.cuts.push(...on.cutter.restart())
    live(on, 0, 5)
    for (const track of [0, 1]) {
      const all = spans(on.parts(track))
      expect(all.every(([start], i) => start >= (all[i - 1]?.[1] ?? 0))).toBe(true)
      expect(on.parts(track).map(({ sequence }) => sequence)).toEqual(on.parts(track).map((_, i) => 1000 + i))
    }
    expect(on.parts(0).filter(({ afterBreak }) => afterBreak).length).toBe(1)
    const [before, after] = [on.parts(0).find(({ afterBreak }) => afterBreak), on.parts(1).find(({ afterBreak }) => afterBreak)]
    expect(Math.abs((before?.start ?? 0) / 90 - (after?.start ?? 0) / 48)).toBeLessThan(22)
  })
  it('a keyframe that does not come is asked for, and then is a break, never a segment too long', () => {
    const on = bench({ tracks: [PICTURE] })
    for (let i = 0; i < 300; i++) on.picture((i * SECOND) / 30, i === 0 || i === 150, i)
    expect(on.wanted.keyframes).toBeGreaterThan(0)
    const length = new Map<number, number>()
    for (const { segment, duration } of on.parts(0)) length.set(segment, (length.get(segment) ?? 0) + duration)
    for (const ticks of length.values()) expect(Math.round(ticks / 90_000)).toBeLessThanOrEqual(2)
    expect(on.parts(0).filter(({ afterBreak }) => afterBreak).length).toBe(1)
  })
  it('a keyframe in the middle begins a segment of its own only when the last one is long enough', () => {
    const on = bench({ tracks: [PICTURE] })
    for (let i = 0; i < 200; i++) on.picture((i * SECOND) / 30, [0, 10, 70, 130, 190].includes(i), i)
    expect(
      on
        .parts(0)
        .filter(({ firstOfSegment }) => firstOfSegment)
        .map(({ start }) => start / 3000),
    ).toEqual([0, 70, 130, 190])
    expect(isUnbroken(on.parts(0))).toBe(true)
  })
  it('another size of picture is a break with another header', () => {
    const on = bench({ tracks: [PICTURE] })
    for (let i = 0; i < 30; i++) on.picture((i * SECOND) / 30, i === 0, i)
    const other = Buffer.from(unit(30, true))
    other[other.indexOf(0xd9)] = 0xda
    on.cuts.push(...on.cutter.take(0, { pts: SECOND, bytes: other }))
    expect(on.cutter.odd.counts()).toEqual({ 'frames that do not follow': 1, ...on.cutter.odd.counts() })
  })
  it('a sound that is late, or never comes, is silence: the picture does not wait', () => {
    const on = bench()
    live(on, 0, 12, { soundPts: (i) => (i * FRAME > 4 * SECOND && i * FRAME < 8 * SECOND ? null : i * FRAME) })
    expect(isUnbroken(on.parts(1))).toBe(true)
    expect(on.parts(1).length).toBeGreaterThanOrEqual(57)
    expect(on.cutter.mended.filled).toBeGreaterThan(180)
    const mute = bench()
    for (let i = 0; i < 300; i++) mute.picture((i * SECOND) / 30, i % 60 === 0, i)
    expect(mute.parts(1).length).toBeGreaterThanOrEqual(45)
    expect(isUnbroken(mute.parts(1))).toBe(true)
  })
  it('a sound from another clock, 500 ppm fast or slow, is never more than 40 ms off, however long it lasts', () => {
    for (const drift of [1.0005, 0.9995]) {
      const on = bench()
      const truth = (i: number) => i * FRAME * drift
      for (let i = 0, next = 0; i < 2400 * 30; i++) {
        const pts = (i * SECOND) / 30
        for (; truth(next) < pts; next++) on.sound(truth(next), next)
        on.picture(pts, i % 60 === 0, i)
        if (i % 3000 === 2999) {
          const worst = Math.max(
            ...on.read(1).flatMap(({ start, samples }) => samples.map((s, k) => away(s.bytes, start + k * 1024, truth, next))),
          )
          expect(worst).toBeLessThan(40)
          on.cuts.length = 0
        }
      }
      expect(on.cutter.mended.filled + on.cutter.mended.left).toBeGreaterThan(50)
    }
  }, 60_000)
  it('garbage is passed over', () => {
    const on = bench()
    live(on, 0, 1)
    for (const bytes of [new Uint8Array(), Uint8Array.of(0, 0, 1), new Uint8Array(500).fill(255)])
      for (const track of [0, 1]) on.cuts.push(...on.cutter.take(track, { pts: SECOND, bytes }))
    live(on, 1, 4)
    expect(isUnbroken(on.parts(0)) && isUnbroken(on.parts(1))).toBe(true)
    expect(on.cutter.odd.counts()).toEqual({ 'no picture in it': 3 })
  })
})

describe('further tracks', () => {
  it('a second picture is cut at the same frames, though it comes later', () => {
    const on = bench({ tracks: [PICTURE, SOUND, SMALL] })
    for (let i = 0; i < 330; i++) {
      on.picture((i * SECOND) / 30, i % 60 === 0, i)
      if (i >= 9) on.picture(((i - 9) * SECOND) / 30, (i - 9) % 60 === 0, i - 9, 2)
    }
    const [big, small] = [on.parts(0), on.parts(2)]
    expect(small.length).toBeGreaterThan(50)
    expect(small.map(({ start, duration, segment, independent }) => [start, duration, segment, independent])).toEqual(
      big.slice(0, small.length).map(({ start, duration, segment, independent }) => [start, duration, segment, independent]),
    )
  })
  it('a second picture that is out of step is left out until it begins with a segment again; the first does not notice', () => {
    const on = bench({ tracks: [PICTURE, SMALL] })
    for (let i = 0; i < 400; i++) {
      on.picture((i * SECOND) / 30, i % 60 === 0, i)
      // Out of step at first, then one frame is missing where it should begin a segment.
      if (i !== 240) on.picture((i * SECOND) / 30, i % 60 === (i < 100 ? 7 : 0), i, 2)
    }
    expect(on.cutter.odd.total).toBe(0)
    expect(on.wanted.keyframes).toBe(0)
    expect(isUnbroken(on.parts(0))).toBe(true)
    const small = on.parts(2)
    const beside = on.parts(0).filter(({ segment }) => [102, 103, 105, 106].includes(segment))
    const told = (parts: readonly PartCut[]) =>
      parts.map(({ start, duration, segment, independent }) => [start, duration, segment, independent])
    expect(told(small)).toEqual(told(beside))
    expect(small.map(({ sequence }) => sequence)).toEqual(small.map((_, i) => 1000 + i))
    expect(small.some(({ afterBreak }) => afterBreak)).toBe(false)
  })
  it('one that is made only now and then comes and goes at segments, and is whole as far as it came', () => {
    const on = bench({ tracks: [PICTURE, { ...SMALL, every: 2 }] })
    const isMade = (i: number) => (i >= 40 && i < 180) || (i >= 300 && i < 420)
    for (let i = 0; i < 540; i++) {
      on.picture((i * SECOND) / 30, i % 60 === 0, i)
      if (i % 2 === 0 && isMade(i)) on.picture((i * SECOND) / 30, i % 60 === 0, i, 2)
    }
    const small = on.parts(2)
    expect(new Set(small.map(({ segment }) => segment))).toEqual(new Set([101, 102, 105, 106]))
    expect(small.length).toBe(40)
    expect(new Set(small.map(({ duration }) => duration))).toEqual(new Set([18_000]))
    expect(on.read(2).every(({ samples }) => samples.length === 3)).toBe(true)
    const init = on.cuts.find((cut) => cut.is === 'init' && cut.track === 2)
    expect(init?.is === 'init' && init.description).toMatchObject({ rate: [30, 2], partTarget: 18_000 })
    expect(on.parts(0).length).toBe(90)
  })
  it('a break of the lead is one of all, and all begin again together', () => {
    const on = bench({ tracks: [PICTURE, SMALL] })
    for (let i = 0; i < 400; i++) {
      if (i > 100 && i < 150) continue
      for (const track of [0, 2]) on.picture((i * SECOND) / 30, i % 60 === 0, i, track)
    }
    const broken = (track: number) =>
      on
        .parts(track)
        .filter(({ afterBreak }) => afterBreak)
        .map(({ segment, start }) => [segment, start])
    expect(broken(0).length).toBe(1)
    expect(broken(2)).toEqual(broken(0))
  })
  it('Opus goes beside AAC, ten packets a part', () => {
    const on = bench({ tracks: [PICTURE, OPUS] })
    for (let i = 0; i < 150; i++) {
      for (let k = 0; k < 2; k++)
        on.cuts.push(...on.cutter.take(3, { pts: ((i * 5) / 3 + k) * 0.02 * SECOND, bytes: Uint8Array.of(0xfc, 1, i) }))
      on.picture((i * SECOND) / 30, i % 60 === 0, i)
    }
    expect(new Set(on.parts(3).map(({ duration }) => duration))).toEqual(new Set([9600]))
    const [, opus] = on.cuts.filter((cut) => cut.is === 'init')
    expect(opus?.description).toMatchObject({ codecs: 'opus', partTarget: 9600 })
    expect(readInit(Buffer.from(opus?.bytes ?? [])).entry.type).toBe('Opus')
  })
})

/** ms between a frame's place and its true time. Frames tell their number modulo 65536; silence tells none. */
function away(bytes: Buffer, at: number, truth: (i: number) => number, around: number): number {
  if (bytes.length !== 8) return 0
  const low = (bytes[3] ?? 0) + 256 * (bytes[4] ?? 0)
  const index = low + 65_536 * Math.round((around - low) / 65_536)
  return Math.abs(at / 48 - truth(index) / 1e6)
}

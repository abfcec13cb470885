import { describe, expect, it } from 'vitest'
import { aacIn, aacSilence, opusSamples, opusSilence } from '../../../src/broadcast/cutter/aac.ts'
import { GdpReader } from '../../../src/broadcast/cutter/gdp.ts'
import { codecOf, pictureIn, setsInRecord, shapeOf } from '../../../src/broadcast/cutter/h264.ts'
import { videoInit } from '../../../src/broadcast/cutter/init.ts'
import { boxes, readInit } from '../kit/boxes.ts'
import { adts, PPS, SPS, unit } from '../kit/coded.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
/** What gdppay writes: header of 62 bytes, then the payload. */
function gdp(type: number, pts: bigint, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(62)
  head[0] = 1
  head.writeUInt16BE(type, 4)
  head.writeUInt32BE(payload.length, 6)
  head.writeBigUInt64BE(pts, 10)
  return Buffer.concat([head, payload])
}
const segment = (start: bigint, base = 0n) =>
  gdp(
    17_998,
    2n ** 64n - 1n,
    Buffer.from(`GstEventSegment, segment=(GstSegment)"segment, base=(guint64)${base}, start=(guint64)${start}, stop=(guint64)5;";\0`),
  )

describe('frames out of GStreamer', () => {
  const stream = Buffer.concat([
    gdp(10_318, 0n, Buffer.from('GstEventStreamStart;')),
    segment(3_600_000_000_000_000n),
    gdp(2, 0n, Buffer.from('video/x-h264')),
    gdp(1, 3_600_000_000_000_000n, Buffer.from('first')),
    gdp(1, 3_599_999_999_999_999n, Buffer.from('too early')),
    gdp(1, 2n ** 64n - 1n, Buffer.from('without a time')),
    gdp(1, 3_600_000_033_333_333n, Buffer.from('second')),
  ])
  it('have running times and their bytes, however they are cut on the way', () => {
    for (const size of [1, 7, 61, 62, 63, 200, 10_000]) {
      const reader = new GdpReader()
      const frames = []
      for (let at = 0; at < stream.length; at += size) frames.push(...reader.take(stream.subarray(at, at + size)))
      expect(frames.map((frame) => [frame.pts, Buffer.from(frame.bytes).toString()])).toEqual([
        [0, 'first'],
        [33_333_333, 'second'],
      ])
    }
  })
  it('follow a segment that begins later', () => {
    const reader = new GdpReader()
    expect(reader.take(Buffer.concat([segment(10n, 1000n), gdp(1, 15n, Buffer.from('x'))])).map(({ pts }) => pts)).toEqual([1005])
  })
  it('are none in what is no such stream, for good', () => {
    const reader = new GdpReader()
    expect(reader.take(Buffer.alloc(100, 7))).toEqual([])
    expect(reader.isBroken).toBe(true)
    expect(reader.take(stream)).toEqual([])
  })
})

describe('H.264', () => {
  it('says the same in both of its forms', () => {
    const stream = unit(3, true)
    const parts = [SPS, PPS, Buffer.from([0x65, 0x88, 3, 0x80])]
    const lengths = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]))
    const [a, b] = [pictureIn(stream, 'annex b'), pictureIn(lengths, 'avc')]
    expect(a).toEqual(b)
    expect(Buffer.from(a.sample).toString('hex')).toBe('0000000465880380')
    expect(a.isKey).toBe(true)
    expect([a.sps, a.pps].map((set) => Buffer.from(set ?? []).toString('hex'))).toEqual([SPS, PPS].map((set) => set.toString('hex')))
  })
  it('tells its shape: baseline, and high with cropping and scaling as x264 writes 1080p', () => {
    expect(shapeOf(SPS)).toMatchObject({ width: 320, height: 240, profile: 66 })
    const high = shapeOf(bytes('67640028acd940780227e5c05a808080a0000003002000000781e30632c0'))
    expect(high).toMatchObject({ width: 1920, height: 1080, chroma: 1, lumaBits: 8, level: 40 })
    expect(high && codecOf(high)).toBe('avc1.640028')
  })
  it('gives its sets to the header, from the stream or from a record', () => {
    const shape = shapeOf(SPS)
    if (!shape) throw new Error('no shape')
    const { entry } = readInit(Buffer.from(videoInit({ sps: SPS, pps: PPS }, shape)))
    const avcC = boxes(entry.body.subarray(78)).find(({ type }) => type === 'avcC')
    const sets = setsInRecord(new Uint8Array(avcC?.body ?? []))
    expect([sets?.sps, sets?.pps].map((set) => Buffer.from(set ?? []).toString('hex'))).toEqual([SPS.toString('hex'), PPS.toString('hex')])
    expect(setsInRecord(bytes('0142c015'))).toBeNull()
  })
  it('that is broken is no picture, and never a throw', () => {
    let seed = 3
    for (let round = 0; round < 3000; round++) {
      const odd = Uint8Array.from(unit(1, true), (byte) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
        return seed % 11 === 0 ? seed >>> 24 : byte
      })
      for (const form of ['annex b', 'avc'] as const) {
        const { sps } = pictureIn(odd, form)
        const shape = sps && shapeOf(sps)
        if (shape) expect(shape.width * shape.height).toBeGreaterThan(0)
      }
    }
    expect(pictureIn(new Uint8Array(), 'annex b').sample.length).toBe(0)
    expect(pictureIn(bytes('00000009'), 'avc').sample.length).toBe(0)
  })
})

describe('sound', () => {
  it('in ADTS says its rate, channels and configuration', () => {
    expect(aacIn(adts(5))).toMatchObject({ sampleRate: 48_000, channels: 2, config: Uint8Array.of(0x11, 0x90) })
    for (const odd of [new Uint8Array(), adts(5).subarray(1), adts(5).subarray(0, 10), Uint8Array.of(0xff, 0xf1, 0x4c)])
      expect(aacIn(odd)).toBeNull()
  })
  it('in Opus says how long it is', () => {
    expect([[0xfc, 1], [0x70], [0x0b, 2], [0xfd, 1, 1], []].map((each) => opusSamples(Uint8Array.from(each)))).toEqual([
      960, 480, 1920, 1920, 0,
    ])
  })
  it('can be silence', () => {
    for (const channels of [1, 2]) {
      expect(opusSamples(opusSilence(channels))).toBe(960)
      expect(aacSilence(channels).length).toBeGreaterThan(5)
    }
  })
})

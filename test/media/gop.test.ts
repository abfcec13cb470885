import { describe, expect, it } from 'vitest'
import { YoungGop } from '../../src/media/gop.ts'

let sequence = 0
/** An RTP packet with the first bytes of its payload. */
function packet(stamp: number, ...payload: number[]): Buffer {
  const bytes = Buffer.alloc(12 + Math.max(8, payload.length))
  bytes.set([0x80, 96])
  bytes.writeUInt16BE(sequence++ & 0xffff, 2)
  bytes.writeUInt32BE(stamp >>> 0, 4)
  bytes.set(payload, 12)
  return bytes
}
const PARAMETERS = [24, 0, 9, 0x67]
const [IDR_BEGINS, IDR_GOES_ON, SLICE] = [[28, 0x85], [28, 0x05], [0x41]]
const stampsOf = (packets: readonly Buffer[]) => packets.map((p) => p.readUInt32BE(4))

/** A keyframe of three packets and `frames` frames of one, 33 ms apart, from RTP time `at` on. */
function film(gop: YoungGop, frames: number, at = 90_000, now = 0): Buffer[] {
  const all = [packet(at, ...PARAMETERS), packet(at, ...IDR_BEGINS), packet(at, ...IDR_GOES_ON)]
  for (let i = 1; i <= frames; i++) all.push(packet(at + i * 3000, ...SLICE))
  for (const one of all) gop.take(one, now + ((one.readUInt32BE(4) - at) >>> 0) / 90)
  return all
}

describe('what a newcomer begins with', () => {
  it('is all since the keyframe, in order, a millisecond from frame to frame up to now', () => {
    const gop = new YoungGop()
    gop.take(packet(87_000, ...SLICE), 0)
    const all = film(gop, 3)
    expect(stampsOf(gop.replay(110))).toEqual([99_630, 99_630, 99_630, 99_720, 99_810, 99_900])
    const given = gop.replay(100)
    expect(given.map((p) => p.subarray(8))).toEqual(all.map((p) => p.subarray(8)))
    expect(given.map((p) => p.readUInt16BE(2))).toEqual(all.map((p) => p.readUInt16BE(2)))
    expect(stampsOf(given)).toEqual([98_730, 98_730, 98_730, 98_820, 98_910, 99_000])
  })
  it('stays before the next frame, however late that is', () => {
    const gop = new YoungGop()
    film(gop, 3)
    expect(stampsOf(gop.replay(500)).at(-1)).toBe(99_000 + 3000 - 90)
  })
  it('leaves the packets themselves as they were, for the next newcomer', () => {
    const gop = new YoungGop()
    const all = film(gop, 2)
    const before = stampsOf(all)
    expect(gop.replay(70)).toEqual(gop.replay(70))
    expect(stampsOf(all)).toEqual(before)
  })
  it('is nothing before the first keyframe', () => {
    const gop = new YoungGop()
    for (let i = 0; i < 9; i++) gop.take(packet(i * 3000, ...SLICE), i * 33)
    expect(gop.replay(300)).toEqual([])
  })
  it('is nothing when the keyframe is old: at the time of asking, and after frames that came late', () => {
    const gop = new YoungGop()
    film(gop, 3)
    expect(gop.replay(700)).toEqual([])
    film(gop, 25)
    expect(gop.replay(0)).toEqual([])
  })
  it('is nothing when it has become too much to be sent at once', () => {
    const gop = new YoungGop()
    film(gop, 3)
    for (let i = 0; i < 200; i++) gop.take(packet(99_000, ...SLICE), 110)
    expect(gop.replay(111)).toEqual([])
  })
  it('begins anew with every keyframe, however it is packed', () => {
    for (const first of [PARAMETERS, IDR_BEGINS, [0x67], [0x65], [24, 0, 9, 0x65]]) {
      const gop = new YoungGop()
      film(gop, 4)
      gop.take(packet(500_000, ...first), 200)
      gop.take(packet(500_000, ...IDR_GOES_ON), 200)
      expect(gop.replay(201).length).toBe(2)
    }
  })
  it('stands across the wrap of RTP time', () => {
    const gop = new YoungGop()
    film(gop, 2, 2 ** 32 - 3000)
    expect(stampsOf(gop.replay(6000 / 90))).toEqual([2820, 2820, 2820, 2910, 3000])
  })
  it('takes what is no picture without a word', () => {
    const gop = new YoungGop()
    film(gop, 1)
    for (const length of [0, 1, 12, 13]) gop.take(Buffer.alloc(length), 40)
    gop.take(packet(500_000, 24), 41)
    expect(gop.replay(42).length).toBe(5)
  })
})

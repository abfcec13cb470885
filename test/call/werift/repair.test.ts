// What is missing is asked for, seldom and not for ever; what is asked for is sent again.
import { describe, expect, test } from 'vitest'
import { Nack } from '../../../src/call/werift/nack.ts'
import { Outgoing } from '../../../src/call/werift/outgoing.ts'
import { readRtcp, sendAgain } from '../../../src/call/werift/rtcp.ts'
import { OFFERED } from '../../../src/call/werift/sdp.ts'
import { rtp } from './kit.ts'

describe('asking', () => {
  test('a hole is asked for at once, then once per round trip', () => {
    const nack = new Nack()
    expect([10, 11].map((index) => nack.arrived(index, 0))).toEqual([false, false])
    expect(nack.arrived(14, 0)).toBe(true)
    expect(nack.due(0, 100)).toEqual([12, 13])
    const asked = Array.from({ length: 60 }, (_, i) => (i + 1) * 5).filter((now) => nack.due(now, 100).length > 0)
    expect(asked, 'every 5 ms somebody looks, every 110 ms something is asked').toEqual([110, 220])
  })

  test('what came is not asked for any more, and what is a second old neither', () => {
    const nack = new Nack()
    for (const index of [1, 4]) nack.arrived(index, 0)
    nack.arrived(2, 10)
    expect(nack.due(10, 50)).toEqual([3])
    expect(nack.due(1200, 50)).toEqual([])
    expect(nack.waiting).toBe(false)
  })

  test('when too much is gone nothing is asked: a keyframe is cheaper', () => {
    const nack = new Nack()
    nack.arrived(1, 0)
    expect(nack.arrived(2000, 0)).toBe(false)
    expect(nack.due(0, 50)).toEqual([])
  })

  test('the request names each missing packet (RFC 4585 §6.2.1)', () => {
    const missing = [65_530, 65_531, 3, 4, 20, 500]
    const controls = readRtcp(sendAgain(1, 2, missing))
    expect(controls).toEqual([{ kind: 'send again', ssrc: 2, sequences: missing }])
  })
})

describe('sending again', () => {
  const sent: Buffer[] = []
  const packet = Buffer.alloc(12)
  const way = { packet, send: (payload: Buffer) => void sent.push(Buffer.concat([packet, payload])) }
  const out = () => {
    sent.length = 0
    const outgoing = new Outgoing('camera')
    outgoing.agree(OFFERED.camera)
    return outgoing
  }

  test('a repaired packet carries the old number in front and goes under the repair type (RFC 4588 §4)', () => {
    const outgoing = out()
    outgoing.take(rtp({ sequence: 1, timestamp: 3000, marker: true, payload: Buffer.from('abc') }), 0, way)
    const [original] = sent
    const number = original?.readUInt16BE(2) ?? 0
    outgoing.repair([number], 50, way)
    const again = sent[1]
    expect(again?.subarray(14).toString()).toBe('abc')
    expect(again?.readUInt16BE(12)).toBe(number)
    expect(again?.readUInt8(1)).toBe(0x80 | 97)
    expect(again?.readUInt32BE(8)).toBe(outgoing.repairSsrc)
    expect(again?.readUInt32BE(4)).toBe(original?.readUInt32BE(4))
  })

  test('not twice at a time, not what is old, not what never was', () => {
    const outgoing = out()
    outgoing.take(rtp({ sequence: 1 }), 0, way)
    const number = sent[0]?.readUInt16BE(2) ?? 0
    outgoing.repair([number, number, (number + 1) & 0xffff], 50, way)
    outgoing.repair([number], 60, way)
    expect(sent).toHaveLength(2)
    outgoing.repair([number], 2000, way)
    expect(sent).toHaveLength(2)
  })

  test('not before the last one can have come, however often it is asked for', () => {
    const outgoing = out()
    outgoing.take(rtp({ sequence: 1 }), 0, way)
    const number = sent[0]?.readUInt16BE(2) ?? 0
    for (let now = 50; now < 450; now += 50) outgoing.repair([number], now, way, 200)
    expect(sent, 'at 50 and 250 ms').toHaveLength(3)
    outgoing.repair([number], 960, way, 5000)
    expect(sent, 'a round trip that nobody can have is not believed').toHaveLength(4)
  })

  test('a probe is filled with padding where no picture was sent, so that a way without room can be known to have room again', () => {
    const outgoing = out()
    expect(outgoing.pad(5000, way)).toBe(true)
    const [probe] = sent
    expect(probe?.readUInt8(0), 'version 2, padding').toBe(0xa0)
    expect(probe?.readUInt8(1)).toBe(97)
    expect(probe?.readUInt32BE(8)).toBe(outgoing.repairSsrc)
    expect([probe?.length, probe?.at(-1)], 'nothing but padding').toEqual([12 + 255, 255])
  })

  test('extensions, contributing sources and padding of a worker stay at home', () => {
    const outgoing = out()
    const packet = rtp({ csrc: 2, extensions: [[3, Buffer.from('xy')]], padding: 5, payload: Buffer.from('pure') })
    expect(outgoing.take(packet, 0, way)).toBe(true)
    expect(sent[0]?.subarray(12).toString()).toBe('pure')
    expect(sent[0]?.readUInt8(0)).toBe(0x80)
  })

  test('what is no RTP is not sent', () => {
    const outgoing = out()
    for (const bad of [
      Buffer.alloc(0),
      Buffer.from('80', 'hex'),
      Buffer.alloc(40),
      rtp({ payload: Buffer.alloc(0) }),
      rtp({ csrc: 9 }).subarray(0, 20),
    ])
      expect(outgoing.take(bad, 0, way)).toBe(false)
    expect(sent).toHaveLength(0)
  })

  test('a sender report ties the newest timestamp to the clock', () => {
    const outgoing = out()
    for (let i = 0; i < 100; i++) outgoing.take(rtp({ sequence: i, timestamp: i * 3000 }), (i * 1000) / 30, way)
    const newest = sent.at(-1)?.readUInt32BE(4) ?? 0
    const report = outgoing.report('me', (99 * 1000) / 30 + 500, 1_700_000_000_000)
    expect(report?.readUInt8(1)).toBe(200)
    expect(((report?.readUInt32BE(16) ?? 0) - newest) >>> 0).toBeCloseTo(45_000, -2)
    expect(report?.readUInt32BE(20)).toBe(100)
    // 2023-11-14T22:13:20Z in seconds since 1900
    expect(report?.readUInt32BE(8)).toBe(1_700_000_000 + 2_208_988_800)
    expect(outgoing.report('me', 100_000, 1_700_000_100_000), 'nothing was sent for long').toBeNull()
  })
})

// What one end seals the other opens, once; nothing else is opened. Checked with the vectors of the standards and with werift's own.

import { describe, expect, test } from 'vitest'
import { RtpPacket, SrtcpSession, SrtpSession } from 'werift'
import { AES_CM, AES_GCM, derive, Opener, type Profile, Sealer, saltBytes } from '../../../src/call/werift/srtp.ts'
import { rtp } from './kit.ts'

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const saltOf = (profile: Profile) => Buffer.from('0ec675ad498afeebb6960b3aabe6', 'hex').subarray(0, saltBytes(profile))
const both = (profile: Profile) => ({
  sealer: new Sealer(profile, key, saltOf(profile)),
  opener: new Opener(profile, key, saltOf(profile)),
})
const seal = (sealer: Sealer, packet: Buffer) => sealer.rtp(packet.subarray(0, 12), packet.subarray(12))
const payloadOf = (opened: ReturnType<Opener['rtp']>) => (typeof opened === 'string' ? opened : opened.payload.toString())

test('session keys are derived as in RFC 3711, appendix B.3', () => {
  const master = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139', 'hex')
  const salt = Buffer.from('0EC675AD498AFEEBB6960B3AABE6', 'hex')
  expect(derive(master, salt, 0, 16).toString('hex')).toBe('c61e7a93744f39ee10734afe3ff7a087')
  expect(derive(master, salt, 2, 14).toString('hex')).toBe('30cbbc08863d8c85d49db34a9ae1')
  expect(derive(master, salt, 1, 20).toString('hex')).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4')
})

describe.each([
  ['AES-GCM', AES_GCM],
  ['AES-CM', AES_CM],
] as const)('%s', (_name, profile) => {
  const werift = () => {
    const keys = { localMasterKey: key, localMasterSalt: saltOf(profile), remoteMasterKey: key, remoteMasterSalt: saltOf(profile) }
    return { rtp: new SrtpSession({ keys, profile }), rtcp: new SrtcpSession({ keys, profile }) }
  }

  test('what we seal another implementation opens, and the other way round', () => {
    const { sealer, opener } = both(profile)
    const other = werift()
    const packet = rtp({ payload: Buffer.from('hello') })
    expect(other.rtp.decrypt(seal(sealer, packet)).toString('hex')).toBe(packet.toString('hex'))
    const { header, payload } = RtpPacket.deSerialize(packet)
    expect(payloadOf(opener.rtp(other.rtp.encrypt(payload, header)))).toBe('hello')

    const report = Buffer.from('80c90001000000070000000000000000', 'hex').subarray(0, 8)
    const long = Buffer.from('81c900070000000700000008000000000000000100000000000000000000000a', 'hex')
    for (const rtcp of [report, long]) {
      expect(other.rtcp.decrypt(sealer.rtcp(rtcp)).toString('hex')).toBe(rtcp.toString('hex'))
      expect(opener.rtcp(other.rtcp.encrypt(rtcp))).toEqual(rtcp)
    }
  })

  test('a packet is opened once', () => {
    const { sealer, opener } = both(profile)
    const [first, second] = [seal(sealer, rtp({ sequence: 10 })), seal(sealer, rtp({ sequence: 11 }))]
    expect(typeof opener.rtp(second)).toBe('object')
    expect(typeof opener.rtp(first), 'reordered is not replayed').toBe('object')
    expect(opener.rtp(first)).toBe('media replayed')
    expect(opener.rtp(second)).toBe('media replayed')
    const report = sealer.rtcp(Buffer.from('80c9000100000007', 'hex'))
    expect(typeof opener.rtcp(report)).toBe('object')
    expect(opener.rtcp(report)).toBe('media replayed')
  })

  test("werift's own opens it as often as it comes, which is why it is not used", () => {
    const sealed = seal(both(profile).sealer, rtp({}))
    const other = werift()
    expect(other.rtp.decrypt(sealed)).toEqual(other.rtp.decrypt(sealed))
  })

  test('a flipped bit anywhere is noticed, and harms nothing that comes after', () => {
    const { sealer, opener } = both(profile)
    const sealed = seal(sealer, rtp({ sequence: 20, payload: Buffer.from('some words') }))
    for (let at = 1; at < sealed.length; at++) {
      const bad = Buffer.from(sealed)
      bad[at] = (bad[at] ?? 0) ^ 0x10
      expect(typeof opener.rtp(bad), `byte ${at}`).toBe('string')
    }
    expect(payloadOf(opener.rtp(sealed))).toBe('some words')
    const report = sealer.rtcp(Buffer.from('80c9000100000007', 'hex'))
    for (let at = 0; at < report.length; at++) {
      const bad = Buffer.from(report)
      bad[at] = (bad[at] ?? 0) ^ 0x80
      expect(typeof opener.rtcp(bad), `byte ${at}`).toBe('string')
    }
    expect(typeof opener.rtcp(report)).toBe('object')
  })

  test('counting goes on when the sequence number wraps, in order and out of order', () => {
    const { sealer, opener } = both(profile)
    const sealed = [65533, 65534, 65535, 0, 1, 2].map((sequence) => seal(sealer, rtp({ sequence, payload: Buffer.from(`${sequence}`) })))
    const order = [0, 1, 3, 2, 5, 4]
    expect(order.map((at) => payloadOf(opener.rtp(sealed[at] ?? Buffer.alloc(0))))).toEqual(['65533', '65534', '0', '65535', '2', '1'])
    for (let sequence = 3; sequence < 65536 + 10; sequence += 100) seal(sealer, rtp({ sequence: sequence & 0xffff }))
    expect(payloadOf(opener.rtp(seal(sealer, rtp({ sequence: 40, payload: Buffer.from('late') })))), 'a whole turn was lost').toBe(
      'media forged',
    )
  })

  test('truncated and endless headers are refused', () => {
    const { sealer, opener } = both(profile)
    const sealed = seal(sealer, rtp({}))
    for (let length = 0; length < sealed.length; length++)
      expect(typeof opener.rtp(sealed.subarray(0, length)), `${length} bytes`).toBe('string')
    const long = Buffer.from(sealed)
    long[0] = 0x9f // an extension that is not there, and 15 CSRC
    expect(opener.rtp(long)).toBe('media malformed')
  })

  test('no peer fills the memory with sources', () => {
    const { sealer, opener } = both(profile)
    const results = Array.from({ length: 40 }, (_, ssrc) => opener.rtp(seal(sealer, rtp({ ssrc }))))
    expect(results.filter((result) => typeof result === 'object')).toHaveLength(32)
    expect(results.at(-1)).toBe('too many sources')
  })
})

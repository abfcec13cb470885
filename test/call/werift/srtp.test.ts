// What one end seals the other opens, once; nothing else is opened. Checked with the vectors of the standards and with werift's own.
import { describe, expect, test } from 'vitest'
import { RtpPacket, SrtcpSession, SrtpSession } from 'werift'
import { AES_CM, AES_GCM, derive, Opener, type Profile, Sealer, saltBytes } from '../../../src/call/werift/srtp.ts'
import { type SessionKeys, suiteOf } from '../../../src/call/werift/suite.ts'
import type { Packets } from '../../../src/lib/packets.ts'
import { rtp, WAYS } from './kit.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const key = hex('000102030405060708090a0b0c0d0e0f')
const saltOf = (profile: Profile) => hex('0ec675ad498afeebb6960b3aabe6').subarray(0, saltBytes(profile))
const ends = (profile: Profile, addon: Packets | null) => ({
  sealer: new Sealer(profile, key, saltOf(profile), addon),
  opener: new Opener(profile, key, saltOf(profile), addon),
})
const room = Buffer.alloc(2048)
/** A packet with a plain header, sealed in a buffer that is used for each. */
function seal(sealer: Sealer, packet: Buffer): Buffer {
  packet.copy(room, 0, 0, 12)
  return Buffer.from(room.subarray(0, sealer.rtp(room, 12, packet.subarray(12))))
}
const payloadOf = (opened: ReturnType<Opener['rtp']>) => opened.toString()

describe.each(WAYS)('the numbers in the standards, %s', (_way, addon) => {
  test('session keys are derived as in RFC 3711, appendix B.3', () => {
    const [master, salt] = [hex('E1F97A0D3E018BE0D64FA32C06DE4139'), hex('0EC675AD498AFEEBB6960B3AABE6')]
    expect(derive(master, salt, 0, 16).toString('hex')).toBe('c61e7a93744f39ee10734afe3ff7a087')
    expect(derive(master, salt, 2, 14).toString('hex')).toBe('30cbbc08863d8c85d49db34a9ae1')
    expect(derive(master, salt, 1, 20).toString('hex')).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4')
  })

  test('AES-CM makes the key stream of RFC 3711, appendix B.2', () => {
    const suite = suiteOf(
      AES_CM,
      {
        cipher: hex('2B7E151628AED2A6ABF7158809CF4F3C'),
        salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
        auth: Buffer.alloc(20),
      },
      addon,
    )
    const packet = Buffer.alloc(200)
    suite.sealRtp(packet, 12, Buffer.alloc(48), { ssrc: 0, high: 0, low: 0 })
    expect(packet.toString('hex', 12, 60)).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    )
  })

  test('AES-CM with HMAC-SHA1 seals the reference packets of libsrtp', () => {
    const keys = [hex('e1f97a0d3e018be0d64fa32c06de4139'), hex('0ec675ad498afeebb6960b3aabe6')] as const
    const body = 'ab'.repeat(16)
    const sealer = new Sealer(AES_CM, ...keys, addon)
    const sealed = seal(sealer, hex(`800f1234decafbadcafebabe${body}`))
    expect(sealed.toString('hex')).toBe('800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb')
    const report = sealer.rtcp(hex(`81c8000bcafebabe${body}`))
    expect(report.toString('hex')).toBe('81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798')
    const opener = new Opener(AES_CM, ...keys, addon)
    expect(opener.rtp(sealed)).toEqual(hex(body))
    expect(opener.rtcp(report)).toEqual(hex(`81c8000bcafebabe${body}`))
  })

  const quidProQuo: SessionKeys = { cipher: key, salt: hex('517569642070726f2071756f'), auth: Buffer.alloc(20) }

  test('AES-GCM seals and opens the packet of RFC 7714, section 16.1', () => {
    const suite = suiteOf(AES_GCM, quidProQuo, addon)
    const plain = hex('8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573')
    const sealed =
      '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce'
    const turn = { ssrc: 0x5501a0b2, high: 0, low: 0xf17b }
    const packet = Buffer.alloc(200)
    plain.copy(packet, 0, 0, 12)
    expect(packet.toString('hex', 0, suite.sealRtp(packet, 12, plain.subarray(12), turn))).toBe(sealed)
    expect(suite.openRtp(hex(sealed), 12, turn)).toEqual(plain.subarray(12))
  })

  test('AES-GCM seals and opens the report of RFC 7714, section 17.1', () => {
    const suite = suiteOf(AES_GCM, quidProQuo, addon)
    const plain = hex('81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef')
    const sealed =
      '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4'
    const turn = { ssrc: 0x4d617273, high: 0, low: 0x5d4 }
    expect(suite.sealRtcp(plain, 0x800005d4, turn).toString('hex')).toBe(sealed)
    expect(suite.openRtcp(hex(sealed), turn)).toEqual(plain)
  })
})

const cases = WAYS.flatMap(([way, addon]) => [[`AES-GCM ${way}`, AES_GCM, addon] as const, [`AES-CM ${way}`, AES_CM, addon] as const])

describe.each(cases)('%s', (_name, profile, addon) => {
  const both = (profile: Profile) => ends(profile, addon)
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

    const report = hex('80c9000100000007')
    const long = hex('81c900070000000700000008000000000000000100000000000000000000000a')
    for (const rtcp of [report, long]) {
      expect(other.rtcp.decrypt(sealer.rtcp(rtcp)).toString('hex')).toBe(rtcp.toString('hex'))
      expect(opener.rtcp(other.rtcp.encrypt(rtcp))).toEqual(rtcp)
    }
  })

  test('a header of any length is signed and not encrypted', () => {
    const { sealer, opener } = both(profile)
    const packet = rtp({ csrc: 2, extensions: [[3, Buffer.from('wide')]], payload: Buffer.from('words') })
    packet.copy(room)
    const headerLength = packet.length - 5
    const sealed = Buffer.from(room.subarray(0, sealer.rtp(room, headerLength, packet.subarray(headerLength))))
    expect(sealed.subarray(0, headerLength)).toEqual(packet.subarray(0, headerLength))
    expect(sealed.length).toBe(packet.length + sealer.overhead)
    expect(werift().rtp.decrypt(sealed).subarray(-5).toString()).toBe('words')
    expect(payloadOf(opener.rtp(sealed))).toBe('words')
    expect(opener.header.payloadAt).toBe(headerLength)
  })

  test('a packet is opened once', () => {
    const { sealer, opener } = both(profile)
    const [first, second] = [seal(sealer, rtp({ sequence: 10 })), seal(sealer, rtp({ sequence: 11 }))]
    expect(payloadOf(opener.rtp(second))).toBe('payload')
    expect(payloadOf(opener.rtp(first)), 'reordered is not replayed').toBe('payload')
    expect(opener.rtp(first)).toBe('media replayed')
    expect(opener.rtp(second)).toBe('media replayed')
    const report = sealer.rtcp(hex('80c9000100000007'))
    expect(opener.rtcp(report)).toEqual(hex('80c9000100000007'))
    expect(opener.rtcp(report)).toBe('media replayed')
  })

  test('no number seals two packets: that would give the key of the seal away', () => {
    const { sealer } = both(profile)
    expect(seal(sealer, rtp({ sequence: 5 })).length).toBeGreaterThan(12)
    expect(seal(sealer, rtp({ sequence: 6 })).length).toBeGreaterThan(12)
    expect(seal(sealer, rtp({ sequence: 5, payload: Buffer.from('another') }))).toHaveLength(0)
    expect(seal(sealer, rtp({ sequence: 5, ssrc: 8 })).length, 'another source has numbers of its own').toBeGreaterThan(12)
  })

  test("werift's own opens it as often as it comes, which is why it is not used", () => {
    const sealed = seal(both(profile).sealer, rtp({}))
    const other = werift()
    expect(other.rtp.decrypt(sealed)).toEqual(other.rtp.decrypt(sealed))
  })

  test('a flipped bit anywhere is noticed, and harms nothing that comes after', () => {
    const { sealer, opener } = both(profile)
    const sealed = seal(sealer, rtp({ sequence: 20, payload: Buffer.from('some words') }))
    const refused = /^(media|too many)/
    for (let at = 1; at < sealed.length; at++) {
      const bad = Buffer.from(sealed)
      bad[at] = (bad[at] ?? 0) ^ 0x10
      expect(opener.rtp(bad), `byte ${at}`).toMatch(refused)
    }
    expect(payloadOf(opener.rtp(sealed))).toBe('some words')
    const report = sealer.rtcp(hex('80c9000100000007'))
    for (let at = 0; at < report.length; at++) {
      const bad = Buffer.from(report)
      bad[at] = (bad[at] ?? 0) ^ 0x80
      expect(opener.rtcp(bad), `byte ${at}`).toMatch(refused)
    }
    expect(opener.rtcp(report)).toEqual(hex('80c9000100000007'))
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
      expect(opener.rtp(sealed.subarray(0, length)), `${length} bytes`).toMatch(/^media/)
    const long = Buffer.from(sealed)
    long[0] = 0x9f // an extension that is not there, and 15 CSRC
    expect(opener.rtp(long)).toBe('media malformed')
    const report = sealer.rtcp(hex('80c9000100000007'))
    for (let length = 0; length < report.length; length++)
      expect(opener.rtcp(report.subarray(0, length)), `${length} bytes`).toMatch(/^media/)
  })

  test('no peer fills the memory with sources', () => {
    const { sealer, opener } = both(profile)
    const results = Array.from({ length: 40 }, (_, ssrc) => opener.rtp(seal(sealer, rtp({ ssrc }))))
    expect(results.filter((result) => typeof result === 'object')).toHaveLength(32)
    expect(results.at(-1)).toBe('too many sources')
  })
})

// Thousands of packets with werift's own SRTP at the other end: lost, reordered, repeated and changed on the way, over a rollover of
// the numbers. Each genuine one is opened once, and nothing else ever is. Chance is seeded, so a failure comes back.
import { describe, expect, test } from 'vitest'
import { RtpPacket, SrtpSession } from 'werift'
import { AES_CM, AES_GCM, Opener, type Profile, Sealer, saltBytes } from '../../../src/call/werift/srtp.ts'
import { dice } from '../../fake/dice.ts'
import { rtp, WAYS } from './kit.ts'

const PACKETS = 5000
const FIRST = 64_000

const keyOf = (random: (below: number) => number, length: number) => Buffer.from(Array.from({ length }, () => random(256)))

/** The `i`th packet of two sources in turn, with payloads from 0 to 1200 bytes, some with extensions and contributing sources. */
function made(i: number, random: (below: number) => number): Buffer {
  const payload = Buffer.alloc(random(3) === 0 ? random(1200) : random(60), i)
  return rtp({
    ssrc: 100 + (i % 2),
    sequence: (FIRST + (i >> 1)) & 0xffff,
    timestamp: i * 90,
    payload,
    ...(random(4) === 0 && { extensions: [[4, Buffer.from([i & 0xff, 1])]] as const }),
    csrc: random(8) === 0 ? 2 : 0,
  })
}

/** Where the payload begins, counted by hand. */
function headerOf(packet: Buffer): number {
  const first = packet.readUInt8(0)
  const end = 12 + (first & 0x0f) * 4
  return first & 0x10 ? end + 4 + packet.readUInt16BE(end + 2) * 4 : end
}

const cases = WAYS.flatMap(([way, addon]) => [
  [`AES-GCM ${way}`, AES_GCM as Profile, addon] as const,
  [`AES-CM ${way}`, AES_CM as Profile, addon] as const,
])

describe.each(cases)('%s', { timeout: 60_000 }, (_name, profile, addon) => {
  const ends = (seed: number) => {
    const random = dice(seed)
    const [key, salt] = [keyOf(random, 16), keyOf(random, saltBytes(profile))]
    const keys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt }
    return {
      random,
      sealer: new Sealer(profile, key, salt, addon),
      opener: new Opener(profile, key, salt, addon),
      other: new SrtpSession({ keys, profile }),
    }
  }

  test('what we seal werift opens, whatever is lost', () => {
    const { random, sealer, other } = ends(1)
    const room = Buffer.alloc(2048)
    const wrong: number[] = []
    for (let i = 0; i < PACKETS; i++) {
      const packet = made(i, random)
      const at = headerOf(packet)
      packet.copy(room, 0, 0, at)
      const length = sealer.rtp(room, at, packet.subarray(at))
      if (random(10) === 0) continue
      if (!other.decrypt(Buffer.from(room.subarray(0, length))).equals(packet)) wrong.push(i)
    }
    expect(wrong).toEqual([])
  })

  test('what werift seals we open once, lost, reordered, repeated and changed as it may be', () => {
    const { random, opener, other } = ends(2)
    const arriving: Array<{ readonly at: number; readonly i: number; readonly sealed: Buffer }> = []
    const originals: Buffer[] = []
    for (let i = 0; i < PACKETS; i++) {
      const packet = made(i, random)
      originals.push(packet)
      const { header, payload } = RtpPacket.deSerialize(packet)
      const sealed = other.encrypt(payload, header)
      if (random(10) === 0) continue
      const at = i + (random(5) === 0 ? random(100) : 0)
      arriving.push({ at, i, sealed })
      if (random(10) === 0) arriving.push({ at: at + random(600), i, sealed })
    }
    arriving.sort((a, b) => a.at - b.at)
    const opened = new Set<number>()
    const wrong: string[] = []
    for (const { i, sealed } of arriving) {
      if (random(5) === 0) {
        const bad = Buffer.from(sealed)
        const at = random(bad.length)
        bad[at] = (bad[at] ?? 0) ^ (1 << random(8))
        if (typeof opener.rtp(bad) === 'object') wrong.push(`${i}: opened with byte ${at} changed`)
      }
      if (random(50) === 0 && typeof opener.rtp(sealed.subarray(0, random(sealed.length))) === 'object')
        wrong.push(`${i}: opened though cut off`)
      const result = opener.rtp(sealed)
      const original = originals[i] ?? Buffer.alloc(0)
      const expected = opened.has(i) ? 'media replayed' : original.subarray(headerOf(original))
      if (typeof result === 'string' || typeof expected === 'string' ? result !== expected : !result.equals(expected))
        wrong.push(`${i}: ${typeof result === 'string' ? result : 'another payload'}`)
      opened.add(i)
    }
    expect(wrong).toEqual([])
    expect(opened.size).toBeGreaterThan(PACKETS * 0.8)
  })

  test('noise of any length opens nothing', () => {
    const { random, opener } = ends(3)
    for (let i = 0; i < 2000; i++) {
      const noise = keyOf(random, random(120))
      if (i % 2 === 0 && noise.length > 0) noise[0] = 0x80 | (noise[0] ?? 0)
      expect(typeof opener.rtp(noise)).toBe('string')
      expect(typeof opener.rtcp(noise)).toBe('string')
    }
  })
})

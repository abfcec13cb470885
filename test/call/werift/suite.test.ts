// Sealed in JavaScript or in the addon: the same bytes, and the same refusals. What the addon is given wrong it refuses, and then has done nothing.
import { describe, expect, test } from 'vitest'
import { AES_CM, AES_GCM, type Profile } from '../../../src/call/werift/srtp.ts'
import { type Suite, suiteOf } from '../../../src/call/werift/suite.ts'
import { dice } from '../../fake/dice.ts'
import { mustHavePackets } from './kit.ts'

const addon = mustHavePackets()
const bytes = (random: (below: number) => number, length: number) => Buffer.from(Array.from({ length }, () => random(256)))

const PROFILES: ReadonlyArray<readonly [string, Profile]> = [
  ['AES-GCM', AES_GCM],
  ['AES-CM', AES_CM],
]

describe.each(PROFILES)('%s', (_name, profile) => {
  const pair = (seed: number) => {
    const random = dice(seed)
    const keys = { cipher: bytes(random, 16), auth: bytes(random, 20), salt: bytes(random, profile === AES_GCM ? 12 : 14) }
    const turn = () => ({ ssrc: random(2 ** 32), high: random(3) === 0 ? 0xffffffff : random(5), low: random(65_536) })
    return { random, turn, script: suiteOf(profile, keys, null), native: suiteOf(profile, keys, addon) }
  }
  const seal = (suite: Suite, head: Buffer, payload: Buffer, turn: Parameters<Suite['sealRtp']>[3]) => {
    const room = Buffer.alloc(2048)
    head.copy(room)
    return Buffer.from(room.subarray(0, suite.sealRtp(room, head.length, payload, turn)))
  }

  test('both ways seal to the same bytes, and each opens what the other has sealed', () => {
    const { random, turn, script, native } = pair(1)
    for (let i = 0; i < 2000; i++) {
      const [head, payload, at] = [bytes(random, 12 + random(40)), bytes(random, random(4) === 0 ? 0 : random(1300)), turn()]
      const sealed = seal(native, head, payload, at)
      expect(sealed.equals(seal(script, head, payload, at)), `packet ${i}`).toBe(true)
      expect(sealed.length).toBe(head.length + payload.length + native.overhead)
      expect(native.openRtp(sealed, head.length, at)?.equals(payload)).toBe(true)
      expect(script.openRtp(sealed, head.length, at)?.equals(payload)).toBe(true)
    }
  })

  test('the same of reports', () => {
    const { random, turn, script, native } = pair(2)
    for (let i = 0; i < 1000; i++) {
      const [report, at] = [bytes(random, 8 + random(300)), turn()]
      const word = 0x80000000 + random(2 ** 31)
      const sealed = native.sealRtcp(report, word, at)
      expect(sealed.equals(script.sealRtcp(report, word, at)), `report ${i}`).toBe(true)
      expect(native.wordAt(sealed)).toBe(script.wordAt(sealed))
      expect(sealed.readUInt32BE(native.wordAt(sealed))).toBe(word)
      expect(native.openRtcp(sealed, at)?.equals(report)).toBe(true)
      expect(script.openRtcp(sealed, at)?.equals(report)).toBe(true)
    }
  })

  test('both refuse what was changed, cut off or made up', () => {
    const { random, turn, script, native } = pair(3)
    for (let i = 0; i < 500; i++) {
      const [head, payload, at] = [bytes(random, 12), bytes(random, 1 + random(200)), turn()]
      const sealed = seal(native, head, payload, at)
      const report = native.sealRtcp(bytes(random, 8 + random(100)), 0x80000001, at)
      for (const packet of [sealed, report]) {
        const at = random(packet.length)
        packet[at] = (packet[at] ?? 0) ^ (1 << random(8))
      }
      const noise = bytes(random, random(300))
      for (const suite of [script, native]) {
        expect(suite.openRtp(sealed, head.length, at)).toBeNull()
        expect(suite.openRtcp(report, at)).toBeNull()
      }
      expect(native.openRtp(sealed.subarray(0, random(sealed.length)), 12, at)).toBeNull()
      expect(native.openRtcp(report.subarray(0, random(report.length)), at)).toBeNull()
      expect(native.openRtp(noise, random(400), at)).toBeNull()
      expect(native.openRtcp(noise, at)).toBeNull()
    }
  })

  test('the longest datagram that there is is refused like any other', () => {
    const { random, turn, native } = pair(4)
    const endless = bytes(random, 65_536)
    expect(native.openRtp(endless, 12, turn())).toBeNull()
    expect(native.openRtcp(endless, turn())).toBeNull()
  })
})

describe('a wrong call', () => {
  const suite = addon.suite(true, Buffer.alloc(16), Buffer.alloc(20), Buffer.alloc(12))
  const small = Buffer.alloc(40)

  test('is refused, whatever is wrong with it', () => {
    const wrong: ReadonlyArray<() => unknown> = [
      () => addon.suite(true, Buffer.alloc(15), Buffer.alloc(20), Buffer.alloc(12)),
      () => addon.suite(true, Buffer.alloc(16), Buffer.alloc(19), Buffer.alloc(12)),
      () => addon.suite(true, Buffer.alloc(16), Buffer.alloc(20), Buffer.alloc(14)),
      () => addon.suite(false, Buffer.alloc(16), Buffer.alloc(20), Buffer.alloc(12)),
      () => addon.seal({} as never, small, 12, small, 0, 0, 0),
      () => addon.seal(suite, small, 12, 'words' as never, 0, 0, 0),
      () => addon.seal(suite, small, 12, Buffer.alloc(13), 0, 0, 0),
      () => addon.seal(suite, small, 41, Buffer.alloc(0), 0, 0, 0),
      () => addon.seal(suite, small, 12, Buffer.alloc(70_000), 0, 0, 0),
      () => addon.open(suite, Buffer.alloc(100), 12, small, 0, 0, 0),
      () => addon.sealControl(suite, small, 0, small, 0, 0, 0),
      () => addon.sealControl(suite, Buffer.alloc(7), 0, Buffer.alloc(100), 0, 0, 0),
      () => addon.openControl(suite, Buffer.alloc(100), small, 0, 0, 0),
      () => addon.address('127.0.0.1', 0),
      () => addon.address('127.0.0.1', 65_536),
      () => addon.door(-1),
      () => addon.host(Buffer.alloc(27)),
      () => addon.listen(0, Buffer.alloc(65_536), Buffer.alloc(128), Buffer.alloc(448), () => {}),
      () => addon.listen(1, Buffer.alloc(65_535), Buffer.alloc(128), Buffer.alloc(448), () => {}),
      () => addon.listen(1, Buffer.alloc(65_536), Buffer.alloc(127), Buffer.alloc(448), () => {}),
      () => addon.listen(1, Buffer.alloc(65_536), Buffer.alloc(128), Buffer.alloc(447), () => {}),
      () => addon.listen(1, Buffer.alloc(65_536), Buffer.alloc(128), Buffer.alloc(448), 'called' as never),
    ]
    for (const [i, call] of wrong.entries()) expect(call, `call ${i}`).toThrow(TypeError)
    expect(small).toEqual(Buffer.alloc(40))
  })

  test('names of any length are no addresses', () => {
    for (const host of ['', 'localhost', '1.2.3', '1.2.3.4.5', 'fe80::1%lo', '::g', '1'.repeat(10_000), '127.0.0.1\0'])
      expect(addon.address(host, 1), host.slice(0, 20)).toBeNull()
    expect(addon.host(addon.address('10.1.2.3', 9) ?? Buffer.alloc(0))).toBe('10.1.2.3')
    expect(addon.host(addon.address('fd00::1:2', 9) ?? Buffer.alloc(0))).toBe('fd00::1:2')
  })

  test('orders beyond the arena are refused, and none of them is obeyed; a closed door obeys none', () => {
    const arena = Buffer.alloc(200)
    const orders = new Int32Array(10)
    const send = (count: number) => addon.send(arena, Buffer.from(orders.buffer), count)
    const door = addon.door(0)
    for (const [at, length, to] of [
      [27, 10, 16],
      [-1, 10, 16],
      [28, -1, 16],
      [28, 173, 16],
      [2 ** 31 - 1, 2 ** 31 - 1, 16],
      [28, 10, 17],
      [28, 10, 0],
    ]) {
      orders.set([door, 28, 10, 16, 0, door, at ?? 0, length ?? 0, to ?? 0, 0])
      expect(() => send(2), `${at} ${length} ${to}`).toThrow(TypeError)
    }
    expect(() => send(3), 'more orders than there are').toThrow(TypeError)
    expect(send(0)).toBe(0)
    addon.close(door)
    addon.close(door)
    orders.set([door, 28, 10, 16, 0])
    expect(send(1)).toBe(1)
    expect(orders[4]).toBe(-9)
  })
})

test('a million packets leave no memory behind', () => {
  const { suite, into, payload } = {
    suite: addon.suite(false, Buffer.alloc(16), Buffer.alloc(20), Buffer.alloc(14)),
    into: Buffer.alloc(200),
    payload: Buffer.alloc(80),
  }
  const seal = (times: number) => {
    for (let i = 0; i < times; i++) addon.seal(suite, into, 12, payload, 7, i >>> 16, i & 0xffff)
    for (let i = 0; i < times / 10; i++) addon.open(suite, into.subarray(0, 102), 12, payload, 7, 0, i & 0xffff)
  }
  seal(100_000)
  const before = process.memoryUsage.rss()
  seal(1_000_000)
  expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024)
}, 60_000)

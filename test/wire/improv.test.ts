// The bytes are those of the standard's own examples, and of what Home Assistant's and the browsers' clients send.
import { describe, expect, it } from 'vitest'
import { type Ms, ms } from '../../src/lib/unit.ts'
import { hex, unhex } from '../../src/wire/crypto.ts'
import {
  advertisedBytes,
  CommandPieces,
  capabilityBytes,
  errorBytes,
  IMPROV,
  type ImprovAsk,
  networksBytes,
  readCommand,
  resultBytes,
  stateBytes,
  utf8,
} from '../../src/wire/improv.ts'

const packet = (command: number, data: Uint8Array | readonly number[]): Uint8Array => {
  const bytes = [command, data.length, ...data]
  return Uint8Array.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0)])
}
const string = (text: string): number[] => {
  const bytes = new TextEncoder().encode(text)
  return [bytes.length, ...bytes]
}
const settings = (ssid: string, password: string): Uint8Array => packet(1, [...string(ssid), ...string(password)])

describe('a command', () => {
  it('is read as the standard writes it', () => {
    const golden: ReadonlyArray<readonly [string, ImprovAsk]> = [
      [
        '011e0c4d79576972656c6573734150106d7973656375726570617373776f7264c0',
        { is: 'settings', ssid: 'MyWirelessAP', password: 'mysecurepassword' },
      ],
      ['01060443616bc3a900a7', { is: 'odd', error: 'invalid packet' }],
      ['010705436166c3a90083', { is: 'settings', ssid: 'Café', password: '' }],
      ['020002', { is: 'identify' }],
      ['030003', { is: 'info' }],
      ['040004', { is: 'scan' }],
      ['050005', { is: 'odd', error: 'unknown command' }],
    ]
    expect(golden.map(([bytes]) => readCommand(unhex(bytes)))).toEqual(golden.map(([, ask]) => ask))
  })

  it('is refused with a wrong sum, a wrong length, too few or too many strings, or what is no text', () => {
    const wrong = settings('Home', 'correct horse')
    wrong[wrong.length - 1] = 0
    const odd = [
      wrong,
      new Uint8Array(),
      Uint8Array.of(1, 0),
      Uint8Array.of(1, 0, 1),
      Uint8Array.of(2, 1, 0, 3),
      Uint8Array.of(2, 0, 2, 2),
      packet(1, string('Home')),
      packet(1, [...string('Home'), ...string('correct horse'), 0]),
      packet(1, [4, 72, 111, 109, 101, 200, 1]),
      packet(1, [2, 0xc3, 0x28, 0]),
      packet(3, [0]),
    ]
    expect(odd.map(readCommand)).toEqual(odd.map(() => ({ is: 'odd', error: 'invalid packet' })))
  })
})

describe('a command in pieces', () => {
  const whole = settings('A long name of a network', 'and a long password for it')
  const cut = (bytes: Uint8Array, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size))

  it.each([1, 2, 19, 20, 100])('of %i bytes is put together', (size) => {
    const pieces = new CommandPieces()
    const read = cut(whole, size).map((piece) => pieces.take(piece, 'phone', ms(0)))
    expect(read.pop()).toEqual({ is: 'settings', ssid: 'A long name of a network', password: 'and a long password for it' })
    expect(read.every((each) => each === null)).toBe(true)
  })

  it('is never put together of two phones, nor with what was given up', () => {
    const [first = whole, second = whole] = cut(whole, 40)
    const pieces = new CommandPieces()
    expect([pieces.take(first, 'phone', ms(0)), pieces.take(packet(2, []), 'other', ms(1))]).toEqual([null, { is: 'identify' }])
    expect(pieces.take(first, 'phone', ms(2))).toBeNull()
    expect(pieces.take(packet(4, []), 'phone', ms(6000))).toEqual({ is: 'scan' })
    expect(pieces.take(first, 'phone', ms(7000))).toBeNull()
    expect(pieces.take(second, 'phone', ms(8000))).toMatchObject({ is: 'settings' })
  })

  it('holds no more than a packet, and reads whatever comes without an exception', () => {
    let seed = 7
    const dice = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const pieces = new CommandPieces()
    const seen = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const good = [settings('Home', 'correct horse'), packet(2, []), packet(3, []), packet(4, [])][dice(4)] ?? whole
      const odd = dice(3) === 0 ? Uint8Array.from({ length: dice(600) }, () => dice(256)) : good.slice(0, 1 + dice(good.length + 4))
      if (dice(2) === 0) odd[dice(odd.length || 1)] = dice(256)
      const ask = pieces.take(odd, dice(5) === 0 ? 'other' : 'phone', ms(i * dice(10)) as Ms)
      if (!ask) continue
      seen.set(ask.is, (seen.get(ask.is) ?? 0) + 1)
      if (ask.is === 'settings') expect([ask.ssid.length <= 253, ask.password.length <= 253]).toEqual([true, true])
    }
    expect([...seen.keys()].sort()).toEqual(['identify', 'info', 'odd', 'scan', 'settings'])
  })
})

describe('what the box says', () => {
  it('has the bytes of the standard', () => {
    expect(
      [stateBytes('authorization required'), stateBytes('authorized'), stateBytes('provisioning'), stateBytes('provisioned')].map(hex),
    ).toEqual(['01', '02', '03', '04'])
    expect(
      (['none', 'invalid packet', 'unknown command', 'unable to connect', 'not authorized', 'unknown'] as const).map((each) =>
        hex(errorBytes(each)),
      ),
    ).toEqual(['00', '01', '02', '03', '04', 'ff'])
    expect(hex(capabilityBytes())).toBe('07')
    expect(hex(advertisedBytes('authorized'))).toBe('020700000000')
    expect(IMPROV.command).toBe('00467768-6228-2272-4663-277478268003')
  })

  it('is a list of strings with a sum', () => {
    expect(hex(resultBytes('settings', []))).toBe('010001')
    expect(hex(resultBytes('settings', ['http://box']))).toBe('010b0a687474703a2f2f626f78b7')
    const info = resultBytes('info', ['Parlor', '0.4.0', 'Raspberry Pi 4', 'x'.repeat(400)])
    expect([info.length <= 258, info[1]]).toEqual([true, info.length - 3])
  })

  it('names as many networks as reach the phone, three strings each', () => {
    const near = (ssid: string, dbm: number) => ({ ssid, dbm, isOpen: ssid === 'Café' })
    expect(hex(networksBytes([near('Café', -60.4)], 258))).toBe('040d05436166c3a9032d3630024e4fc1')
    const many = Array.from({ length: 40 }, (_, i) => near(`Network number ${i}`, -40 - i))
    for (const most of [3, 20, 64, 182, 258, 514]) {
      const bytes = networksBytes(many, most)
      expect(bytes.length).toBeLessThanOrEqual(Math.min(most, 258))
      const [, length = 0] = bytes
      expect(bytes.length).toBe(length + 3)
      let strings = 0
      for (let at = 2; at < length + 2; at += 1 + (bytes[at] ?? 0)) strings++
      expect(strings % 3).toBe(0)
    }
    expect(hex(networksBytes([], 258))).toBe('040004')
  })

  it('cuts no letter in two', () => {
    expect([utf8('Küche', 2), utf8('Küche', 3), utf8('', 5)].map((bytes) => new TextDecoder().decode(bytes))).toEqual(['K', 'Kü', ''])
  })
})

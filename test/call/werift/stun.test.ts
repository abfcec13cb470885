// STUN as bytes, against the examples of RFC 5769 and against werift's reader and writer.

import { describe, expect, test } from 'vitest'
import { Message, parseMessage } from 'werift'
import { errorCode, isSigned, readStun, readXorAddress, writeStun, xorAddress } from '../../../src/call/werift/stun.ts'
import { Frames } from '../../../src/call/werift/turn-wire.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
/** RFC 5769 §2.2: a response over IPv4, signed with this password. */
const PASSWORD = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt')
const V4 = hex(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`)
/** §2.3: the same over IPv6. */
const V6 = hex(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147
  0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`)
const transaction = V4.subarray(8, 20)

describe('what others wrote', () => {
  test.each([
    ['IPv4', V4, ['192.0.2.1', 32853]],
    ['IPv6', V6, ['2001:db8:1234:5678:11:2233:4455:6677', 32853]],
  ] as const)('the example of RFC 5769 is read: %s', (_name, bytes, address) => {
    const message = readStun(bytes)
    expect(message && readXorAddress(message.attributes.get(0x0020), transaction)).toEqual(address)
    expect(message && isSigned(bytes, message, PASSWORD)).toBe(true)
    expect(message && isSigned(bytes, message, Buffer.from('another'))).toBe(false)
  })

  test('a bit that is turned over breaks the signature; a message that is cut is none', () => {
    for (let at = 0; at < V4.length; at++) {
      const bent = Buffer.from(V4)
      bent.writeUInt8(bent.readUInt8(at) ^ 1, at)
      const message = readStun(bent)
      // The fingerprint stands behind the signature, and is not covered by it.
      if (at < V4.length - 8 && message) expect(isSigned(bent, message, PASSWORD), `byte ${at}`).toBe(false)
      expect(readStun(V4.subarray(0, at))).toBeNull()
    }
  })

  test('an error says its number', () => {
    const error = new Message(3 as never, 0x0110 as never).setAttribute('ERROR-CODE', [438, 'Stale Nonce']) as Message
    const message = readStun(error.bytes)
    expect(message && errorCode(message)).toBe(438)
  })
})

describe('what we write', () => {
  test('is read and believed by werift', () => {
    const key = Buffer.from('key')
    const bytes = writeStun(0x0008, transaction, [[0x0012, xorAddress(['192.0.2.7', 4711], transaction)]], key)
    expect(parseMessage(bytes, key)?.getAttributeValue('XOR-PEER-ADDRESS')).toEqual(['192.0.2.7', 4711])
    expect(parseMessage(bytes, Buffer.from('no'))).toBeUndefined()
  })

  test.each(['192.0.2.1', '255.255.255.255', '2001:db8::1', '::1', 'fe80::1:2:3:4'])('comes back as it went: %s', (host) => {
    expect(readXorAddress(xorAddress([host, 65_535], transaction), transaction)).toEqual([host, 65_535])
  })

  test('an address of the wrong length is none', () => {
    for (const bytes of ['', '0001', '0001a147e112a6', '0003a147e112a643', '0002a147e112a643'])
      expect(readXorAddress(hex(bytes), transaction)).toBeNull()
  })
})

describe('a stream of frames', () => {
  test('comes apart at any cut, padding left out', () => {
    const channel = hex('40000005 6162636465 000000')
    const stream = Buffer.concat([V4, channel, V6])
    for (let cut = 1; cut < stream.length; cut++) {
      const frames = new Frames()
      const seen: string[] = []
      const take = (frame: Buffer) => void seen.push(frame.toString('hex'))
      expect(frames.feed(stream.subarray(0, cut), take) && frames.feed(stream.subarray(cut), take)).toBe(true)
      expect(seen).toEqual([V4, channel.subarray(0, 9), V6].map((each) => each.toString('hex')))
    }
  })

  test('of something else is noticed', () => {
    expect(new Frames().feed(Buffer.from('SSH-2.0-x'), () => {})).toBe(false)
  })
})

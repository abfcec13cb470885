// Sound that carries the sound before it: what is lost is heard all the same, once and in order, and a liar is told nothing.
import { describe, expect, test } from 'vitest'
import { Redundancy } from '../../../src/call/adapt/redundancy.ts'
import type { Line } from '../../../src/call/transport.ts'
import { Incoming } from '../../../src/call/werift/incoming.ts'
import { Odd } from '../../../src/call/werift/odd.ts'
import { Outgoing } from '../../../src/call/werift/outgoing.ts'
import { readRed, writeRed } from '../../../src/call/werift/red.ts'
import { RtpHeader } from '../../../src/call/werift/rtp.ts'
import type { Remote } from '../../../src/call/werift/sdp.ts'
import { rtp } from './kit.ts'

const [OPUS, RED] = [111, 63]
const sound = (timestamp: number, text: string) => ({ timestamp, payload: Buffer.from(text) })

describe('a payload', () => {
  test('has the form of RFC 2198', () => {
    const body = writeRed(OPUS, sound(1440, 'new'), [sound(480, 'old'), sound(960, 'mid')])
    expect(body.readUInt32BE(0)).toBe(0x80000000 + OPUS * 0x1000000 + 960 * 0x400 + 3)
    expect(body.readUInt32BE(4)).toBe(0x80000000 + OPUS * 0x1000000 + 480 * 0x400 + 3)
    expect(body.subarray(8).toString('latin1')).toBe(`${String.fromCharCode(OPUS)}oldmidnew`)
  })

  test('is read as it was written', () => {
    const body = writeRed(OPUS, sound(1440, 'new'), [sound(480, 'old'), sound(960, 'mid')])
    const blocks = readRed(OPUS, body)?.map(({ offset, payload }) => [offset, payload.toString()])
    expect(blocks).toEqual([
      [960, 'old'],
      [480, 'mid'],
      [0, 'new'],
    ])
  })

  test('leaves out what is too long ago or too long, across the wrap of time too', () => {
    const body = writeRed(OPUS, sound(240, 'new'), [sound(2 ** 32 - 40_000, 'ages ago'), sound(2 ** 32 - 240, 'old')])
    expect(readRed(OPUS, body)?.map(({ offset }) => offset)).toEqual([480, 0])
    expect(readRed(OPUS, writeRed(OPUS, sound(480, 'new'), [{ timestamp: 0, payload: Buffer.alloc(1024) }]))).toHaveLength(1)
  })

  test('cut off anywhere, or of another codec, is nothing, and never read beyond its end', () => {
    const body = writeRed(OPUS, sound(1440, 'n'), [sound(480, 'old'), sound(960, 'mid')])
    for (let length = 0; length < body.length - 1; length++) expect(readRed(OPUS, body.subarray(0, length))).toBeNull()
    expect(readRed(OPUS + 1, body)).toBeNull()
    expect(readRed(OPUS, Buffer.alloc(200, 0xff)), 'nothing but headers').toBeNull()
  })
})

const format = { payloadType: OPUS, red: RED, repair: null, fmtp: '', midId: 0, twccId: 0 }
const none = { format: null, sources: [], repairs: new Map() }
const remote: Remote = {
  ...{ username: 'user', password: 'password', fingerprint: '', setup: 'active' as const, mids: ['a', 'b', 'c', 'd'] as const },
  lines: { audio: { format, sources: [10], repairs: new Map() }, camera: none, screen: none },
  ...{ sctpPort: 5000, candidates: [] },
}

/** What one end sends and the other gives on. `loses` says which packets vanish, by their order. */
function talk(count: number, past: number, loses: (i: number) => boolean) {
  const odd = new Odd()
  const heard: string[] = []
  const deliver = (line: Line, packet: Buffer) =>
    void heard.push(`${line} ${packet.readUInt8(1)} ${packet.readUInt16BE(2)} ${packet.readUInt32BE(4)} ${packet.subarray(12).toString()}`)
  const incoming = new Incoming({ remote, odd, deliver })
  const outgoing = new Outgoing('audio')
  outgoing.agree(format)
  outgoing.past = past
  const sent: Buffer[] = []
  const packet = Buffer.alloc(2048)
  const way = { packet, send: (payload: Buffer) => void sent.push(Buffer.concat([packet.subarray(0, 12), payload])) }
  for (let i = 0; i < count; i++) outgoing.take(rtp({ sequence: i, timestamp: i * 480, payload: Buffer.from(`say ${i}`) }), i * 10, way)
  const first = [sent[0]?.readUInt16BE(2) ?? 0, sent[0]?.readUInt32BE(4) ?? 0] as const
  for (const [i, one] of sent.entries()) {
    if (loses(i)) continue
    one.writeUInt32BE(10, 8)
    const header = new RtpHeader()
    header.read(one)
    incoming.take(one, header, one.subarray(header.payloadAt), i * 10)
  }
  const whole = Array.from({ length: count }, (_, i) =>
    [`audio 111 ${(first[0] + i) & 0xffff}`, `${(first[1] + i * 480) >>> 0}`, `say ${i}`].join(' '),
  )
  return { heard, whole, sent, incoming, odd }
}

describe('on a line that loses', () => {
  test('one of two in a row comes with the next packet, two of three with two, each once and in order', () => {
    const one = talk(21, 1, (i) => i % 3 === 1)
    expect(one.heard).toEqual(one.whole)
    const two = talk(20, 2, (i) => i % 4 === 1 || i % 4 === 2)
    expect(two.heard).toEqual(two.whole)
  })

  test('what more is lost stays lost, and nothing is said twice', () => {
    const { heard, whole } = talk(12, 1, (i) => i === 4 || i === 5 || i === 6)
    expect(heard).toEqual(whole.filter((_, i) => i !== 4 && i !== 5))
  })

  test('it is reported as lost all the same', () => {
    const { incoming } = talk(30, 1, (i) => i % 3 === 1)
    expect(incoming.reports(300)[0]?.lost).toBe(10)
  })

  test('without loss it costs nothing: plain packets, whole', () => {
    const { heard, whole, sent } = talk(5, 0, () => false)
    expect(heard).toEqual(whole)
    expect(sent.map((packet) => packet.readUInt8(1) & 0x7f)).toEqual([OPUS, OPUS, OPUS, OPUS, OPUS])
  })

  test('a packet that is none is counted and dropped', () => {
    const { incoming, odd, heard } = talk(1, 0, () => false)
    const bad = rtp({ ssrc: 10, payloadType: RED, sequence: 9, payload: Buffer.from('efffffff', 'hex') })
    const header = new RtpHeader()
    header.read(bad)
    incoming.take(bad, header, bad.subarray(12), 50)
    expect(odd.seen()).toEqual({ 'media malformed': 1 })
    expect(heard).toHaveLength(1)
  })
})

describe('how much of the past is sent', () => {
  test('nothing, one, or two packets, as much is lost; and for ten seconds after', () => {
    const redundancy = new Redundancy()
    expect(redundancy.level(0.01, 1e6, 0)).toBe(0)
    expect(redundancy.level(0.03, 1e6, 1000)).toBe(1)
    expect(redundancy.level(0.1, 1e6, 2000)).toBe(2)
    expect(redundancy.level(0, 1e6, 11_000)).toBe(2)
    expect(redundancy.level(0, 1e6, 12_000)).toBe(0)
  })
  test('nothing where there is hardly room for sound', () => expect(new Redundancy().level(0.3, 150_000, 0)).toBe(0))
})

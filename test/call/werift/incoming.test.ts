// Whatever a browser sends, our workers get plain packets, each once, on the right line.
import { describe, expect, test } from 'vitest'
import type { Line } from '../../../src/call/transport.ts'
import { Incoming } from '../../../src/call/werift/incoming.ts'
import { Odd } from '../../../src/call/werift/odd.ts'
import { RtpHeader } from '../../../src/call/werift/rtp.ts'
import type { Remote } from '../../../src/call/werift/sdp.ts'
import { type Made, rtp } from './kit.ts'

const format = (payloadType: number, repair: number | null) => ({ payloadType, repair, fmtp: '', midId: 9, twccId: 4 })
const remote: Remote = {
  username: 'user',
  password: 'password',
  fingerprint: '',
  setup: 'active',
  mids: ['a', 'b', 'c', 'd'],
  lines: {
    audio: { format: format(109, null), sources: [10], repairs: new Map() },
    camera: { format: format(106, 107), sources: [20], repairs: new Map([[21, 20]]) },
    screen: { format: format(106, 107), sources: [], repairs: new Map() },
  },
  sctpPort: 5000,
  candidates: [],
}

function listen() {
  const odd = new Odd()
  const heard: Array<{ line: Line; packet: Buffer }> = []
  const incoming = new Incoming({ remote, odd, deliver: (line, packet) => void heard.push({ line, packet }) })
  const take = (made: Made, now = 0) => {
    const packet = rtp(made)
    const header = new RtpHeader()
    if (header.read(packet)) incoming.take(packet, header, packet.subarray(header.payloadAt), now)
  }
  const numbers = () => heard.map(({ packet }) => packet.readUInt16BE(2))
  return { odd, heard, incoming, take, numbers }
}
const repaired = (sequence: number, original: number, text: string): Made => ({
  ssrc: 21,
  payloadType: 107,
  sequence,
  payload: Buffer.concat([Buffer.from([original >> 8, original & 0xff]), Buffer.from(text)]),
})

test('extensions, sources and padding are stripped, and the payload type is ours', () => {
  const { take, heard } = listen()
  const made = { ssrc: 20, payloadType: 106, sequence: 5, timestamp: 9000, marker: true, payload: Buffer.from('picture') }
  take({
    ...made,
    csrc: 3,
    padding: 9,
    extensions: [
      [9, Buffer.from('b')],
      [4, Buffer.from([0, 1])],
    ],
  })
  expect(heard[0]?.line).toBe('camera')
  expect(heard[0]?.packet.toString('hex')).toBe(rtp({ ...made, payloadType: 96 }).toString('hex'))
  take({ ssrc: 10, payloadType: 109, payload: Buffer.from('sound') })
  expect([heard[1]?.line, heard[1]?.packet.readUInt8(1)]).toEqual(['audio', 111])
})

describe('doubles and probes', () => {
  test('a packet passes once, whether it comes again plain or repaired', () => {
    const { take, numbers, odd } = listen()
    for (const sequence of [100, 101, 103]) take({ ssrc: 20, payloadType: 106, sequence })
    take(repaired(1, 102, 'mended'))
    take(repaired(2, 101, 'not needed'))
    take({ ssrc: 20, payloadType: 106, sequence: 102 })
    expect(numbers()).toEqual([100, 101, 103, 102])
    expect(odd.seen()).toEqual({ duplicate: 2 })
  })

  test('an empty probe is taken out, and leaves no hole behind', () => {
    const { take, numbers, odd } = listen()
    for (const sequence of [100, 101]) take({ ssrc: 20, payloadType: 106, sequence })
    for (const sequence of [102, 103]) take({ ssrc: 20, payloadType: 106, sequence, payload: Buffer.alloc(0), padding: 200 })
    for (const sequence of [104, 106, 105]) take({ ssrc: 20, payloadType: 106, sequence })
    expect(numbers()).toEqual([100, 101, 102, 104, 103])
    expect(odd.count('padding')).toBe(2)
  })

  test('hundreds of probes later the numbers still have no hole', () => {
    const { take, numbers } = listen()
    for (let i = 0; i < 1000; i++)
      take({ ssrc: 20, payloadType: 106, sequence: 65_000 + i, ...(i % 2 ? { payload: Buffer.alloc(0), padding: 9 } : {}) })
    expect(numbers()).toEqual(Array.from({ length: 500 }, (_, i) => (65_000 + i) & 0xffff))
  })

  test('a repair stream that only probes says nothing', () => {
    const { take, heard, odd } = listen()
    take({ ssrc: 21, payloadType: 107, payload: Buffer.alloc(0), padding: 255 })
    expect([heard.length, odd.count('padding')]).toEqual([0, 1])
  })
})

describe('which line', () => {
  test('a source that no description named is known by its mid, then by itself', () => {
    const { take, heard } = listen()
    take({ ssrc: 77, payloadType: 106, sequence: 1, extensions: [[9, Buffer.from('c')]] })
    take({ ssrc: 77, payloadType: 106, sequence: 2 })
    expect(heard.map(({ line }) => line)).toEqual(['screen', 'screen'])
  })

  test('without a mid by a payload type that only one line has; else it is counted and left', () => {
    const { take, heard, odd } = listen()
    take({ ssrc: 78, payloadType: 109 })
    take({ ssrc: 79, payloadType: 106 })
    take({ ssrc: 10, payloadType: 50 })
    expect(heard.map(({ line }) => line)).toEqual(['audio'])
    expect(odd.count('media of no line')).toBe(2)
  })

  test('sources beyond any honest number are left', () => {
    const { take, odd } = listen()
    for (let ssrc = 1000; ssrc < 1100; ssrc++) take({ ssrc, payloadType: 109 })
    expect(odd.count('too many sources')).toBe(84)
  })

  test('a keyframe is asked of the source that the line shows', () => {
    const { take, incoming } = listen()
    expect([incoming.sourceOf('camera'), incoming.sourceOf('screen')]).toEqual([20, undefined])
    take({ ssrc: 77, payloadType: 106, extensions: [[9, Buffer.from('c')]] })
    expect(incoming.sourceOf('screen')).toBe(77)
  })
})

test('a hole in the pictures is asked for; one in the sound is not', () => {
  const { take, incoming } = listen()
  for (const ssrc of [10, 20]) for (const sequence of [1, 5]) take({ ssrc, payloadType: ssrc === 10 ? 109 : 106, sequence })
  expect(incoming.hasGap).toBe(true)
  const requests = incoming.requests(1, 0, 100)
  expect(requests.map((packet) => packet.readUInt32BE(8))).toEqual([20])
  expect(incoming.hasGap).toBe(false)
})

test('arrival is told for every packet that has a count, probes and repairs too', () => {
  const { take, incoming } = listen()
  const wide = (n: number) => [[4, Buffer.from([0, n])]] as const
  take({ ssrc: 20, payloadType: 106, sequence: 1, extensions: wide(1) }, 10)
  take({ ssrc: 21, payloadType: 107, payload: Buffer.alloc(0), padding: 100, extensions: wide(2) }, 11)
  take({ ssrc: 10, payloadType: 109, extensions: wide(3) }, 12)
  const packet = incoming.twcc.feedback(1, incoming.anySource)
  expect([packet?.readUInt16BE(12), packet?.readUInt16BE(14)]).toEqual([1, 3])
})

test('receiver reports count loss as RFC 3550 does', () => {
  const { take, incoming } = listen()
  for (let i = 0; i < 100; i++)
    if (i % 10 !== 9 || i === 99) take({ ssrc: 20, payloadType: 106, sequence: 65_500 + i, timestamp: i * 3000 }, i * 33)
  const [report] = incoming.reports(4000)
  expect(report).toMatchObject({
    ssrc: 20,
    lost: 9,
    fractionLost: Math.floor((9 * 256) / 100),
    highest: 0x10000 + ((65_500 + 99) & 0xffff),
  })
  const [again] = incoming.reports(5000)
  expect(again).toMatchObject({ lost: 9, fractionLost: 0 })
})

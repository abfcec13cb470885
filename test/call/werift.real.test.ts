// werift.real.test.ts — what the box's transport does about werift's ways; each of these fails when it does not.
import { createSocket, Socket } from 'node:dgram'
import dns from 'node:dns'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { UdpTransport } from 'werift'
import { TwccReceiver } from '../../src/call/werift/twcc.ts'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { busyFor } from '../busy.ts'
import { CAMERA, rtp } from '../contract/rtp.ts'
import { quietLog } from '../fake/quiet.ts'

const MDNS = '224.0.0.251'
const { signal } = new AbortController()
const open: WeriftTransport[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((transport) => transport.close()))
})

type Options = { onRtp?: (packet: Buffer) => void; log?: ReturnType<typeof quietLog>['log'] }
function opened({ onRtp = () => {}, log = quietLog().log }: Options = {}): WeriftTransport {
  const transport = openWerift({ iceServers: [], onRtp: (_line, packet) => onRtp(packet), log })
  open.push(transport)
  return transport
}

async function connect(a: WeriftTransport, b: WeriftTransport): Promise<void> {
  const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
  await a.accept(await b.answer(await a.offer({ iceRestart: false }, signal), signal), signal)
  await both
}

/** Every place a datagram is sent to. */
function destinations(): Set<string> {
  const seen = new Set<string>()
  const init = UdpTransport.init.bind(UdpTransport)
  vi.spyOn(UdpTransport, 'init').mockImplementation(async (type, options) => {
    const transport = await init(type, options)
    const { send } = transport
    transport.send = (data, to) => {
      seen.add(to?.[0] ?? '')
      return send(data, to)
    }
    return transport
  })
  return seen
}

test('nobody is asked who was not named: no look-up, and datagrams go to the peer alone', async () => {
  const lookups = [vi.spyOn(dns, 'lookup'), vi.spyOn(dns.promises, 'lookup')]
  const seen = destinations()
  const [a, b] = [opened(), opened()]
  const own = new Set<string>()
  for (const end of [a, b]) end.on('candidate', ({ candidate }) => own.add(candidate.split(' ')[4] ?? ''))
  const offer = await a.offer({ iceRestart: false }, signal)
  const answer = await b.answer(offer, signal)
  for (const [, address = ''] of `${offer}${answer}`.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+)/gm)) own.add(address)
  await a.accept(answer, signal)
  await vi.waitFor(() => expect(a.send('here')).toBe(true), { timeout: 10_000 })
  expect([...seen].filter((to) => !own.has(to))).toEqual([])
  expect(`${offer}${answer}`).not.toContain('srflx')
  for (const lookup of lookups) expect(lookup).not.toHaveBeenCalled()
})

test('after an ICE restart both ends check their paths anew, with the new names', async () => {
  const sends = vi.spyOn(Socket.prototype, 'send')
  const [a, b] = [opened(), opened()]
  await connect(a, b)
  const offer = await a.offer({ iceRestart: true }, signal)
  const answer = await b.answer(offer, signal)
  await a.accept(answer, signal)
  const [ofA, ofB] = [offer, answer].map((sdp) => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1])
  const checks = (name: string) =>
    sends.mock.calls.filter(([data]) => Buffer.isBuffer(data) && data.readUInt16BE(0) === 1 && data.includes(name)).length
  await vi.waitFor(() => expect([checks(`${ofB}:${ofA}`), checks(`${ofA}:${ofB}`)].every((count) => count > 0)).toBe(true), {
    timeout: 5000,
  })
})

test('names in candidates are never looked up, hidden ones neither, in descriptions neither', async () => {
  const lookups = [vi.spyOn(dns, 'lookup'), vi.spyOn(dns.promises, 'lookup')]
  const sends = vi.spyOn(Socket.prototype, 'send')
  const seen = destinations()
  const [a, b] = [opened(), opened()]
  const names = ['tracker.example.com', '0f3a4d5e-0000-4000-8000-0123456789ab.local', 'localhost']
  const lines = names.map((name, i) => `candidate:${i + 1} 1 udp 2113937151 ${name} 9 typ host`)
  const offer = await a.offer({ iceRestart: false }, signal)
  const answer = await b.answer(offer.replace('a=candidate:', `${lines.map((line) => `a=${line}\r\n`).join('')}a=candidate:`), signal)
  await a.accept(answer, signal)
  for (const candidate of lines) for (const end of [a, b]) end.addCandidate({ candidate, mid: '0' })
  await vi.waitFor(() => expect(a.send('here')).toBe(true), { timeout: 10_000 })
  for (const lookup of lookups) expect(lookup).not.toHaveBeenCalled()
  expect([...seen].filter((to) => names.includes(to))).toEqual([])
  expect(sends).toHaveBeenCalled()
  expect(sends.mock.calls.filter((call) => (call as unknown[]).includes(MDNS))).toEqual([])
  expect(a.odd.count('candidate with a name')).toBe(3)
})

test('a replay does not reach our workers, whoever sends it and however often', async () => {
  const packets: Buffer[] = []
  const init = UdpTransport.init.bind(UdpTransport)
  const [a, b] = [opened(), opened({ onRtp: (packet) => void packets.push(Buffer.from(packet)) })]
  vi.spyOn(UdpTransport, 'init').mockImplementation(async (type, options) => {
    const transport = await init(type, options)
    const { socket } = transport
    const send = socket.send.bind(socket) as (...all: unknown[]) => void
    Object.assign(socket, {
      send: (...all: unknown[]) => {
        const [data] = all as [Buffer]
        send(...all)
        if ((data[0] ?? 0) >= 128 && (data[0] ?? 0) < 192) send(...all)
      },
    })
    return transport
  })
  await connect(a, b)
  a.release()
  b.release()
  for (let n = 1; n <= 20; n++) a.sendRtp('camera', rtp(CAMERA, n))
  await vi.waitFor(() => expect(b.odd.count('media replayed')).toBeGreaterThanOrEqual(20), { timeout: 5000 })
  expect(packets.map((packet) => packet.readUInt32BE(13))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  for (const packet of packets) {
    expect(packet.length).toBe(12 + CAMERA.size)
    expect([packet.readUInt8(0), packet.readUInt8(1) & 0x7f]).toEqual([0x80, 96])
  }
})

test('a listener that throws does not stop the others, and is reported', async () => {
  const { log, said } = quietLog()
  const [a, b] = [opened(), opened({ log })]
  const heard: string[] = []
  b.on('message', () => {
    throw new Error('a bad listener')
  })
  b.on('message', (text) => void heard.push(text))
  await connect(a, b)
  a.send('one')
  a.send('two')
  await vi.waitFor(() => expect(heard).toEqual(['one', 'two']), { timeout: 5000 })
  expect(said.filter(({ level }) => level === 'error').length).toBe(2)
})

test('whoever asks for a keyframe is heard for the line he means, also where both ends send', async () => {
  const [a, b] = [opened(), opened()]
  const asked: string[] = []
  a.on('keyframeAsked', (line) => void asked.push(`a ${line}`))
  b.on('keyframeAsked', (line) => void asked.push(`b ${line}`))
  await connect(a, b)
  for (const end of [a, b]) end.release()
  let n = 0
  const both = setInterval(() => {
    n++
    for (const end of [a, b]) for (const line of ['camera', 'screen'] as const) end.sendRtp(line, rtp(CAMERA, n))
  }, 5)
  try {
    for (const [from, line, expected] of [
      [a, 'camera', 'b camera'],
      [b, 'camera', 'a camera'],
      [b, 'screen', 'a screen'],
    ] as const)
      await vi.waitFor(
        () => {
          from.askKeyframe(line)
          expect(asked).toContain(expected)
        },
        { timeout: 5000 },
      )
    expect(asked).not.toContain('b screen')
  } finally {
    clearInterval(both)
  }
})

test('fifty calls leave no file open', { timeout: 120_000 }, async () => {
  const files = () => readdirSync('/proc/self/fd').length
  const call = async () => {
    const [a, b] = [opened(), opened()]
    await connect(a, b)
    await Promise.all(open.splice(0).map((end) => end.close()))
  }
  for (let i = 0; i < 5; i++) await call()
  await sleep(200)
  const before = files()
  for (let i = 0; i < 50; i++) await call()
  await vi.waitFor(() => expect(files()).toBeLessThanOrEqual(before), { timeout: 5000 })
})

test('no record number is used twice under one key: with AES-GCM that would give the key of the seal away', async () => {
  const records = new Map<string, Set<string>>()
  const init = UdpTransport.init.bind(UdpTransport)
  const key = (socket: UdpTransport['socket'], number: string) => `${socket.address().port} ${number}`
  vi.spyOn(UdpTransport, 'init').mockImplementation(async (type, options) => {
    const transport = await init(type, options)
    const { socket } = transport
    const send = socket.send.bind(socket) as (...all: unknown[]) => void
    Object.assign(socket, {
      send: (...all: unknown[]) => {
        const [data] = all as [Buffer]
        const isSealed = (data[0] ?? 0) >= 20 && (data[0] ?? 0) < 64 && data.readUInt16BE(3) > 0
        if (isSealed) {
          const name = key(socket, data.toString('hex', 3, 11))
          records.set(name, (records.get(name) ?? new Set()).add(data.toString('hex')))
        }
        send(...all)
      },
    })
    return transport
  })
  const [a, b] = [opened(), opened()]
  await connect(a, b)
  let heard = 0
  b.on('message', () => heard++)
  for (let i = 0; i < 30; i++) a.send(`word ${i}`)
  await vi.waitFor(() => expect(heard).toBe(30), { timeout: 5000 })
  expect(records.size).toBeGreaterThan(30)
  // The same number may come again with the same bytes: that is a repeated flight of the handshake.
  expect([...records.values()].filter((texts) => texts.size > 1)).toEqual([])
})

test('media goes on as one stream when the worker behind it is another', async () => {
  const packets: Buffer[] = []
  const [a, b] = [opened(), opened({ onRtp: (packet) => void packets.push(Buffer.from(packet)) })]
  await connect(a, b)
  for (const end of [a, b]) end.release()
  for (let n = 1; n <= 5; n++) a.sendRtp('camera', rtp(CAMERA, n))
  for (let n = 40_000; n < 40_005; n++) a.sendRtp('camera', rtp({ ...CAMERA, ssrc: 99 }, n))
  await vi.waitFor(() => expect(packets.length).toBe(10), { timeout: 5000 })
  const first = packets[0]?.readUInt16BE(2) ?? 0
  expect(packets.map((packet) => (packet.readUInt16BE(2) - first) & 0xffff)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(new Set(packets.map((packet) => packet.readUInt32BE(8))).size).toBe(1)
})

test('what is lost on the way is sent again', async () => {
  const packets: Buffer[] = []
  const init = UdpTransport.init.bind(UdpTransport)
  let lost = 0
  vi.spyOn(UdpTransport, 'init').mockImplementation(async (type, options) => {
    const transport = await init(type, options)
    const { socket } = transport
    const send = socket.send.bind(socket) as (...all: unknown[]) => void
    Object.assign(socket, {
      send: (...all: unknown[]) => {
        const [data] = all as [Buffer]
        const isPicture = (data[0] ?? 0) >> 6 === 2 && ((data[1] ?? 0) & 0x7f) === 96
        if (isPicture && data.readUInt16BE(2) % 7 === 0) lost++
        else send(...all)
      },
    })
    return transport
  })
  const [a, b] = [opened(), opened({ onRtp: (packet) => void packets.push(Buffer.from(packet)) })]
  await connect(a, b)
  for (const end of [a, b]) end.release()
  for (let n = 1; n <= 100; n++) {
    a.sendRtp('camera', rtp(CAMERA, n))
    await sleep(2)
  }
  // The very last one may be lost with nothing behind it that would show the hole.
  const came = () => new Set(packets.map((packet) => packet.readUInt32BE(13))).size
  await vi.waitFor(() => expect(came()).toBeGreaterThanOrEqual(99), { timeout: 5000 })
  expect(lost).toBeGreaterThan(10)
  expect(packets.length).toBe(came())
})

test('a description stands within milliseconds, also when the servers are silent; what they say would come later', async () => {
  const silent = createSocket('udp4')
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve))
  try {
    const at = `127.0.0.1:${silent.address().port}`
    const iceServers = [{ urls: `stun:${at}` }, { urls: `turn:${at}`, username: 'u', credential: 'c' }]
    const a = openWerift({ iceServers, onRtp: () => {}, log: quietLog().log })
    open.push(a)
    const asked = new Promise<void>((resolve) => silent.once('message', () => resolve()))
    const offer = await Promise.race([a.offer({ iceRestart: false }, signal), sleep(2500).then(() => 'too late')])
    expect(offer).toMatch(/^a=candidate:.* typ host/m)
    await asked // the silent server was asked meanwhile; werift alone would have waited 5 s for it
  } finally {
    silent.close()
  }
})

test('the peer is told when its packets came, and not when we found time to look', async () => {
  const got: Buffer[] = []
  const [a, b] = [opened(), opened({ onRtp: (packet) => got.push(packet) })]
  await connect(a, b)
  for (const end of [a, b]) end.release()
  const saw = vi.spyOn(TwccReceiver.prototype, 'saw')
  const late: number[] = []
  for (let i = 0; i < 3; i++) {
    got.length = 0
    saw.mockClear()
    a.sendRtp('camera', rtp(CAMERA, i))
    const gone = await busyFor(80)
    await vi.waitFor(() => expect(got).toHaveLength(1))
    late.push((saw.mock.calls[0]?.[1] ?? Number.POSITIVE_INFINITY) / 1000 - gone)
  }
  expect(Math.min(...late), 'milliseconds').toBeLessThan(40)
})

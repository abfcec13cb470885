// werift.real.test.ts — what the box's transport does about werift's ways; each of these fails when it does not.
import { Socket } from 'node:dgram'
import dns from 'node:dns'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { UdpTransport } from 'werift'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
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

test('packets reach our workers plain: our payload type, no header extension, no padding; a replay and a double not at all', async () => {
  const packets: Buffer[] = []
  const seen: Buffer[] = []
  const init = UdpTransport.init.bind(UdpTransport)
  const [a, b] = [opened(), opened({ onRtp: (packet) => void packets.push(Buffer.from(packet)) })]
  const made: UdpTransport[] = []
  vi.spyOn(UdpTransport, 'init').mockImplementation(async (type, options) => {
    const transport = await init(type, options)
    made.push(transport)
    const { send } = transport
    transport.send = (data, to) => {
      const first = data[0] ?? 0
      const isMedia = first >= 128 && first < 192 && ((data[1] ?? 0) < 192 || (data[1] ?? 0) > 223)
      if (isMedia) seen.push(data)
      const sent = send(data, to)
      if (isMedia) void send(data, to) // once more: a replay
      return sent
    }
    return transport
  })
  await connect(a, b)
  a.release()
  b.release()
  for (let n = 1; n <= 20; n++) a.sendRtp('camera', rtp(CAMERA, n))
  await vi.waitFor(() => expect(b.odd.count('duplicate')).toBe(20), { timeout: 5000 })
  expect(seen.some((data) => ((data[0] ?? 0) & 0x10) !== 0)).toBe(true) // extensions were on the way
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

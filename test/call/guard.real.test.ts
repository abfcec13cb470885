// guard.real.test.ts — hostile datagrams at a live call, by the ten thousand: from a stranger, from the peer's own address, and before
// there is a call. Nobody is answered, nothing of the call is lost, and it goes on.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UdpTransport } from 'werift'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { sum } from '../contract/ends.ts'
import { CAMERA, rtp } from '../contract/rtp.ts'
import { quietLog } from '../fake/quiet.ts'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  CLOSE_NOTIFY,
  FATAL,
  HANDSHAKE,
  handshake,
  INDICATION,
  record,
  SUCCESS,
  stun,
} from './datagram.ts'

const { signal } = new AbortController()
/** So many fit easily into a socket's buffer, so that what is lost was lost by us. */
const AT_ONCE = 16
const HERE = '127.0.0.1'

type Kind = { readonly what: string; readonly make: (ufrag: string) => Buffer }
const media = (type: number) => Buffer.concat([Buffer.from([0x80, type]), randomBytes(60)])
const KINDS: readonly Kind[] = [
  { what: 'requests that nobody signed', make: (ufrag) => stun({ username: `${ufrag}:them` }) },
  { what: 'requests with a guessed password', make: (ufrag) => stun({ username: `${ufrag}:them`, password: 'a guess' }) },
  { what: 'requests to somebody else', make: () => stun({ username: 'x:y', password: 'z' }) },
  { what: 'truncated STUN', make: (ufrag) => stun({ username: `${ufrag}:them` }).subarray(0, 24) },
  { what: 'indications', make: () => stun({ type: INDICATION }) },
  { what: 'answers that nobody asked for', make: () => stun({ type: SUCCESS, password: 'a guess' }) },
  { what: 'close_notify in the clear', make: () => record(ALERT, 0, CLOSE_NOTIFY) },
  { what: 'unknown records', make: () => record(42, 1, randomBytes(30)) },
  { what: 'hellos', make: () => record(HANDSHAKE, 0, handshake(1, randomBytes(90))) },
  { what: 'forged data', make: () => record(APPLICATION_DATA, 1, randomBytes(60)) },
  { what: 'forged media', make: () => media(96) },
]
/** With the address of the peer, who has proved himself, a stranger on the same network may send these. */
const SPOOFED: readonly Kind[] = [
  ...KINDS,
  { what: 'close_notify that says it is sealed', make: () => record(ALERT, 1, CLOSE_NOTIFY) },
  { what: 'fatal alerts', make: () => record(ALERT, 0, FATAL) },
  { what: 'data in the clear', make: () => record(APPLICATION_DATA, 0, randomBytes(40)) },
  { what: 'cipher changes', make: () => record(CHANGE_CIPHER_SPEC, 0, Buffer.of(1)) },
  { what: 'an alert behind forged data', make: () => Buffer.concat([record(23, 1, randomBytes(40)), record(ALERT, 1, CLOSE_NOTIFY)]) },
  { what: 'truncated records', make: () => record(APPLICATION_DATA, 1, randomBytes(60)).subarray(0, 30) },
  { what: 'forged reports', make: () => media(200) },
]

const init = UdpTransport.init.bind(UdpTransport)
let made: UdpTransport[] = []
let stranger: Socket
let replies = 0
const open: WeriftTransport[] = []

beforeEach(async () => {
  made = []
  replies = 0
  UdpTransport.init = async (type, options) => {
    const transport = await init(type, options)
    made.push(transport)
    return transport
  }
  stranger = createSocket('udp4')
  stranger.on('message', () => void replies++)
  stranger.bind(0, HERE)
  await once(stranger, 'listening')
})
afterEach(async () => {
  UdpTransport.init = init
  await Promise.all(open.splice(0).map((transport) => transport.close()))
  stranger.close()
})

const opened = (onRtp: (packet: Buffer) => void = () => {}): WeriftTransport => {
  const transport = openWerift({ iceServers: [], onRtp: (_line, packet) => onRtp(packet), log: quietLog().log })
  open.push(transport)
  return transport
}
const ufragOf = (sdp: string): string => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? ''

type Path = { readonly from: Socket; readonly address: string; readonly port: number }
const hostsIn = (sdp: string) =>
  [...new Set(sdp.match(/^a=candidate:.* typ host/gm))].map((line) => ({
    address: line.split(' ')[4] ?? '',
    port: Number(line.split(' ')[5]),
  }))

/** Sends `count` of a kind over each path in turn; never more at once than the sockets hold. */
async function attack(paths: readonly Path[], kind: Kind, ufrag: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; ) {
    for (let i = 0; i < AT_ONCE && sent < count; i++, sent++) {
      const { from, port, address } = paths[sent % paths.length] as Path
      from.send(kind.make(ufrag), port, address)
    }
    await turn()
    await turn()
  }
}

class LiveCall {
  sent = 0
  readonly received = new Set<number>()
  readonly messages: string[] = []
  #timer: NodeJS.Timeout | undefined

  async begin() {
    const [a, b] = [opened(), opened((packet) => void this.received.add(packet.readUInt32BE(13)))]
    const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
    const offer = await a.offer({ iceRestart: false }, signal)
    const ofA = made.splice(0)
    const answer = await b.answer(offer, signal)
    await a.accept(answer, signal)
    await both
    for (const end of [a, b]) {
      end.on('message', (text) => void this.messages.push(text))
      end.release()
    }
    this.#timer = setInterval(() => a.sendRtp('camera', rtp(CAMERA, ++this.sent)), 2)
    const hosts = hostsIn(answer)
    const paths = ofA.flatMap(({ addressFamily, socket }) =>
      hosts.filter(({ address }) => isIP(address) === addressFamily).map((host) => ({ from: socket as unknown as Socket, ...host })),
    )
    return { a, b, paths, local: hosts.filter(({ address }) => address === HERE), ufrag: ufragOf(answer) }
  }

  async lostNothing(): Promise<void> {
    clearInterval(this.#timer)
    await vi.waitFor(() => expect(this.received.size).toBe(this.sent), { timeout: 5000 })
  }

  /** Words both ways, media, and a wish for a keyframe the other way. */
  async goesOn(a: WeriftTransport, b: WeriftTransport): Promise<void> {
    const asked = new Promise<void>((resolve) => a.on('keyframeAsked', () => resolve()))
    expect([a.send('to b'), b.send('to a')]).toEqual([true, true])
    a.sendRtp('camera', rtp(CAMERA, ++this.sent))
    b.askKeyframe('camera')
    await vi.waitFor(() => expect(this.messages.toSorted()).toEqual(['to a', 'to b']), { timeout: 5000 })
    await vi.waitFor(() => expect(this.received.has(this.sent)).toBe(true), { timeout: 5000 })
    await asked
  }
}

test('a stranger on the same machine: 11 kinds, 10,000 of each', { timeout: 240_000 }, async () => {
  const call = new LiveCall()
  const { a, b, local, ufrag } = await call.begin()
  const paths = local.map((host) => ({ from: stranger, ...host }))
  expect(paths.length).toBe(1)
  for (const kind of KINDS) await attack(paths, kind, ufrag, 10_000)
  await call.lostNothing()
  await call.goesOn(a, b)
  expect(replies).toBe(0)
  expect(call.sent).toBeGreaterThan(500)
  // All but the answers, which werift itself must match with what it asked.
  expect(sum(b.odd.seen())).toBeGreaterThan(95_000)
})

test('with the address of the peer: 18 kinds, 2,000 of each', { timeout: 240_000 }, async () => {
  const call = new LiveCall()
  const { a, b, paths, ufrag } = await call.begin()
  const proved: Path[] = []
  for (const path of paths) {
    const before = b.odd.count('dtls alert')
    await attack([path], { what: 'a trial', make: () => record(ALERT, 0, CLOSE_NOTIFY) }, ufrag, 1)
    await turn()
    if (b.odd.count('dtls alert') > before) proved.push(path)
  }
  expect(proved.length).toBeGreaterThan(0)
  for (const kind of SPOOFED) await attack(proved, kind, ufrag, 2000)
  await call.lostNothing()
  await call.goesOn(a, b)
  for (const why of ['dtls alert', 'dtls unknown record', 'dtls in the clear', 'dtls malformed', 'stun forged'] as const)
    expect(b.odd.count(why)).toBeGreaterThan(100)
})

test('from the moment a socket is open, and all through the setting up', { timeout: 60_000 }, async () => {
  let over = false
  const attacks: Promise<void>[] = []
  UdpTransport.init = async (type, options) => {
    const transport = await init(type, options)
    if (type === 'udp4') {
      // Before werift has heard that there is a socket.
      for (const { make } of KINDS) stranger.send(make('x'), transport.port, HERE)
      attacks.push(
        (async () => {
          while (!over)
            for (const kind of KINDS) await attack([{ from: stranger, address: HERE, port: transport.port }], kind, 'x', AT_ONCE)
        })(),
      )
    }
    return transport
  }
  const [a, b] = [opened(), opened()]
  const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
  await a.accept(await b.answer(await a.offer({ iceRestart: false }, signal), signal), signal)
  await both
  over = true
  await Promise.all(attacks)
  expect(replies).toBe(0)
  expect(a.odd.count('stun without integrity') + a.odd.count('stun for someone else')).toBeGreaterThan(0)
  expect(b.odd.count('stun without integrity') + b.odd.count('stun for someone else')).toBeGreaterThan(0)
})

import { describe, expect, it } from 'vitest'
import { Counts } from '../../src/call/counts.ts'
import { Link, type LinkEnd } from '../../src/call/link.ts'
import type { RoomId } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import type { Session } from '../../src/wire/envelope.ts'
import type { Signal } from '../../src/wire/signal.ts'
import { FakeNet, type FakeTransport } from '../fake/transport.ts'
import { person, seeded } from './party.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, part: () => quiet }
const candidate = (address: string) => ({ candidate: `candidate:1 1 udp 1 ${address} 9 typ host`, mid: '0' })

/** One end of a link; its signals are collected and not passed on. */
function end(role: 'offerer' | 'answerer') {
  const clock = new FakeClock()
  const net = new FakeNet()
  const counts = new Counts()
  const transport = net.open(role)
  const [ann, ben] = [person('ann'), person('ben')]
  const link = new Link<FakeTransport>({
    id: '0011223344556677',
    role,
    room: 'room' as RoomId,
    sas: new Uint8Array(32),
    me: { publicKey: ann.publicKey, session: 'a' as Session },
    other: { publicKey: ben.publicKey, session: 'b' as Session },
    transport,
    clock,
    random: seeded(role),
    counts,
    log: quiet,
    sending: () => ({ muted: false, camera: true, screen: false, speaking: false, live: false }),
  })
  const signals: Signal[] = []
  const ends: LinkEnd[] = []
  link.on('signal', (signal) => void signals.push(signal))
  link.on('closed', (why) => void ends.push(why))
  return { clock, net, counts, transport, link, signals, ends }
}
const offerOf = async (net: FakeNet): Promise<{ type: 'offer'; link: string; turn: number; sdp: string }> => {
  const sdp = await net.open('other').offer({ iceRestart: false }, new AbortController().signal)
  return { type: 'offer', link: '0011223344556677', turn: 0, sdp }
}

describe('a link', () => {
  it('offers at once, and ends unanswered after 10 s', async () => {
    const { link, clock, signals, ends, transport } = end('offerer')
    link.start()
    await clock.advance(ms(0))
    expect(signals.map((s) => s.type)).toEqual(['offer'])
    await clock.advance(seconds(9))
    expect(ends).toEqual([])
    await clock.advance(seconds(1))
    expect(ends).toEqual(['unanswered'])
    expect(transport.closed).toBe(true)
    expect(clock.sleeping).toEqual([])
  })

  it('ends when the way to the other is not found in 20 s', async () => {
    const { link, clock, net, ends, signals } = end('answerer')
    link.start()
    link.hear(await offerOf(net))
    await clock.advance(seconds(19))
    expect(signals.map((s) => s.type)).toEqual(['answer'])
    await clock.advance(seconds(1))
    expect(ends).toEqual(['failed'])
  })

  it('sends what it finds in one letter, after the description', async () => {
    const { link, clock, transport, signals } = end('offerer')
    link.start()
    for (let i = 0; i < 40; i++) transport.emit('candidate', candidate(`192.0.2.${i}`))
    await clock.advance(ms(0))
    for (let i = 0; i < 40; i++) transport.emit('candidate', candidate(`192.0.2.${i}`))
    await clock.advance(ms(20))
    expect(signals.map((s) => s.type)).toEqual(['offer', 'candidates'])
    expect(signals[1]?.type === 'candidates' && signals[1].candidates.length).toBe(32)
  })

  it('passes on candidates with addresses, in time and no more than 32; names are counted', async () => {
    const { link, clock, net, transport, counts } = end('answerer')
    link.start()
    link.hear(await offerOf(net))
    const early = ['192.0.2.1', 'evil.example', 'x y', '2001:db8::1'].map(candidate)
    link.hear({ type: 'candidates', link: link.id, candidates: early })
    expect(transport.candidates).toEqual([])
    await clock.advance(ms(0))
    expect(transport.candidates).toEqual([early[0], early[3]])
    for (let i = 0; i < 2; i++) link.hear({ type: 'candidates', link: link.id, candidates: Array(32).fill(candidate('192.0.2.9')) })
    expect(transport.candidates).toHaveLength(32)
    expect(counts.read()).toEqual({ 'candidate with a name': 1, 'candidate malformed': 1, 'candidate beyond the limit': 34 })
  })

  it.each([
    ['that is too long', (sdp: string) => sdp + 'a=x\r\n'.repeat(4000), 'description without one fingerprint'],
    ['without a fingerprint', (sdp: string) => sdp.replace('sha-256', 'sha-1'), 'description without one fingerprint'],
    [
      'with two fingerprints',
      (sdp: string) => `${sdp}a=fingerprint:sha-256 ${Array(32).fill('00').join(':')}\r\n`,
      'description without one fingerprint',
    ],
    ['of another shape', (sdp: string) => sdp.replace('m=audio', 'm=text'), 'description that the transport refused'],
  ])('does not take an offer %s', async (_, change, why) => {
    const { link, clock, net, counts, ends } = end('answerer')
    link.start()
    const offer = await offerOf(net)
    link.hear({ ...offer, sdp: change(offer.sdp) })
    await clock.advance(ms(0))
    expect(ends).toEqual(['failed'])
    expect(counts.read()).toEqual({ [why]: 1 })
    expect(clock.sleeping).toEqual([])
  })

  it('does not take another fingerprint in a later offer of the same link', async () => {
    const { link, clock, net, counts, ends } = end('answerer')
    link.start()
    link.hear(await offerOf(net))
    await clock.advance(ms(0))
    link.hear({ ...(await offerOf(net)), turn: 1 })
    await clock.advance(ms(0))
    expect(ends).toEqual(['failed'])
    expect(counts.read()).toEqual({ 'description with another fingerprint': 1 })
  })

  it('takes each turn once, and none that is not its to take', async () => {
    const { link, clock, net, counts, signals } = end('answerer')
    link.start()
    const offer = await offerOf(net)
    for (const signal of [offer, offer, { ...offer, type: 'answer' } as const]) link.hear(signal)
    await clock.advance(ms(0))
    expect(signals.map((s) => s.type)).toEqual(['answer'])
    expect(counts.read()).toEqual({ 'offer out of turn': 1, 'answer out of turn': 1 })
    link.close('let go')
    link.close('let go')
  })
})

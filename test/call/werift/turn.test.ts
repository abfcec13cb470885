// A relay outlives the first nonce of its TURN server, keeps what it needs alive, and writes to nobody without limit. The server here
// is a small one that forgets its nonce when told to.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Odd } from '../../../src/call/werift/odd.ts'
import { Relay } from '../../../src/call/werift/turn.ts'
import { FakeClock, systemClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { TurnServer } from './turn-server.ts'

const { signal } = new AbortController()
let server: TurnServer
const relays: Relay[] = []
beforeEach(async () => {
  server = new TurnServer()
  await server.open()
})
afterEach(() => {
  for (const relay of relays.splice(0)) relay.close()
  server.close()
})

function make({ clock = systemClock as FakeClock | typeof systemClock, credential = 'c' } = {}) {
  const odd = new Odd()
  const onData = vi.fn<(data: Buffer, from: readonly [string, number]) => void>()
  const onEnd = vi.fn<(why: string) => void>()
  const relay = new Relay({
    server: { transport: 'udp', host: '127.0.0.1', port: server.port, username: 'u', credential },
    clock,
    odd,
    onData,
    onEnd,
  })
  relays.push(relay)
  return { relay, odd, onData, onEnd }
}
const peer = (n: number) => [`192.0.2.${n}`, 9] as const
const seen = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 10 })

test('an address is asked for with the credentials that the server wants', async () => {
  const { relay } = make()
  expect(await relay.open(signal)).toEqual(['127.0.0.1', 50_000])
})

test('wrong credentials are said to be so, and nothing is left open', async () => {
  const { relay, onEnd } = make({ credential: 'wrong' })
  await expect(relay.open(signal)).rejects.toMatchObject({ code: 'transport', message: 'the relay says 401' })
  expect(relay.send(Buffer.from('x'), peer(9))).toBe(false)
  expect(onEnd).not.toHaveBeenCalled()
})

test('a stale nonce is taken up and the request said again, signed anew', async () => {
  const { relay } = make()
  await relay.open(signal)
  for (const [n, nonce] of ['second', 'third'].entries()) {
    server.nonce = nonce
    relay.send(Buffer.from('x'), peer(n + 9))
    await seen(() => expect(server.permissions).toHaveLength(n + 1))
  }
  expect(server.permissions).toEqual(['192.0.2.9', '192.0.2.10'])
  expect(server.stale).toBe(2)
})

test('what is said before the server permits it goes out afterwards, and a peer in use goes by channel', async () => {
  const { relay, onData } = make()
  await relay.open(signal)
  relay.send(Buffer.from('one'), peer(9))
  await seen(() => expect(server.heard).toEqual([['indication', '192.0.2.9', 'one']]))
  relay.bind(peer(9))
  await seen(() => expect(server.channels.size).toBe(1))
  await seen(() => {
    relay.send(Buffer.from('two'), peer(9))
    expect(server.heard.at(-1)).toEqual(['channel', '192.0.2.9', 'two'])
  })
  server.say(0x4000, Buffer.from('back'))
  server.indicate(['192.0.2.9', 9], Buffer.from('and again'))
  await seen(() =>
    expect(onData.mock.calls.map(([data, from]) => [String(data), from])).toEqual([
      ['back', ['192.0.2.9', 9]],
      ['and again', ['192.0.2.9', 9]],
    ]),
  )
})

test('allocation, permission and channel are renewed in time for hours, through ever new nonces, while they are used', async () => {
  const clock = new FakeClock()
  const { relay, onEnd } = make({ clock })
  await relay.open(signal)
  relay.send(Buffer.from('x'), peer(9))
  await seen(() => expect(server.permissions).toHaveLength(1))
  relay.bind(peer(9))
  await seen(() => expect(server.channels.size).toBe(1))
  await seen(() => expect(clock.sleeping).toContain('renew a channel of a relay'))
  for (let minute = 1; minute <= 120; minute++) {
    server.nonce = `nonce ${minute >> 2}`
    const before = server.asked
    const due = clock.sleeping
    await clock.advance(seconds(60))
    relay.send(Buffer.from('x'), peer(9))
    // Answers come over a real socket, so time stands still until what was asked has been answered.
    if (due.length > 0 && minute % 4 === 0) await seen(() => expect(server.asked).toBeGreaterThan(before))
    await seen(() => expect(clock.sleeping).not.toContain('answer of a relay'))
  }
  expect(server.refreshes).toBeGreaterThanOrEqual(12)
  expect(server.binds).toBeGreaterThanOrEqual(28)
  expect(onEnd).not.toHaveBeenCalled()
})

test('a server that has forgotten us ends the relay', async () => {
  const clock = new FakeClock()
  const { relay, onEnd } = make({ clock })
  await relay.open(signal)
  server.forgets = true
  await clock.advance(seconds(541))
  await seen(() => expect(onEnd).toHaveBeenCalledOnce())
  expect(relay.send(Buffer.from('x'), peer(9))).toBe(false)
})

test('it writes to thirty-two hosts and to no more', async () => {
  const { relay, odd } = make()
  await relay.open(signal)
  const sent = Array.from({ length: 40 }, (_, n) => relay.send(Buffer.from('x'), peer(n + 1)))
  expect(sent.filter(Boolean)).toHaveLength(32)
  expect(odd.count('candidate too many')).toBe(8)
  await seen(() => expect(new Set(server.permissions).size).toBe(32))
})

test('an answer with a wrong signature is none', async () => {
  const { relay, odd } = make()
  await relay.open(signal)
  server.forges = true
  relay.send(Buffer.from('x'), peer(9))
  await seen(() => expect(odd.count('turn forged')).toBeGreaterThan(0))
  expect(server.heard).toEqual([])
})

test('a signal that is aborted ends the attempt at once', async () => {
  const stop = new AbortController()
  server.silent = true
  const { relay } = make()
  const opening = relay.open(stop.signal)
  await seen(() => expect(server.asked).toBeGreaterThan(0))
  stop.abort(new Error('enough'))
  await expect(opening).rejects.toThrow('enough')
})

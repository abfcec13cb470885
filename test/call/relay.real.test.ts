// relay.real.test.ts — through a TURN server, when there is no other way: words and media pass, and the guard stands there too.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Candidate } from '../../src/call/transport.ts'
import { openWerift } from '../../src/call/werift.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { type Ms, ms } from '../../src/lib/unit.ts'
import { CAMERA, rtp } from '../contract/rtp.ts'
import { quietLog } from '../fake/quiet.ts'

const COTURN = '/usr/bin/turnserver'
const HERE = '127.0.0.1'
const { signal } = new AbortController()

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, HERE, resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

const hostsOf = (sdp: string): Candidate[] =>
  [...sdp.matchAll(/^a=(candidate:.*)\r$/gm)].slice(0, 20).map(([, candidate = '']) => ({ candidate, mid: '0' }))
const withoutHosts = (sdp: string): string => sdp.replaceAll(/^a=candidate:.*\r\n/gm, '')

describe.runIf(existsSync(COTURN))('with coturn', () => {
  let coturn: ChildProcess
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const where = [
      '-n',
      `--listening-ip=${HERE}`,
      `--listening-port=${port}`,
      `--relay-ip=${HERE}`,
      '--allow-loopback-peers',
      '--no-tls',
      '--no-dtls',
      '--no-cli',
    ]
    coturn = spawn(COTURN, [...where, '--lt-cred-mech', '--user=u:c', '--realm=parlor.test', '--log-file=stdout', '--pidfile='], {
      stdio: 'ignore',
    })
  })
  afterAll(() => void coturn?.kill())

  test('two boxes that see nothing of each other meet at the relay', async () => {
    const iceServers = [{ urls: `turn:${HERE}:${port}`, username: 'u', credential: 'c' }]
    const packets: Buffer[] = []
    const open = (onRtp: (packet: Buffer) => void = () => {}) =>
      openWerift({ iceServers, onRtp: (_line, packet) => onRtp(packet), log: quietLog().log })
    const [a, b] = [open(), open((packet) => void packets.push(packet))]
    try {
      const relays: Record<'a' | 'b', Candidate[]> = { a: [], b: [] }
      const isRelay = ({ candidate }: Candidate) => candidate.includes('typ relay')
      a.on('candidate', (candidate) => void (isRelay(candidate) && relays.a.push(candidate)))
      b.on('candidate', (candidate) => void (isRelay(candidate) && relays.b.push(candidate)))
      const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
      await a.accept(withoutHosts(await b.answer(withoutHosts(await a.offer({ iceRestart: false }, signal)), signal)), signal)
      await vi.waitFor(() => expect([relays.a.length, relays.b.length]).toEqual([1, 1]), { timeout: 10_000 })
      for (const candidate of relays.a) b.addCandidate(candidate)
      for (const candidate of relays.b) a.addCandidate(candidate)
      await both
      for (const end of [a, b]) end.release()
      for (let n = 1; n <= 50; n++) a.sendRtp('camera', rtp(CAMERA, n))
      await vi.waitFor(() => expect(packets.length).toBe(50), { timeout: 5000 })
      expect([a.stats().way, b.stats().way]).toContain('relay')
      // From now on each hears of the other's ways as they are found, as signalling carries them.
      a.on('candidate', (candidate) => void (isRelay(candidate) && b.addCandidate(candidate)))
      b.on('candidate', (candidate) => void (isRelay(candidate) && a.addCandidate(candidate)))
      await a.accept(withoutHosts(await b.answer(withoutHosts(await a.offer({ iceRestart: true }, signal)), signal)), signal)
      let heard = 0
      for (const end of [a, b]) end.on('message', () => heard++)
      expect([a.send('still'), b.send('here')]).toEqual([true, true])
      await vi.waitFor(() => expect(heard).toBe(2), { timeout: 5000 })
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  })

  test('who has met at the relay goes over to a direct way as soon as there is one, and gives the relay back', async () => {
    const clock = new HastyClock()
    const iceServers = [{ urls: `turn:${HERE}:${port}`, username: 'u', credential: 'c' }]
    const packets: Buffer[] = []
    const open = (onRtp: (packet: Buffer) => void = () => {}) =>
      openWerift({ iceServers, onRtp: (_line, packet) => onRtp(packet), log: quietLog().log, clock })
    const [a, b] = [open(), open((packet) => void packets.push(packet))]
    try {
      const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
      const offer = await a.offer({ iceRestart: false }, signal)
      const answer = await b.answer(withoutHosts(offer), signal)
      a.on('candidate', (candidate) => b.addCandidate(candidate))
      b.on('candidate', (candidate) => a.addCandidate(candidate))
      await a.accept(withoutHosts(answer), signal)
      await both
      for (const end of [a, b]) end.release()
      expect([a.stats().way, b.stats().way]).toEqual(['relay', 'relay'])
      for (const candidate of hostsOf(offer)) b.addCandidate(candidate)
      for (const candidate of hostsOf(answer)) a.addCandidate(candidate)
      await vi.waitFor(() => expect([a.stats().way, b.stats().way]).toEqual(['direct', 'direct']), { timeout: 10_000 })
      for (let n = 1; n <= 50; n++) a.sendRtp('camera', rtp(CAMERA, n))
      await vi.waitFor(() => expect(packets.length).toBe(50), { timeout: 5000 })
      expect(clock.names).not.toContain('renew a relay, done')
      clock.hurry = true
      await vi.waitFor(() => expect(clock.names.filter((name) => name === 'a direct way holds, done').length).toBeGreaterThanOrEqual(2), {
        timeout: 10_000,
      })
      // The allocations were refreshed to a lifetime of nothing, and nobody waits to renew them any more.
      await vi.waitFor(() => expect(clock.waiting.get('renew a relay') ?? 0).toBe(0), { timeout: 5000 })
      for (let n = 51; n <= 100; n++) a.sendRtp('camera', rtp(CAMERA, n))
      await vi.waitFor(() => expect(packets.length).toBe(100), { timeout: 5000 })
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  })
})

/** The real clock, but ten seconds of waiting whether a direct way holds are over at once when it is told to hurry. */
class HastyClock implements Clock {
  readonly names: string[] = []
  readonly waiting = new Map<string, number>()
  hurry = false

  now(): Ms {
    return systemClock.now()
  }

  async sleep(name: string, time: Ms, signal: AbortSignal): Promise<void> {
    this.waiting.set(name, (this.waiting.get(name) ?? 0) + 1)
    try {
      if (name === 'a direct way holds') while (!this.hurry) await systemClock.sleep(name, ms(20), signal)
      else await systemClock.sleep(name, time, signal)
      this.names.push(`${name}, done`)
    } finally {
      this.waiting.set(name, (this.waiting.get(name) ?? 0) - 1)
    }
  }
}

// relay.real.test.ts — through a TURN server, when there is no other way: words and media pass, and the guard stands there too.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Candidate } from '../../src/call/transport.ts'
import { openWerift } from '../../src/call/werift.ts'
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
      await a.accept(withoutHosts(await b.answer(withoutHosts(await a.offer({ iceRestart: true }, signal)), signal)), signal)
      let heard = 0
      for (const end of [a, b]) end.on('message', () => heard++)
      expect([a.send('still'), b.send('here')]).toEqual([true, true])
      await vi.waitFor(() => expect(heard).toBe(2), { timeout: 5000 })
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  })
})

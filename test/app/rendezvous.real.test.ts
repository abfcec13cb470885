// rendezvous.real.test.ts — the program in its public role: what it serves, what it tells to whom, and that two who meet there hear each other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openRendezvous } from '../../src/app/rendezvous.ts'
import { openBroker } from '../../src/control/broker.ts'
import { brokerOver } from '../../src/control/mqtt.ts'
import { readConfig } from '../../src/core/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { quietLog } from '../fake/quiet.ts'

const ROOM = '0123456789abcdefghjkmnpqrs'
const PEER = 'zyxwvtsrqpnmkjhgfedcba9876'
const { log } = quietLog()
const clock = systemClock
let folder: string
let scope: Scope

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-rendezvous-'))
  scope = new Scope((error) => {
    throw error
  })
})
afterEach(async () => {
  await scope.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(settings: Record<string, unknown> = {}): Promise<string> {
  const iceServers = [{ urls: 'stun:s.example' }, { urls: 'turn:t.example', secret: 'nobody is told' }]
  const config = readConfig({ web: { http: 0, https: 0, listen: '127.0.0.1' }, call: { iceServers }, ...settings }, {})
  const { http } = await openRendezvous({ config, folder, root: join(import.meta.dirname, '../..'), clock, log, scope })
  return `127.0.0.1:${http}`
}

/** Asked as from elsewhere: a proxy says that it passes somebody's request on. */
const ask = (host: string, path: string) =>
  fetch(`http://${host}${path}`, { headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' } })

describe('a rendezvous', () => {
  test('serves the pages of calls, and says how it is; TV and remote are at home', async () => {
    const host = await open()
    for (const path of ['/', '/r']) expect((await ask(host, path)).headers.get('content-type')).toContain('text/html')
    expect(await (await ask(host, '/healthz')).json()).toEqual({ ok: true })
    for (const path of ['/tv', '/remote']) expect((await ask(host, path)).status).toBe(404)
    for (const path of ['/tv.jpg', '/metrics']) expect((await ask(host, path)).status).toBe(401)
    expect(await (await fetch(`http://${host}/metrics`)).text()).toContain('parlor_broker_clients 0')
  })

  test('gives passwords for a day to whoever names a room, and to nobody else; the secret to nobody at all', async () => {
    const host = await open()
    const told = async (path: string) =>
      ((await (await ask(host, path)).json()) as { iceServers: Array<{ urls: string; username?: string }> }).iceServers
    expect(await told('/info')).toEqual([{ urls: 'stun:s.example' }])
    expect(await told('/info?room=x')).toEqual([{ urls: 'stun:s.example' }])
    const [, turn] = await told(`/info?room=${ROOM}`)
    expect(turn).toMatchObject({ urls: 'turn:t.example', username: expect.stringMatching(/^\d{10}:0123456789abcdefghjkmnpqrs$/) })
    expect(JSON.stringify(turn)).not.toContain('nobody is told')
  })

  /** Two clients at its /mqtt; the second hears what the first says in a room. */
  async function meet(host: string): Promise<void> {
    const door = brokerOver(`ws://${host}/mqtt`, { clock, log })
    const [a, b] = [door(null), door(null)]
    scope.defer(() => a.close())
    scope.defer(() => b.close())
    const heard = vi.fn()
    b.on('message', heard)
    b.on('up', () => b.subscribe(`parlor/1/room/${ROOM}/#`))
    await vi.waitFor(
      () => {
        a.publish(`parlor/1/room/${ROOM}/to/${PEER}`, Buffer.from('sealed'), { retain: false })
        expect(heard).toHaveBeenCalled()
      },
      { timeout: 10_000, interval: 100 },
    )
    expect(heard.mock.calls[0]?.[0]).toBe(`parlor/1/room/${ROOM}/to/${PEER}`)
  }

  test('is a broker at which two meet', async () => {
    await meet(await open())
  })

  test('joins its guests with another broker, when one is named: there it is two clients, however many they are', async () => {
    const behind = await openBroker({ clock, log })
    scope.defer(() => behind.close())
    const { port } = await behind.listen('127.0.0.1', 0)
    const far = await open({ mqtt: { server: `mqtt://127.0.0.1:${port}` } })
    await vi.waitFor(async () => expect(await (await ask(far, '/healthz')).json()).toEqual({ ok: true }))
    await meet(far)
    expect(behind.counts()).toMatchObject({ clients: 2 })
  })

  test('refuses a certificate that is not there, and a broker behind it that guests cannot speak to', async () => {
    await expect(open({ web: { http: 0, https: 0, certificate: '/nowhere.pem', key: '/nowhere.key' } })).rejects.toThrow(
      'there is no /nowhere.pem',
    )
    await expect(open({ mqtt: { server: 'wss://b.example' } })).rejects.toThrow('must be mqtt:// or mqtts://')
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import type { Ground } from '../../src/control/announce.ts'
import { type BrokerLimits, type EmbeddedBroker, openBroker } from '../../src/control/broker.ts'
import { brokerOver, type Door } from '../../src/control/mqtt.ts'
import { Announces, homeDoor } from '../../src/control/outside.ts'
import { rows } from '../../src/control/topic.ts'
import type { View } from '../../src/control/topic-row.ts'
import type { Intent } from '../../src/core/intent.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { dice } from '../fake/dice.ts'
import { quietLog } from '../fake/quiet.ts'
import { often } from '../often.ts'
import { DevicePayload } from './homeassistant-schema.ts'
import { freePort, hasMosquitto, Mosquitto } from './mosquitto.ts'
import { atRest, BOX, base, contacts, OTHER } from './view.ts'

const PASSWORD = 'a password for tests'
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
async function until(what: () => boolean, pause = 5): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, pause))
}

/** A box on its own broker and, where wanted, on one of the home. */
async function box(home: Door | null, change: Partial<Ground> = {}, limits: Partial<BrokerLimits> = {}) {
  const { log } = quietLog()
  const options = { clock: systemClock, log }
  const broker = await openBroker({ ...options, limits, home: { box: BOX, prefix: 'homeassistant', password: PASSWORD } })
  undo.push(() => broker.close())
  const now: { view: View } = { view: atRest }
  const intents: Intent[] = []
  const ground: Ground = {
    box: BOX,
    about: () => ({ name: 'Living room', version: '1', url: null }),
    prefix: 'homeassistant',
    policy: { plainJoin: false, picture: true },
    view: () => now.view,
    contacts,
    verify: () => false,
    picture: async () => new Uint8Array(300_000).fill(0xd8),
    ask: (intent) => intents.push(intent),
    asked: () => {},
    update: async () => {},
    date: () => Date.now(),
    ...options,
    ...change,
  }
  const announces = Announces.open({ ground, own: brokerOver(() => broker.local('box'), options), home: home && brokerOver(home, options) })
  undo.push(() => announces.close())
  const actual = (news: Partial<View['actual']>) => {
    now.view = { ...now.view, actual: { ...now.view.actual, ...news } }
    announces.changed()
  }
  return { broker, announces, intents, actual, now }
}

const plain: IClientOptions = { reconnectPeriod: 0, clean: true, protocolVersion: 4, keepalive: 60 }
/** Somebody at home with an ordinary MQTT client, who writes down what is said. */
async function client(port: number, options: IClientOptions = {}, filters: readonly string[] = ['#']) {
  const made: MqttClient = connect(`mqtt://127.0.0.1:${port}`, { ...plain, ...options })
  made.on('error', () => {})
  undo.push(() => made.endAsync(true))
  const heard = new Map<string, string>()
  const kept = new Set<string>()
  let size = 0
  made.on('message', (topic, payload, { retain }) => {
    heard.set(topic, payload.toString())
    if (retain) kept.add(topic)
    size = Math.max(size, payload.length)
  })
  await new Promise<void>((done, fail) => {
    made.once('connect', () => done())
    made.once('close', () => fail(new Error('not let in')))
  })
  const granted = await new Promise<readonly number[]>((done) =>
    made.subscribe([...filters], (_error, _grants, answer) => done((answer?.granted ?? []).map(Number))),
  )
  return { made, heard, kept, granted, largest: () => size, said: (under: string) => heard.get(`${base}/${under}`) }
}
const asHome: IClientOptions = { username: 'home', password: PASSWORD }
const listen = (broker: EmbeddedBroker) => broker.listen('127.0.0.1', 0).then(({ port }) => port)
/** Every row as the box would show it now, with the rest of what a newcomer finds. */
const whole = (view: View): Record<string, string> =>
  Object.fromEntries([...rows.map((row) => [`${base}/state/${row.name}`, row.show(view)]), [`${base}/availability`, 'online']])

describe('on its own broker', () => {
  test('one of the home finds everything that is, hears changes, and is obeyed', async () => {
    const { broker, intents, actual, now } = await box(null)
    const port = await listen(broker)
    const ha = await client(port, asHome, [`${base}/#`, 'homeassistant/+/+/config'])
    const config = `homeassistant/device/parlor_${BOX}/config`
    await until(() => ha.heard.size === rows.length + 2)
    const { [config]: discovered, ...states } = Object.fromEntries(ha.heard)
    expect(states).toEqual(whole(now.view))
    expect(DevicePayload.safeParse(JSON.parse(discovered ?? '')).error).toBe(undefined)
    actual({ muted: true, volume: 33 })
    await until(() => ha.said('state/volume') === '33' && ha.said('state/muted') === 'ON')
    ha.made.publish(`${base}/set/volume`, '20')
    ha.made.publish(`${base}/do/leave`, JSON.stringify({ id: 'a', replyTo: `${base}/reply/ha` }))
    await until(() => ha.said('reply/ha') !== undefined)
    expect(intents).toEqual([{ want: 'volume', percent: 20 }, { want: 'leave' }])
    expect(JSON.parse(ha.said('reply/ha') ?? '')).toEqual({ id: 'a', ok: true })
    ha.made.publish(`${base}/do/picture`, '')
    await until(() => ha.largest() === 300_000)
    const late = await client(port, asHome, [`${base}/#`])
    // What is kept comes in any order.
    await until(() => late.heard.size === rows.length + 1)
    expect(late.said('availability')).toBe('online')
    expect([...late.heard.keys()].sort()).toEqual(Object.keys(whole(now.view)).sort())
  })

  test('who does not know the password has the words of rooms and none of the box; who errs in it is not let in', async () => {
    const { broker, intents } = await box(null)
    const port = await listen(broker)
    const guest = await client(port, {}, [`${base}/#`, `${base}/state/muted`, 'homeassistant/#', `parlor/1/room/${OTHER}/peer/+`])
    expect(guest.granted).toEqual([128, 128, 128, 0])
    guest.made.publish(`${base}/set/muted`, 'ON')
    await new Promise<void>((done) => guest.made.once('close', () => done()))
    for (const wrong of [{ username: 'home', password: 'wrong' }, { username: 'root', password: PASSWORD }, { username: 'home' }])
      await expect(client(port, wrong), JSON.stringify(wrong)).rejects.toThrow('not let in')
    expect(intents).toEqual([])
    expect(guest.heard.size).toBe(0)
  })

  test('one of the home sees no room and no other box, and cannot speak as the box or leave an order behind', async () => {
    const { broker, intents, now } = await box(null)
    const port = await listen(broker)
    const shut = ['#', 'parlor/#', 'parlor/1/box/+/state/muted', `parlor/1/box/${OTHER}/#`, `parlor/1/room/${OTHER}/peer/+`, '$SYS/#']
    const one = await client(port, asHome, [...shut, `${base}/state/+`])
    expect(one.granted).toEqual([...shut.map(() => 128), 0])
    for (const topic of [
      `${base}/state/muted`,
      `${base}/availability`,
      `parlor/1/room/${OTHER}/to/${OTHER}`,
      `parlor/1/box/${OTHER}/set/muted`,
    ]) {
      const bad = await client(port, asHome, [])
      bad.made.publish(topic, 'ON', { retain: true })
      await new Promise<void>((done) => bad.made.once('close', () => done()))
    }
    one.made.publish(`${base}/set/muted`, 'ON', { retain: true })
    await until(() => intents.length === 1)
    const late = await client(port, asHome, [`${base}/#`])
    await until(() => late.heard.size === rows.length + 1)
    expect(Object.fromEntries(late.heard)).toEqual(whole(now.view))
  })

  test('Home Assistant that comes up is told everything anew', async () => {
    const { broker } = await box(null)
    const ha = await client(await listen(broker), asHome, ['homeassistant/device/+/config'])
    await until(() => ha.heard.size === 1)
    ha.heard.clear()
    ha.made.publish('homeassistant/status', 'online')
    await until(() => ha.heard.size === 1)
    expect([...ha.heard.keys()]).toEqual([`homeassistant/device/parlor_${BOX}/config`])
  })

  test('10,000 malformed orders: the box answers afterwards, and none of them did anything', async () => {
    // Without the brake for hasty clients: what counts here is what the box makes of it.
    const gate = { packet: 8192, perSecond: 1e6, burst: 1e6, backlog: 1e6 }
    const { broker, intents, announces } = await box(null, {}, { gate })
    const port = await listen(broker)
    const one = await client(port, asHome, [`${base}/reply/+`])
    const roll = dice(3)
    const topics = ['set/muted', 'set/camera', 'do/join', 'do/ring', 'do/picture-x', 'do/answer', 'set/nothing']
    for (let n = 0; n < 10_000; n++) {
      const payload = Uint8Array.from({ length: 1 + roll(60) }, () => roll(256))
      one.made.publish(`${base}/${topics[roll(topics.length)]}`, Buffer.from(payload))
      if (n % 200 === 0) await new Promise((done) => setImmediate(done))
    }
    await until(() => Object.values(announces.refused()).reduce((a, b) => a + b, 0) >= 10_000, 50)
    const ask = () => one.made.publish(`${base}/do/leave`, JSON.stringify({ replyTo: `${base}/reply/me` }))
    const asking = setInterval(ask, 300)
    undo.push(() => clearInterval(asking))
    await until(() => intents.length > 0)
    expect(intents.every((intent) => intent.want === 'leave')).toBe(true)
  })
})

describe.skipIf(!hasMosquitto)('on the broker of the home', () => {
  async function mosquitto(settings?: string) {
    const made = new Mosquitto(await freePort(), settings)
    undo.push(() => made.kill())
    await made.start()
    return made
  }
  const at = (made: Mosquitto): Door => ({ url: `mqtt://127.0.0.1:${made.port}` })

  test('both brokers say the same at the same time, and the death of the one is nothing to the other', async () => {
    const home = await mosquitto()
    const { broker, actual, announces, now } = await box(at(home))
    const inside = await client(await listen(broker), asHome, [`${base}/#`])
    const outside = await client(home.port)
    await until(() => outside.said('availability') === 'online' && inside.said('availability') === 'online')
    actual({ muted: true })
    await until(() => outside.said('state/muted') === 'ON' && inside.said('state/muted') === 'ON')
    expect(announces.homeUp).toBe(true)
    await home.kill()
    await until(() => announces.homeUp === false)
    actual({ volume: 5 })
    await until(() => inside.said('state/volume') === '5')
    expect(Object.fromEntries(inside.heard)).toEqual(whole(now.view))
  })

  // Each home waits most of a second after each kill; five of them wait beside one another.
  const [homes, each] = [often(5, 2), often(10, 3)]
  const kills = homes * each
  test(`${kills} kills: each time the box is back soon, with availability, discovery and all that is`, async () => {
    const took: number[] = []
    const killed = async (): Promise<void> => {
      const home = await mosquitto()
      const { actual, now } = await box(at(home))
      for (let n = 0; n < each; n++) {
        await home.kill()
        actual({ volume: n, muted: n % 2 === 0 })
        await home.start()
        const from = performance.now()
        const watcher = await client(home.port)
        await until(() => watcher.heard.size === rows.length + 2)
        took.push(performance.now() - from)
        const { [`homeassistant/device/parlor_${BOX}/config`]: config, ...states } = Object.fromEntries(watcher.heard)
        expect(states, `kill ${n}`).toEqual(whole(now.view))
        expect(config).toContain(BOX)
        await watcher.made.endAsync(true)
      }
    }
    await Promise.all(Array.from({ length: homes }, killed))
    took.sort((a, b) => a - b)
    console.log(`back after ${took.map((each) => Math.round(each)).join(', ')} ms`)
    expect(took[kills / 2]).toBeLessThan(2000)
  }, 300_000)

  test('a frozen broker is noticed by its silence, and heard again when it thaws', { timeout: 60_000 }, async () => {
    const home = await mosquitto()
    const { announces, actual, now } = await box(at(home))
    await until(() => announces.homeUp === true)
    const from = performance.now()
    home.signal('SIGSTOP')
    await until(() => announces.homeUp === false)
    const took = performance.now() - from
    console.log(`frozen broker noticed after ${Math.round(took)} ms`)
    actual({ volume: 1 })
    home.signal('SIGCONT')
    await until(() => announces.homeUp === true)
    const watcher = await client(home.port)
    await until(() => watcher.heard.size === rows.length + 2 && watcher.said('availability') === 'online')
    expect(Object.fromEntries([...watcher.heard].filter(([topic]) => topic.startsWith(base)))).toEqual(whole(now.view))
    // 7.5 s by the clock of the keepalive; the rest is room for a busy machine.
    expect(took).toBeLessThan(10_000)
  })

  test('a box that dies is unavailable by its will, one that leaves says so', async () => {
    const home = await mosquitto()
    const watcher = await client(home.port)
    const { announces } = await box(at(home))
    await until(() => watcher.said('availability') === 'online')
    await announces.close()
    await until(() => watcher.said('availability') === 'offline')
    // One that dies: the same door, cut off without a word.
    const dying = connect(`mqtt://127.0.0.1:${home.port}`, {
      ...plain,
      will: { topic: `${base}/availability`, payload: Buffer.from('dead'), qos: 0, retain: true },
    })
    dying.on('error', () => {})
    await new Promise<void>((done) => dying.once('connect', () => done()))
    dying.stream.destroy()
    await until(() => watcher.said('availability') === 'dead')
  })

  test('an order that mosquitto had kept is not done, one that is said now is', async () => {
    const home = await mosquitto()
    const early = await client(home.port)
    await early.made.publishAsync(`${base}/do/leave`, '{}', { retain: true, qos: 1 })
    const { intents, announces } = await box(at(home))
    await until(() => announces.homeUp === true && early.said('availability') === 'online')
    early.made.publish(`${base}/set/muted`, 'ON')
    await until(() => intents.length > 0)
    expect(intents).toEqual([{ want: 'mute', muted: true }])
  })

  test('over TLS with an authority of its own and a password; not with a wrong one of either', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlor-tls-'))
    const inside = (name: string) => join(folder, name)
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    for (const ca of ['ca', 'other'])
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${ca}`,
        '-keyout',
        `${ca}.key`,
        '-out',
        `${ca}.crt`,
      )
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=broker', '-keyout', 'broker.key', '-out', 'broker.csr')
    writeFileSync(inside('san'), 'subjectAltName=IP:127.0.0.1\n')
    const files = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san', '-out', 'broker.crt']
    openssl('x509', '-req', '-in', 'broker.csr', '-days', '2', ...files)
    execFileSync('mosquitto_passwd', ['-b', '-c', inside('users'), 'parlor', 'p@ss:word/#1'], { stdio: 'ignore' })
    const tls = `certfile ${inside('broker.crt')}\nkeyfile ${inside('broker.key')}`
    const home = await mosquitto(`${tls}\nallow_anonymous false\npassword_file ${inside('users')}\nuser root`)
    const url = `mqtts://127.0.0.1:${home.port}`
    const text = (name: string) => readFileSync(inside(name), 'utf8')
    const good = homeDoor({ home: url, homeUser: 'parlor', homePassword: 'p@ss:word/#1' }, text('ca.crt'))
    const { announces } = await box(good)
    await until(() => announces.homeUp === true)
    const wrong = [
      homeDoor({ home: url, homeUser: 'parlor', homePassword: 'p@ss:word/#1' }, text('other.crt')),
      homeDoor({ home: url, homeUser: 'parlor', homePassword: 'p@ss:word/#1' }, null),
      homeDoor({ home: url, homeUser: 'parlor', homePassword: 'wrong' }, text('ca.crt')),
      homeDoor({ home: url, homeUser: '', homePassword: '' }, text('ca.crt')),
    ]
    for (const door of wrong) {
      const { log, said } = quietLog()
      const line = brokerOver(door ?? '', { clock: systemClock, log })(null)
      undo.push(() => line.close())
      const first = await new Promise<string>((done) => {
        line.on('up', () => done('up'))
        line.on('down', () => done('down'))
      })
      expect(first).toBe('down')
      expect(JSON.stringify(said)).not.toContain('p@ss')
    }
    expect(announces.homeUp).toBe(true)
  })

  test('credentials in the URL do as well', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlor-users-'))
    execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'users'), 'parlor', 'secret word'], { stdio: 'ignore' })
    const home = await mosquitto(`allow_anonymous false\npassword_file ${join(folder, 'users')}\nuser root`)
    const { announces } = await box(
      homeDoor({ home: `mqtt://parlor:secret%20word@127.0.0.1:${home.port}`, homeUser: '', homePassword: '' }, null),
    )
    await until(() => announces.homeUp === true)
    expect(announces.homeUp).toBe(true)
  })
})

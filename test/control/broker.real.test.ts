import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, type IClientOptions, type MqttClient, MqttClient as OverStream } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { type BrokerLimits, type EmbeddedBroker, openBroker } from '../../src/control/broker.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { dice } from '../fake/dice.ts'
import { quietLog } from '../fake/quiet.ts'

const ROOM = '0123456789abcdefghjkmnpqrs'
const peer = (n: number) => String(n).padStart(26, '0')
const base = `parlor/1/room/${ROOM}`
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function broker(limits: Partial<BrokerLimits> = {}) {
  const { log, said } = quietLog()
  const opened = await openBroker({ log, clock: systemClock, limits })
  undo.push(() => opened.close())
  const { port } = await opened.listen('127.0.0.1', 0)
  return { opened, port, said }
}

const plain: IClientOptions = { reconnectPeriod: 0, clean: true, protocolVersion: 4, keepalive: 5 }
function watched(client: MqttClient) {
  client.on('error', () => {})
  undo.push(() => client.endAsync(true))
  return client
}
const next = (client: MqttClient, event: 'connect' | 'close' | 'message') => new Promise<void>((done) => client.once(event, () => done()))
async function come(port: number, options: IClientOptions = {}) {
  const client = watched(connect(`mqtt://127.0.0.1:${port}`, { ...plain, ...options }))
  await next(client, 'connect')
  return client
}
/** Whether a client with these options gets in. */
const getsIn = (port: number, options: IClientOptions): Promise<boolean> =>
  new Promise((done) => {
    const client = watched(connect(`mqtt://127.0.0.1:${port}`, { ...plain, ...options }))
    client.once('connect', () => done(true))
    client.once('close', () => done(false))
  })

function heardBy(client: MqttClient) {
  const heard: string[] = []
  client.on('message', (topic, payload, packet) =>
    heard.push(`${topic.replace(`${base}/`, '')} ${payload}${packet.retain ? ' (kept)' : ''}`),
  )
  return heard
}
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 5))
}
/** Everything said before has gone round when this has come back. */
async function settled(opened: EmbeddedBroker): Promise<void> {
  const client = watched(new OverStream(() => opened.local(), { ...plain }))
  await next(client, 'connect')
  await client.subscribeAsync(`${base}/to/${peer(99)}`)
  const back = next(client, 'message')
  await client.publishAsync(`${base}/to/${peer(99)}`, 'round')
  await back
  await client.endAsync()
}

test('people of a room hear each other, over a port and from inside, and the late one finds who is there', async () => {
  const { opened, port } = await broker()
  const [anna, box] = [await come(port), watched(new OverStream(() => opened.local(), { ...plain }))]
  await next(box, 'connect')
  await anna.subscribeAsync(`${base}/peer/+`)
  const heard = heardBy(anna)
  await box.publishAsync(`${base}/peer/${peer(1)}`, 'box is here', { retain: true })
  await box.publishAsync(`${base}/to/${peer(2)}`, 'not for anna')
  await until(() => heard.length === 1)
  const late = await come(port)
  const lateHeard = heardBy(late)
  await late.subscribeAsync(`${base}/peer/+`, { qos: 1 })
  await until(() => lateHeard.length === 1)
  expect(heard).toEqual([`peer/${peer(1)} box is here`])
  expect(lateHeard).toEqual([`peer/${peer(1)} box is here (kept)`])
  expect(opened.counts()).toMatchObject({ clients: 3, retained: 1, rooms: 1, refused: 0 })
})

test('who says or asks what is not allowed is cut off or not heard, and the others stay', async () => {
  const { opened, port } = await broker()
  const good = await come(port)
  for (const topic of ['x', '$SYS/a/b', `${base}/to/+`.replace('+', 'nobody'), 'parlor/1/box/a/set/muted']) {
    const bad = await come(port)
    bad.publish(topic, 'x')
    await next(bad, 'close')
  }
  for (const shut of ['#', '$SYS/#', '+/+', 'parlor/1/room/+/peer/+', `${base}/to/+`]) {
    const granted = await new Promise((done) => good.subscribe(shut, (_error, _grants, answer) => done(answer?.granted[0])))
    expect(granted, shut).toBe(128)
  }
  const bad = await come(port)
  bad.publish(`${base}/to/${peer(1)}`, 'x', { qos: 2 })
  await next(bad, 'close')
  const long = await come(port)
  long.publish(`${base}/to/${peer(1)}`, 'x'.repeat(60_000))
  await next(long, 'close')
  await settled(opened)
  expect(good.connected).toBe(true)
  expect(opened.counts().refused).toBeGreaterThanOrEqual(11)
})

test('a will is read out when its client dies, and obeys the same rules', async () => {
  const { opened, port } = await broker()
  const living = await come(port)
  await living.subscribeAsync(`${base}/peer/+`)
  const heard = heardBy(living)
  const topic = `${base}/peer/${peer(3)}`
  const dying = await come(port, { will: { topic, payload: Buffer.from('gone'), qos: 0, retain: true } })
  dying.stream.destroy()
  await until(() => heard.length === 1)
  expect(heard).toEqual([`peer/${peer(3)} gone`])
  const leaving = await come(port, { will: { topic, payload: Buffer.from('never said'), qos: 0, retain: true } })
  await leaving.endAsync()
  await settled(opened)
  expect(heard).toHaveLength(1)
  expect(await getsIn(port, { will: { topic: 'x', payload: Buffer.from('x'), qos: 0, retain: false } })).toBe(false)
  expect(await getsIn(port, { will: { topic, payload: Buffer.alloc(10_000), qos: 0, retain: true } })).toBe(false)
  expect(await getsIn(port, { will: { topic, payload: Buffer.from('x'), qos: 2, retain: true } })).toBe(false)
})

test('kept sessions, silent clients, long ids and MQTT 5 are refused', async () => {
  const { port } = await broker()
  expect(await getsIn(port, { clean: false, clientId: 'a' })).toBe(false)
  expect(await getsIn(port, { keepalive: 0 })).toBe(false)
  expect(await getsIn(port, { keepalive: 3600 })).toBe(false)
  expect(await getsIn(port, { clientId: 'x'.repeat(65) })).toBe(false)
  expect(await getsIn(port, { protocolVersion: 5 })).toBe(false)
  for (const clientId of ['__proto__', 'constructor', '']) expect(await getsIn(port, { clientId }), clientId).toBe(true)
})

test('the number of clients is bounded, our own do not count, and a place that gets free is given again', async () => {
  const { opened, port } = await broker({ clients: 3 })
  const three = [await come(port), await come(port), await come(port)]
  expect(await getsIn(port, {})).toBe(false)
  await settled(opened)
  await three[0]?.endAsync(true)
  await until(() => opened.counts().clients === 2)
  expect(await getsIn(port, {})).toBe(true)
})

test('a client keeps only so much, and hears only so much', async () => {
  const { opened, port } = await broker({ kept: 2, subscriptions: 2 })
  const client = await come(port)
  for (let n = 0; n < 5; n++) await client.publishAsync(`${base}/peer/${peer(n)}`, 'x', { retain: true, qos: 1 })
  await settled(opened)
  expect(opened.counts().retained).toBe(2)
  await client.publishAsync(`${base}/peer/${peer(0)}`, '', { retain: true, qos: 1 })
  await client.publishAsync(`${base}/peer/${peer(4)}`, 'x', { retain: true, qos: 1 })
  await settled(opened)
  expect(opened.counts().retained).toBe(2)
  const granted: unknown[] = []
  for (let n = 0; n < 3; n++)
    granted.push(
      await new Promise((done) => client.subscribe(`${base}/to/${peer(n)}`, (_error, _grants, answer) => done(answer?.granted[0]))),
    )
  expect(granted).toEqual([0, 0, 128])
})

test('one that does not read is cut off, and nobody waits for it', async () => {
  const { opened, port } = await broker({ gate: { packet: 40_000, perSecond: 1e6, burst: 1e6, backlog: 256 * 1024 } })
  const frozen = await come(port)
  await frozen.subscribeAsync(`${base}/to/${peer(1)}`)
  const gone = once(frozen.stream, 'close')
  const socket = frozen.stream
  socket.pause()
  if ('_handle' in socket) socket.removeAllListeners('data')
  const speaker = await come(port)
  for (let n = 0; n < 400 && opened.counts().refused === 0; n++)
    await speaker.publishAsync(`${base}/to/${peer(1)}`, Buffer.alloc(30_000), { qos: 1 })
  expect(opened.counts().refused).toBeGreaterThan(0)
  await settled(opened)
  expect(speaker.connected).toBe(true)
  frozen.end(true)
  await gone
})

test('a client that never says who it is, or promises a giant packet, is gone soon', async () => {
  const { opened, port } = await broker()
  const silent = connectTcp(port, '127.0.0.1')
  const giant = connectTcp(port, '127.0.0.1')
  for (const socket of [silent, giant]) socket.on('error', () => {})
  giant.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
  await once(giant, 'close')
  await once(silent, 'close')
  expect(opened.counts()).toMatchObject({ clients: 0 })
})

test('10,000 malformed packets, on streams of their own and after a good hello, hurt nobody', async () => {
  const { opened } = await broker()
  const roll = dice(42)
  const hello = Buffer.from([0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 5, 0, 2, 0x61, 0x62])
  const noise = () => {
    const body = Buffer.from(Array.from({ length: roll(60) }, () => roll(256)))
    return Buffer.concat([Buffer.from([roll(256), roll(4) === 0 ? roll(256) : body.length]), body])
  }
  const near = () => {
    const topic = Buffer.from(roll(2) ? `${base}/peer/${peer(roll(9))}` : 'a/+/#')
    const damaged = Buffer.concat([
      Buffer.from([0x30 + roll(16), topic.length + 2 + roll(3), roll(2), topic.length + roll(5)]),
      topic,
      Buffer.alloc(roll(4)),
    ])
    damaged[roll(damaged.length)] = roll(256)
    return damaged
  }
  for (let batch = 0; batch < 100; batch++) {
    const streams: Duplex[] = Array.from({ length: 10 }, () => opened.local())
    for (const stream of streams) {
      stream.resume()
      if (roll(2)) stream.write(hello)
      for (let n = 0; n < 10; n++) if (!stream.destroyed) stream.write(roll(2) ? noise() : near())
    }
    await new Promise((done) => setImmediate(done))
    for (const stream of streams) stream.destroy()
  }
  await settled(opened)
  await until(() => opened.counts().clients === 0)
  expect(opened.counts().refused).toBeGreaterThan(300)
})

test('when the broker closes, its clients and its port are gone', async () => {
  const { opened, port } = await broker()
  const client = await come(port)
  const closed = next(client, 'close')
  await opened.close()
  await closed
  expect(await getsIn(port, {})).toBe(false)
})

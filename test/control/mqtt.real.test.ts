import { createRequire } from 'node:module'
import { duplexPair } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { openBroker } from '../../src/control/broker.ts'
import { brokerOver, type MqttBroker, type Way } from '../../src/control/mqtt.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { quietLog } from '../fake/quiet.ts'
import { freePort, hasMosquitto, Mosquitto } from './mosquitto.ts'

const base = 'parlor/1/room/0123456789abcdefghjkmnpqrs'
const peer = (n: number) => String(n).padStart(26, '0')
const topic = (n: number) => `${base}/peer/${peer(n)}`
const bytes = (text: string) => new TextEncoder().encode(text)
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

/** A broker connection that writes down what happens to it. Says hello and subscribes at each 'up', as the call does. */
function person(n: number, way: Way) {
  const { log, said } = quietLog()
  const events: string[] = []
  const broker = brokerOver(way, { clock: systemClock, log })({ topic: topic(n), payload: bytes(`${n} died`), retain: true })
  broker.on('up', () => {
    events.push('up')
    broker.subscribe(`${base}/peer/+`)
    broker.publish(topic(n), bytes(`${n} is here`), { retain: true })
  })
  broker.on('down', () => events.push('down'))
  broker.on('message', (_topic, payload) => events.push(new TextDecoder().decode(payload)))
  undo.push(() => broker.close())
  return { broker, events, said }
}
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 10))
}
const count = (events: string[], what: string) => events.filter((event) => event === what).length

/** A way into a broker that can be cut. */
function cuttable(open: () => ReturnType<typeof duplexPair>[0]) {
  const streams: Array<ReturnType<typeof open>> = []
  const way = () => {
    const stream = open()
    streams.push(stream)
    return stream
  }
  return { way, cut: () => streams.at(-1)?.destroy() }
}

async function embedded() {
  const broker = await openBroker({ log: quietLog().log, clock: systemClock })
  undo.push(() => broker.close())
  return broker
}

test('two in one room, over the broker inside: hello, death, return, goodbye', async () => {
  const broker = await embedded()
  const { way, cut } = cuttable(() => broker.local())
  const one = person(1, way)
  const two = person(2, () => broker.local())
  await until(() => one.events.includes('2 is here') && two.events.includes('1 is here'))
  cut()
  await until(() => count(one.events, 'up') === 2)
  expect(one.events.filter((event) => event === 'up' || event === 'down')).toEqual(['up', 'down', 'up'])
  await until(() => two.events.includes('1 died') && two.events.lastIndexOf('1 is here') > two.events.indexOf('1 died'))
  expect(one.said.map(({ sentence }) => sentence)).toEqual(['the broker is away', 'the broker answers again'])
  await one.broker.close()
  await one.broker.close()
  await until(() => broker.counts().clients === 1)
  expect(count(two.events, '1 died')).toBe(1)
  expect(one.events.at(-1)).not.toBe('down')
})

test("no table of 65,536 numbers is made: neither for the first word of a client nor for the broker's", async () => {
  const broker = await embedded()
  const ada = person(1, () => broker.local())
  await until(() => ada.events.includes('1 is here'))
  const { cache } = createRequire(createRequire(import.meta.url).resolve('mqtt'))('mqtt-packet/numbers') as { cache: object }
  expect(Object.keys(cache)).toEqual([])
})

test('an empty payload, a big one and odd bytes arrive as they are', async () => {
  const broker = await embedded()
  const one = brokerOver(() => broker.local(), { clock: systemClock, log: quietLog().log })({
    topic: topic(1),
    payload: bytes(''),
    retain: false,
  })
  undo.push(() => one.close())
  const heard: Uint8Array[] = []
  one.on('message', (_topic, payload) => heard.push(payload))
  await new Promise<void>((done) => one.on('up', done))
  one.subscribe(`${base}/to/${peer(1)}`)
  const big = new Uint8Array(33_000).map((_, i) => i * 7)
  for (const payload of [bytes(''), big, new Uint8Array(big.buffer, 5, 3)]) one.publish(`${base}/to/${peer(1)}`, payload, { retain: false })
  await until(() => heard.length === 3)
  expect(heard.map((payload) => [...payload])).toEqual([[], [...big], [...big.subarray(5, 8)]])
})

test('what is said while nobody answers is dropped, not kept for later', async () => {
  const port = await freePort()
  const alone = person(1, `mqtt://127.0.0.1:${port}`)
  await until(() => alone.events.includes('down'))
  for (let n = 0; n < 1000; n++) alone.broker.publish(topic(1), bytes('stale'), { retain: true })
  expect(alone.broker.dropped.total).toBe(1000)
  const broker = await embedded()
  await broker.listen('127.0.0.1', port)
  await until(() => alone.events.includes('1 is here'))
  expect(new Set(alone.events)).toEqual(new Set(['down', 'up', '1 is here']))
})

test('a way that cannot be opened is "down" and is tried again; closing ends that', async () => {
  let tries = 0
  const { events, broker } = person(1, () => {
    tries++
    throw new Error('no stream today')
  })
  await until(() => tries === 2)
  expect(events).toEqual(['down'])
  await broker.close()
  const wrong: MqttBroker = person(2, 'http://127.0.0.1/').broker
  await new Promise<void>((done) => wrong.on('down', done))
  await wrong.close()
})

test('a broker that hangs, inside, is noticed', async () => {
  const { events } = person(1, () => duplexPair()[0])
  await until(() => events.includes('down'))
  expect(events).toEqual(['down'])
})

describe.skipIf(!hasMosquitto)('over mosquitto', () => {
  test('a will is read out on death, and everybody is back after the broker has come again', async () => {
    const mosquitto = new Mosquitto(await freePort())
    undo.push(() => mosquitto.kill())
    await mosquitto.start()
    const url = `mqtt://127.0.0.1:${mosquitto.port}`
    const [one, two] = [person(1, url), person(2, url)]
    await until(() => one.events.includes('2 is here') && two.events.includes('1 is here'))
    await mosquitto.kill()
    await until(() => one.events.includes('down') && two.events.includes('down'))
    await mosquitto.start()
    await until(() => count(one.events, 'up') === 2 && count(two.events, 'up') === 2)
    await until(() => count(one.events, '2 is here') >= 2 && count(two.events, '1 is here') >= 2)
    expect(one.events.filter((event) => event === 'down')).toHaveLength(1)
    await two.broker.close()
    expect(one.events).not.toContain('2 died')
  })

  test('a frozen broker is noticed within 10 s even while we talk', { timeout: 30_000 }, async () => {
    const mosquitto = new Mosquitto(await freePort())
    undo.push(() => mosquitto.kill())
    await mosquitto.start()
    const one = person(1, `mqtt://127.0.0.1:${mosquitto.port}`)
    await until(() => one.events.includes('1 is here'))
    const talk = setInterval(() => one.broker.publish(topic(1), bytes('still here'), { retain: true }), 500)
    undo.push(() => clearInterval(talk))
    const from = performance.now()
    mosquitto.signal('SIGSTOP')
    await until(() => one.events.includes('down'))
    expect(performance.now() - from).toBeLessThan(10_000)
    mosquitto.signal('SIGCONT')
    await until(() => count(one.events, 'up') === 2)
  })
})

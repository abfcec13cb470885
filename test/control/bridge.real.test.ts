import { afterEach, describe, expect, test } from 'vitest'
import { Bridge } from '../../src/control/bridge.ts'
import { openBroker } from '../../src/control/broker.ts'
import { brokerOver, type Way } from '../../src/control/mqtt.ts'
import type { RoomId } from '../../src/core/id.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { quietLog } from '../fake/quiet.ts'
import { freePort, hasMosquitto, Mosquitto } from './mosquitto.ts'

const room = '0123456789abcdefghjkmnpqrs' as RoomId
const other = 'zzzzzzzzzzzzzzzzzzzzzzzzzz' as RoomId
const peer = (n: number) => String(n).padStart(26, '0')
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

/** Somebody who listens to the presence of a room and to what is said to them, and can speak. */
function person(n: number, way: Way, of: RoomId = room) {
  const heard: string[] = []
  const broker = brokerOver(way, { clock: systemClock, log: quietLog().log })(null)
  const up = new Promise<void>((done) =>
    broker.on('up', () => {
      broker.subscribe(`parlor/1/room/${of}/peer/+`)
      broker.subscribe(`parlor/1/room/${of}/to/${peer(n)}`)
      done()
    }),
  )
  broker.on('message', (_topic, payload) => heard.push(new TextDecoder().decode(payload)))
  undo.push(() => broker.close())
  const say = (topic: string, text: string, retain = false) =>
    broker.publish(`parlor/1/room/${of}/${topic}`, new TextEncoder().encode(text), { retain })
  return { heard, say, up }
}
const until = async (what: () => boolean) => {
  while (!what()) await new Promise((done) => setTimeout(done, 10))
}

describe.skipIf(!hasMosquitto)('a box with a broker elsewhere', () => {
  async function bridged() {
    const outside = new Mosquitto(await freePort())
    await outside.start()
    undo.push(() => outside.kill())
    const url = `mqtt://127.0.0.1:${outside.port}`
    const inside = await openBroker({ log: quietLog().log, clock: systemClock })
    undo.push(() => inside.close())
    const bridge = new Bridge({ inside, outside: brokerOver(url, { clock: systemClock, log: quietLog().log })(null) })
    bridge.open()
    bridge.serve(room)
    undo.push(() => bridge.close())
    return { url, inside, bridge }
  }

  test('takes back at its end what it brought: who comes later finds no ghosts', async () => {
    const { url, inside, bridge } = await bridged()
    const near = person(2, () => inside.local())
    const early = person(1, url)
    await Promise.all([near.up, early.up])
    const beats = setInterval(() => near.say(`peer/${peer(2)}`, `near ${Math.random()}`, true), 50)
    await until(() => early.heard.some((word) => word.startsWith('near')))
    clearInterval(beats)
    await bridge.close()
    await until(() => early.heard.at(-1) === '')
    const late = person(3, url)
    await late.up
    late.say(`to/${peer(3)}`, 'heard')
    await until(() => late.heard.includes('heard'))
    expect(late.heard).toEqual(['heard'])
  })

  test('is one room on both sides: presence and signals cross once, each way', async () => {
    const { url, inside } = await bridged()
    const far = person(1, url)
    const near = person(2, () => inside.local())
    await Promise.all([far.up, near.up])
    const beats = setInterval(() => {
      far.say(`peer/${peer(1)}`, `far ${Math.random()}`, true)
      near.say(`peer/${peer(2)}`, `near ${Math.random()}`, true)
    }, 50)
    undo.push(() => clearInterval(beats))
    await until(() => far.heard.some((w) => w.startsWith('near')) && near.heard.some((w) => w.startsWith('far')))
    clearInterval(beats)
    far.say(`to/${peer(2)}`, 'an offer')
    near.say(`to/${peer(1)}`, 'an answer')
    await until(() => near.heard.includes('an offer') && far.heard.includes('an answer'))
    near.say(`to/${peer(1)}`, 'the end')
    await until(() => far.heard.includes('the end'))
    for (const { heard } of [far, near]) expect(new Set(heard).size).toBe(heard.length)
  })

  test('leaves rooms alone that nobody bridged', async () => {
    const { url, inside } = await bridged()
    const far = person(1, url, other)
    const near = person(2, () => inside.local(), other)
    const marker = person(3, url)
    await Promise.all([far.up, near.up, marker.up])
    const nearHere = person(4, () => inside.local())
    await nearHere.up
    far.say(`peer/${peer(1)}`, 'secret', true)
    const beats = setInterval(() => marker.say(`peer/${peer(3)}`, `marker ${Math.random()}`, true), 50)
    undo.push(() => clearInterval(beats))
    await until(() => nearHere.heard.some((w) => w.startsWith('marker')))
    expect(near.heard).toEqual([])
  })
})

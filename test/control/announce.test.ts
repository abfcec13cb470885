import { expect, test } from 'vitest'
import { Announce, type Ground, type Line, type LineEvents, willOf } from '../../src/control/announce.ts'
import { rows } from '../../src/control/topic.ts'
import type { Asked } from '../../src/control/topic-order.ts'
import type { View } from '../../src/control/topic-row.ts'
import type { Intent } from '../../src/core/intent.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Emitter } from '../../src/lib/emitter.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { dice } from '../fake/dice.ts'
import { quietLog } from '../fake/quiet.ts'
import { atRest, BOX, base, bytes, contacts } from './view.ts'

/** A connection that writes down what passes, and may be deaf. */
class FakeLine extends Emitter<LineEvents> implements Line {
  readonly said: Array<{ topic: string; text: string; retain: boolean }> = []
  readonly heard = new Set<string>()
  readonly retained = new Map<string, string>()
  deaf = false
  closed = false
  constructor() {
    super((error) => {
      throw error
    })
  }
  publish(topic: string, payload: Uint8Array, { retain }: { retain: boolean }): boolean {
    if (this.deaf) return false
    const text = new TextDecoder().decode(payload)
    this.said.push({ topic, text, retain })
    if (retain) this.retained.set(topic, text)
    return true
  }
  subscribe(topic: string): void {
    this.heard.add(topic)
  }
  async close(): Promise<void> {
    this.closed = true
  }
  /** What was said since the last call, without the long beginning of the topics. */
  news(): string[] {
    return this.said.splice(0).map(({ topic, text }) => `${topic.replace(`${base}/`, '')} ${text}`)
  }
}

function box(change: Partial<Ground> = {}) {
  const clock = new FakeClock()
  const line = new FakeLine()
  const intents: Intent[] = []
  const questions: Asked[] = []
  const { log, said } = quietLog()
  const now: { view: View; url: string | null } = { view: atRest, url: null }
  const announce = new Announce(
    {
      box: BOX,
      about: () => ({ name: 'Living room', version: '1', url: now.url }),
      prefix: 'homeassistant',
      policy: { plainJoin: false, picture: false },
      view: () => now.view,
      contacts,
      verify: () => false,
      picture: async () => bytes('jpeg'),
      ask: (intent) => intents.push(intent),
      asked: (asked) => questions.push(asked),
      update: async () => {},
      date: () => 0,
      clock,
      log,
      ...change,
    },
    line,
  )
  announce.open()
  const order = async (topic: string, text: string) => {
    line.emit('fresh', `${base}/${topic}`, bytes(text))
    await clock.advance(ms(0))
  }
  const with_ = (actual: Partial<View['actual']>) => {
    now.view = { ...now.view, actual: { ...now.view.actual, ...actual } }
    announce.changed()
  }
  return { announce, clock, line, intents, questions, said, now, order, actual: with_ }
}

test('at every connection everything is said: discovery, every row, and "online" last; all of it retained', () => {
  const { line } = box()
  for (let n = 0; n < 2; n++) {
    line.emit('up')
    expect([...line.heard]).toEqual([`${base}/set/+`, `${base}/do/+`, 'homeassistant/status'])
    const topics = line.said.map(({ topic }) => topic)
    expect(topics).toEqual([
      `homeassistant/device/parlor_${BOX}/config`,
      ...rows.map(({ name }) => `${base}/state/${name}`),
      `${base}/availability`,
    ])
    expect(line.said.every(({ retain }) => retain)).toBe(true)
    expect(line.news().at(-1)).toBe('availability online')
    line.emit('down')
  }
})

test('the will is what makes the box unavailable', () => {
  const { topic, payload, retain } = willOf(BOX)
  expect([topic, new TextDecoder().decode(payload), retain]).toEqual([`${base}/availability`, 'offline', true])
})

test('everything is said again when Home Assistant has come up, and not when it goes', async () => {
  const { line, clock } = box()
  line.emit('up')
  const all = line.news().length
  line.emit('fresh', 'homeassistant/status', bytes('offline'))
  await clock.advance(ms(0))
  expect(line.news()).toEqual([])
  line.emit('fresh', 'homeassistant/status', bytes('online'))
  await clock.advance(ms(0))
  expect(line.news()).toHaveLength(all)
})

test('without a prefix nobody is told of discovery', () => {
  const { line } = box({ prefix: '' })
  line.emit('up')
  expect(line.said.some(({ topic }) => topic.includes('/config'))).toBe(false)
  expect([...line.heard]).toEqual([`${base}/set/+`, `${base}/do/+`])
})

test('an address that the box has only later is told Home Assistant within half a minute, and once', async () => {
  const { line, clock, now } = box()
  line.emit('up')
  line.news()
  now.url = 'https://192.168.1.7:8443'
  await clock.advance(seconds(30))
  expect(line.news()).toEqual([expect.stringMatching(/^homeassistant\/device\/.*"configuration_url":"https:\/\/192\.168\.1\.7:8443"/)])
  await clock.advance(seconds(60))
  expect(line.news()).toEqual([])
})

test('only what has changed is said, at once the first time and then at most ten times a second', async () => {
  const { line, clock, actual } = box()
  line.emit('up')
  line.news()
  actual({ muted: true })
  expect(line.news()).toEqual(['state/muted ON'])
  for (let volume = 0; volume < 100; volume++) actual({ volume })
  expect(line.news()).toEqual([])
  await clock.advance(ms(100))
  expect(line.news()).toEqual(['state/volume 99'])
  actual({})
  await clock.advance(seconds(1))
  expect(line.news()).toEqual([])
})

test('what could not be handed over is said later, as it is then', async () => {
  const { line, clock, actual } = box()
  line.emit('up')
  line.news()
  line.deaf = true
  actual({ muted: true })
  await clock.advance(seconds(1))
  line.deaf = false
  await clock.advance(seconds(30))
  expect(line.news()).toEqual(['state/muted ON'])
})

test('an order is done, and answered where it wants its answer', async () => {
  const { line, intents, order } = box()
  await order('set/muted', 'ON')
  await order('do/leave', JSON.stringify({ id: '7', replyTo: `${base}/reply/me` }))
  expect(intents).toEqual([{ want: 'mute', muted: true }, { want: 'leave' }])
  expect(line.said).toEqual([{ topic: `${base}/reply/me`, text: '{"id":"7","ok":true}', retain: false }])
})

test('a refused order is answered with the reason, and counted', async () => {
  const { line, intents, order, announce } = box()
  await order('do/join', JSON.stringify({ id: '7', replyTo: `${base}/reply/me` }))
  await order('set/muted', 'OFF')
  await order('set/volume', 'loud')
  expect(intents).toEqual([])
  expect(line.said).toHaveLength(1)
  expect(JSON.parse(line.said[0]?.text ?? '')).toMatchObject({ id: '7', ok: false, error: { code: 'not-allowed' } })
  expect(announce.refused()).toEqual({ 'not-allowed': 2, 'bad-message': 1 })
})

test('a plain join where the owner allows it is a question, never an intent, and there are only a few of them', async () => {
  const { intents, questions, order, clock } = box({ policy: { plainJoin: true, picture: false } })
  for (let n = 0; n < 10; n++) await order('do/join', '{"ttl": 20}')
  expect(intents).toEqual([])
  expect(questions).toEqual(Array(3).fill({ intent: { want: 'come home', phone: false }, ttl: 20_000 }))
  await clock.advance(seconds(6))
  await order('set/muted', 'OFF')
  expect(questions.at(-1)).toEqual({ intent: { want: 'mute', muted: false }, ttl: 30_000 })
})

test('the picture is said once, not retained, and only so often', async () => {
  const { line, order } = box({ policy: { plainJoin: false, picture: true } })
  for (let n = 0; n < 10; n++) await order('do/picture', '')
  expect(line.said).toEqual(Array(4).fill({ topic: `${base}/state/picture`, text: 'jpeg', retain: false }))
})

test('a picture that is too large or not there is answered as such', async () => {
  const large = box({ policy: { plainJoin: false, picture: true }, picture: async () => new Uint8Array(500_000) })
  await large.order('do/picture', JSON.stringify({ replyTo: `${base}/reply/me` }))
  expect(JSON.parse(large.line.said[0]?.text ?? '')).toMatchObject({ ok: false, error: { code: 'screen-lost' } })
  const none = box({ policy: { plainJoin: false, picture: true }, picture: () => Promise.reject(new Error('no screen')) })
  await none.order('do/picture', JSON.stringify({ replyTo: `${base}/reply/me` }))
  expect(JSON.parse(none.line.said[0]?.text ?? '')).toMatchObject({ ok: false, error: { code: 'bug' } })
  expect(none.said.map(({ level }) => level)).toEqual(['error'])
})

test('who asks too fast is not heard, and is heard again after a while', async () => {
  const { intents, order, clock, announce } = box()
  for (let n = 0; n < 100; n++) await order('set/muted', 'ON')
  expect(intents).toHaveLength(30)
  expect(announce.refused()).toEqual({ 'orders come too fast': 70 })
  await clock.advance(seconds(1))
  await order('set/muted', 'ON')
  expect(intents).toHaveLength(31)
})

test('10,000 malformed orders hurt nobody: nothing is asked, one line a minute is logged, and a good one is then done', async () => {
  const { line, intents, clock, order, said } = box({ policy: { plainJoin: false, picture: false } })
  line.emit('up')
  const roll = dice(7)
  const topics = ['set/muted', 'set/camera', 'do/join', 'do/ring', 'do/__proto__', 'set/', 'do/leave/x', '\u0000', 'reply/x']
  for (let n = 0; n < 10_000; n++) {
    const payload = Uint8Array.from({ length: roll(50) }, () => roll(256))
    line.emit('fresh', `${base}/${topics[roll(topics.length)]}`, payload)
    line.emit('fresh', 'homeassistant/status', payload)
    if (n % 20 === 0) await clock.advance(seconds(2))
  }
  expect(intents).toEqual([])
  expect(said.filter(({ level }) => level === 'error')).toEqual([])
  expect(said.length).toBeLessThan(20)
  await clock.advance(seconds(5))
  await order('do/leave', '')
  expect(intents).toEqual([{ want: 'leave' }])
})

test('goodbye is said once, and then no word more', async () => {
  const { announce, line, order, intents, actual, clock } = box()
  line.emit('up')
  line.news()
  await announce.close()
  await announce.close()
  expect(line.closed).toBe(true)
  expect(line.news()).toEqual(['availability offline'])
  actual({ muted: true })
  await order('set/muted', 'ON')
  await clock.advance(seconds(60))
  expect(line.news()).toEqual([])
  expect(intents).toEqual([])
  expect(clock.sleeping).toEqual([])
})

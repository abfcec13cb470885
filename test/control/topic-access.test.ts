import { expect, test } from 'vitest'
import { rows, verbs } from '../../src/control/topic.ts'
import { isKept, LONGEST_WORD, lies, mayHearBox, mayHearHome, whyNotBox, whyNotHome } from '../../src/control/topic-access.ts'
import { LONGEST_ORDER } from '../../src/control/topic-order.ts'
import { BOX, base, OTHER } from './view.ts'

const home = { box: BOX, prefix: 'homeassistant' }
const word = { size: 10, qos: 0, retain: false }
const room = `parlor/1/room/${OTHER}`

test('the home may ask whatever is in the table, and tell that Home Assistant is up', () => {
  const topics = [...rows.filter((row) => row.set).map((row) => `set/${row.name}`), ...verbs.map((verb) => `do/${verb.name}`)]
  for (const topic of topics) expect(whyNotHome({ ...word, topic: `${base}/${topic}` }, home), topic).toBe(null)
  expect(whyNotHome({ ...word, topic: 'homeassistant/status' }, home)).toBe(null)
  expect(whyNotHome({ ...word, topic: 'homeassistant/status' }, { ...home, prefix: '' })).not.toBe(null)
})

test('the home may not speak as the box, as another box, in a room, or as Home Assistant about others', () => {
  const shut = [
    `${base}/availability`,
    `${base}/state/muted`,
    `${base}/reply/me`,
    `${base}/set/a/b`,
    `${base}/do/`,
    `${base}/do`,
    `parlor/1/box/${OTHER}/set/muted`,
    `${room}/policy`,
    `${room}/to/${OTHER}`,
    `homeassistant/device/parlor_${BOX}/config`,
    '$SYS/x',
    '',
    '/status',
  ]
  for (const topic of shut) expect(whyNotHome({ ...word, topic }, home), topic).not.toBe(null)
  expect(whyNotHome({ ...word, topic: '/status' }, { ...home, prefix: '' })).not.toBe(null)
  expect(whyNotHome({ ...word, topic: `${base}/set/muted`, size: LONGEST_ORDER + 1 }, home)).toBe('a message too long')
  expect(whyNotHome({ ...word, topic: `${base}/set/muted`, qos: 2 }, home)).toBe('QoS 2')
})

test('the home hears this box and discovery, and nothing else', () => {
  const open = ['#', '+', 'availability', 'state/#', 'state/+', 'state/muted', 'reply/me', 'reply/+', 'state/picture'].map(
    (each) => `${base}/${each}`,
  )
  const discovery = ['#', '+/+/config', '+/+/+/config', 'status', 'device/+/config', `device/parlor_${BOX}/config`].map(
    (each) => `homeassistant/${each}`,
  )
  for (const filter of [...open, ...discovery]) expect(mayHearHome(filter, home), filter).toBe(true)
  for (const filter of discovery) expect(mayHearHome(filter, { ...home, prefix: '' }), filter).toBe(false)
  const shut = [
    '#',
    '+/#',
    'parlor/#',
    'parlor/1/box/+/state/muted',
    `parlor/1/box/${OTHER}/#`,
    `${room}/#`,
    `${room}/peer/+`,
    '$SYS/#',
    base,
    `${base}x/#`,
  ]
  for (const filter of [...shut, `${base}/set/#`, `${base}/do/+`, `x${base}/#`, '']) expect(mayHearHome(filter, home), filter).toBe(false)
})

test('the box says its own words, its answers and its discovery, and hears its orders', () => {
  const own = [...rows.map((row) => `state/${row.name}`), 'availability', 'state/picture', 'reply/me'].map((each) => `${base}/${each}`)
  for (const topic of [...own, `homeassistant/device/parlor_${BOX}/config`]) expect(whyNotBox({ ...word, topic }, home), topic).toBe(null)
  for (const topic of [`${base}/set/muted`, `parlor/1/box/${OTHER}/availability`, `${room}/policy`, 'homeassistant/status', 'x'])
    expect(whyNotBox({ ...word, topic }, home), topic).not.toBe(null)
  expect(whyNotBox({ ...word, topic: `${base}/state/picture`, size: LONGEST_WORD + 1 }, home)).toBe('a message too long')
  for (const filter of [`${base}/set/+`, `${base}/do/+`, 'homeassistant/status']) expect(mayHearBox(filter, home), filter).toBe(true)
  for (const filter of ['#', `${base}/#`, `${room}/#`]) expect(mayHearBox(filter, home), filter).toBe(false)
})

test('answers are not kept, all else that the box says may be', () => {
  expect(isKept(`${base}/reply/me`, home)).toBe(false)
  expect(isKept(`${base}/state/muted`, home)).toBe(true)
  expect(isKept(`homeassistant/device/parlor_${BOX}/config`, home)).toBe(true)
  expect(isKept(`${base}/set/muted`, home)).toBe(false)
})

test('filters match as MQTT 3.1.1 says', () => {
  const yes: Array<[string, string]> = [
    ['a/b', 'a/b'],
    ['a/b', 'a/+'],
    ['a/b', '+/+'],
    ['a/b', '#'],
    ['a/b', 'a/#'],
    ['a', 'a/#'],
    ['a/b/c', 'a/#'],
    ['a/b/c', 'a/+/c'],
    ['a//c', 'a/+/c'],
  ]
  const no: Array<[string, string]> = [
    ['a/b', 'a'],
    ['a', 'a/+'],
    ['a/b/c', 'a/+'],
    ['ab', 'a/#'],
    ['a/b', 'a/b/c'],
    ['a/b/d', 'a/+/c'],
  ]
  for (const [topic, filter] of yes) expect(lies(topic, filter), `${topic} ${filter}`).toBe(true)
  for (const [topic, filter] of no) expect(lies(topic, filter), `${topic} ${filter}`).toBe(false)
})

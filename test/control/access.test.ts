import { expect, test } from 'vitest'
import { LONGEST_PRESENCE, LONGEST_SIGNAL, mayHear, whyNot, wordOf } from '../../src/control/access.ts'

const room = '0123456789abcdefghjkmnpqrs'
const peer = 'zyxwvtsrqpnmkjhgfedcba9876'
const base = `parlor/1/room/${room}`

test('the words of a room may be said and heard', () => {
  for (const topic of [`${base}/peer/${peer}`, `${base}/to/${peer}`, `${base}/policy`]) {
    expect(whyNot({ topic, size: 100, qos: 1, retain: false }), topic).toBe(null)
    expect(mayHear(topic), topic).toBe(true)
  }
  for (const filter of [`${base}/peer/+`, `${base}/#`]) expect(mayHear(filter), filter).toBe(true)
  expect(wordOf(`${base}/#`)).toBe(null)
  expect(wordOf(`${base}/to/${peer}`)).toEqual({ room, word: 'to' })
})

test('everything else is shut', () => {
  const topics = [
    '',
    '#',
    '+',
    '/',
    '$SYS/#',
    '$SYS/x/heartbeat',
    'parlor',
    'parlor/1/#',
    'parlor/1/room/#',
    'parlor/1/room/+/peer/+',
    `parlor/1/room/+/policy`,
    `${base}/#/`,
    `x${base}/#`,
    `${base}x/#`,
    `${base}/+/${peer}`,
    `${base}/to/+`,
    `${base}/peer/#`,
    `${base}/peer`,
    `${base}/peer/`,
    `${base}/policy/`,
    `${base}/policy/${peer}`,
    `${base}/to/${peer}/x`,
    `${base}/peer/${peer}x`,
    `${base}/peer/${peer.toUpperCase()}`,
    `parlor/2/room/${room}/policy`,
    `parlor/1/room/${room.slice(1)}/policy`,
    `x${base}/policy`,
    `${base}/policy\n`,
    `parlor/1/room/${room.replace('0', 'o')}/policy`,
    `parlor/1/box/${room}/set/muted`,
    `${base}/to/${peer}\u0000`,
  ]
  for (const topic of topics) {
    expect(wordOf(topic), topic).toBe(null)
    expect(mayHear(topic), topic).toBe(false)
    expect(whyNot({ topic, size: 1, qos: 0, retain: false }), topic).not.toBe(null)
  }
  expect(wordOf(`${base}/peer/+`)).toBe(null)
})

test('sizes, retained signals and QoS 2 are bounded', () => {
  const presence = { topic: `${base}/peer/${peer}`, qos: 0, retain: true }
  expect(whyNot({ ...presence, size: LONGEST_PRESENCE })).toBe(null)
  expect(whyNot({ ...presence, size: LONGEST_PRESENCE + 1 })).toBe('a message too long')
  const signal = { topic: `${base}/to/${peer}`, qos: 0, retain: false }
  expect(whyNot({ ...signal, size: LONGEST_SIGNAL })).toBe(null)
  expect(whyNot({ ...signal, size: LONGEST_SIGNAL + 1 })).toBe('a message too long')
  expect(whyNot({ ...signal, size: 1, retain: true })).toBe('a retained signal')
  expect(whyNot({ ...signal, size: 1, qos: 2 })).toBe('QoS 2')
})

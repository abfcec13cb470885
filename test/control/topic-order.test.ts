import { expect, test } from 'vitest'
import { judge, LONGEST_ORDER, letterIn, mayReplyTo, type Signed, signedBytes } from '../../src/control/topic-order.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { hex, newSecretKey, publicKeyOf, sign, verify } from '../../src/wire/crypto.ts'
import { dice } from '../fake/dice.ts'
import { BOX, base, bytes, contacts, OTHER } from './view.ts'

const shut = { plainJoin: false, picture: false }
const open = { plainJoin: true, picture: true }
const DATE = 1_800_000_000_000
const noKey = () => false
function hear(topic: string, payload: string | Uint8Array, { policy = shut, key = noKey as (signed: Signed) => boolean } = {}) {
  const letter = letterIn(BOX, `${base}/${topic}`, typeof payload === 'string' ? bytes(payload) : payload)
  return judge(letter, { policy, contacts, verify: key, date: DATE })
}
const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return error instanceof Refusal ? error.code : `not a refusal: ${error}`
  }
  return 'done'
}

test('what makes the box quieter is done for whoever may write there', () => {
  expect(hear('set/muted', 'ON')).toEqual({ do: 'intent', intent: { want: 'mute', muted: true } })
  expect(hear('do/leave', '')).toEqual({ do: 'intent', intent: { want: 'leave' } })
  expect(hear('do/leave', 'PRESS')).toEqual({ do: 'intent', intent: { want: 'leave' } })
  expect(hear('do/decline', '{"id": "7"}')).toEqual({ do: 'intent', intent: { want: 'decline' } })
  expect(hear('set/camera', 'OFF')).toEqual({ do: 'intent', intent: { want: 'camera', on: false } })
})

const OPENING: ReadonlyArray<readonly [string, string]> = [
  ['do/join', '{}'],
  ['do/answer', '{"phone": true}'],
  ['do/ring', '{"contact": "Grandma"}'],
  ['set/muted', 'OFF'],
  ['set/camera', 'ON'],
]
test('what opens a camera or a microphone is refused without a signature', () => {
  for (const [topic, text] of OPENING)
    expect(
      codeOf(() => hear(topic, text)),
      topic,
    ).toBe('not-allowed')
})

test('where the owner allows it, it becomes a question and never an intent', () => {
  for (const [topic, text] of OPENING)
    expect(hear(topic, text, { policy: open }), topic).toMatchObject({ do: 'ask', asked: { ttl: 30_000 } })
  expect(hear('do/join', '{"ttl": 5}', { policy: open })).toEqual({
    do: 'ask',
    asked: { intent: { want: 'come home', phone: false }, ttl: 5000 },
  })
})

test('the picture of the TV needs a signature or the setting', () => {
  expect(codeOf(() => hear('do/picture', ''))).toBe('not-allowed')
  expect(hear('do/picture', '', { policy: open })).toEqual({ do: 'picture' })
})

const secret = newSecretKey((length) => new Uint8Array(length).fill(7))
const mine = (signed: Signed) => hex(signed.key) === hex(publicKeyOf(secret)) && verify(signed.key, signed.bytes, signed.signature)
function signedAs(topic: string, text: string, change: Record<string, unknown> = {}) {
  const nonce = '00112233445566778899aabbccddeeff'
  const signature = hex(sign(secret, signedBytes(`${base}/${topic}`, text, 1, nonce)))
  return JSON.stringify({ signed: text, key: hex(publicKeyOf(secret)), counter: 1, nonce, signature, ...change })
}

test('a signature opens what it was made for', () => {
  for (const [topic, text] of OPENING) expect(hear(topic, signedAs(topic, text), { key: mine }), topic).toMatchObject({ do: 'intent' })
  expect(hear('do/picture', signedAs('do/picture', '{}'), { key: mine })).toEqual({ do: 'picture' })
})

test('a signature for another topic, text, counter or nonce opens nothing', () => {
  const wrong = [
    signedAs('do/answer', '{}'),
    signedAs('do/join', '{}', { signed: '{"phone": true}' }),
    signedAs('do/join', '{}', { counter: 2 }),
    signedAs('do/join', '{}', { nonce: 'ff'.repeat(16) }),
    signedAs('do/join', '{}', { key: 'ab'.repeat(32) }),
    signedAs('do/join', '{}', { signature: '00'.repeat(64) }),
  ]
  for (const text of wrong)
    expect(
      codeOf(() => hear('do/join', text, { key: mine })),
      text,
    ).toBe('not-allowed')
})

test('an order with a wrong signature is not done, even one that needs none, and is no question either', () => {
  expect(codeOf(() => hear('do/leave', signedAs('do/leave', '{}'), { key: noKey }))).toBe('not-allowed')
  expect(codeOf(() => hear('do/join', signedAs('do/join', '{}'), { key: noKey, policy: open }))).toBe('not-allowed')
})

test('a signature is used up only by an order that is one', () => {
  let asked = 0
  const key = () => ++asked > 0
  expect(codeOf(() => hear('do/join', signedAs('do/join', '{"room": "x"}'), { key }))).toBe('bad-message')
  expect(asked).toBe(0)
})

test('half a signature is none', () => {
  const { key: _, ...rest } = JSON.parse(signedAs('do/join', '{}'))
  expect(codeOf(() => hear('do/join', JSON.stringify(rest), { key: mine }))).toBe('bad-message')
  expect(codeOf(() => hear('do/join', signedAs('do/join', '{}', { counter: 0 }), { key: mine }))).toBe('bad-message')
})

test('an order that came too late is refused; a clock that is behind hurts nobody', () => {
  expect(codeOf(() => hear('do/leave', JSON.stringify({ at: DATE - 31_000 })))).toBe('not-allowed')
  expect(codeOf(() => hear('do/leave', JSON.stringify({ at: DATE - 31_000, ttl: 60 })))).toBe('done')
  expect(codeOf(() => hear('do/leave', JSON.stringify({ at: DATE + 1e9 })))).toBe('done')
})

test('answers go under the box and nowhere else', () => {
  expect(mayReplyTo(BOX, `${base}/reply/me_1-2`)).toBe(true)
  const not = [
    'reply',
    `${base}/reply/`,
    `${base}/reply/a/b`,
    `${base}/reply/+`,
    `${base}/reply/#`,
    `${base}/state/muted`,
    `parlor/1/box/${OTHER}/reply/me`,
  ]
  for (const topic of [...not, `x${base}/reply/me`, 'homeassistant/status', `${base}/reply/me\n`]) {
    expect(mayReplyTo(BOX, topic), topic).toBe(false)
    expect(
      codeOf(() => hear('do/leave', JSON.stringify({ replyTo: topic }))),
      topic,
    ).toBe('bad-message')
  }
})

test('long, wrong and strange orders are refused', () => {
  const wrong = [
    'x'.repeat(LONGEST_ORDER + 1),
    '{',
    'null',
    '[]',
    '"PRESS"',
    '{"id": 7}',
    '{"id": ""}',
    `{"id": "${'x'.repeat(65)}"}`,
    '{"ttl": 0}',
    '{"ttl": 121}',
    '{"ttl": "30"}',
    '{"at": -1}',
    '{"at": 1.5}',
    '{"extra": 1}',
  ]
  for (const text of wrong)
    expect(
      codeOf(() => hear('do/leave', text)),
      text.slice(0, 40),
    ).toBe('bad-message')
  expect(codeOf(() => hear('do/leave', Uint8Array.of(0xff, 0xfe)))).toBe('bad-message')
  expect(codeOf(() => hear('do/nothing', ''))).toBe('unknown-command')
})

test('10,000 malformed orders are all refused in words, and a good one is then understood', () => {
  const roll = dice(42)
  const topics = ['set/muted', 'set/volume', 'set/layout', 'do/join', 'do/ring', 'do/leave', 'do/picture', 'set/nothing']
  const seeds = [
    '{"id":"1","replyTo":"x","ttl":5}',
    'ON',
    '50',
    signedAs('do/join', '{}'),
    '{"contact":"Grandma"}',
    '[[[[[[',
    '{"a":{"b":{"c":{}}}}',
  ]
  const ends: Record<string, number> = {}
  for (let n = 0; n < 10_000; n++) {
    const payload = Buffer.from(seeds[roll(seeds.length)] ?? '')
    for (let k = 0; k <= roll(4); k++) payload[roll(payload.length)] = roll(256)
    const cut = payload.subarray(0, roll(3) === 0 ? roll(payload.length) : payload.length)
    const end = codeOf(() => hear(topics[roll(topics.length)] ?? '', cut, { key: mine }))
    ends[end] = (ends[end] ?? 0) + 1
  }
  expect(Object.keys(ends).sort()).toEqual(['bad-message', 'bad-request', 'done', 'not-allowed', 'unknown-command'])
  expect(ends['bad-message']).toBeGreaterThan(5000)
  expect(hear('set/muted', 'ON')).toEqual({ do: 'intent', intent: { want: 'mute', muted: true } })
})

import { describe, expect, it } from 'vitest'
import { crockford, fromCrockford } from '../../src/wire/crockford.ts'
import { bytesOf, derive, hex, mac, publicKeyOf, seal, sha256, sign, unhex, unseal, verify } from '../../src/wire/crypto.ts'
import { EMOJI, emojiFrom, emojiName } from '../../src/wire/emoji.ts'
import { newsBody, newsIn, type Presence } from '../../src/wire/presence.ts'
import { type Signal, signalBody, signalIn } from '../../src/wire/signal.ts'
import { type Word, wordIn, wordText } from '../../src/wire/word.ts'

const link = '00112233aabbccdd'
const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', mid: '0' }

describe('signals', () => {
  const good: Signal[] = [
    { type: 'offer', link, turn: 0, sdp: 'v=0' },
    { type: 'answer', link, turn: 3, sdp: 'v=0' },
    { type: 'candidates', link, candidates: [candidate] },
    { type: 'bye', link: null, reason: 'full' },
    { type: 'silent', link },
    { type: 'door', says: 'quiet' },
    { type: 'there', says: 'ask' },
    { type: 'there', says: 'here' },
  ]
  it.each(good)('come back as they went: $type', (signal) => {
    const { kind, body } = signalBody(signal)
    expect(signalIn(kind, body)).toEqual(signal)
  })

  it.each([
    ['a key too many', { link, turn: 0, sdp: 'v=0', now: true }],
    ['no turn', { link, sdp: 'v=0' }],
    ['a turn that is no whole number', { link, turn: 0.5, sdp: 'v=0' }],
    ['a link of another form', { link: '0', turn: 0, sdp: 'v=0' }],
    ['a description over 16 kB', { link, turn: 0, sdp: 'v'.repeat(16 * 1024 + 1) }],
    ['no object', 'offer'],
    ['null', null],
  ])('are none with %s', (_, body) => {
    expect(signalIn(3, bytesOf(JSON.stringify(body)))).toBeNull()
  })

  it('are none with 33 candidates, with other kinds, or with bytes that are no text', () => {
    const many = { link, candidates: Array.from({ length: 33 }, () => candidate) }
    expect(signalIn(5, bytesOf(JSON.stringify(many)))).toBeNull()
    expect(signalIn(99, signalBody({ type: 'silent', link }).body)).toBeNull()
    expect(signalIn(7, Uint8Array.of(0xff, 0xfe))).toBeNull()
  })

  it('with prototype tricks stay plain', () => {
    expect(signalIn(7, bytesOf(`{"link":"${link}","__proto__":{"x":1}}`))).toBeNull()
  })
})

describe('presence', () => {
  const ann: Presence = { name: 'Ann O’Neill 👋', kind: 'box', ttl: 15_000, place: null }
  it('comes back as it went', () => {
    const { kind, body } = newsBody({ type: 'presence', presence: ann })
    expect(newsIn(kind, body)).toEqual({ type: 'presence', presence: ann })
  })

  it.each(['gone', 'door'] as const)('may be no more than a word: %s', (type) => {
    const { kind, body } = newsBody({ type })
    expect(newsIn(kind, body)).toEqual({ type })
    expect(newsIn(kind, Uint8Array.of(1))).toBeNull()
  })

  it.each(['', 'x'.repeat(41), 'a\nb', 'a\u202eb', 'a\u0000'])('does not take %j as a name', (name) => {
    expect(newsIn(1, bytesOf(JSON.stringify({ ...ann, name })))).toBeNull()
  })

  it('does not hold for ever', () => {
    expect(newsIn(1, bytesOf(JSON.stringify({ ...ann, ttl: 60_001 })))).toBeNull()
  })
})

describe('words on the data channel', () => {
  const good: Word[] = [
    { say: 'commit', commit: '0'.repeat(64) },
    { say: 'nonce', nonce: '0'.repeat(64), mac: 'f'.repeat(64) },
    { say: 'reveal', nonce: '0'.repeat(64), mac: 'f'.repeat(64) },
    { say: 'confirmed' },
    { say: 'beat', sending: { muted: true, camera: false, screen: false, speaking: true, live: false } },
    { say: 'bye' },
  ]
  it.each(good)('come back as they went: $say', (word) => {
    expect(wordIn(wordText(word))).toEqual(word)
  })
  it.each([
    '',
    '{',
    '[]',
    '{"say":"dance"}',
    '{"say":"bye","x":1}',
    '{"say":"commit","commit":"zz"}',
    `{"say":"bye"}${' '.repeat(16_384)}`,
  ])('are none: %.40s', (text) => {
    expect(wordIn(text)).toBeNull()
  })
})

describe('emoji', () => {
  it('are 64 different ones with 64 different names', () => {
    expect(new Set(EMOJI).size).toBe(64)
    expect(new Set(EMOJI.map(emojiName)).size).toBe(64)
    expect(EMOJI.map(emojiName)).not.toContain('')
    expect(emojiName('x')).toBe('')
  })
  it('take six bits each', () => {
    expect(emojiFrom(Uint8Array.of(0, 0, 0)).join('')).toBe('🐶🐶🐶🐶')
    expect(emojiFrom(Uint8Array.of(0b000000_01, 0b0000_0000, 0b11_111111))).toEqual([EMOJI[0], EMOJI[16], EMOJI[3], EMOJI[63]])
  })
})

describe('letters that people can read aloud', () => {
  it('bring every length of bytes back', () => {
    for (let length = 0; length < 40; length++) {
      const bytes = sha256(Uint8Array.of(length)).subarray(0, Math.min(length, 32))
      expect(fromCrockford(crockford(bytes))).toEqual(Uint8Array.from(bytes))
    }
  })
  it('forgive what people do to them', () => {
    expect(fromCrockford(' oO-iL ')).toEqual(fromCrockford('0011'))
    expect(fromCrockford('a–b c')).toEqual(fromCrockford('ABC'))
    expect(fromCrockford('u')).toBeNull()
    expect(fromCrockford('01')).toBeNull() // spare bits that are not zero
  })
})

describe('cryptography', () => {
  it('is what the standards say: RFC 8032 test 2, RFC 5869 test 3, RFC 4231 test 2', () => {
    const secret = unhex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
    const signature = unhex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    expect(hex(publicKeyOf(secret))).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    expect(sign(secret, Uint8Array.of(0x72))).toEqual(signature)
    expect(verify(publicKeyOf(secret), Uint8Array.of(0x72), signature)).toBe(true)
    expect(verify(publicKeyOf(secret), Uint8Array.of(0x73), signature)).toBe(false)
    expect(hex(derive(new Uint8Array(22).fill(0x0b), new Uint8Array(), '', 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
    expect(hex(mac(bytesOf('Jefe'), bytesOf('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })
  it('opens nothing with another nonce, key or context, and never throws', () => {
    const key = new Uint8Array(32)
    const nonce = new Uint8Array(24)
    const sealed = seal(key, nonce, bytesOf('here'), bytesOf('text'))
    expect(unseal(key, nonce, bytesOf('here'), sealed)).toEqual(bytesOf('text'))
    expect(unseal(key, nonce, bytesOf('there'), sealed)).toBeNull()
    expect(unseal(key, new Uint8Array(24).fill(1), bytesOf('here'), sealed)).toBeNull()
    expect(unseal(key, nonce, bytesOf('here'), new Uint8Array(3))).toBeNull()
    expect(verify(new Uint8Array(32), new Uint8Array(), new Uint8Array(64))).toBe(false)
    expect(verify(new Uint8Array(3), new Uint8Array(), new Uint8Array(1))).toBe(false)
  })
})

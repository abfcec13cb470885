// Who may say anything at all: only who has proved to know the password that travelled in the sealed signalling.
import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Guard, type Verdict } from '../../../src/call/werift/guard.ts'

const OURS = { username: 'ours', password: 'the password of this side' }
const BEFORE = { username: 'old', password: 'the password of before' }
const THEIRS = Buffer.from('the password of the other side')
const PEER = ['192.0.2.7', 5000] as const
const STRANGER = ['192.0.2.66', 6666] as const

type Attribute = readonly [type: number, value: Buffer]
type Stun = {
  readonly kind?: number
  readonly username?: string
  readonly key?: string | Buffer | null
  readonly transaction?: Buffer
  readonly before?: readonly Attribute[]
  readonly after?: readonly Attribute[]
}

/** A STUN message written by hand from RFC 8489. */
function stun({
  kind = 0x0001,
  username = 'ours:theirs',
  key = OURS.password,
  transaction = randomBytes(12),
  before = [],
  after = [],
}: Stun): Buffer {
  const attribute = ([type, value]: Attribute) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
  }
  const message = (body: Buffer, length: number) => {
    const head = Buffer.alloc(8)
    head.writeUInt16BE(kind, 0)
    head.writeUInt16BE(length, 2)
    head.writeUInt32BE(0x2112a442, 4)
    return Buffer.concat([head, transaction, body])
  }
  let body = Buffer.concat([...before, [0x0006, Buffer.from(username)] as const].map(attribute))
  if (key !== null) {
    const mac = createHmac('sha1', key)
      .update(message(body, body.length + 24))
      .digest()
    body = Buffer.concat([body, attribute([0x0008, mac])])
  }
  body = Buffer.concat([body, ...after.map(attribute)])
  return message(body, body.length)
}

const open = new Map<string, Buffer | null>()
const guarded = () =>
  new Guard({
    passwordOf: (name) => [OURS, BEFORE].find(({ username }) => username === name)?.password ?? null,
    isBefore: (name) => name === BEFORE.username,
    keyOf: (transaction) => open.get(transaction),
  })
const dtls = Buffer.from('16fefd0000000000000000000100', 'hex')
const media = Buffer.from('806000010000000000000007', 'hex')

describe('a request', () => {
  test('with our name and our password opens the door for its sender, and for nobody else', () => {
    const guard = guarded()
    expect(guard.judge(dtls, ...PEER)).toBe('stranger')
    expect(guard.judge(stun({}), ...PEER)).toBe('request')
    expect([guard.judge(dtls, ...PEER), guard.judge(media, ...PEER)]).toEqual(['dtls', 'media'])
    expect([guard.judge(dtls, ...STRANGER), guard.judge(media, ...STRANGER)]).toEqual(['stranger', 'stranger'])
    expect(guard.judge(media, PEER[0], PEER[1] + 1), 'another port is another stranger').toBe('stranger')
  })

  test('of before an ICE restart is told from one of now', () => {
    expect(guarded().judge(stun({ username: 'old:theirs', key: BEFORE.password }), ...PEER)).toBe('request of before')
  })

  const bad: ReadonlyArray<readonly [name: string, message: Buffer, verdict: Verdict]> = [
    ['unsigned', stun({ key: null }), 'stun without integrity'],
    ['signed with another password', stun({ key: 'guessed' }), 'stun forged'],
    ['for another name', stun({ username: 'other:theirs' }), 'stun for someone else'],
    ['with our name and more of it', stun({ username: 'oursx:theirs' }), 'stun for someone else'],
    ['with something unsigned behind the signature', stun({ after: [[0x0025, Buffer.alloc(0)]] }), 'stun malformed'],
    ['cut short', stun({}).subarray(0, 40), 'stun malformed'],
    ['with a length that lies', Buffer.concat([stun({}), Buffer.alloc(4)]), 'stun malformed'],
    ['with the wrong cookie', Buffer.concat([stun({}).subarray(0, 4), Buffer.alloc(4), stun({}).subarray(8)]), 'stun malformed'],
    ['that is an indication', stun({ kind: 0x0011 }), 'stun unasked'],
    [
      'that is an attribute longer than the message',
      stun({ key: null, before: [[0x0006, Buffer.alloc(2)]] }).fill(0xff, 22, 24),
      'stun malformed',
    ],
  ]
  test.each(bad)('%s is turned away, and its sender stays a stranger', (_name, message, verdict) => {
    const guard = guarded()
    expect(guard.judge(message, ...STRANGER)).toBe(verdict)
    expect(guard.judge(media, ...STRANGER)).toBe('stranger')
  })

  test('copied off the wire and sent from elsewhere opens nothing', () => {
    const guard = guarded()
    const request = stun({})
    expect(guard.judge(request, ...PEER)).toBe('request')
    expect(guard.judge(request, ...PEER), 'the sender itself may repeat it').toBe('request')
    expect(guard.judge(request, ...STRANGER)).toBe('stun replayed')
    expect(guard.judge(media, ...STRANGER)).toBe('stranger')
  })

  test('with a fingerprint behind the signature is as browsers make it', () => {
    expect(guarded().judge(stun({ after: [[0x8028, Buffer.alloc(4)]] }), ...PEER)).toBe('request')
  })
})

describe('an answer', () => {
  const answer = (key: Buffer | string | null, transaction: Buffer) => stun({ kind: 0x0101, key, transaction })

  test('to no question is turned away', () => {
    expect(guarded().judge(answer(THEIRS, randomBytes(12)), ...PEER)).toBe('stun unasked')
  })

  test('to a check of ours must be signed with their password, and then opens the door', () => {
    const guard = guarded()
    const transaction = randomBytes(12)
    open.set(transaction.toString('hex'), THEIRS)
    expect(guard.judge(answer(null, transaction), ...PEER)).toBe('stun without integrity')
    expect(guard.judge(answer('guessed', transaction), ...PEER)).toBe('stun forged')
    expect(guard.judge(media, ...PEER)).toBe('stranger')
    expect(guard.judge(answer(THEIRS, transaction), ...PEER)).toBe('answer')
    expect(guard.judge(media, ...PEER)).toBe('media')
  })

  test('of a server needs no signature, and opens no door', () => {
    const guard = guarded()
    const transaction = randomBytes(12)
    open.set(transaction.toString('hex'), null)
    expect(guard.judge(answer(null, transaction), ...STRANGER)).toBe('answer')
    expect(guard.judge(media, ...STRANGER)).toBe('stranger')
  })
})

test('what is neither STUN nor DTLS nor media is none of ours (RFC 7983 §7)', () => {
  const guard = guarded()
  guard.judge(stun({}), ...PEER)
  for (const first of [4, 19, 64, 127, 192, 255]) expect(guard.judge(Buffer.alloc(40, first), ...PEER), `${first}`).toBe('not ours')
  expect(guard.judge(Buffer.alloc(0), ...PEER)).toBe('not ours')
})

test('one that knows the password cannot fill the memory with addresses', () => {
  const guard = guarded()
  for (let port = 1; port <= 100; port++) guard.judge(stun({}), PEER[0], port)
  const known = Array.from({ length: 100 }, (_, i) => guard.judge(media, PEER[0], i + 1)).filter((verdict) => verdict === 'media')
  expect(known).toHaveLength(32)
})

// guard.test.ts — every datagram that the guard turns away, for the reason it counts, and those that it must let through.
import { describe, expect, test } from 'vitest'
import { Guard } from '../../src/call/rtc/guard.ts'
import { Odd, type OddWord } from '../../src/call/rtc/odd.ts'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  CLOSE_NOTIFY,
  FATAL,
  HANDSHAKE,
  handshake,
  INDICATION,
  record,
  SUCCESS,
  stun,
} from './datagram.ts'

const PEER = '192.0.2.1|4000'
const STRANGER = '192.0.2.1|4001'
const secrets = () => ({
  localUsername: 'us',
  localPassword: 'our password',
  remotePassword: 'theirs',
  userHistory: { us: 'our password' },
})
const signed = stun({ username: 'us:them', password: 'our password' })
const media = Buffer.concat([Buffer.from([0x80, 96]), Buffer.alloc(60)])
const sealed = Buffer.alloc(40, 9)

type State = 'handshake' | 'settling' | 'connected'
function guardIn(state: State, known: readonly string[] = [PEER]): { guard: Guard; odd: Odd } {
  const odd = new Odd()
  const guard = new Guard(secrets(), odd)
  for (const from of known) guard.lets(signed, from)
  if (state !== 'handshake') guard.connected()
  if (state === 'connected') guard.settled()
  return { guard, odd }
}

const turnsAway = (what: string, state: State, data: Buffer, from: string, why: OddWord) =>
  test(`${what}: ${why}`, () => {
    const { guard, odd } = guardIn(state)
    expect(guard.lets(data, from)).toBe(false)
    expect(odd.seen()).toEqual({ [why]: 1 })
  })
const lets = (what: string, state: State, data: Buffer, from: string) =>
  test(`${what} passes`, () => {
    const { guard, odd } = guardIn(state)
    expect(guard.lets(data, from)).toBe(true)
    expect(odd.seen()).toEqual({})
  })

describe('STUN', () => {
  const truncated = Buffer.from(signed.subarray(0, signed.length - 8))
  const lying = Buffer.from(signed)
  lying.writeUInt16BE(0xffff, 22) // an attribute that ends behind the message
  const other = Buffer.from(signed)
  other.writeUInt32BE(0, 4) // no magic cookie: RFC 3489, or something else
  const forged = Buffer.from(signed)
  forged[30] = (forged[30] ?? 0) ^ 1
  turnsAway('a truncated request', 'connected', truncated, STRANGER, 'stun malformed')
  turnsAway('an attribute too long', 'connected', lying, STRANGER, 'stun malformed')
  turnsAway('another cookie', 'connected', other, STRANGER, 'stun malformed')
  turnsAway('two bytes', 'connected', Buffer.from([0, 1]), STRANGER, 'stun malformed')
  turnsAway('a request that nobody signed', 'connected', stun({ username: 'us:them' }), STRANGER, 'stun without integrity')
  turnsAway(
    'a request to another name',
    'connected',
    stun({ username: 'them:us', password: 'our password' }),
    STRANGER,
    'stun for someone else',
  )
  turnsAway('a request without a name', 'connected', stun({ password: 'our password' }), STRANGER, 'stun for someone else')
  turnsAway('a name of every object', 'connected', stun({ username: 'toString:x', password: 'x' }), STRANGER, 'stun for someone else')
  turnsAway('a guessed password', 'connected', stun({ username: 'us:them', password: 'a guess' }), STRANGER, 'stun forged')
  turnsAway('a changed request', 'connected', forged, STRANGER, 'stun forged')
  turnsAway('the same from the address of the peer', 'connected', forged, PEER, 'stun forged')
  turnsAway('an indication', 'connected', stun({ type: INDICATION }), PEER, 'stun unasked')
  lets('a signed request from anywhere', 'handshake', signed, STRANGER)
  lets('an answer, which werift matches with what it asked', 'handshake', stun({ type: SUCCESS }), STRANGER)

  test('who signed a request, or an answer with the password of the peer, may send the rest from the same address', () => {
    for (const proof of [signed, stun({ type: SUCCESS, password: 'theirs' })]) {
      const { guard } = guardIn('connected', [])
      expect(guard.lets(media, STRANGER)).toBe(false)
      expect(guard.lets(proof, STRANGER)).toBe(true)
      expect(guard.lets(media, STRANGER)).toBe(true)
      expect(guard.lets(media, '192.0.2.9|4001')).toBe(false)
    }
  })

  test('an answer that nobody signed, or somebody else, proves nothing', () => {
    for (const answer of [stun({ type: SUCCESS }), stun({ type: SUCCESS, password: 'a guess' })]) {
      const { guard } = guardIn('connected', [])
      guard.lets(answer, STRANGER)
      expect(guard.lets(media, STRANGER)).toBe(false)
    }
  })

  test('after an ICE restart the old name holds too, until the peer has the new one', () => {
    const after = { localUsername: 'new', localPassword: 'new password', remotePassword: '', userHistory: { us: 'our password' } }
    const guard = new Guard(after, new Odd())
    expect(guard.lets(signed, PEER)).toBe(true)
    expect(guard.lets(stun({ username: 'new:them', password: 'new password' }), PEER)).toBe(true)
    expect(guard.lets(stun({ username: 'us:them', password: 'new password' }), PEER)).toBe(false)
  })

  test('no more than 32 addresses are remembered', () => {
    const { guard } = guardIn('connected', [])
    for (let port = 0; port < 100; port++) guard.lets(signed, `192.0.2.1|${port}`)
    const known = Array.from({ length: 100 }, (_, port) => guard.lets(media, `192.0.2.1|${port}`)).filter((knows) => knows)
    expect(known.length).toBe(32)
  })
})

describe('from an address that has proved nothing', () => {
  turnsAway('media', 'connected', media, STRANGER, 'stranger')
  turnsAway('sealed data', 'connected', record(APPLICATION_DATA, 1, sealed), STRANGER, 'stranger')
  turnsAway('a hello', 'handshake', record(HANDSHAKE, 0, handshake(1)), STRANGER, 'stranger')
  turnsAway('a close_notify', 'connected', record(ALERT, 0, CLOSE_NOTIFY), STRANGER, 'stranger')
  turnsAway('words', 'connected', Buffer.from([10, 13, 10]), STRANGER, 'not ours')
  turnsAway('nothing at all', 'connected', Buffer.alloc(0), STRANGER, 'not ours')
})

describe('with the address of the peer', () => {
  turnsAway('nothing at all', 'connected', Buffer.alloc(0), PEER, 'not ours')
  turnsAway('channel data of TURN', 'connected', Buffer.from([0x40, 0, 0, 0]), PEER, 'not ours')
  turnsAway('a bit of media', 'connected', Buffer.from([0x80, 96, 0, 1]), PEER, 'media malformed')
  turnsAway('a close_notify in the clear', 'connected', record(ALERT, 0, CLOSE_NOTIFY), PEER, 'dtls alert')
  turnsAway('a fatal alert in the clear', 'settling', record(ALERT, 0, FATAL), PEER, 'dtls alert')
  turnsAway('an alert during the handshake', 'handshake', record(ALERT, 0, FATAL), PEER, 'dtls alert')
  turnsAway('a close_notify that only says it is sealed', 'connected', record(ALERT, 1, CLOSE_NOTIFY), PEER, 'dtls alert')
  turnsAway('a record type that does not exist', 'connected', record(24, 1, sealed), PEER, 'dtls unknown record')
  turnsAway('another', 'handshake', record(63, 0, sealed), PEER, 'dtls unknown record')
  turnsAway('data in the clear', 'handshake', record(APPLICATION_DATA, 0, sealed), PEER, 'dtls in the clear')
  turnsAway('a late hello', 'settling', record(HANDSHAKE, 0, handshake(1)), PEER, 'dtls in the clear')
  turnsAway('a hello in the call', 'connected', record(HANDSHAKE, 0, handshake(1)), PEER, 'dtls in the clear')
  turnsAway('a certificate in the call', 'connected', record(HANDSHAKE, 0, handshake(11)), PEER, 'dtls in the clear')
  turnsAway('a cipher change in the call', 'connected', record(CHANGE_CIPHER_SPEC, 0, Buffer.of(1)), PEER, 'dtls in the clear')
  turnsAway('half a record', 'connected', record(APPLICATION_DATA, 1, sealed).subarray(0, 20), PEER, 'dtls malformed')
  turnsAway('half a header', 'connected', record(APPLICATION_DATA, 1, sealed).subarray(0, 12), PEER, 'dtls malformed')
  turnsAway('half a handshake header', 'handshake', record(HANDSHAKE, 0, Buffer.alloc(5)), PEER, 'dtls malformed')
  const good = record(APPLICATION_DATA, 1, sealed)
  turnsAway('an alert behind a good record', 'connected', Buffer.concat([good, record(ALERT, 1, CLOSE_NOTIFY)]), PEER, 'dtls alert')
  turnsAway(
    'an unknown one behind two good ones',
    'connected',
    Buffer.concat([good, good, record(25, 1, sealed)]),
    PEER,
    'dtls unknown record',
  )
  const wrongVersion = Buffer.from(good)
  wrongVersion.writeUInt8(3, 1)
  turnsAway('TLS', 'connected', wrongVersion, PEER, 'dtls malformed')

  lets('media', 'connected', media, PEER)
  lets('sealed data', 'connected', record(APPLICATION_DATA, 1, sealed), PEER)
  lets('several sealed records', 'connected', Buffer.concat([good, good]), PEER)
  lets('a hello', 'handshake', record(HANDSHAKE, 0, handshake(1)), PEER)
  const lastFlight = [handshake(11), handshake(16), handshake(15)].map((message) => record(HANDSHAKE, 0, message))
  const itsEnd = [record(CHANGE_CIPHER_SPEC, 0, Buffer.of(1)), record(HANDSHAKE, 1, sealed)]
  lets('the last flight of a client, again, when its answer was lost', 'settling', Buffer.concat([...lastFlight, ...itsEnd]), PEER)
  lets('a sealed Finished in the call', 'connected', record(HANDSHAKE, 1, sealed), PEER)
})

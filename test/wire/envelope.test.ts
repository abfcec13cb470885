import { describe, expect, it } from 'vitest'
import type { PeerId, RoomId } from '../../src/core/id.ts'
import { identityFrom } from '../../src/room/identity.ts'
import { hex, sha256, unhex } from '../../src/wire/crypto.ts'
import {
  type Address,
  BODY_LIMIT,
  closeEnvelope,
  ENVELOPE_LIMIT,
  type Letter,
  openEnvelope,
  type Session,
  sessionOf,
} from '../../src/wire/envelope.ts'
import { newsIn } from '../../src/wire/presence.ts'
import { signalIn } from '../../src/wire/signal.ts'
import vectors from '../vectors/envelope.json' with { type: 'json' }
import room from '../vectors/room.json' with { type: 'json' }

const sealKey = unhex(room.seal)
const ann = identityFrom(unhex(vectors.sender.secretKey))
const eve = identityFrom(sha256(Uint8Array.of(6)))
const to = vectors.receiver.peer as PeerId
const address: Address = { room: room.id as RoomId, epoch: 0, to }
const letter: Letter = {
  session: vectors.sender.session as Session,
  counter: 5,
  receiver: vectors.receiver.session as Session,
  kind: 6,
  body: Uint8Array.of(1, 2, 3),
}
const nonce = new Uint8Array(24)
const close = (parts: Partial<Parameters<typeof closeEnvelope>[0]> = {}) =>
  closeEnvelope({ address, sealKey, identity: ann, letter, nonce, ...parts })
const open = (bytes: Uint8Array, at: Address = address) => openEnvelope(bytes, at, sealKey, () => null)
const flaw = (bytes: Uint8Array, at?: Address) => {
  const opened = open(bytes, at)
  return opened.ok ? 'none' : opened.why
}

describe('an envelope', () => {
  it.each(vectors.letters)('has the same bytes for ever: $about', (golden) => {
    const at = { ...address, to: golden.to as PeerId | null }
    const { counter, kind } = golden
    const receiver = golden.receiver as Session | null
    const body = unhex(golden.body)
    const closed = close({ address: at, letter: { session: letter.session, counter, receiver, kind, body }, nonce: unhex(golden.nonce) })
    expect(hex(closed)).toBe(golden.envelope)
    const opened = open(unhex(golden.envelope), at)
    expect(opened).toMatchObject({ ok: true, letter: { peer: vectors.sender.peer, session: letter.session, counter, receiver, kind } })
    expect(opened.ok && hex(opened.letter.body)).toBe(golden.body)
    expect(newsIn(kind, body) ?? signalIn(kind, body)).not.toBeNull()
  })

  it('opens only in its own room, in its epoch, and for its receiver', () => {
    expect(flaw(close())).toBe('none')
    expect(flaw(close(), { ...address, room: 'another' as RoomId })).toBe('envelope not sealed for here')
    expect(flaw(close(), { ...address, to: ann.peer })).toBe('envelope not sealed for here')
    expect(flaw(close(), { ...address, to: null })).toBe('envelope not sealed for here')
    expect(flaw(close(), { ...address, epoch: 1 })).toBe('envelope of another epoch')
  })

  it('says which other version it was', () => {
    const bytes = close()
    bytes[0] = 2
    expect(open(bytes)).toEqual({ ok: false, why: 'envelope of another version', version: 2 })
  })

  it('does not open when any one byte is another', () => {
    const good = close()
    for (let at = 0; at < good.length; at++) {
      const bad = good.slice()
      bad[at] = (bad[at] ?? 0) ^ 1
      expect(flaw(bad)).not.toBe('none')
    }
  })

  it('does not speak for somebody whose key did not sign, even from inside the room', () => {
    const asAnn = { ...eve, publicKey: ann.publicKey }
    expect(flaw(close({ identity: asAnn }))).toBe('envelope with a wrong signature')
  })

  it('signs for this room, receiver and epoch, so that a signature is worth nothing elsewhere', () => {
    const signed = new Set<string>()
    const spy = {
      ...ann,
      sign: (text: Uint8Array) => {
        signed.add(hex(text))
        return ann.sign(text)
      },
    }
    const places: Address[] = [address, { ...address, room: 'another' as RoomId }, { ...address, to: null }, { ...address, epoch: 1 }]
    for (const place of places) close({ identity: spy, address: place })
    expect(signed.size).toBe(places.length)
  })

  it('asks for doubts before it does the dear work, and believes them', () => {
    const opened = openEnvelope(close(), address, sealKey, (claim) => (claim.counter === 5 ? 'seen' : null))
    expect(opened).toEqual({ ok: false, why: 'seen', version: 1 })
  })

  it('is refused when it is longer than 32 kB, empty, or cut short anywhere', () => {
    expect(close({ letter: { ...letter, body: new Uint8Array(BODY_LIMIT) } })).toHaveLength(ENVELOPE_LIMIT)
    expect(flaw(close({ letter: { ...letter, body: new Uint8Array(BODY_LIMIT + 1) } }))).toBe('envelope too long')
    const good = close()
    for (let length = 0; length < good.length; length++) expect(flaw(good.subarray(0, length))).not.toBe('none')
  })

  it('never throws, whatever comes: 3,000 random ones, and 300 random letters from inside the room', () => {
    let state = sha256(Uint8Array.of(1))
    const random = () => (state = sha256(state))
    for (let i = 0; i < 3000; i++) {
      const bytes = new Uint8Array((random()[0] ?? 0) * 3).fill(random()[1] ?? 0)
      bytes.set(random().subarray(0, Math.min(32, bytes.length)))
      if (i % 2) bytes[0] = 1
      bytes.fill(0, 1, 5)
      expect(flaw(bytes)).not.toBe('none')
    }
    for (let i = 0; i < 300; i++) {
      const [kind = 0, length = 0] = random()
      const opened = open(close({ letter: { ...letter, kind, body: random().subarray(0, length % 33) } }))
      expect(opened.ok).toBe(true)
      if (opened.ok) expect(signalIn(kind, opened.letter.body)).toBeNull()
    }
  })
})

it('a session is 26 letters', () => {
  expect(sessionOf(new Uint8Array(16).fill(255))).toBe('zzzzzzzzzzzzzzzzzzzzzzzzzw')
})

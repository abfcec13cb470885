import { describe, expect, it } from 'vitest'
import { ID, type RoomSecret, SECRET } from '../../src/core/id.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { identityFrom, newIdentity } from '../../src/room/identity.ts'
import { codeOf, linkOf, newSecret, parseLink, roomKeys } from '../../src/room/link.ts'
import { hex, unhex, verify } from '../../src/wire/crypto.ts'
import { peerOf } from '../../src/wire/key.ts'
import envelope from '../vectors/envelope.json' with { type: 'json' }
import golden from '../vectors/room.json' with { type: 'json' }

const secret = golden.secret as RoomSecret

describe('a room link', () => {
  it('leads to the same room and keys for ever', () => {
    const keys = roomKeys(secret)
    expect({ ...keys, seal: hex(keys.seal), sas: hex(keys.sas) }).toEqual({
      id: golden.id,
      epoch: golden.epoch,
      seal: golden.seal,
      sas: golden.sas,
    })
    expect(linkOf('https://parlor.example/', secret)).toBe(golden.link)
  })

  it.each([
    golden.link,
    ` ${golden.link}\n`,
    golden.secret,
    codeOf(secret),
    codeOf(secret).toLowerCase(),
    codeOf(secret).replaceAll('-', ' '),
    codeOf(secret).replaceAll('-', '–'),
    golden.secret.replaceAll('0', 'o').replaceAll('1', 'l'),
    `http://192.168.1.7:8080/r?x=1#${codeOf(secret).replaceAll('-', '%2D')}`,
  ])('is understood as %j', (text) => {
    expect(parseLink(text)).toBe(secret)
  })

  it.each([
    ['', /paste the link/i],
    ['https://parlor.example/r', /begins with #/],
    ['https://parlor.example/r#', /not the link of a room/],
    ['K7QF', /26 letters/],
    [`${golden.secret}0`, /26 letters/],
    [`${golden.secret.slice(0, 25)}U`, /26 letters/],
    [`${golden.secret.slice(0, 25)}Z`, /26 letters/],
    ['#%E0%A4%A', /26 letters/],
    ['x'.repeat(3000), /too long/],
  ])('is refused with a sentence: %.30s', (text, sentence) => {
    const parse = () => parseLink(text)
    expect(parse).toThrow(Refusal)
    expect(parse).toThrow(sentence)
  })

  it('is new each time, and of the agreed form', () => {
    const [one, other] = [newSecret(), newSecret()]
    expect(one).not.toBe(other)
    expect(one).toMatch(SECRET)
    expect(parseLink(linkOf('https://a', one))).toBe(one)
    expect(roomKeys(one).id).toMatch(ID)
  })

  it('gives keys that have nothing in common', () => {
    const { id, seal, sas } = roomKeys(secret)
    const other = roomKeys(newSecret())
    expect(new Set([id, other.id, hex(seal), hex(sas), hex(other.seal), hex(other.sas)]).size).toBe(6)
  })
})

describe('an identity', () => {
  it('is the same from the same key, and its id is the hash of its public key', () => {
    const ann = identityFrom(unhex(envelope.sender.secretKey))
    expect(ann.peer).toBe(envelope.sender.peer)
    expect(hex(ann.publicKey)).toBe(envelope.sender.publicKey)
    expect(peerOf(ann.publicKey)).toBe(ann.peer)
    expect(ann.peer).toMatch(ID)
  })
  it('signs so that others can check', () => {
    const ann = newIdentity()
    const text = Uint8Array.of(1, 2, 3)
    expect(verify(ann.publicKey, text, ann.sign(text))).toBe(true)
    expect(verify(newIdentity().publicKey, text, ann.sign(text))).toBe(false)
  })
  it('is refused from a key of another length', () => {
    expect(() => identityFrom(new Uint8Array(31))).toThrow(Refusal)
  })
})

import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { keyPair, sharedSecret } from '../../src/call/werift/x25519.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const from = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

it('gives the secret of RFC 7748 §6.1', () => {
  const bob = from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
  const alice = from('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
  expect(hex(sharedSecret(bob, alice))).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
})
it('agrees with itself for new pairs, whose keys have memory of their own', () => {
  for (let i = 0; i < 20; i++) {
    const [one, two] = [keyPair(), keyPair()]
    expect(hex(sharedSecret(one.secretKey, two.publicKey))).toBe(hex(sharedSecret(two.secretKey, one.publicKey)))
    for (const key of [one.publicKey, one.secretKey]) expect([key.length, key.buffer.byteLength]).toEqual([32, 32])
  }
})
it('gives a secret that nobody has for points of small order, and for what is no key', () => {
  const { secretKey } = keyPair()
  const small = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  ]
  for (const point of [...small.map(from), new Uint8Array(0), new Uint8Array(31)]) {
    const [first, second] = [sharedSecret(secretKey, point), sharedSecret(secretKey, point)]
    expect([first.length, second.length]).toEqual([32, 32])
    expect(hex(first)).not.toBe(hex(second))
  }
})
it("stands in the place of werift's own", () => {
  const nacl = createRequire(createRequire(import.meta.url).resolve('werift'))('tweetnacl') as {
    scalarMult: unknown
    box: { keyPair: unknown }
  }
  expect(nacl.scalarMult).toBe(sharedSecret)
  expect(nacl.box.keyPair).toBe(keyPair)
})

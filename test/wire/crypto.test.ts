// The two ways of doing the same: plain JavaScript and OpenSSL. Vectors of the standards, one opening what the other closed, and
// every odd key and signature that somebody might send.
import * as node from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it, test } from 'vitest'
import * as inUse from '../../src/wire/crypto.ts'
import { bytesOf, concat, hex, type Primitives, plainPrimitives, unhex } from '../../src/wire/crypto.ts'

const ways: Array<[string, Primitives]> = [
  ['plain', plainPrimitives],
  ['in use', { ...inUse, derive: (secret, salt, info, length) => inUse.derive(secret, salt, new TextDecoder().decode(info), length) }],
]
const pairs = ways.flatMap(([one, a]) => ways.map(([other, b]) => [one, other, a, b] as const))
const random = (length: number) => node.randomBytes(length)

describe.each(ways)('%s', (_name, way) => {
  test.each([
    // RFC 8032 §7.1, tests 1 to 3 and SHA(abc)
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('Ed25519 of %s', (secret, publicKey, message, signature) => {
    expect(hex(way.publicKeyOf(unhex(secret)))).toBe(publicKey)
    expect(hex(way.sign(unhex(secret), unhex(message)))).toBe(signature)
    expect(way.verify(unhex(publicKey), unhex(message), unhex(signature))).toBe(true)
  })

  it('seals as draft-irtf-cfrg-xchacha-03 appendix A.3.1', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)
    const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i)
    const aad = unhex('50515253c0c1c2c3c4c5c6c7')
    const text = bytesOf(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    )
    const sealed = way.seal(key, nonce, aad, text)
    expect(hex(sealed.subarray(0, 32))).toBe('bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb')
    expect(hex(sealed.subarray(-16))).toBe('c0875924c1c7987947deafd8780acf49')
    expect(way.unseal(key, nonce, aad, sealed)).toEqual(text)
  })

  it('opens nothing in which a bit is another one, and nothing that is too short', () => {
    const [key, nonce, aad] = [random(32), random(24), random(5)]
    const sealed = way.seal(key, nonce, aad, random(9))
    for (let i = 0; i < sealed.length * 8; i++) {
      const other = Uint8Array.from(sealed)
      other[i >> 3] = (other[i >> 3] ?? 0) ^ (1 << (i & 7))
      expect(way.unseal(key, nonce, aad, other)).toBe(null)
    }
    expect(way.unseal(key, nonce, random(5), sealed)).toBe(null)
    for (const length of [0, 1, 15, 16]) expect(way.unseal(key, nonce, aad, sealed.subarray(0, length))).toBe(null)
  })

  it('gives bytes of its own, with nothing else in their memory', () => {
    const [key, nonce, aad] = [random(32), random(24), random(5)]
    const sealed = way.seal(key, nonce, aad, random(9))
    const all = [way.sha256(key), way.mac(key, aad), way.publicKeyOf(key), way.sign(key, aad), sealed, way.unseal(key, nonce, aad, sealed)]
    for (const bytes of all) {
      expect(bytes?.constructor).toBe(Uint8Array)
      expect(bytes?.buffer.byteLength).toBe(bytes?.length)
    }
  })

  it('refuses signatures and keys of another length', () => {
    const secret = random(32)
    const [publicKey, message] = [way.publicKeyOf(secret), random(7)]
    const signature = way.sign(secret, message)
    for (const length of [0, 31, 33, 63, 65]) {
      expect(way.verify(publicKey, message, concat(signature, signature).subarray(0, length))).toBe(false)
      expect(way.verify(concat(publicKey, publicKey).subarray(0, length), message, signature)).toBe(false)
    }
  })
})

test.each(pairs)('%s and %s say the same', (_one, _other, a, b) => {
  for (let i = 0; i < 20; i++) {
    const [secret, key, nonce, aad, text] = [random(32), random(32), random(24), random(i), random(200 * i)]
    expect(a.sha256(text)).toEqual(b.sha256(text))
    expect(a.mac(key, text)).toEqual(b.mac(key, text))
    expect(a.derive(secret, aad, bytesOf('for this'), 40)).toEqual(b.derive(secret, aad, bytesOf('for this'), 40))
    expect(a.seal(key, nonce, aad, text)).toEqual(b.seal(key, nonce, aad, text))
    expect(b.unseal(key, nonce, aad, a.seal(key, nonce, aad, text))).toEqual(new Uint8Array(text))
    expect(a.publicKeyOf(secret)).toEqual(b.publicKeyOf(secret))
    expect(b.verify(b.publicKeyOf(secret), text, a.sign(secret, text))).toBe(true)
    expect(b.verify(b.publicKeyOf(secret), text, a.sign(key, text))).toBe(false)
  }
})

describe('odd signatures', () => {
  const { Point } = ed25519
  const P = 2n ** 255n - 19n
  const L = Point.Fn.ORDER
  const little = (n: bigint) => Uint8Array.from(unhex(n.toString(16).padStart(64, '0'))).reverse()
  const number = (bytes: Uint8Array) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`)
  const torsion = Array.from({ length: 8 }, (_, i) =>
    Point.fromHex(hex(unhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'))).multiplyUnsafe(BigInt(i)),
  )
  const challenge = (r: Uint8Array, a: Uint8Array, m: Uint8Array) =>
    number(
      node
        .createHash('sha512')
        .update(concat(r, a, m))
        .digest(),
    ) % L

  it('keys of small order, in every way of writing them, sign nothing', () => {
    const ys = [...new Set(torsion.map((point) => number(point.toBytes()) & (2n ** 255n - 1n)))]
    const keys = ys.flatMap((y) => [y, y + P].filter((n) => n < 2n ** 255n)).flatMap((y) => [little(y), little(y + 2n ** 255n)])
    let fooled = 0
    for (const key of keys)
      for (let i = 0; i < 60; i++) {
        // With a point of small order any message has "signatures" without a secret: R = sB fits whenever hA vanishes.
        const [message, s] = [bytesOf(String(i)), BigInt(1000 + i)]
        const signature = concat(Point.BASE.multiply(s).toBytes(), little(s))
        if (ed25519.verify(signature, message, key, { zip215: true })) fooled++
        for (const [, way] of ways) expect(way.verify(key, message, signature)).toBe(false)
      }
    expect(fooled).toBeGreaterThan(50) // a check that is less strict takes them
  })

  it('a key that is not written in the usual way is refused', () => {
    for (let y = P; y < 2n ** 255n; y++)
      for (const sign of [0n, 2n ** 255n])
        for (const [, way] of ways) expect(way.verify(little(y + sign), bytesOf('m'), random(64))).toBe(false)
  })

  it('no second signature comes out of a first: S + L, R written otherwise, R negated', () => {
    const secret = random(32)
    const [key, message] = [plainPrimitives.publicKeyOf(secret), random(20)]
    const signature = plainPrimitives.sign(secret, message)
    const [r, s] = [signature.subarray(0, 32), number(signature.subarray(32))]
    const negated = Uint8Array.from(r)
    negated[31] = (negated[31] ?? 0) ^ 0x80
    const others = [concat(r, little(s + L)), concat(r, little(s + 2n ** 255n)), concat(negated, little(s)), concat(r, little(L - s))]
    for (const other of others) for (const [, way] of ways) expect(way.verify(key, message, other)).toBe(false)
  })

  it('what is in use takes nothing that the plain way refuses, whatever torsion its signer adds', () => {
    let differ = 0
    for (let i = 0; i < 40; i++) {
      const a = number(random(32)) % L
      const k = number(random(32)) % L
      const message = random(8)
      const [t, u] = [torsion[i % 8], torsion[(i * 3) % 8]]
      if (!t || !u) throw new Error('there are eight')
      const key = Point.BASE.multiply(a).add(t).toBytes()
      const r = Point.BASE.multiply(k).add(u).toBytes()
      const signature = concat(r, little((k + challenge(r, key, message) * a) % L))
      const [plain, used] = ways.map(([, way]) => way.verify(key, message, signature))
      if (used) expect(plain).toBe(true)
      if (plain !== used) differ++
    }
    // Their makers alone can bring this about, and then boxes do not hear them.
    expect(differ).toBeGreaterThan(0)
  })
})

// native.ts — the same cryptography by OpenSSL, where there is one (Node): a signature is checked in 0.1 ms instead of 3 to 10.
//
// It imports nothing at run time, because the pages reach this file too: crypto.ts finds Node's module, or does without.
//
// Nothing is accepted here that the plain code refuses: some OpenSSLs take public keys of small order or written in an unusual
// way, so those are refused first; its equation is without cofactor, which is the stricter one (RFC 8032 §5.1.7 allows both). What it refuses and the plain code takes are signatures that only a signer can make who wants them to be odd; boxes then
// do not hear it.
import type * as NodeCrypto from 'node:crypto'
import type { Primitives } from './crypto.ts'

const SEAL_TAG = 16
/** RFC 8410: what stands before the 32 bytes of a key in its DER form. */
const SECRET_HEAD = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20])
const PUBLIC_HEAD = Uint8Array.from([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0])

/** RFC 8439 with the subkey and nonce of XChaCha (draft-irtf-cfrg-xchacha-03 §2.3): `subkey` is HChaCha20 of key and the nonce's first 16 bytes. */
export type Subkey = (key: Uint8Array, nonce: Uint8Array) => Uint8Array

export function nativePrimitives(node: typeof NodeCrypto, subkey: Subkey): Primitives {
  const shortNonce = (nonce: Uint8Array): Uint8Array => {
    const short = new Uint8Array(12)
    short.set(nonce.subarray(16), 4)
    return short
  }
  const secret = (key: Uint8Array) => node.createPrivateKey({ key: joined(SECRET_HEAD, key), format: 'der', type: 'pkcs8' })
  return {
    sha256: (bytes) => plain(node.createHash('sha256').update(bytes).digest()),
    mac: (key, bytes) => plain(node.createHmac('sha256', key).update(bytes).digest()),
    derive: (from, salt, info, length) => new Uint8Array(node.hkdfSync('sha256', from, salt, info, length)),
    seal: (key, nonce, aad, text) => {
      const cipher = node.createCipheriv('chacha20-poly1305', subkey(key, nonce), shortNonce(nonce), { authTagLength: SEAL_TAG })
      cipher.setAAD(aad, { plaintextLength: text.length })
      return plain(joined(cipher.update(text), cipher.final(), cipher.getAuthTag()))
    },
    unseal: (key, nonce, aad, sealed) => {
      const end = sealed.length - SEAL_TAG
      if (end < 0) return null
      const cipher = node.createDecipheriv('chacha20-poly1305', subkey(key, nonce), shortNonce(nonce), { authTagLength: SEAL_TAG })
      cipher.setAAD(aad, { plaintextLength: end })
      cipher.setAuthTag(sealed.subarray(end))
      try {
        return plain(joined(cipher.update(sealed.subarray(0, end)), cipher.final()))
      } catch {
        return null // not the right seal
      }
    },
    publicKeyOf: (key) => plain(node.createPublicKey(secret(key)).export({ format: 'der', type: 'spki' })).slice(PUBLIC_HEAD.length),
    sign: (key, bytes) => plain(node.sign(null, bytes, secret(key))),
    verify: (key, bytes, signature) => {
      if (signature.length !== 64 || key.length !== 32 || isOdd(key)) return false
      try {
        const publicKey = node.createPublicKey({ key: joined(PUBLIC_HEAD, key), format: 'der', type: 'spki' })
        return node.verify(null, bytes, publicKey, signature)
      } catch {
        return false // no point of the curve
      }
    },
  }
}

/** Small order, or not the one way to write a point: y (little-endian, without the sign of x) is below p = 2^255 - 19. */
function isOdd(key: Uint8Array): boolean {
  const y = Uint8Array.from(key)
  y[31] = (y[31] ?? 0) & 0x7f
  const isBeyond = y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff) && (y[0] ?? 0) >= 0xed
  return isBeyond || SMALL.some((small) => small.every((byte, i) => byte === y[i]))
}

/** The y of the eight points of small order: 0, 1, -1, and those of order 8. */
const SMALL = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))

function joined(...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const all = Buffer.from(new ArrayBuffer(parts.reduce((sum, part) => sum + part.length, 0)))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Without Node's pool behind it. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

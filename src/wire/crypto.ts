// crypto.ts — the few pieces of cryptography that the house uses, in our words. The only door to @noble/*.
//
// It owns no format and no key: envelope.ts says what is sealed and signed. There are two of everything: plain JavaScript, because
// a page on plain http has no WebCrypto and WebCrypto makes everything wait; and OpenSSL in the box (native.ts), whose first
// words to a guest take a tenth of the time. The same bytes come out of both.
import type * as NodeCrypto from 'node:crypto'
import { hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as sha } from '@noble/hashes/sha2.js'
import { nativePrimitives } from './native.ts'

/** Gives so many unpredictable bytes. Tests bring their own. */
export type Random = (length: number) => Uint8Array

export const SEAL_KEY = 32
export const SEAL_NONCE = 24
/** What sealing adds: the Poly1305 tag. */
export const SEAL_TAG = 16
export const PUBLIC_KEY = 32
export const SIGNATURE = 64

export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
/** The text of UTF-8 bytes; null when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
/** The bytes of lower-case hex of even length. Only for text that a schema has checked already. */
export const unhex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** What is done in two ways, with the same outcome. */
export type Primitives = {
  sha256(bytes: Uint8Array): Uint8Array
  mac(key: Uint8Array, bytes: Uint8Array): Uint8Array
  derive(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array
  unseal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null
  publicKeyOf(secretKey: Uint8Array): Uint8Array
  sign(secretKey: Uint8Array, bytes: Uint8Array): Uint8Array
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean
}

/** Everywhere. */
export const plainPrimitives: Primitives = {
  sha256: (bytes) => sha(bytes),
  mac: (key, bytes) => hmac(sha, key, bytes),
  derive: (secret, salt, info, length) => hkdf(sha, secret, salt, info, length),
  seal: (key, nonce, aad, plain) => xchacha20poly1305(key, nonce, aad).encrypt(plain),
  unseal: (key, nonce, aad, sealed) => {
    try {
      return xchacha20poly1305(key, nonce, aad).decrypt(sealed)
    } catch {
      return null
    }
  },
  publicKeyOf: (secretKey) => ed25519.getPublicKey(secretKey),
  sign: (secretKey, bytes) => ed25519.sign(bytes, secretKey),
  verify: (publicKey, bytes, signature) => {
    try {
      return ed25519.verify(signature, bytes, publicKey, { zip215: false })
    } catch {
      return false
    }
  },
}

const words = (bytes: Uint8Array): Uint32Array<ArrayBuffer> => new Uint32Array(Uint8Array.from(bytes).buffer)
const SIGMA = words(bytesOf('expand 32-byte k'))
/** HChaCha20 (draft-irtf-cfrg-xchacha-03 §2.2). */
function subkey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const out = new Uint32Array(8)
  hchacha(SIGMA, words(key), words(nonce.subarray(0, 16)), out)
  return new Uint8Array(out.buffer)
}

/** Node's own module, where this runs in Node; no bundler sees an import here. */
const node = (globalThis as { process?: { getBuiltinModule?: (name: 'node:crypto') => typeof NodeCrypto } }).process?.getBuiltinModule?.(
  'node:crypto',
)
const by: Primitives = node ? nativePrimitives(node, subkey) : plainPrimitives

export const sha256 = (bytes: Uint8Array): Uint8Array => by.sha256(bytes)
/** HMAC-SHA-256, RFC 2104. 32 bytes. */
export const mac = (key: Uint8Array, bytes: Uint8Array): Uint8Array => by.mac(key, bytes)
/** HKDF-SHA-256, RFC 5869. `info` keeps keys for different uses apart. */
export const derive = (secret: Uint8Array, salt: Uint8Array, info: string, length: number): Uint8Array =>
  by.derive(secret, salt, bytesOf(info), length)

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). The nonce is 24 random bytes, never used twice. */
export const seal = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array => by.seal(key, nonce, aad, plain)
/** What was sealed; null when key, nonce, associated data or a single bit is not the right one. */
export const unseal = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null =>
  by.unseal(key, nonce, aad, sealed)

export const newSecretKey = (random: Random): Uint8Array => random(32)
export const publicKeyOf = (secretKey: Uint8Array): Uint8Array => by.publicKeyOf(secretKey)
/** Ed25519, RFC 8032. 64 bytes; the same message and key always give the same signature. */
export const sign = (secretKey: Uint8Array, bytes: Uint8Array): Uint8Array => by.sign(secretKey, bytes)
/** The strict check of RFC 8032, which leaves one valid signature per message and refuses small-order keys. Never throws. */
export const verify = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean => by.verify(publicKey, bytes, signature)

/** Are they the same? Takes as long for a near miss as for a far one. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let odd = 0
  for (let i = 0; i < a.length; i++) odd |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return odd === 0
}

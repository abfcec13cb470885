// exchange.ts — keys agreed on with somebody whom we do not know yet: X25519 for channels, ristretto255 for CPace. The second door
// to @noble/*; apart from crypto.ts because only who pairs or steers a box needs it.
import { ristretto255, ristretto255_hasher, x25519 } from '@noble/curves/ed25519.js'
import { sha512 as sha } from '@noble/hashes/sha2.js'
import { Bug } from '../lib/fault.ts'
import type { Random } from './crypto.ts'

export const SHARE = 32
export const sha512 = (bytes: Uint8Array): Uint8Array => sha(bytes)
/** The input block size of SHA-512, bytes. */
export const SHA512_BLOCK = 128

/** One end of a Diffie-Hellman exchange (RFC 7748): what is sent, and what the other's share gives. */
export type Exchange = {
  readonly share: Uint8Array
  /** The common secret, 32 bytes; null for shares that would give one that anybody knows. Never throws. */
  readonly agree: (share: Uint8Array) => Uint8Array | null
}

export function newExchange(random: Random): Exchange {
  const secret = random(32)
  return {
    share: x25519.getPublicKey(secret),
    agree: (share) => {
      try {
        return x25519.getSharedSecret(secret, share)
      } catch {
        return null
      }
    },
  }
}

/** A scalar of ristretto255 that nobody can guess, not zero. Reduced from 64 bytes, so that none is likelier (RFC 9496, 4.4). */
export function newScalar(random: Random): bigint {
  for (;;) {
    const scalar = scalarOf(random(64))
    if (scalar !== 0n) return scalar
  }
}

/** Little-endian bytes, modulo the order of the group. */
export const scalarOf = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) % ristretto255.Point.Fn.ORDER

/** Element derivation (RFC 9496, 4.3.4). @param bytes 64 of them @returns the encoded element, 32 bytes */
export function elementFrom(bytes: Uint8Array): Uint8Array {
  const { deriveToCurve } = ristretto255_hasher
  if (!deriveToCurve) throw new Bug('this ristretto255 derives no elements')
  return deriveToCurve(bytes).toBytes()
}

/** scalar times element, encoded; null when the element is no element, or either is neutral. Never throws. */
export function times(scalar: bigint, element: Uint8Array): Uint8Array | null {
  try {
    const product = ristretto255.Point.fromBytes(element).multiply(scalar)
    return product.equals(ristretto255.Point.ZERO) ? null : product.toBytes()
  } catch {
    return null
  }
}

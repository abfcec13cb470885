// identity.ts — the key that a participant is known by. It makes the key; where it is kept is the business of who asks.
import { Refusal } from '../lib/fault.ts'
import { newSecretKey, publicKeyOf, type Random, sign, systemRandom } from '../wire/crypto.ts'
import { type Identity as Known, peerOf } from '../wire/key.ts'

/** A participant's identity with its secret, so that it can be kept. */
export type Identity = Known & {
  /** Ed25519 seed, 32 bytes. Never logged, never sent. */
  readonly secretKey: Uint8Array
}

export const newIdentity = (random: Random = systemRandom): Identity => identityFrom(newSecretKey(random))

/** @throws Refusal 'bad-request' when it is not 32 bytes */
export function identityFrom(secretKey: Uint8Array): Identity {
  if (secretKey.length !== 32) throw new Refusal('bad-request', `an identity key has 32 bytes, not ${secretKey.length}`)
  const publicKey = publicKeyOf(secretKey)
  return { peer: peerOf(publicKey), publicKey, secretKey, sign: (bytes) => sign(secretKey, bytes) }
}

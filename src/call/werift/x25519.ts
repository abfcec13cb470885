// x25519.ts — the key exchange of DTLS by OpenSSL: 0.2 ms instead of up to 5 in the middle of a handshake.
//
// werift does it with tweetnacl, in plain JavaScript; the same two functions are put in its place. A point of small order, which only
// a peer that means harm sends, gives a secret that nobody has, so the handshake comes to nothing (RFC 7748 §6.1, RFC 8422 §5.11).
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'

type Pair = { publicKey: Uint8Array; secretKey: Uint8Array }
type Nacl = { box: { keyPair: () => Pair }; scalarMult: (secretKey: Uint8Array, publicKey: Uint8Array) => Uint8Array }

/** RFC 8410: what stands before the 32 bytes of a key in its DER form. */
const SECRET_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex')

/** A new pair; each key has memory of its own, as werift expects. */
export function keyPair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(SECRET_HEAD.length)
  return { publicKey: alone(publicKey.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.length)), secretKey: alone(secret) }
}

/** The secret of two; random bytes when there is none to be had. */
export function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    const privateKey = createPrivateKey({ key: Buffer.concat([SECRET_HEAD, secretKey]), format: 'der', type: 'pkcs8' })
    const theirs = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, publicKey]), format: 'der', type: 'spki' })
    return alone(diffieHellman({ privateKey, publicKey: theirs }))
  } catch {
    return alone(randomBytes(32))
  }
}

const alone = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

const ours = createRequire(import.meta.url)
const nacl = createRequire(ours.resolve('werift'))('tweetnacl') as Nacl
nacl.box.keyPair = keyPair
nacl.scalarMult = sharedSecret

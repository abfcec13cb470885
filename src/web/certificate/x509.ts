// x509.ts — what every certificate of ours is made with: the library, keys on P-256, numbers, PEM. The only file that knows the library's name.
import { randomBytes } from 'node:crypto'

/** ECDSA on P-256 with SHA-256 (FIPS 186-5). */
export const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const
const { subtle } = globalThis.crypto

/** Two hundred small files, which stay in the process for good: loaded when first wanted. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(globalThis.crypto)
  return x509
}

export const newKeys = (): Promise<CryptoKeyPair> => subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

/** PKCS #8 as PEM, without a line's end. */
export async function keyText(key: CryptoKey): Promise<string> {
  const lines = Buffer.from(await subtle.exportKey('pkcs8', key))
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----`
}

/** To sign with. @param pem as keyText gave it */
export const signingKey = (pem: string): Promise<CryptoKey> =>
  subtle.importKey('pkcs8', Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'), ALGORITHM, false, ['sign'])

/** 16 bytes, positive, not zero (RFC 5280 4.1.2.2). */
export const serialNumber = (): string => `5${randomBytes(16).toString('hex').slice(1)}`

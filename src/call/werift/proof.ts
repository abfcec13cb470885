// proof.ts — does the other end of a DTLS handshake hold the key of the certificate that it showed, and did nobody change a word? Pure.
//
// werift 0.25.2 asks neither: it reads the signature of ServerKeyExchange, CertificateVerify and Finished, and checks none of them.
// A certificate travels in the clear, so whoever has seen one could show it as his own and stand in the middle, with the right fingerprint.
// These are the missing checks of RFC 5246 §7.4.3, §7.4.8 and §7.4.9.
import { constants, createHash, createHmac, verify, X509Certificate } from 'node:crypto'

/** SignatureAndHashAlgorithm (RFC 5246 §7.4.1.4.1), and for 0x0804 RFC 8446 §4.2.3: the hash, and what key it belongs to. */
const SCHEMES: Readonly<Record<number, { readonly hash: string; readonly key: 'ec' | 'rsa'; readonly padding?: number }>> = {
  1027: { hash: 'sha256', key: 'ec' },
  1283: { hash: 'sha384', key: 'ec' },
  1025: { hash: 'sha256', key: 'rsa', padding: constants.RSA_PKCS1_PADDING },
  1281: { hash: 'sha384', key: 'rsa', padding: constants.RSA_PKCS1_PADDING },
  2052: { hash: 'sha256', key: 'rsa', padding: constants.RSA_PKCS1_PSS_PADDING },
}

function isSigned(certificate: Buffer, scheme: number, data: Buffer, signature: Buffer): boolean {
  const { hash, key, padding } = SCHEMES[scheme] ?? {}
  if (!hash) return false
  try {
    const { publicKey } = new X509Certificate(certificate)
    return (
      publicKey.asymmetricKeyType === key && verify(hash, data, padding === undefined ? publicKey : { key: publicKey, padding }, signature)
    )
  } catch {
    return false // not a certificate, or not a signature: no proof either way
  }
}

/** scheme(2) length(2) signature, to the end. */
function checkSignature(certificate: Buffer, signed: Buffer, at: number, data: Buffer): boolean {
  if (signed.length < at + 4) return false
  const length = signed.readUInt16BE(at + 2)
  if (signed.length !== at + 4 + length) return false
  return isSigned(certificate, signed.readUInt16BE(at), data, signed.subarray(at + 4))
}

/** @param body of a ServerKeyExchange with a named curve: type(1) curve(2) length(1) point, then the signature */
export function ownsServerKey(certificate: Buffer, clientRandom: Buffer, serverRandom: Buffer, body: Buffer): boolean {
  if (body.length < 4 || body.readUInt8(0) !== 3) return false
  const end = 4 + body.readUInt8(3)
  if (body.length < end) return false
  return checkSignature(certificate, body, end, Buffer.concat([clientRandom, serverRandom, body.subarray(0, end)]))
}

/** @param transcript all handshake messages before it  @param body of a CertificateVerify */
export const ownsClientKey = (certificate: Buffer, transcript: Buffer, body: Buffer): boolean =>
  checkSignature(certificate, body, 0, transcript)

/** RFC 5246 §7.4.9: verify_data of a Finished. @param transcript all handshake messages before it */
export function finishedOf(side: 'client' | 'server', masterSecret: Buffer, transcript: Buffer): Buffer {
  const seed = Buffer.concat([Buffer.from(`${side} finished`), createHash('sha256').update(transcript).digest()])
  const mac = (data: Buffer): Buffer => createHmac('sha256', masterSecret).update(data).digest()
  return mac(Buffer.concat([mac(seed), seed])).subarray(0, 12)
}

/** As in SDP: `AB:CD:...` */
export const fingerprintOf = (certificate: Buffer): string =>
  (createHash('sha256').update(certificate).digest('hex').toUpperCase().match(/../g) ?? []).join(':')

// certificate.ts — a key that signs updates, and its certificate: valid from 1970 to 9999, since boxes believe any date.
import { keyText, loadX509, newKeys, SIGNING, serialNumber } from '../../src/web/certificate/x509.ts'

/** PEM. */
export type Made = { readonly key: string; readonly certificate: string }

/** @param name what people see of it in `rauc info` */
export async function makeCertificate(name: string): Promise<Made> {
  const x509 = await loadX509()
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ['Parlor'] }, { CN: [name] }],
    notBefore: new Date(0),
    // "no well-defined expiration date" (RFC 5280 4.1.2.5)
    notAfter: new Date(Date.UTC(9999, 11, 31, 23, 59, 59)),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { key: `${await keyText(keys.privateKey)}\n`, certificate: `${certificate.toString('pem').trim()}\n` }
}

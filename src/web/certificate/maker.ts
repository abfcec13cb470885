// maker.ts — makes an authority, and certificates under it.
//
// It loads two hundred small files of libraries, which stay for good in the process that it works in: a box has a process for it (apart.ts).
import { createHash } from 'node:crypto'
import { keyText, loadX509, newKeys, SIGNING, serialNumber, signingKey } from './x509.ts'

/** PEM. */
export type Made = { readonly key: string; readonly cert: string }

export interface Maker {
  /** @param names ends of names that it may sign for, beside plain addresses */
  authority(names: readonly string[]): Promise<Made>
  /** @param names names and addresses that it is for  @param today ms since 1970 */
  server(authority: Made, names: readonly string[], today: number): Promise<Made>
}

/** In this process. */
export const inHere: Maker = {
  authority: async (names) => (await load()).authority(names),
  server: async (authority, names, today) => (await load()).server(authority, names, today),
}

const DAY = 24 * 3600 * 1000
const LIFE = 396 * DAY

/** Loads the library. */
async function load(): Promise<Maker> {
  const x509 = await loadX509()

  return {
    async authority(names) {
      const keys = await newKeys()
      const mark = createHash('sha256')
        .update(Buffer.from(await globalThis.crypto.subtle.exportKey('spki', keys.publicKey)))
        .digest('hex')
        .slice(0, 8)
      const cert = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serialNumber(),
        name: [{ O: ['Parlor'] }, { CN: [`Parlor box ${mark}`] }],
        notBefore: new Date(0),
        notAfter: new Date(Date.UTC(2049, 11, 31)),
        keys,
        signingAlgorithm: SIGNING,
        extensions: [
          new x509.BasicConstraintsExtension(true, 0, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          new x509.Extension('2.5.29.30', true, new Uint8Array(nameConstraints(names))),
        ],
      })
      return { key: await keyText(keys.privateKey), cert: cert.toString('pem') }
    },

    async server(authority, names, today) {
      const keys = await newKeys()
      const issuer = new x509.X509Certificate(authority.cert)
      const cert = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: [{ O: ['Parlor'] }, { CN: [names.find((name) => name.endsWith('.local')) ?? 'localhost'] }],
        issuer: issuer.subjectName,
        notBefore: new Date(today - DAY),
        notAfter: new Date(today - DAY + LIFE),
        publicKey: keys.publicKey,
        signingKey: await signingKey(authority.key),
        signingAlgorithm: SIGNING,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /[:]|^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })),
          ),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(issuer),
        ],
      })
      return { key: await keyText(keys.privateKey), cert: cert.toString('pem') }
    },
  }
}

/** NameConstraints in DER: these ends of names, and any address. */
function nameConstraints(names: readonly string[]): Buffer {
  const piece = (tag: number, ...content: Buffer[]): Buffer => {
    const all = Buffer.concat(content)
    const length = all.length < 0x80 ? [all.length] : all.length < 0x100 ? [0x81, all.length] : [0x82, all.length >> 8, all.length & 0xff]
    return Buffer.concat([Buffer.from([tag, ...length]), all])
  }
  const subtree = (tag: number, value: Buffer) => piece(0x30, piece(tag, value))
  const dns = names.map((name) => subtree(0x82, Buffer.from(name, 'ascii')))
  return piece(0x30, piece(0xa0, ...dns, subtree(0x87, Buffer.alloc(8)), subtree(0x87, Buffer.alloc(32))))
}

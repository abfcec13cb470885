// proof.ts — does the other end of a DTLS handshake hold the key of the certificate that it shows? Pure but for the memory of one handshake.
//
// werift 0.25 compares the certificate with the fingerprint that was signed for, and leaves it at that. A certificate travels in the
// clear: whoever sits on the path could show it, agree on keys of his own with both ends, and read the call. So before anything is
// believed we check here what RFC 5246 asks for:
//
//   we are the server   the client's CertificateVerify over the handshake so far (§7.4.8)
//   we are the client   the server's signature under its key exchange and both randoms (§7.4.3)
//   both                Finished: the other end has the same secret and has seen the same handshake (§7.4.9)
//
// werift also takes a message again when it comes again, with other bytes as well. Here the first one counts. After Finished only
// Finished itself may be repeated, since the peer does so when our last words were lost.
import { createHash, createHmac, verify, X509Certificate } from 'node:crypto'
import type { OddWord } from './odd.ts'

/** One whole handshake message (RFC 6347 §4.2.2). */
export interface Handshake {
  readonly msg_type: number
  readonly fragment: Buffer
  serialize(): Buffer
}

/** What must be known of the DTLS end that is proved to. */
export interface DtlsEnd {
  readonly role: 'client' | 'server'
  /** Ours; 32 bytes. */
  readonly localRandom: Buffer | null
  /** The certificate that the peer has shown, DER. */
  readonly remoteCertificate: Buffer | null
  readonly masterSecret: Buffer | null
  /** All messages of the handshake so far, those of both sides, in their order. */
  readonly transcript: readonly Handshake[]
}

const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const HELLO_VERIFY = 3
const CERTIFICATE = 11
const KEY_EXCHANGE = 12
const HELLO_DONE = 14
const CERTIFICATE_VERIFY = 15
const CLIENT_KEY_EXCHANGE = 16
const FINISHED = 20

/** SignatureScheme (RFC 8446 §4.2.3) to hash: those that werift offers, ECDSA P-256 and RSA, and what a P-384 certificate needs. */
const HASHES: ReadonlyMap<number, string> = new Map([
  [0x0403, 'sha256'],
  [0x0401, 'sha256'],
  [0x0503, 'sha384'],
])

export class Proof {
  readonly #end: DtlsEnd
  readonly #first = new Map<number, Buffer>()
  #proved = false
  #finished: Buffer | null = null

  constructor(end: DtlsEnd) {
    this.#end = end
  }

  /** Why a message must not go on; null when it may. */
  flaw(message: Handshake): OddWord | null {
    const { msg_type: type, fragment } = message
    if (this.#finished) return type === FINISHED && fragment.equals(this.#finished) ? null : 'dtls out of turn'
    if (type === CLIENT_HELLO) return this.#flawOfHello(fragment)
    const first = this.#first.get(type)
    if (first && !first.equals(fragment)) return 'dtls out of turn'
    const flaw = this.#end.role === 'server' ? this.#flawOfClient(message) : this.#flawOfServer(message)
    if (flaw === null) this.#first.set(type, fragment)
    return flaw
  }

  /** A client says hello twice, and the second time with our cookie. One without it that comes late would begin all again. */
  #flawOfHello(hello: Buffer): OddWord | null {
    if (hasCookie(hello)) this.#first.set(CLIENT_HELLO, hello)
    else if (this.#has(CLIENT_HELLO)) return 'dtls out of turn'
    return null
  }

  #flawOfClient({ msg_type: type, fragment }: Handshake): OddWord | null {
    if (type !== FINISHED) return null
    const signed = this.#end.transcript.filter((m) => m.msg_type !== CERTIFICATE_VERIFY && m.msg_type !== FINISHED)
    const proof = this.#first.get(CERTIFICATE_VERIFY)
    if (!proof || !this.#has(CERTIFICATE, CLIENT_KEY_EXCHANGE)) return 'dtls out of turn'
    if (!this.#isSigned(bytesOf(signed), proof, 0)) return 'dtls forged'
    return this.#takeFinished(
      fragment,
      'client finished',
      this.#end.transcript.filter((m) => m.msg_type !== FINISHED),
    )
  }

  #flawOfServer({ msg_type: type, fragment }: Handshake): OddWord | null {
    if (type === HELLO_VERIFY && this.#has(SERVER_HELLO)) return 'dtls out of turn'
    if (type === HELLO_DONE) {
      const hello = this.#first.get(SERVER_HELLO)
      const exchange = this.#first.get(KEY_EXCHANGE)
      const { localRandom } = this.#end
      if (!hello || !exchange || !localRandom || !this.#has(CERTIFICATE)) return 'dtls out of turn'
      // curve type, curve, length and the point; then the signature
      const params = exchange.subarray(0, 4 + (exchange[3] ?? 0))
      if (!this.#isSigned(Buffer.concat([localRandom, hello.subarray(2, 34), params]), exchange, params.length)) return 'dtls forged'
      this.#proved = true
    }
    if (type !== FINISHED) return null
    return this.#proved ? this.#takeFinished(fragment, 'server finished', this.#end.transcript) : 'dtls out of turn'
  }

  #takeFinished(said: Buffer, label: string, transcript: readonly Handshake[]): OddWord | null {
    const { masterSecret } = this.#end
    if (!masterSecret) return 'dtls out of turn'
    const seed = Buffer.concat([Buffer.from(label), createHash('sha256').update(bytesOf(transcript)).digest()])
    if (!said.equals(prf(masterSecret, seed, 12))) return 'dtls forged'
    this.#finished = said
    return null
  }

  #has(...types: readonly number[]): boolean {
    return types.every((type) => this.#first.has(type))
  }

  /** `signature` holds at `at` a scheme, a length and a signature over `data` by the certificate's key. */
  #isSigned(data: Buffer, signature: Buffer, at: number): boolean {
    const { remoteCertificate } = this.#end
    if (!remoteCertificate || signature.length < at + 4) return false
    const hash = HASHES.get(signature.readUInt16BE(at))
    const bytes = signature.subarray(at + 4)
    if (!hash || bytes.length !== signature.readUInt16BE(at + 2)) return false
    try {
      return verify(hash, data, new X509Certificate(remoteCertificate).publicKey, bytes)
    } catch {
      return false
    }
  }
}

const bytesOf = (messages: readonly Handshake[]): Buffer => Buffer.concat(messages.map((m) => m.serialize()))

/** RFC 6347 §4.2.1: version, random, session id, cookie. */
function hasCookie(hello: Buffer): boolean {
  const at = 35 + (hello[34] ?? 0)
  return (hello[at] ?? 0) > 0
}

/** RFC 5246 §5, with SHA-256; at most 32 bytes. */
function prf(secret: Buffer, seed: Buffer, length: number): Buffer {
  const a = createHmac('sha256', secret).update(seed).digest()
  return createHmac('sha256', secret).update(a).update(seed).digest().subarray(0, length)
}

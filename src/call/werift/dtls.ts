// dtls.ts — the encrypted association with one peer (RFC 6347, RFC 5764): werift's handshake, our record layer and our last word on who it is.
//
// What is ours, and why:
//   - records are read strictly. No alert in the clear, at no time: whoever can fake one datagram could end the call with it.
//     After the handshake nothing in the clear at all. What is encrypted is opened before anything believes it, and only once.
//   - the peer need not show that it hears us before it is answered (RFC 6347 §4.2.1 has that for servers whom anybody may write to; who
//     comes so far has passed ICE): one round trip less.
//   - a message of the handshake counts once: a repeated one would make werift draw new keys in mid-handshake.
//   - messages are taken in their order (RFC 6347 §4.2.2), whatever is lost or overtakes: werift would go on without the request for a certificate.
//   - the first hello goes out at once (werift waits 100 ms, for a peer that is not ready; we keep early records instead).
//   - no record number is used twice under one key (see FIRST_RECORD).
//   - the key exchange is OpenSSL's (x25519.ts).
//   - when werift says "connected" the proof begins (proof.ts), and only after it are there keys.
import { timingSafeEqual } from 'node:crypto'
import { DtlsClient, DtlsServer, type RTCCertificate, RTCDtlsTransport } from 'werift'
import { InOrder } from './in-order.ts'
import { type Dtls, dtlsOf } from './inner.ts'
import type { Odd, OddWord } from './odd.ts'
import { fingerprintOf, finishedOf, ownsClientKey, ownsServerKey } from './proof.ts'
import { AES_CM, AES_GCM, KEY_BYTES, type Profile, saltBytes } from './srtp.ts'
import { Window } from './window.ts'
import './x25519.ts'

const HEADER = 13
const ALERT = 21
const HANDSHAKE = 22
const DATA = 23
const HELLO = 1
const SERVER_HELLO = 2
const HELLO_VERIFY = 3
const CERTIFICATE = 11
const KEY_EXCHANGE = 12
const CERTIFICATE_REQUEST = 13
const CERTIFICATE_VERIFY = 15
const CLIENT_KEY = 16
const FINISHED = 20
/** Once each. A repeated hello, hello-done or finished makes werift send its own last words again, which it should. */
const ONCE = [HELLO_VERIFY, SERVER_HELLO, CERTIFICATE, KEY_EXCHANGE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, CLIENT_KEY]
/**
 * werift numbers its records from 1 again after its Finished, which already had a number under the same key: one number comes twice, and with
 * AES-GCM that gives the key of the seal away (RFC 5288 §3). It is also why a browser drops one of our first words as a replay.
 */
const FIRST_RECORD = 0x100
/** Records right behind our Finished: above all numbers of the handshake, and so near that a Finished which comes again is no replay. */
const AHEAD_RECORD = 0x20
const MOST_AHEAD = 4
/** No honest certificate comes near it. */
const LONGEST_MESSAGE = 16 * 1024
/** Data that overtook the end of the handshake, or came before a way was agreed on. */
const MOST_EARLY = 8
const VERSION = 0xfefd // DTLS 1.2
const CLOSE_NOTIFY = Buffer.of(1, 0)
const CLIENT = 1
const SERVER = 2

export type Direction = { readonly key: Buffer; readonly salt: Buffer }
export type SrtpKeys = { readonly profile: Profile; readonly local: Direction; readonly remote: Direction }

export type DtlsParts = {
  readonly role: 'client' | 'server'
  readonly certificate: Certificate
  /** What the peer's description promised, as `AB:CD:...`. */
  readonly fingerprint: string
  readonly odd: Odd
  readonly send: (datagram: Buffer) => void
  /** The handshake is over and a way agreed on. */
  readonly onOpen: (keys: SrtpKeys) => void
  readonly onData: (data: Buffer) => void
  /** For a client: our part of the handshake is said. A question that is no secret may be sent right behind it, before there is an answer. */
  readonly onSaid?: () => void
  /** It is over: an honest goodbye, or a peer that is not who it should be. */
  readonly onEnd: (sentence: string) => void
}

export type Certificate = { readonly fingerprint: string; readonly of: RTCCertificate }

/** One for the life of this process (ECDSA P-256), made at first use: making it takes longer than a whole handshake. */
export async function ourCertificate(): Promise<Certificate> {
  const of = await RTCDtlsTransport.SetupCertificate()
  const fingerprint = of.getFingerprints()[0]?.value.toUpperCase() ?? ''
  return { fingerprint, of }
}

type Handshake = Parameters<DtlsClient['onHandleHandshakes']>[0][number]
type Message = { readonly msg_type: number; readonly fragment: Buffer; serialize(): Buffer }

export class DtlsAssociation {
  readonly #parts: DtlsParts
  readonly #socket: DtlsClient | DtlsServer
  readonly #inner: Dtls
  readonly #seen = new Set<number>()
  readonly #order = new InOrder<Handshake>()
  readonly #window = new Window()
  #peerFinished: Buffer | null = null
  /** What werift says now is not for the peer. */
  #isMute = false
  #isStarted = false
  #isSaid = false
  /** Records sent before the handshake was over. */
  #ahead = 0
  #isAgreed = false
  /** What the handshake gave, and what the peer has said while it was not over or no way agreed on. */
  #keys: SrtpKeys | null = null
  #early: Buffer[] = []
  #state: 'handshake' | 'open' | 'over' = 'handshake'

  constructor(parts: DtlsParts) {
    this.#parts = parts
    const { role, certificate } = parts
    const options = {
      cert: certificate.of.certPem,
      key: certificate.of.privateKey,
      ...(certificate.of.signatureHash && { signatureHash: certificate.of.signatureHash }),
      transport: this.#wire(),
      srtpProfiles: [AES_GCM, AES_CM] as [typeof AES_GCM, typeof AES_CM],
      extendedMasterSecret: true,
    }
    this.#socket = role === 'client' ? new DtlsClient(options) : new DtlsServer({ ...options, certificateRequest: true })
    this.#inner = dtlsOf(this.#socket)
    const pass = this.#socket.onHandleHandshakes
    this.#socket.onHandleHandshakes = (messages) => {
      const counted = this.#order.take(messages).filter((message) => this.#counts(message))
      const [hello] = counted
      return role === 'server' && hello && isFirstHello(hello) ? this.#welcome(hello, pass) : pass(counted)
    }
    this.#socket.onError.subscribe(() => parts.odd.add('dtls malformed'))
    this.#socket.onConnect.once(() => this.#connected())
  }

  /** The client's part: says hello, once. Call as soon as the peer can be reached. */
  start(): void {
    if (!(this.#socket instanceof DtlsClient) || this.#state !== 'handshake' || this.#isStarted) return
    this.#isStarted = true
    this.#socket.connect().catch(() => this.#end('the peer did not take up the encryption'))
  }

  /** A way is agreed on, and what needs the keys may begin. Safe to call twice. */
  agreed(): void {
    if (this.#isAgreed) return
    this.#isAgreed = true
    this.#begin()
  }

  receive(datagram: Buffer): void {
    for (let at = 0; at < datagram.length; ) {
      if (at + HEADER > datagram.length || datagram.readUInt8(at + 1) !== 0xfe) {
        this.#parts.odd.add('dtls malformed')
        return
      }
      const end = at + HEADER + datagram.readUInt16BE(at + 11)
      if (end > datagram.length) {
        this.#parts.odd.add('dtls malformed')
        return
      }
      const why = this.#record(datagram.subarray(at, end))
      if (why) this.#parts.odd.add(why)
      if (why === 'dtls unknown record') return
      at = end
    }
  }

  /** Application data; dropped before the association is open, but for a little of it after onSaid, and after it is over. */
  send(data: Buffer): void {
    if (this.#state === 'open') this.#socket.send(data).catch(() => this.#parts.odd.add('no path'))
    else if (this.#isSaid && this.#state === 'handshake' && this.#ahead < MOST_AHEAD) this.#seal(DATA, data, AHEAD_RECORD + this.#ahead++)
  }

  /** Tells the peer that it is over (RFC 5246 §7.2.1), for those who have no data channel on which it could be said. */
  goodbye(): void {
    if (this.#state === 'open') this.#seal(ALERT, CLOSE_NOTIFY, ++this.#socket.dtls.recordSequenceNumber)
  }

  #seal(type: number, text: Buffer, number: number): void {
    const { cipher } = this.#inner.cipher
    if (!cipher) return
    const header = { type, version: VERSION, epoch: 1, sequenceNumber: number }
    const sealed = cipher.encrypt(this.#parts.role === 'client' ? CLIENT : SERVER, text, header)
    const record = Buffer.alloc(HEADER)
    record.writeUInt8(type, 0)
    record.writeUInt16BE(VERSION, 1)
    record.writeUInt16BE(1, 3)
    record.writeUIntBE(number, 5, 6)
    record.writeUInt16BE(sealed.length, 11)
    this.#parts.send(Buffer.concat([record, sealed]))
  }

  close(): void {
    this.#state = 'over'
    this.#socket.dtls.flight = 99 // ends whatever still waits to be said again
  }

  #wire() {
    return {
      type: 'parlor',
      closed: false,
      address: undefined as never,
      onData: () => {},
      send: async (datagram: Buffer) => {
        if (this.#isMute) return
        this.#parts.send(datagram)
        if (this.#parts.role === 'client' && !this.#isSaid && isOurFinished(datagram)) {
          this.#isSaid = true
          this.#parts.onSaid?.()
        }
      },
      close: async () => {},
    }
  }

  #record(record: Buffer): OddWord | null {
    const type = record.readUInt8(0)
    if (type < 20 || type > DATA) return 'dtls unknown record'
    if (this.#state === 'over') return null
    const epoch = record.readUInt16BE(3)
    if (epoch === 0) return this.#plain(record, type)
    if (epoch !== 1) return 'dtls wrong epoch'
    if (!this.#inner.cipher.cipher) return 'dtls too early'
    const number = record.readUIntBE(5, 6)
    // A Finished may come again under its old number: werift repeats a flight as it was. It asks for nothing but our own last words.
    if (type !== HANDSHAKE && !this.#window.isFresh(number)) return 'dtls replayed'
    const text = this.#open(record, type, number)
    if (!text) return 'dtls forged'
    this.#window.add(number)
    if (type === HANDSHAKE) this.#inner.udpOnMessage(record)
    else if (type === ALERT) this.#alert(text)
    else if (type !== DATA) return 'dtls unknown record'
    else if (this.#state === 'open' && this.#isAgreed) this.#parts.onData(text)
    else if (this.#early.length < MOST_EARLY) this.#early.push(text)
    else return 'dtls too early'
    return null
  }

  #plain(record: Buffer, type: number): OddWord | null {
    if (type === ALERT) return 'dtls alert'
    if (type === DATA || this.#state === 'open') return 'dtls in the clear'
    const isMessage = type !== HANDSHAKE || (record.length >= HEADER + 12 && record.readUIntBE(HEADER + 1, 3) <= LONGEST_MESSAGE)
    if (!isMessage) return 'dtls malformed'
    this.#inner.udpOnMessage(record)
    return null
  }

  #open(record: Buffer, type: number, number: number): Buffer | null {
    const { role } = this.#parts
    if (record.length < HEADER + 8 + 16) return null
    try {
      return (
        this.#inner.cipher.cipher?.decrypt(role === 'client' ? CLIENT : SERVER, record.subarray(HEADER), {
          type,
          version: record.readUInt16BE(1),
          epoch: 1,
          sequenceNumber: number,
        }) ?? null
      )
    } catch {
      return null // the only way it has of saying that the seal is broken
    }
  }

  #alert(text: Buffer): void {
    const isFatal = text.length >= 2 && text.readUInt8(0) === 2
    const isGoodbye = text.length >= 2 && text.readUInt8(1) === 0
    if (isFatal || isGoodbye) this.#end(isGoodbye ? 'the peer closed the connection' : 'the peer gave up the encryption')
  }

  /**
   * Answers a first hello as werift answers the second one, which repeats a cookie. werift takes in what the first one offers, and asks for the
   * cookie, which nobody hears. Then it is shown the same hello with the cookie inside; the transcript keeps it as it came.
   */
  #welcome<M extends Message>(hello: M, pass: (messages: M[]) => Promise<void>): Promise<void> {
    const { dtls } = this.#socket
    if (dtls.flight < 4) {
      this.#isMute = true
      const asked = pass([hello])
      this.#isMute = false
      if (!dtls.cookie) return asked
      numberFromZero(dtls)
    }
    const shown: M = Object.create(hello, {
      fragment: { value: withCookie(hello.fragment, dtls.cookie ?? Buffer.alloc(0)), writable: true },
    })
    const answered = pass([shown])
    Object.assign(shown, { fragment: hello.fragment })
    return answered
  }

  /** May this message go on to werift? */
  #counts({ msg_type: type, fragment }: Message): boolean {
    if (this.#state === 'over') return false
    if (type === HELLO && (this.#state === 'open' || this.#socket.dtls.flight > 4)) {
      this.#parts.odd.add('dtls repeated')
      return false
    }
    if (ONCE.includes(type)) {
      if (this.#seen.has(type)) this.#parts.odd.add('dtls repeated')
      if (this.#seen.has(type)) return false
      this.#seen.add(type)
    }
    if (type === FINISHED) this.#peerFinished ??= Buffer.from(fragment)
    return true
  }

  #connected(): void {
    if (this.#state !== 'handshake') return
    const flaw = this.#flaw()
    const keys = flaw ? null : this.#keysMade()
    if (!keys) {
      this.#parts.odd.add('dtls forged')
      this.#end(flaw ?? 'the peer has no way to encrypt media in common with us')
      return
    }
    this.#state = 'open'
    this.#socket.dtls.recordSequenceNumber = FIRST_RECORD
    this.#keys = keys
    this.#begin()
  }

  #begin(): void {
    if (!this.#keys || !this.#isAgreed || this.#state !== 'open') return
    this.#parts.onOpen(this.#keys)
    for (const data of this.#early.splice(0)) this.#parts.onData(data)
  }

  /** Why the peer is not the one of the description; null when it is. */
  #flaw(): string | null {
    const { role, fingerprint } = this.#parts
    const { masterSecret, localRandom, remoteRandom } = this.#inner.cipher
    const certificate = this.#socket.remoteCertificate
    if (!certificate || !masterSecret || !localRandom || !remoteRandom || !this.#peerFinished)
      return 'the handshake of the peer is not whole'
    if (fingerprintOf(certificate) !== fingerprint.toUpperCase()) return 'the peer shows another certificate than it promised'
    const messages: readonly Message[] = this.#socket.dtls.sortedHandshakeCache
    const body = (type: number): Buffer => messages.find(({ msg_type }) => msg_type === type)?.fragment ?? Buffer.alloc(0)
    const before = (type: number | null): Buffer => {
      const end = type === null ? messages.length : messages.findLastIndex(({ msg_type }) => msg_type === type)
      return Buffer.concat(messages.slice(0, end).map((message) => message.serialize()))
    }
    const owns =
      role === 'client'
        ? ownsServerKey(certificate, localRandom.serialize(), remoteRandom.serialize(), body(KEY_EXCHANGE))
        : ownsClientKey(certificate, before(CERTIFICATE_VERIFY), body(CERTIFICATE_VERIFY))
    if (!owns) return 'the peer does not hold the key of its certificate'
    const expected =
      role === 'client'
        ? finishedOf('server', masterSecret, before(null))
        : finishedOf('client', masterSecret, this.#untilClientFinished(messages))
    const isSame = expected.length === this.#peerFinished.length && timingSafeEqual(expected, this.#peerFinished)
    return isSame ? null : 'the handshake was changed on the way'
  }

  /** All before the client's Finished; behind it stands our own. */
  #untilClientFinished(messages: readonly Message[]): Buffer {
    const end = messages.findIndex(({ msg_type }) => msg_type === FINISHED)
    return Buffer.concat(messages.slice(0, end).map((message) => message.serialize()))
  }

  #keysMade(): SrtpKeys | null {
    const profile = this.#socket.srtp.srtpProfile
    if (profile !== AES_GCM && profile !== AES_CM) return null
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#socket.extractSessionKeys(KEY_BYTES, saltBytes(profile))
    return { profile, local: { key: localKey, salt: localSalt }, remote: { key: remoteKey, salt: remoteSalt } }
  }

  #end(sentence: string): void {
    if (this.#state === 'over') return
    this.close()
    this.#parts.onEnd(sentence)
  }
}

/** version(2) random(32) session id, cookie: a hello without a cookie is the first one. */
function isFirstHello({ msg_type: type, fragment }: Message): boolean {
  const at = cookieAt(fragment)
  return type === HELLO && (fragment.length <= at || fragment.readUInt8(at) === 0)
}

const cookieAt = (hello: Buffer): number => 35 + (hello.length > 34 ? hello.readUInt8(34) : 0)

function withCookie(hello: Buffer, cookie: Buffer): Buffer {
  const at = cookieAt(hello)
  return Buffer.concat([hello.subarray(0, at), Buffer.of(cookie.length), cookie, hello.subarray(at + 1)])
}

/** In the flight of a client it alone is sealed, and last. */
const isOurFinished = (datagram: Buffer): boolean =>
  datagram.length > HEADER && datagram.readUInt8(0) === HANDSHAKE && datagram.readUInt16BE(3) === 1

/** werift numbers its answer from 1, for its question had 0. It was not asked, so the answer begins with 0 (RFC 6347 §4.2.2). */
function numberFromZero(dtls: { sequenceNumber: number }): void {
  let next = 0
  let isFirst = true
  Object.defineProperty(dtls, 'sequenceNumber', {
    configurable: true,
    get: () => next,
    set: (value: number) => {
      next = isFirst ? 0 : value
      isFirst = false
    },
  })
}

// channel.ts — the one data channel: texts (and bytes, where both ends want them) on SCTP stream 0, negotiated, ordered, reliable (RFC 8831), over werift's SCTP.
//
// What is ours, and why: werift's own receiving throws where nobody catches (an unknown payload id, a broken checksum), which would end
// the whole process; and its waiting 3 s before it asks again would be felt when one packet of the first four is lost.
import { RTCSctpTransport } from 'werift'
import { type Sctp, sctpOf } from './inner.ts'
import type { Odd } from './odd.ts'
import type { SctpInit } from './sctp-init.ts'
import { SCTP_PORT } from './sdp.ts'

const LONGEST = 16 * 1024
const LONGEST_SENT = 64 * 1024 + 1
/** More than this waiting, and the channel is choked. */
const CHOKED = 256 * 1024
/** Bytes are sent while less than this waits: half a second at 1 Mb/s. */
const FULL = 64 * 1024
const STREAM = 0
/** RFC 8831 §8. */
const TEXT = 51
const BYTES = 53
const FIRST_PATIENCE = 0.5 // s
/** Where the first chunk of an SCTP packet tells its kind, and that of an INIT. */
const KIND_AT = 12
const INIT = 1
const WAITING = 2
const ESTABLISHED = 4

export type ChannelParts = {
  readonly isOfferer: boolean
  readonly remotePort: number
  /** What our description says of our end, and what theirs says of theirs; null: it says nothing, and they are asked over the channel. */
  readonly init: SctpInit
  readonly theirs: SctpInit | null
  readonly odd: Odd
  readonly send: (data: Buffer) => void
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  /** Left out: bytes are no message here. */
  readonly onBytes?: (bytes: Uint8Array) => void
  readonly onEnd: (sentence: string) => void
}

export class TextChannel {
  readonly #parts: ChannelParts
  readonly #transport = new RTCSctpTransport(SCTP_PORT)
  readonly #inner: Sctp = sctpOf(this.#transport)
  #waiting = 0
  #state: 'closed' | 'open' | 'over' = 'closed'

  constructor(parts: ChannelParts) {
    this.#parts = parts
    this.#inner.datachannelReceive = async (stream, kind, data) => this.#receive(stream, kind, data)
    const wire = {
      id: 'parlor',
      iceTransport: { role: parts.isOfferer ? 'controlling' : 'controlled' },
      onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
      dataReceiver: () => {},
      sendData: async (data: Buffer) => parts.send(data),
    }
    // What RTCSctpTransport uses of a DTLS transport, and no more.
    this.#transport.setDtlsTransport(wire as never)
    this.#transport.setRemotePort(parts.remotePort)
    const { sctp } = this.#transport
    this.#inner.sctp.rto = FIRST_PATIENCE
    this.#begin(parts.init)
    sctp.stateChanged.connected.subscribe(() => this.#opened())
    sctp.stateChanged.closed.subscribe(() => this.#end('the peer closed the data channel'))
  }

  /** The encryption stands but for the peer's last word: who does not know from our description how it begins is asked now. */
  ask(): void {
    const { sctp } = this.#inner
    if (this.#parts.theirs || sctp.started) return
    sctp.isServer = false
    sctp.start(this.#parts.remotePort).catch(() => this.#end('the data channel could not be opened'))
  }

  /** The encryption stands. */
  start(): void {
    const { theirs } = this.#parts
    if (theirs) this.#agree(theirs)
    else if (!this.#inner.sctp.started)
      this.#transport.start(this.#parts.remotePort).catch(() => this.#end('the data channel could not be opened'))
  }

  /** What DTLS has opened. */
  receive(data: Buffer): void {
    const { sctp } = this.#inner
    // Both ends ask at once, as browsers do (RFC 9260 §5.2.1): werift would not answer. Who asked first is sooner done.
    if (sctp.associationState === WAITING && data.length > KIND_AT && data.readUInt8(KIND_AT) === INIT) sctp.isServer = true
    sctp.handleData(data).catch(() => this.#parts.odd.add('sctp malformed'))
    // It sends pieces without end: an honest peer stops when we say that there is no room.
    if (sctp.advertisedRwnd < -CHOKED) this.#end('the peer sends more than it may')
  }

  send(text: string): boolean {
    return this.#send(TEXT, Buffer.from(text))
  }

  /** Up to 64 KiB; false when it is closed or choked. */
  sendBytes(bytes: Uint8Array): boolean {
    // Words (the heartbeat) wait behind it.
    return this.#waiting < FULL && this.#send(BYTES, Buffer.from(bytes))
  }

  #send(kind: number, data: Buffer): boolean {
    if (this.#state !== 'open' || data.length > LONGEST_SENT || data.length === 0 || this.#waiting + data.length > CHOKED) return false
    this.#waiting += data.length
    this.#transport.sctp
      .send(STREAM, kind, data, { expiry: undefined, maxRetransmits: undefined, ordered: true })
      .catch(() => this.#parts.odd.add('no path'))
      .finally(() => {
        this.#waiting -= data.length
      })
    return true
  }

  async close(): Promise<void> {
    this.#state = 'over'
    await this.#transport.stop()
  }

  /** Our end is as our description says (RFC 9260 §5.1). */
  #begin({ tag, tsn, room }: SctpInit): void {
    const { sctp } = this.#inner
    const before = (tsn - 1) >>> 0
    sctp.localVerificationTag = tag
    sctp.advertisedRwnd = room
    sctp.localTsn = sctp.reconfigRequestSeq = tsn
    sctp.lastSackedTsn = sctp.advancedPeerAckTsn = before
  }

  /** Both ends know all that they would ask: the association is there. */
  #agree({ tag, tsn, room, inbound, outbound, parameters }: SctpInit): void {
    const { sctp } = this.#inner
    sctp.started = true
    sctp.remoteVerificationTag = tag
    sctp.lastReceivedTsn = sctp.reconfigResponseSeq = (tsn - 1) >>> 0
    sctp.ssthresh = sctp.peerAdvertisedRwnd = room
    sctp.getExtensions(parameters)
    sctp._inboundStreamsCount = Math.min(outbound, sctp._inboundStreamsMax)
    sctp._outboundStreamsCount = Math.min(inbound, sctp._outboundStreamsCount)
    sctp.setState(ESTABLISHED)
  }

  #opened(): void {
    if (this.#state !== 'closed') return
    this.#inner.sctp.timer1Cancel() // it was established, whoever's asking brought it about
    this.#state = 'open'
    this.#parts.onOpen()
  }

  #receive(stream: number, kind: number, data: Buffer): void {
    if (this.#state !== 'open') return
    const { onBytes } = this.#parts
    if (stream === STREAM && kind === BYTES && onBytes && data.length <= LONGEST_SENT) {
      onBytes(data)
      return
    }
    if (stream !== STREAM || kind !== TEXT) {
      this.#parts.odd.add('message not text')
      return
    }
    if (data.length > LONGEST) {
      this.#parts.odd.add('message too long')
      return
    }
    this.#parts.onText(data.toString('utf8'))
  }

  #end(sentence: string): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#parts.onEnd(sentence)
  }
}

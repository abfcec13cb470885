// werift.ts — a Transport made of werift. With rtc/ beside it, the only files that know werift exists.
//
// What it adds to werift, each for a reason that cost somebody a call:
//   - a guard in front of every socket, since one stray datagram would end the call (rtc/guard.ts);
//   - proof that the other end holds the key of its certificate, which werift does not ask for (rtc/proof.ts);
//   - no idle waiting while a call is set up (rtc/ice.ts, rtc/dtls.ts), and a certificate made before it is needed;
//   - its own transport-wide feedback, so that a browser dares to send more than 160 kb/s (rtc/twcc.ts);
//   - packets without extensions, doubles and replays (rtc/incoming.ts), and the peer's wish for a keyframe handed on;
//   - no server is asked that was not named: werift would ask one on the internet;
//   - names in candidates are never looked up (candidate.ts);
//   - whether the link is alive is none of its business: werift sees a dead peer after half a minute. link.ts beats.
//
// Media take a short path here: no await, no log, nothing thrown, nothing grown.
import { RTCDtlsTransport, RTCIceCandidate, RTCPeerConnection, type RTCRtpTransceiver, RTCSessionDescription, type RtpPacket } from 'werift'
import { Emitter } from '../lib/emitter.ts'
import { Bug, Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { addressIn, CANDIDATE_LIMIT, cleaned, fingerprintIn, SDP_LIMIT } from './candidate.ts'
import { codecs, H264, headerExtensions, OPUS } from './rtc/codec.ts'
import { prepareDtls } from './rtc/dtls.ts'
import { Feedback } from './rtc/feedback.ts'
import { prepareIce } from './rtc/ice.ts'
import { Incoming } from './rtc/incoming.ts'
import { Odd } from './rtc/odd.ts'
import { keyframesAskedIn } from './rtc/wish.ts'
import { type Candidate, type IceServer, LINES, type Line, type Transport, type TransportEvents } from './transport.ts'

export type WeriftParts = {
  readonly iceServers: readonly IceServer[]
  /** Plain RTP as our workers know it: payload type 96 or 111, no extensions. Only after release(). */
  readonly onRtp: (line: Line, packet: Buffer) => void
  readonly log: Log
}
export type WeriftEvents = TransportEvents & {
  /** The peer cannot decode this line before a keyframe. */
  keyframeAsked: [line: Line]
}

const MESSAGE_LIMIT = 16 * 1024
const CHOKED = 256 * 1024

// One certificate for the life of the process. It takes 50 ms, so it is made now; who needs it sooner waits for it, and sees it fail.
RTCDtlsTransport.SetupCertificate().catch(() => {})

export const openWerift = (parts: WeriftParts): WeriftTransport => new WeriftTransport(parts)

export class WeriftTransport extends Emitter<WeriftEvents> implements Transport {
  readonly odd = new Odd()
  readonly #onRtp: WeriftParts['onRtp']
  readonly #pc: RTCPeerConnection
  readonly #lines: ReadonlyArray<{ readonly line: Line; readonly transceiver: RTCRtpTransceiver; readonly incoming: Incoming }>
  readonly #channel: ReturnType<RTCPeerConnection['createDataChannel']>
  readonly #feedback: Feedback
  readonly #ice: ReturnType<typeof prepareIce>
  #released = false
  #candidates = 0
  #closing: Promise<void> | null = null

  constructor({ iceServers, onRtp, log }: WeriftParts) {
    super((error) => log.error('a listener of a transport failed', error))
    this.#onRtp = onRtp
    this.#pc = new RTCPeerConnection({
      bundlePolicy: 'max-bundle',
      codecs: codecs(),
      headerExtensions: headerExtensions(),
      iceServers: iceServers.map(({ urls, username, credential }) => ({
        urls,
        ...(username && { username }),
        ...(credential && { credential }),
      })),
      iceAdditionalHostAddresses: ['127.0.0.1'],
      iceUseTcp: false,
    })
    this.#lines = LINES.map((line) => ({
      line,
      transceiver: this.#pc.addTransceiver(line === 'audio' ? 'audio' : 'video', { direction: 'sendrecv' }),
      incoming: new Incoming(line === 'audio' ? OPUS : H264),
    }))
    this.#channel = this.#pc.createDataChannel('words', { negotiated: true, id: 0, ordered: true })
    this.#feedback = new Feedback(this.#pc)
    const [dtls, ...more] = this.#pc.dtlsTransports
    if (!dtls || more.length > 0) throw new Bug('a connection has one transport for all its lines')
    const ice = prepareIce(dtls.iceTransport, this.odd, iceServers)
    prepareDtls(dtls, this.odd, ice.listening)
    this.#ice = ice
    this.#listen(log)
  }

  async offer({ iceRestart }: { iceRestart: boolean }, signal: AbortSignal): Promise<string> {
    await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart }))
    return this.#described(signal)
  }

  async answer(offer: string, signal: AbortSignal): Promise<string> {
    await this.#take('offer', offer)
    // As DTLS server, since the offerer is the first to know that both are ready. On an ICE restart the association stays as it is.
    for (const dtls of this.#pc.dtlsTransports) if (dtls.state === 'new') dtls.role = 'server'
    for (const { transceiver } of this.#lines) transceiver.setDirection('sendrecv')
    await this.#pc.setLocalDescription(await this.#pc.createAnswer())
    this.#ice.resume()
    return this.#described(signal)
  }

  async accept(answer: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await this.#take('answer', answer)
    this.#ice.resume()
  }

  addCandidate({ candidate, mid }: Candidate): void {
    const kind = addressIn(candidate)
    if (kind !== 'address') this.odd.add(kind === 'malformed' ? 'candidate of no use' : 'candidate with a name')
    else if (++this.#candidates > CANDIDATE_LIMIT) this.odd.add('candidate too many')
    else this.#pc.addIceCandidate(new RTCIceCandidate({ candidate, sdpMid: mid })).catch(() => this.odd.add('candidate of no use'))
  }

  fingerprints(): { readonly local: string; readonly remote: string } | null {
    const local = fingerprintIn(this.#pc.localDescription?.sdp ?? '')
    const remote = fingerprintIn(this.#pc.remoteDescription?.sdp ?? '')
    return this.#channel.readyState === 'open' && local && remote ? { local, remote } : null
  }

  send(text: string): boolean {
    if (this.#channel.readyState !== 'open' || this.#channel.bufferedAmount > CHOKED) return false
    this.#channel.send(text)
    return true
  }

  release(): void {
    this.#released = true
  }

  /** Sends one RTP packet of ours on a line. Never throws; before release() and after close() it is dropped and counted. */
  sendRtp(line: Line, packet: Buffer): void {
    if (!this.#released || this.#closing) this.odd.add('not released')
    else
      this.#sender(line)
        ?.sendRtp(packet)
        .catch(() => this.odd.add('no path'))
  }

  #sender(line: Line): RTCRtpTransceiver['sender'] | undefined {
    return this.#lines.find((l) => l.line === line)?.transceiver.sender
  }

  /** Asks the peer for a keyframe of a line (RFC 4585, PLI). Nothing happens while nothing has come on it. */
  askKeyframe(line: Line): void {
    const receiver = this.#lines.find((l) => l.line === line)?.transceiver.receiver
    const ssrc = receiver?.tracks.find((track) => track.ssrc !== undefined)?.ssrc
    if (ssrc !== undefined) receiver?.sendRtcpPLI(ssrc).catch(() => {})
  }

  /** What was refused or dropped, by reason. */
  stats(): Record<string, number> {
    return this.odd.seen()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#released = false
    this.#feedback.close()
    this.#ice.close()
    await this.#pc.close().catch(() => {})
  }

  #listen(log: Log): void {
    this.#channel.stateChanged.subscribe((state) => {
      if (state !== 'open' || this.#closing) return
      this.#ice.connected()
      this.emit('open')
    })
    this.#channel.onMessage.subscribe((message) => {
      if (typeof message !== 'string') this.odd.add('message not text')
      else if (message.length > MESSAGE_LIMIT || Buffer.byteLength(message) > MESSAGE_LIMIT) this.odd.add('message too long')
      else this.emit('message', message)
    })
    this.#pc.onIceCandidate.subscribe((found) => {
      if (found && !this.#closing) this.emit('candidate', { candidate: found.candidate, mid: found.sdpMid ?? '0' })
    })
    this.#pc.connectionStateChange.subscribe((state) => {
      if (state === 'failed' && !this.#closing) this.emit('failed', new Fault('transport', 'the connection could not be made'))
    })
    for (const { line, transceiver, incoming } of this.#lines) {
      transceiver.onTrack.subscribe((track) => track.onReceiveRtp.subscribe((packet: RtpPacket) => this.#receive(line, incoming, packet)))
    }
    for (const { onRtcp } of this.#pc.dtlsTransports)
      onRtcp.subscribe((packet) => {
        for (const ssrc of keyframesAskedIn(packet)) {
          const asked = this.#lines.find(({ transceiver }) => transceiver.sender.ssrc === ssrc)
          if (asked) this.emit('keyframeAsked', asked.line)
        }
      })
    log.debug('a transport is open')
  }

  #receive(line: Line, incoming: Incoming, { header, payload }: RtpPacket): void {
    if (!this.#released) {
      this.odd.add('media before release')
      return
    }
    const { marker, sequenceNumber: sequence, timestamp, ssrc, padding, paddingSize } = header
    const whole = padding && paddingSize > 0 && paddingSize <= payload.length ? payload.subarray(0, payload.length - paddingSize) : payload
    const packet = incoming.take({ marker, sequence, timestamp, ssrc, payload: whole })
    if (typeof packet === 'string') this.odd.add(packet)
    else this.#onRtp(line, packet)
  }

  /** Our description with the candidates found so far. */
  #described(signal: AbortSignal): string {
    signal.throwIfAborted()
    this.#feedback.follow()
    const sdp = this.#pc.localDescription?.sdp
    if (!sdp) throw new Fault('transport', 'the transport was closed while it described itself')
    return sdp
  }

  async #take(type: 'offer' | 'answer', sdp: string): Promise<void> {
    if (sdp.length > SDP_LIMIT) throw new Refusal('bad-message', `a description has at most ${SDP_LIMIT} characters`)
    const { sdp: clean, dropped } = cleaned(sdp)
    for (let i = 0; i < dropped; i++) this.odd.add('candidate of no use')
    const kinds = [...clean.matchAll(/^m=(\w+) /gm)].map(([, kind]) => kind).join(' ')
    if (kinds !== 'audio video video application') throw new Refusal('bad-message', 'the description does not have our lines')
    try {
      await this.#pc.setRemoteDescription(new RTCSessionDescription(withoutNames(clean), type))
    } catch (error) {
      throw new Refusal('bad-message', 'the description could not be used', { cause: error })
    }
    this.#feedback.follow()
  }
}

/** Browsers hide their address behind a random `.local` name. Looking it up costs 10 s from another network; they reach us anyway. */
const withoutNames = (sdp: string): string =>
  sdp
    .split('\r\n')
    .filter((line) => !line.startsWith('a=candidate:') || addressIn(line.slice(2)) === 'address')
    .join('\r\n')

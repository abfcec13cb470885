// rtc.ts — a Transport made of the browser's own RTCPeerConnection. The pages' only door to it.
//
// It owns one connection: the four m-lines, the negotiated channel, the candidates, and the gate. It does not own
// tracks (whoever made them stops them), timers (a link keeps its own heartbeat), or the question who is at the
// other end (the link confirms that over the channel, then calls release()).
//
// The offerer makes its transceivers in the order of LINES. An answerer makes none: the offer's own m-lines are
// adopted by their order and turned to sendrecv, because transceivers made beforehand would not be matched with
// them (RFC 8829, section 5.10).
//
// Delay: sound and picture are asked for without extra buffering and without common stream ids, so the picture never
// waits for the sound. The price is that nothing keeps the two together but their both being early.
import { addressIn, cleaned, fingerprintIn } from '../../../call/candidate.ts'
import { type Candidate, type IceServer, LINES, type Line, type Transport, type TransportEvents } from '../../../call/transport.ts'
import { systemClock } from '../../../lib/clock.ts'
import { Emitter } from '../../../lib/emitter.ts'
import { Bug, Fault, Refusal } from '../../../lib/fault.ts'
import { Tally } from '../../../lib/tally.ts'
import { keepPatient } from './redundant.ts'
import { audioOrder, shapeOf, videoOrder } from './sdp.ts'
import { LineSender } from './sender.ts'

const MESSAGE_LIMIT = 16 * 1024
const CHOKED = 256 * 1024
/** Texts that came before our own descriptions were settled; an honest peer says one. */
const WAITING_LIMIT = 8
/** Remote candidates that came before their description; an honest peer has a dozen. */
const EARLY_LIMIT = 32

export type RtcOptions = {
  readonly iceServers: readonly IceServer[]
  readonly onError?: (error: unknown) => void
  /** Asks the servers how we look from outside at once, and not only when there is somebody to tell it to. */
  readonly isReady?: boolean
}

/** Opens a transport. Nothing goes on the network before offer() or answer(), but to the servers when it is to be ready. */
export function openRtc({ iceServers, onError = reportError, isReady = false }: RtcOptions): RtcTransport {
  const pc = new RTCPeerConnection({ iceServers: [...iceServers], bundlePolicy: 'max-bundle', iceCandidatePoolSize: isReady ? 1 : 0 })
  const channel = pc.createDataChannel('link', { negotiated: true, id: 0, ordered: true })
  const transport = new RtcTransport(pc, channel, onError)
  transport.listen()
  return transport
}

export class RtcTransport extends Emitter<TransportEvents> implements Transport {
  /** What arrived and was not taken: candidates with names, texts over the limit. */
  readonly odd = new Tally()
  readonly #pc: RTCPeerConnection
  readonly #channel: RTCDataChannel
  readonly #senders: Readonly<Record<Line, LineSender>>
  readonly #receivers = new Map<Line, RTCRtpReceiver>()
  #early: Candidate[] = []
  /** True while a description is being made: what is gathered meanwhile stands in it. */
  #describing = false
  #opened = false
  #waiting: string[] = []
  #released = false
  #closed = false
  readonly #end = new AbortController()
  readonly #onError: (error: unknown) => void
  /** When sound or a picture was last given on, by the browser's clock. */
  #heardAt = 0

  constructor(pc: RTCPeerConnection, channel: RTCDataChannel, onError: (error: unknown) => void) {
    super(onError)
    this.#onError = onError
    this.#pc = pc
    this.#channel = channel
    this.#senders = {
      audio: new LineSender('audio', onError),
      camera: new LineSender('camera', onError),
      screen: new LineSender('screen', onError),
    }
  }

  /** Wires the browser's events. Called once, by openRtc. */
  listen(): void {
    const pc = this.#pc
    const channel = this.#channel
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (this.#describing || this.#closed || !candidate?.candidate) return
      this.emit('candidate', { candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' })
    })
    pc.addEventListener('connectionstatechange', () => {
      if (pc.sctp?.transport.state === 'failed') this.#fail('the encryption of the link could not be set up')
    })
    pc.addEventListener('signalingstatechange', () => this.#openWhenSettled())
    channel.addEventListener('open', () => this.#openWhenSettled())
    channel.addEventListener('close', () => this.#fail('the other end closed the link'))
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const fits = typeof data === 'string' && data.length <= MESSAGE_LIMIT && new TextEncoder().encode(data).length <= MESSAGE_LIMIT
      if (!fits) this.odd.add('message that is too long or no text')
      else if (this.#opened) this.emit('message', data)
      else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(data)
      else this.odd.add('too many messages before the channel was open')
    })
  }

  async offer({ iceRestart }: { iceRestart: boolean }, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    if (this.#pc.getTransceivers().length === 0)
      for (const line of LINES) this.#pc.addTransceiver(line === 'audio' ? 'audio' : 'video', { direction: 'sendrecv' })
    this.#adopt(this.#pc.getTransceivers())
    if (iceRestart) this.#pc.restartIce()
    return this.#describe(signal)
  }

  async answer(offer: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    const mids = shapeOf(offer)
    if (this.#pc.signalingState !== 'stable') throw new Refusal('bad-message', 'an offer came while ours is open')
    await this.#take('offer', waits(offer), signal)
    const all = this.#pc.getTransceivers()
    this.#adopt(LINES.map((_, at) => all.find((t) => t.mid === mids[at])))
    return this.#describe(signal)
  }

  async accept(answer: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    shapeOf(answer)
    if (this.#pc.signalingState !== 'have-local-offer') throw new Refusal('bad-message', 'an answer came that nobody waits for')
    await this.#take('answer', answer, signal)
  }

  addCandidate(candidate: Candidate): void {
    if (this.#closed) return
    if (!mayTry(candidate)) {
      this.odd.add('candidate that may not be tried')
      return
    }
    if (!this.#pc.remoteDescription) {
      if (this.#early.length < EARLY_LIMIT) this.#early.push(candidate)
      else this.odd.add('too many early candidates')
      return
    }
    this.#pc
      .addIceCandidate({ candidate: candidate.candidate, sdpMid: candidate.mid })
      .catch(() => this.odd.add('candidate that the browser refused'))
  }

  fingerprints(): { readonly local: string; readonly remote: string } | null {
    const local = this.#pc.currentLocalDescription
    const remote = this.#pc.currentRemoteDescription
    if (!local || !remote || this.#channel.readyState !== 'open') return null
    const ours = fingerprintIn(local.sdp)
    const theirs = fingerprintIn(remote.sdp)
    return ours && theirs ? { local: ours, remote: theirs } : null
  }

  send(text: string): boolean {
    if (this.#channel.readyState !== 'open' || this.#channel.bufferedAmount > CHOKED) return false
    this.#channel.send(text)
    return true
  }

  release(): void {
    if (this.#released || this.#closed) return
    this.#released = true
    for (const receiver of this.#receivers.values()) receiver.track.enabled = true
    for (const line of LINES) this.#senders[line].open()
    const voice = this.#receivers.get('audio')
    if (voice) keepPatient(voice, systemClock, this.#end.signal).catch((error) => this.#closed || this.#onError(error))
  }

  mediaCame(): boolean {
    const before = this.#heardAt
    for (const receiver of this.#receivers.values())
      for (const { timestamp } of receiver.getSynchronizationSources()) this.#heardAt = Math.max(this.#heardAt, timestamp)
    return this.#heardAt > before
  }

  /** What to send on a line; null sends nothing. Before release() it is only remembered. */
  setTrack(line: Line, track: MediaStreamTrack | null): void {
    this.#senders[line].want(track)
  }

  /** The remote track of a line; null before release(). It lives as long as the transport; it is muted while nothing arrives. */
  track(line: Line): MediaStreamTrack | null {
    return this.#released ? (this.#receivers.get(line)?.track ?? null) : null
  }

  stats(): Promise<RTCStatsReport> {
    return this.#pc.getStats()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#end.abort()
    for (const line of LINES) this.#senders[line].close()
    this.#channel.close()
    this.#pc.close()
  }

  /** Takes the three transceivers in the order of LINES as ours. */
  #adopt(transceivers: readonly (RTCRtpTransceiver | undefined)[]): void {
    for (const [at, line] of LINES.entries()) {
      const transceiver = transceivers[at]
      if (!transceiver) throw new Bug(`the connection has no m-line for ${line}`)
      if (this.#receivers.get(line) === transceiver.receiver) continue
      transceiver.direction = 'sendrecv'
      const codecs = RTCRtpReceiver.getCapabilities(line === 'audio' ? 'audio' : 'video')?.codecs ?? []
      const order = line === 'audio' ? audioOrder(codecs) : videoOrder(codecs)
      if (order.length > 0) transceiver.setCodecPreferences(order)
      if ('jitterBufferTarget' in transceiver.receiver) transceiver.receiver.jitterBufferTarget = 0
      transceiver.receiver.track.enabled = this.#released
      this.#receivers.set(line, transceiver.receiver)
      this.#senders[line].use(transceiver.sender)
    }
  }

  /** Offer or answer, as it is our turn: the browser makes it and takes it in one go. */
  async #describe(signal: AbortSignal): Promise<string> {
    this.#describing = true
    try {
      await this.#pc.setLocalDescription()
      signal.throwIfAborted()
      const sdp = this.#pc.localDescription?.sdp
      if (!sdp) throw new Fault('transport', 'the link was closed while it was being set up')
      return sdp
    } finally {
      this.#describing = false
    }
  }

  async #take(type: 'offer' | 'answer', sdp: string, signal: AbortSignal): Promise<void> {
    if (!fingerprintIn(sdp)) throw new Refusal('bad-message', `the ${type} must have one SHA-256 fingerprint`)
    const clean = cleaned(sdp)
    for (let i = 0; i < clean.dropped; i++) this.odd.add('candidate that may not be tried')
    try {
      await this.#pc.setRemoteDescription({ type, sdp: clean.sdp })
    } catch (cause) {
      if (this.#closed) throw new Fault('transport', 'the link was closed while it was being set up', { cause })
      throw new Refusal('bad-message', `the browser does not take the ${type}`, { cause })
    }
    signal.throwIfAborted()
    const early = this.#early
    this.#early = []
    for (const candidate of early) this.addCandidate(candidate)
    this.#openWhenSettled()
  }

  /**
   * A browser may open the channel before it says that the answer is in force; then fingerprints() could not be asked yet. So
   * 'open' waits for both, and what was said meanwhile waits for 'open'.
   */
  #openWhenSettled(): void {
    if (this.#opened || this.#closed || this.#channel.readyState !== 'open' || this.fingerprints() === null) return
    this.#opened = true
    this.emit('open')
    for (const text of this.#waiting.splice(0)) this.emit('message', text)
  }

  #fail(sentence: string): void {
    if (!this.#closed) this.emit('failed', new Fault('transport', sentence))
  }
}

/**
 * The offer with the offerer as the one who begins the encryption. A browser would rather begin itself, but it does so only once its own check was
 * answered; the offerer's comes half a round trip sooner, and a box speaks ahead of that. RFC 8842 §5.3 leaves the choice to who answers.
 */
const waits = (offer: string): string => offer.replace(/^a=setup:actpass(\r?)$/gm, 'a=setup:active$1')

/**
 * May the browser try it? Addresses, and the random `….local` names too: two pages on one Wi-Fi that hold no camera have nothing
 * else, and the browser asks them on the home network alone. Any other name would be a question to a name server: no.
 */
function mayTry({ candidate }: Candidate): boolean {
  const kind = addressIn(candidate)
  return kind === 'address' || kind === 'hidden'
}

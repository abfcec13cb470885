// feedback.ts — tells the peer how its packets arrive: feeds twcc.ts from werift's transport and sends what it gives.
import { type RTCPeerConnection, RTP_EXTENSION_URI, type RtpPacket } from 'werift'
import { TwccReceiver } from './twcc.ts'

/** How often; the draft suggests 50 to 250 ms, and a browser follows a change the sooner the oftener it hears. */
const EVERY_MS = 50
/** An SSRC for a receiver that sends nothing itself. */
const OURS = 1

type Dtls = RTCPeerConnection['dtlsTransports'][number]

export class Feedback {
  readonly #pc: RTCPeerConnection
  readonly #twcc = new TwccReceiver(OURS)
  readonly #stops: Array<() => void> = []
  #followed: Dtls | null = null
  #media = 0

  constructor(pc: RTCPeerConnection) {
    this.#pc = pc
  }

  /** Call when a description was taken or made: from the first on there is a transport to follow. */
  follow(): void {
    // werift's own feedback is malformed: it must not be sent beside ours.
    for (const transceiver of this.#pc.getTransceivers()) transceiver.receiver.setupTWCC = () => {}
    const [dtls] = this.#pc.dtlsTransports
    if (!dtls || dtls === this.#followed) return
    this.close()
    this.#followed = dtls
    const { unSubscribe } = dtls.onRtp.subscribe((packet) => this.#saw(packet))
    const timer = setInterval(() => this.#tell(dtls), EVERY_MS)
    this.#stops.push(unSubscribe, () => clearInterval(timer))
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#followed = null
  }

  #saw({ header }: RtpPacket): void {
    const ids = this.#pc.extIdUriMap
    for (const { id, payload } of header.extensions) {
      if (ids[id] !== RTP_EXTENSION_URI.transportWideCC || payload.length !== 2) continue
      this.#media = header.ssrc
      this.#twcc.arrived(payload.readUInt16BE(0), performance.now())
      return
    }
  }

  #tell(dtls: Dtls): void {
    if (dtls.state !== 'connected') return
    for (const bytes of this.#twcc.feedback(this.#media)) dtls.sendRtcp([{ serialize: () => bytes } as never]).catch(() => {})
  }
}

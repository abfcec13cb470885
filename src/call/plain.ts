// plain.ts — one connection with somebody who speaks WebRTC and nothing of ours: a player (WHEP), or a program that publishes (WHIP).
//
// The same ICE, encryption and packet path as a link of a call (werift/), without what makes a call: no data channel, no confirmation, no
// camera against camera. Whom it is with is for the door to know through which the offer came; media flow as soon as the encryption stands. We
// answer only, and take the server's part of the handshake (RFC 9725 §4.2).
//
// Whether it is alive is told by what comes: whoever is sent media reports on them, whoever sends them sends. heard() asks.
import { randomBytes, randomInt } from 'node:crypto'
import { type Clock, systemClock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { ms } from '../lib/unit.ts'
import type { IceServer, Line } from './transport.ts'
import { type Certificate, DtlsAssociation, ourCertificate, type SrtpKeys } from './werift/dtls.ts'
import { Ice } from './werift/ice.ts'
import { Media } from './werift/media.ts'
import { Odd } from './werift/odd.ts'
import { Outgoing } from './werift/outgoing.ts'
import { type PlainOffer, type PlainRole, readFragment, readPlainOffer, writeFragment, writePlainAnswer } from './werift/plain-sdp.ts'

export { type PlainRole, streamName } from './werift/plain-sdp.ts'

export type PlainParts = {
  readonly role: PlainRole
  readonly iceServers: readonly IceServer[]
  /** Plain RTP as our workers know it: payload type 96 or 111, no extensions, no doubles. */
  readonly onRtp?: (line: Line, packet: Buffer) => void
  /** Bits per second of everything on the wire: what is sent before anything is known of the way, and at most. */
  readonly start: number
  readonly most: number
  readonly log: Log
  readonly clock?: Clock
}

export type PlainEvents = {
  /** Media flow from now on. */
  connected: []
  /** They cannot decode before a keyframe. As often as they ask. */
  keyframeAsked: [line: Line]
  /** It is over, and they said so, or cannot be who they promised to be. Close it. */
  ended: [sentence: string]
}

const LEAST = 60_000
/** Servers that tell how we look from outside have so long: there is no later word for our candidates. */
const REFLECTION = ms(500)
const MOST_EARLY = 8

export class PlainLink extends Emitter<PlainEvents> {
  readonly odd = new Odd()
  readonly #parts: PlainParts
  readonly #clock: Clock
  readonly #ice: Ice
  readonly #outgoing: Readonly<Record<Line, Outgoing>>
  readonly #session = String(randomInt(2 ** 47))
  readonly #cname = randomBytes(12).toString('hex')
  readonly #later: string[] = []
  #certificate: Certificate | null = null
  #offer: PlainOffer | null = null
  #dtls: DtlsAssociation | null = null
  #media: Media | null = null
  #early: Buffer[] = []
  #closing: Promise<void> | null = null

  constructor(parts: PlainParts) {
    super((error) => parts.log.error('a listener of a connection failed', error))
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    this.#outgoing = { audio: new Outgoing('audio'), camera: new Outgoing('camera'), screen: new Outgoing('screen') }
    this.#ice = new Ice({
      iceServers: parts.iceServers,
      odd: this.odd,
      clock: this.#clock,
      onDtls: (datagram) => this.#dtlsCame(datagram),
      onMedia: (datagram, waited) => (this.#media ? this.#media.receive(datagram, waited) : this.odd.add('media before release')),
      onCandidate: (candidate) => void this.#later.push(candidate),
      onReach: () => this.#dtls?.start(),
      onPath: () => this.#dtls?.agreed(),
      onError: (error) => this.#stumbled(error),
    })
  }

  /** @throws Refusal 'bad-message' for what is no offer, 'bad-request' for one that cannot be served */
  async answer(sdp: string, signal: AbortSignal): Promise<string> {
    if (this.#offer) throw new Refusal('bad-message', 'this connection has had its offer')
    const { role } = this.#parts
    const offer = readPlainOffer(sdp, role)
    this.#offer = offer
    this.#certificate = await ourCertificate()
    const candidates = await this.#gather(signal)
    this.#assertAlive()
    for (const line of ['audio', 'camera'] as const) this.#outgoing[line].agree(offer.remote.lines[line].format)
    // Whoever leaves it open is given the client's part.
    const setup = offer.remote.setup === 'passive' ? 'active' : 'passive'
    const lineOf = (line: 'audio' | 'camera') => {
      const { ssrc, repairSsrc, format } = this.#outgoing[line]
      return { ssrc, repairSsrc, format }
    }
    const { username, password } = this.#ice
    const { fingerprint } = this.#certificate
    this.#begin(offer, setup === 'active' ? 'client' : 'server', this.#certificate)
    return writePlainAnswer(offer, role, {
      ...{ id: this.#session, version: 1, username, password, fingerprint, setup, candidates, cname: this.#cname },
      lines: { audio: lineOf('audio'), camera: lineOf('camera') },
    })
  }

  /**
   * Takes an `application/trickle-ice-sdpfrag`: further candidates, or with new credentials an ICE restart.
   * @returns what is to be answered to a restart; null when it was none  @throws Refusal 'bad-message'
   */
  async trickle(text: string, signal: AbortSignal): Promise<string | null> {
    const offer = this.#offer
    if (!offer) throw new Refusal('bad-message', 'there was no offer yet')
    const { credentials, candidates } = readFragment(text)
    const restarts = credentials !== null && this.#ice.isNews(credentials.username)
    let own: readonly string[] = []
    if (restarts) {
      this.#ice.restart()
      this.#later.length = 0
      own = await this.#gather(signal)
      this.#assertAlive()
      this.#ice.connect(credentials.username, credentials.password, false)
    }
    for (const candidate of candidates) this.#ice.addRemote(candidate)
    return restarts ? writeFragment(offer, this.#ice, own) : null
  }

  /** Would this fragment restart ICE? @throws Refusal 'bad-message' */
  restarts(text: string): boolean {
    const { credentials } = readFragment(text)
    return credentials !== null && this.#ice.isNews(credentials.username)
  }

  get isConnected(): boolean {
    return this.#media !== null && this.#closing === null
  }

  /** Did anything come of them since this was last asked, media or reports? */
  heard(): boolean {
    return this.#media?.came() ?? false
  }

  /** Packets of pictures that did not go in time. */
  get dropped(): number {
    return this.#media?.dropped ?? 0
  }

  /** Bits per second that the way carries, by our own estimate; null before it is connected. */
  get target(): number | null {
    return this.#media?.capacity.target ?? null
  }

  /** One RTP packet of ours, numbered as one stream whoever made it. Never throws. @param age ms ago it was seen or heard */
  sendRtp(line: Line, packet: Buffer, age = 0): void {
    this.#media?.sendRtp(line, packet, age)
  }

  /** Asks for a keyframe (RFC 4585 PLI). Ask seldom: each call is one packet. */
  askKeyframe(line: Line): void {
    this.#media?.askKeyframe(line)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#early = []
    this.#media?.close()
    this.#dtls?.goodbye()
    await new Promise(setImmediate) // a socket sends in the next turn of the loop
    this.#dtls?.close()
    await this.#ice.close()
    const odd = this.odd.seen()
    if (Object.keys(odd).length > 0) this.#parts.log.debug('what a connection turned away', odd)
  }

  #begin({ remote }: PlainOffer, role: 'client' | 'server', certificate: Certificate): void {
    const dtls = new DtlsAssociation({
      role,
      certificate,
      fingerprint: remote.fingerprint,
      odd: this.odd,
      send: (datagram) => this.#ice.handshake(datagram),
      onOpen: (keys) => this.#secured(keys),
      onData: () => {}, // there is no data channel
      onEnd: (sentence) => this.#end(sentence),
    })
    this.#dtls = dtls
    if (this.#ice.isReached) dtls.start()
    if (this.#ice.way) dtls.agreed()
    for (const datagram of this.#early.splice(0)) dtls.receive(datagram)
    this.#ice.connect(remote.username, remote.password, false)
    for (const candidate of remote.candidates) this.#ice.addRemote(candidate)
  }

  #secured(keys: SrtpKeys): void {
    const offer = this.#offer
    if (this.#closing || !offer) return
    const { start, most } = this.#parts
    this.#media = new Media({
      keys,
      remote: offer.remote,
      outgoing: this.#outgoing,
      cname: this.#cname,
      odd: this.odd,
      clock: this.#clock,
      bounds: { start, least: LEAST, most },
      send: (datagram) => this.#ice.send(datagram),
      deliver: (line, packet) => this.#deliver(line, packet),
      onKeyframeAsked: (line) => this.emit('keyframeAsked', line),
      onError: (error) => this.#stumbled(error),
    })
    this.#media.release()
    this.emit('connected')
  }

  async #gather(signal: AbortSignal): Promise<string[]> {
    const candidates = await this.#ice.gather()
    if (this.#parts.iceServers.length > 0) await this.#clock.sleep('what a server says of our address', REFLECTION, signal)
    return [...candidates, ...this.#later]
  }

  #dtlsCame(datagram: Buffer): void {
    if (this.#dtls) this.#dtls.receive(datagram)
    else if (this.#early.length < MOST_EARLY) this.#early.push(datagram)
    else this.odd.add('dtls too early')
  }

  #deliver(line: Line, packet: Buffer): void {
    try {
      this.#parts.onRtp?.(line, packet)
    } catch (error) {
      this.#stumbled(error)
    }
  }

  #assertAlive(): void {
    if (this.#closing) throw new Fault('transport', 'the connection was closed while it was being set up')
  }

  #end(sentence: string): void {
    if (!this.#closing) this.emit('ended', sentence)
  }

  #stumbled(error: unknown): void {
    if (!this.#closing) this.#parts.log.debug('a connection stumbled', { why: error instanceof Error ? error.message : String(error) })
  }
}

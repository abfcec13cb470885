// werift.ts — a Transport made of werift. With werift/ beside it, the only files that know werift exists.
//
// Of werift we take the three state machines that are long to write and hard to get right: ICE (werift/ice.ts), DTLS (werift/dtls.ts)
// and SCTP (werift/channel.ts). What wraps them is ours, because each of these cost somebody a call: one stray datagram that ended it
// (guard.ts, dtls.ts), a peer that need not hold the key of its certificate (proof.ts), feedback that kept browsers at 160 kb/s
// (twcc.ts), packets without a replay window (srtp.ts), half a second lost to sleeps. And what is always the same in this house needs
// no negotiation: the description is written here (sdp.ts).
//
// Whether the link is alive is none of its business: link.ts beats.
import { randomBytes, randomInt } from 'node:crypto'
import { type Clock, systemClock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { CANDIDATE_LIMIT } from './candidate.ts'
import { type Candidate, type IceServer, LINES, type Line, type Transport, type TransportEvents } from './transport.ts'
import { TextChannel } from './werift/channel.ts'
import { type Certificate, DtlsAssociation, ourCertificate, type SrtpKeys } from './werift/dtls.ts'
import { Ice } from './werift/ice.ts'
import { Media } from './werift/media.ts'
import { Odd } from './werift/odd.ts'
import { Outgoing } from './werift/outgoing.ts'
import { ourInit } from './werift/sctp-init.ts'
import { OFFERED, OFFERED_MIDS, type Remote, readSdp } from './werift/sdp.ts'
import { writeSdp } from './werift/sdp-out.ts'

export type WeriftParts = {
  /** Of STUN the first is asked; to a TURN server all ways are tried (werift/turn-ways.ts). */
  readonly iceServers: readonly IceServer[]
  /** Plain RTP as our workers know it: payload type 96 or 111, no extensions, no doubles. Only after release(). */
  readonly onRtp: (line: Line, packet: Buffer) => void
  readonly log: Log
  readonly clock?: Clock
  /** What one peer is sent at most, bits per second of everything on the wire. */
  readonly most?: number
  /** Nothing of the peer's is wanted, and it is told so: a gateway for somebody who only sends. */
  readonly sendsOnly?: boolean
  /** Its data channel carries bytes, too: a link that is no call's. */
  readonly takesBytes?: boolean
}

export type WeriftEvents = TransportEvents & {
  /** The peer cannot decode this line before a keyframe. As often as it asks: whoever encodes, coalesces. */
  keyframeAsked: [line: Line]
  /** Bytes came on the data channel, 64 KiB at most; only where `takesBytes`. */
  bytes: [bytes: Uint8Array]
}

export type LineStats = {
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Sent again at the peer's request. */
  readonly packetsRepaired: number
  /** 0 to 1, as the peer last reported of what we send. */
  readonly fractionLost: number
}

export type WeriftStats = {
  /** How packets go; null while there is no way. */
  readonly way: 'direct' | 'relay' | null
  /** Milliseconds. */
  readonly roundTrip: number | null
  /** Bits per second that the peer says it can receive (REMB); null when it does not say. */
  readonly rate: number | null
  /** Bits per second that the way to the peer carries, by our own estimate; null before release(), and to who wants nothing. */
  readonly target: number | null
  /** Bits per second of ours that arrive there; null while unknown. */
  readonly acked: number | null
  readonly lines: Readonly<Record<Line, LineStats>>
  /** What was refused or dropped, by reason. */
  readonly odd: Readonly<Record<string, number>>
}

// Made now, because it takes 50 ms; who needs it sooner waits for it, and sees it fail.
ourCertificate().catch(() => {})

/** Bits per second: what is sent before anything is known of the way (it is asked at once whether it carries more), and the bounds. */
const START = 500_000
const LEAST = 60_000
const MOST = 4_000_000

/** DTLS datagrams that came before the answer did. */
const MOST_EARLY = 8

export function openWerift(parts: WeriftParts): WeriftTransport {
  return new WeriftTransport(parts)
}

export class WeriftTransport extends Emitter<WeriftEvents> implements Transport {
  /** What was refused or dropped, by reason. */
  readonly odd = new Odd()
  readonly #log: Log
  readonly #clock: Clock
  readonly #onRtp: WeriftParts['onRtp']
  readonly #most: number
  readonly #sendsOnly: boolean
  readonly #takesBytes: boolean
  readonly #ice: Ice
  readonly #outgoing: Readonly<Record<Line, Outgoing>>
  readonly #session = String(randomInt(2 ** 47))
  readonly #cname = randomBytes(12).toString('hex')
  readonly #init = ourInit()
  #version = 0
  #certificate: Certificate | null = null
  #side: 'offerer' | 'answerer' | null = null
  #isOffering = false
  #remote: Remote | null = null
  #dtls: DtlsAssociation | null = null
  #role: 'client' | 'server' = 'server'
  #channel: TextChannel | null = null
  #media: Media | null = null
  #isOpen = false
  #isReleased = false
  #earlyDtls: Buffer[] = []
  #earlyCandidates: Candidate[] = []
  #closing: Promise<void> | null = null

  constructor({ iceServers, onRtp, log, clock = systemClock, most = MOST, sendsOnly = false, takesBytes = false }: WeriftParts) {
    super((error) => log.error('a listener of a transport failed', error))
    this.#log = log
    this.#clock = clock
    this.#onRtp = onRtp
    this.#most = most
    this.#sendsOnly = sendsOnly
    this.#takesBytes = takesBytes
    this.#outgoing = { audio: new Outgoing('audio'), camera: new Outgoing('camera'), screen: new Outgoing('screen') }
    this.#ice = new Ice({
      iceServers,
      odd: this.odd,
      clock,
      onDtls: (datagram) => this.#dtlsCame(datagram),
      onMedia: (datagram, waited) => (this.#media ? this.#media.receive(datagram, waited) : this.odd.add('media before release')),
      onCandidate: (candidate) => this.emit('candidate', { candidate, mid: this.#mids[0] }),
      onReach: () => this.#dtls?.start(),
      onPath: () => this.#dtls?.agreed(),
      onError: (error) => this.#unexpected(error),
    })
  }

  prepare(): void {
    if (!this.#closing) this.#ice.prepare()
  }

  async offer({ iceRestart }: { iceRestart: boolean }, signal: AbortSignal): Promise<string> {
    if (this.#side === 'answerer') throw new Refusal('bad-message', 'the one who answered does not offer')
    this.#side = 'offerer'
    if (iceRestart) this.#ice.restart()
    const sdp = await this.#describe('actpass', signal)
    this.#isOffering = true
    return sdp
  }

  async answer(offer: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    if (this.#side === 'offerer') throw new Refusal('bad-message', 'an offer came to the one who offers')
    const remote = this.#read(offer)
    this.#side = 'answerer'
    if (!this.#remote) this.#role = remote.setup === 'active' ? 'server' : 'client'
    else if (this.#ice.isNews(remote.username)) this.#ice.restart()
    this.#agree(remote)
    const isFirst = this.#remote === null
    this.#remote ??= remote
    const sdp = await this.#describe(this.#role === 'client' ? 'active' : 'passive', signal)
    this.#connect(remote, isFirst)
    return sdp
  }

  async accept(answer: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#isOffering || this.#closing) throw new Refusal('bad-message', 'an answer came that nobody waits for')
    const remote = this.#read(answer)
    if (remote.setup === 'actpass') throw new Refusal('bad-message', 'the answer does not say who begins the encryption')
    this.#isOffering = false
    const isFirst = this.#remote === null
    if (isFirst) this.#role = remote.setup === 'active' ? 'server' : 'client'
    this.#agree(remote)
    this.#remote ??= remote
    this.#connect(remote, isFirst)
  }

  addCandidate(candidate: Candidate): void {
    if (this.#dtls) this.#ice.addRemote(candidate.candidate)
    else if (this.#earlyCandidates.length < CANDIDATE_LIMIT) this.#earlyCandidates.push(candidate)
    else this.odd.add('candidate too many')
  }

  fingerprints(): { readonly local: string; readonly remote: string } | null {
    if (!this.#isOpen || !this.#certificate || !this.#remote) return null
    return { local: this.#certificate.fingerprint, remote: this.#remote.fingerprint }
  }

  send(text: string): boolean {
    return this.#channel?.send(text) ?? false
  }

  /** Up to 64 KiB on the data channel; false when it is closed, or enough waits already. */
  sendBytes(bytes: Uint8Array): boolean {
    return this.#channel?.sendBytes(bytes) ?? false
  }

  release(): void {
    if (this.#closing) return
    this.#isReleased = true
    this.#media?.release()
  }

  mediaCame(): boolean {
    return this.#media?.came() ?? false
  }

  /** Sends one RTP packet of ours on a line, numbered as one stream whoever made it. Never throws; what cannot go is counted. */
  sendRtp(line: Line, packet: Buffer): void {
    if (this.#media) this.#media.sendRtp(line, packet)
    else this.odd.add('not released')
  }

  /** Asks the peer for a keyframe of a line (RFC 4585 PLI). Ask seldom: each call is one packet. */
  askKeyframe(line: Line): void {
    this.#media?.askKeyframe(line)
  }

  stats(): WeriftStats {
    const lineStats = (line: Line): LineStats => {
      const { packets, repaired, fractionLost } = this.#outgoing[line]
      return {
        packetsSent: packets,
        packetsReceived: this.#media?.packetsFrom(line) ?? 0,
        packetsRepaired: repaired,
        fractionLost,
      }
    }
    return {
      way: this.#ice.way,
      roundTrip: this.#media?.roundTrip ?? this.#ice.roundTrip,
      rate: this.#media?.rate ?? null,
      target: LINES.some((line) => this.#outgoing[line].isWanted) ? (this.#media?.capacity.target ?? null) : null,
      acked: this.#media?.capacity.acked ?? null,
      lines: { audio: lineStats('audio'), camera: lineStats('camera'), screen: lineStats('screen') },
      odd: this.odd.seen(),
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isOpen = false
    this.#earlyDtls = []
    this.#media?.close()
    await this.#channel?.close() // says goodbye, so it comes before what carries it
    await new Promise(setImmediate) // a socket sends in the next turn of the loop
    this.#dtls?.close()
    await this.#ice.close()
    const odd = this.odd.seen()
    if (Object.keys(odd).length > 0) this.#log.debug('what a transport turned away', odd)
  }

  get #mids(): Remote['mids'] {
    return this.#remote?.mids ?? OFFERED_MIDS
  }

  async #describe(setup: Remote['setup'], signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    this.#assertAlive()
    this.#certificate ??= await ourCertificate()
    const candidates = await this.#ice.gather()
    signal.throwIfAborted()
    this.#assertAlive()
    const lineOf = (line: Line) => {
      const { ssrc, repairSsrc, format } = this.#outgoing[line]
      return { ssrc, repairSsrc, format: this.#remote ? format : OFFERED[line] }
    }
    return writeSdp({
      id: this.#session,
      version: ++this.#version,
      username: this.#ice.username,
      password: this.#ice.password,
      fingerprint: this.#certificate.fingerprint,
      setup,
      mids: this.#mids,
      lines: { audio: lineOf('audio'), camera: lineOf('camera'), screen: lineOf('screen') },
      cname: this.#cname,
      candidates,
      // An answer may only say it to who said it (draft-hancke-tsvwg-snap).
      sctpInit: this.#side === 'offerer' || this.#remote?.sctpInit ? this.#init : null,
      sendsOnly: this.#sendsOnly,
    })
  }

  #assertAlive(): void {
    if (this.#closing) throw new Fault('transport', 'the transport was closed while it was being set up')
  }

  /** @throws Refusal 'bad-message' for a description that is none of ours, or of another peer than before */
  #read(sdp: string): Remote {
    const remote = readSdp(sdp)
    const before = this.#remote
    if (before && (before.fingerprint !== remote.fingerprint || before.mids.join() !== remote.mids.join()))
      throw new Refusal('bad-message', 'the description is of another connection')
    return remote
  }

  #agree({ lines }: Remote): void {
    for (const line of LINES) {
      this.#outgoing[line].agree(lines[line].format)
      this.#outgoing[line].isWanted = lines[line].takes !== false
    }
  }

  #connect(remote: Remote, isFirst: boolean): void {
    this.#assertAlive()
    if (isFirst) this.#begin(remote)
    if (isFirst || this.#ice.isNews(remote.username)) {
      this.#ice.connect(remote.username, remote.password, this.#side === 'offerer')
    }
    for (const candidate of remote.candidates) this.#ice.addRemote(candidate)
    for (const { candidate } of this.#earlyCandidates.splice(0)) this.#ice.addRemote(candidate)
  }

  #begin(remote: Remote): void {
    if (!this.#certificate) return
    const dtls = new DtlsAssociation({
      role: this.#role,
      certificate: this.#certificate,
      fingerprint: remote.fingerprint,
      odd: this.odd,
      send: (datagram) => this.#ice.handshake(datagram),
      onOpen: (keys) => this.#secured(keys, remote),
      onData: (data) => this.#channel?.receive(data),
      onSaid: () => this.#channel?.ask(),
      onEnd: (sentence) => this.#fail(sentence),
    })
    this.#channel = new TextChannel({
      isOfferer: this.#side === 'offerer',
      remotePort: remote.sctpPort,
      init: this.#init,
      theirs: remote.sctpInit ?? null,
      odd: this.odd,
      send: (data) => dtls.send(data),
      onOpen: () => this.#opened(),
      onText: (text) => this.emit('message', text),
      ...(this.#takesBytes && { onBytes: (bytes: Uint8Array) => this.emit('bytes', bytes) }),
      onEnd: (sentence) => this.#fail(sentence),
    })
    this.#dtls = dtls
    if (this.#ice.isReached) dtls.start()
    if (this.#ice.way) dtls.agreed()
    for (const datagram of this.#earlyDtls.splice(0)) dtls.receive(datagram)
  }

  #dtlsCame(datagram: Buffer): void {
    if (this.#dtls) this.#dtls.receive(datagram)
    else if (this.#earlyDtls.length < MOST_EARLY) this.#earlyDtls.push(datagram)
    else this.odd.add('dtls too early')
  }

  #secured(keys: SrtpKeys, remote: Remote): void {
    if (this.#closing) return
    this.#media = new Media({
      keys,
      remote,
      outgoing: this.#outgoing,
      cname: this.#cname,
      odd: this.odd,
      clock: this.#clock,
      bounds: { start: Math.min(START, this.#most), least: LEAST, most: this.#most },
      send: (datagram) => this.#ice.send(datagram),
      deliver: (line, packet) => this.#deliver(line, packet),
      onKeyframeAsked: (line) => this.emit('keyframeAsked', line),
      onError: (error) => this.#unexpected(error),
    })
    if (this.#isReleased) this.#media.release()
    this.#channel?.start()
  }

  #deliver(line: Line, packet: Buffer): void {
    try {
      this.#onRtp(line, packet)
    } catch (error) {
      this.#unexpected(error)
    }
  }

  #opened(): void {
    if (this.#closing) return
    this.#isOpen = true
    this.emit('open')
  }

  #fail(sentence: string): void {
    if (!this.#closing) this.emit('failed', new Fault('transport', sentence))
  }

  #unexpected(error: unknown): void {
    if (!this.#closing) this.#log.debug('a transport stumbled', { why: error instanceof Error ? error.message : String(error) })
  }
}

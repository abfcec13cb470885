// media.ts — the packet path of one transport: sealing, opening, repair, reports, and the gate. It owns no sockets.
//
// Packets take a short way here: no await, no log, nothing thrown, nothing that grows. What must be said regularly (feedback every
// 50 ms while something comes, reports every second) is said by two small loops beside it.
import { randomInt } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { ms, seconds } from '../../lib/unit.ts'
import type { Bounds } from '../adapt/estimate.ts'
import { type Lane, Sender } from '../adapt/sender.ts'
import { LINES, type Line } from '../transport.ts'
import type { SrtpKeys } from './dtls.ts'
import { Incoming } from './incoming.ts'
import type { Odd } from './odd.ts'
import { Outbox, type Sent } from './outbox.ts'
import type { Outgoing } from './outgoing.ts'
import { type Control, pictureLost, type Report, readRtcp, receiverReport } from './rtcp.ts'
import type { Remote } from './sdp.ts'
import { Opener, Sealer } from './srtp.ts'

const FEEDBACK = ms(50)
const REPORTS = seconds(1)
/** Keyframes after a drop, at most one in this time: they are what did not fit. */
const DROP_PAUSE = 1000 // ms
const PICTURES = LINES.filter((line) => line !== 'audio')
const USUAL_ROUND_TRIP = 100 // ms

export type MediaParts = {
  readonly keys: SrtpKeys
  readonly remote: Remote
  readonly outgoing: Readonly<Record<Line, Outgoing>>
  readonly cname: string
  readonly odd: Odd
  readonly clock: Clock
  readonly bounds: Bounds
  readonly send: (datagram: Buffer) => Sent
  readonly deliver: (line: Line, packet: Buffer) => void
  readonly onKeyframeAsked: (line: Line) => void
  readonly onError: (error: unknown) => void
}

export class Media {
  readonly #parts: MediaParts
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #opener: Opener
  readonly #incoming: Incoming
  /** As whom we report. */
  readonly #reporter = randomInt(1, 0xffffffff)
  readonly #abort = new AbortController()
  #isOpen = false
  #hasCome = false
  #droppedAt = Number.NEGATIVE_INFINITY
  #isTending = false
  #roundTrip: number | null = null
  /** What the peer thinks it can receive, in bits per second (REMB); null when it does not say. */
  #rate: number | null = null

  constructor(parts: MediaParts) {
    this.#parts = parts
    const { profile, local, remote } = parts.keys
    const sealer = new Sealer(profile, local.key, local.salt)
    this.#outbox = new Outbox({ sealer, odd: parts.odd, send: parts.send })
    this.#sender = new Sender({
      outlet: this.#outbox,
      seal: sealer.overhead,
      bounds: parts.bounds,
      clock: parts.clock,
      pad: () => this.#pad(),
      onDrop: () => this.#dropped(),
      onError: parts.onError,
    })
    this.#opener = new Opener(profile, remote.key, remote.salt)
    this.#incoming = new Incoming({ remote: parts.remote, odd: parts.odd, deliver: parts.deliver })
  }

  get roundTrip(): number | null {
    return this.#roundTrip
  }

  get rate(): number | null {
    return this.#rate
  }

  /** Did anything come of the peer's media since this was last asked? */
  came(): boolean {
    const hasCome = this.#hasCome
    this.#hasCome = false
    return hasCome
  }

  /** Opens the gate. */
  release(): void {
    if (this.#isOpen || this.#abort.signal.aborted) return
    this.#isOpen = true
    this.#loop(this.#report())
  }

  close(): void {
    this.#isOpen = false
    this.#sender.close()
    this.#abort.abort()
  }

  /** What the way to the peer carries, and what of ours arrives there, in bits per second of everything on the wire; null while unknown. */
  get capacity(): { readonly target: number; readonly acked: number | null } {
    return { target: this.#sender.target, acked: this.#sender.acked }
  }

  packetsFrom(line: Line): number {
    return this.#incoming.packetsOf(line)
  }

  /** Packets of pictures that did not go in time. */
  get dropped(): number {
    return this.#sender.dropped
  }

  /** @param age as for Outgoing.take() */
  sendRtp(line: Line, packet: Buffer, age = 0): void {
    const { outgoing, odd, clock } = this.#parts
    if (!this.#isOpen) {
      odd.add('not released')
      return
    }
    const out = outgoing[line]
    if (!out.isWanted) return
    if (!out.format) {
      odd.add('no such line')
      return
    }
    if (!this.#sender.admits(line, packet)) {
      odd.add('waited too long')
      return
    }
    if (line === 'audio') {
      out.past = this.#sender.soundPast
      out.pairs.isOn = out.past === 0 && this.#sender.soundInPairs
    }
    const { doubled } = out
    if (!out.take(packet, clock.now(), this.#lane(out), age)) odd.add('packet malformed')
    if (out.doubled !== doubled) this.#sender.doubled(out.doubled - doubled)
  }

  /** How a line's packets go: sound at once, pictures in turn. */
  #lane({ line, format }: Outgoing): Lane {
    return this.#sender.lane(line === 'audio' ? 'sound' : 'picture', format?.twccId ?? 0)
  }

  #repair(out: Outgoing): Lane {
    return this.#sender.lane('repair', out.format?.twccId ?? 0)
  }

  #pad(): boolean {
    const { outgoing, clock } = this.#parts
    return PICTURES.some((line) => outgoing[line].pad(clock.now(), this.#repair(outgoing[line])))
  }

  /** More waited than could go in time: the pictures go on with a keyframe, which is not asked for at every drop. */
  #dropped(): void {
    const { outgoing, clock, onKeyframeAsked } = this.#parts
    const now = clock.now()
    const mayAsk = now - this.#droppedAt > DROP_PAUSE
    if (mayAsk) this.#droppedAt = now
    for (const line of PICTURES) {
      outgoing[line].forget()
      if (mayAsk && outgoing[line].packets > 0) onKeyframeAsked(line)
    }
  }

  askKeyframe(line: Line): void {
    const source = this.#incoming.sourceOf(line)
    if (this.#isOpen && source !== undefined) this.#outbox.control(pictureLost(this.#reporter, source))
  }

  /** One datagram of SRTP or SRTCP. @param waited milliseconds since it came, while we did something else */
  receive(datagram: Buffer, waited = 0): void {
    const { odd, clock } = this.#parts
    if (!this.#isOpen) {
      odd.add('media before release')
      return
    }
    if (datagram.length < 12) {
      odd.add('media malformed')
      return
    }
    const now = clock.now() - waited
    const second = datagram.readUInt8(1)
    if (second >= 192 && second < 224) {
      this.#control(datagram, now) // RFC 5761 §4
      return
    }
    const payload = this.#opener.rtp(datagram)
    if (typeof payload === 'string') {
      odd.add(payload)
      return
    }
    this.#hasCome = true
    this.#incoming.take(datagram, this.#opener.header, payload, now)
    if (this.#incoming.hasGap) this.#request(now)
    if (!this.#isTending) this.#loop(this.#tend())
  }

  #control(datagram: Buffer, now: number): void {
    const { odd } = this.#parts
    const plain = this.#opener.rtcp(datagram)
    if (typeof plain === 'string') {
      odd.add(plain)
      return
    }
    this.#hasCome = true
    const controls = readRtcp(plain)
    if (!controls) {
      odd.add('rtcp malformed')
      return
    }
    for (const control of controls) this.#obey(control, now)
  }

  #obey(control: Control, now: number): void {
    switch (control.kind) {
      case 'sender report':
        this.#incoming.heard(control.ssrc, control.ntpMiddle, now)
        this.#learn(control.reports)
        return
      case 'receiver report':
        this.#learn(control.reports)
        return
      case 'picture lost':
        this.#keyframe(control.ssrc)
        return
      case 'keyframe please':
        for (const ssrc of control.ssrcs) this.#keyframe(ssrc)
        return
      case 'send again':
        this.#sendAgain(control.ssrc, control.sequences, now)
        return
      case 'arrivals':
        this.#sender.heard(control.feedback)
        return
      case 'rate':
        this.#rate = control.bps
        this.#sender.told(control.bps)
    }
  }

  #sendAgain(ssrc: number, sequences: readonly number[], now: number): void {
    const out = this.#lineOf(ssrc)
    out?.repair(sequences, now, this.#repair(out), this.#sender.roundTrip)
  }

  #lineOf(ssrc: number): Outgoing | undefined {
    const { outgoing } = this.#parts
    const line = LINES.find((l) => outgoing[l].ssrc === ssrc)
    return line && outgoing[line]
  }

  #keyframe(ssrc: number): void {
    const line = this.#lineOf(ssrc)?.line
    if (line && line !== 'audio') this.#parts.onKeyframeAsked(line)
  }

  #learn(reports: readonly Report[]): void {
    const middle = ntpMiddle(Date.now())
    for (const report of reports) {
      const out = this.#lineOf(report.ssrc)
      if (!out) continue
      out.lost = report.lost
      out.fractionLost = report.fractionLost / 256
      out.jitter = report.jitter
      if (out.line === 'camera') this.#sender.reported(out.fractionLost)
      if (report.lastReport === 0) continue
      const trip = (((middle - report.lastReport - report.delay) | 0) * 1000) / 65536
      if (trip >= 0 && trip < 10_000) this.#roundTrip = this.#roundTrip === null ? trip : this.#roundTrip * 0.8 + trip * 0.2
    }
  }

  #request(now: number): void {
    for (const packet of this.#incoming.requests(this.#reporter, now, this.#roundTrip ?? USUAL_ROUND_TRIP)) this.#outbox.control(packet)
  }

  /** While media comes: how it arrived, and what is still missing. Ends when there is nothing left to say. */
  async #tend(): Promise<void> {
    const { clock } = this.#parts
    const { twcc } = this.#incoming
    this.#isTending = true
    try {
      do {
        await clock.sleep('feedback', FEEDBACK, this.#abort.signal)
        for (let packet = this.#feedback(); packet; packet = this.#feedback()) this.#outbox.control(packet)
        this.#request(clock.now())
      } while (twcc.waiting || this.#incoming.isMissing)
    } finally {
      this.#isTending = false
    }
  }

  #feedback(): Buffer | null {
    return this.#incoming.twcc.feedback(this.#reporter, this.#incoming.anySource)
  }

  async #report(): Promise<void> {
    const { clock, outgoing, cname } = this.#parts
    for (;;) {
      await clock.sleep('reports', REPORTS, this.#abort.signal)
      const now = clock.now()
      this.#sender.tick()
      for (const line of LINES) {
        const report = outgoing[line].report(cname, now, Date.now())
        if (report) this.#outbox.control(report)
      }
      const reports = this.#incoming.reports(now)
      if (reports.length > 0) this.#outbox.control(receiverReport(this.#reporter, reports))
    }
  }

  #loop(loop: Promise<void>): void {
    loop.catch((error) => {
      if (!this.#abort.signal.aborted) this.#parts.onError(error)
    })
  }
}

/** The middle 32 bits of the NTP time: 16 of seconds, 16 of fraction. */
function ntpMiddle(epochMs: number): number {
  const whole = epochMs / 1000 + 2_208_988_800
  return (((Math.floor(whole) & 0xffff) << 16) | Math.floor((whole % 1) * 0x10000)) >>> 0
}

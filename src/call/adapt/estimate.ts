// estimate.ts — how much this link carries: delay, loss and probes put together. Pure: time comes in as numbers, nothing is sent.
//
// Google congestion control as a sender (draft-ietf-rmcat-gcc-02, and what libwebrtc made of it): feedback in, a target out. Where the
// other side gives no transport-wide feedback, its own estimate (REMB) and its receiver reports stand in for it.
import { AckedRate } from './acked.ts'
import { Aimd, EQUAL } from './aimd.ts'
import { Clusters, type Probe, type Shown } from './cluster.ts'
import { Groups } from './group.ts'
import { Loss } from './loss.ts'
import { Narrowed } from './narrowed.ts'
import { Probing, SURE } from './probing.ts'
import type { Result } from './result.ts'
import { Slack } from './slack.ts'
import { Standing } from './standing.ts'
import { Trend, type Use } from './trend.ts'

/** Bits per second, of everything that goes over the link. */
export type Bounds = { readonly start: number; readonly least: number; readonly most: number }

/** No feedback came for so long although we send: the way is gone or full. */
const SILENCE = 2000 // ms
const SILENT_STEP = 1000
/** After this long without transport-wide feedback the other side's word is taken. */
const NO_FEEDBACK = 3000
const STALE = 2000 // ms
/** Milliseconds at EQUAL: a queue that counts while it grows, and one that counts anyway. Who has half of it waits for twice that, between these. */
const LEANS = 21
const STANDS = 34
const [LEAST_PATIENCE, MOST_PATIENCE] = [0.6, 2]
/** One that we alone would not leave standing: if it stays, it is of others. */
const OTHERS = 55
/** Milliseconds: a queue that must be emptied fast, and the least that we then send, of what arrives. */
const DEEP = 100
const LEAST_DRAIN = 0.5
/** Milliseconds of queue at which nothing would be sent at all, and where the way has just become narrower. */
const FULL = 1000
const FULL_IN_HASTE = 500
/** So long after we went down, a queue of less than this share of what it was is on its way to be empty. */
const AGAIN = 600 // ms
const FALLING = 0.9
/** Below this share of what we had, and still a queue: it is not ours. Then we yield no further than to this rate, if what we send arrives. */
const YIELDED = 0.7
const MODEST = 450_000 // bps
const ARRIVES = 0.85
/** More arrives than we mean to send: repairs and keyframes of ours, then, fill the queue. */
const TOO_MUCH = 1.25
/** Of the target: less than this is much less than we might send. And what of the peak is believed. */
const LITTLE = 0.75
const OF_PEAK = 0.9
/** So much faster than the target heaps may leave while a queue empties. */
const TIGHT = 1.2
const MUCH_MORE = 1.25

export class Estimate {
  readonly #bounds: Bounds
  readonly #aimd: Aimd
  readonly #groups = new Groups()
  readonly #acked = new AckedRate()
  readonly #loss = new Loss()
  readonly #slack = new Slack()
  readonly #clusters = new Clusters()
  readonly #probing: Probing
  readonly #standing = new Standing()
  readonly #narrowed = new Narrowed()
  #trend = new Trend()
  /** What we keep to so that a queue empties; Infinity while there is none to speak of. */
  #drain = Number.POSITIVE_INFINITY
  #remb: number | null = null
  #queueThen = 0
  #roundTrip = 100
  #heardAt = Number.NaN
  #silentAt = Number.NaN
  #sentAt = Number.NaN
  #target: number

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#target = bounds.start
    this.#aimd = new Aimd(bounds)
    this.#probing = new Probing(bounds.most)
  }

  /** What the link may carry now, bits per second. */
  get target(): number {
    return this.#target
  }

  /** Faster than this nothing may leave, bits per second; Infinity: there is no reason to hold back. While a queue empties it is little more than the target. */
  get pace(): number {
    return Number.isFinite(this.#drain) ? this.#target * TIGHT : Number.POSITIVE_INFINITY
  }

  /** What arrives, bits per second; null while unknown. */
  get acked(): number | null {
    return this.#acked.rate
  }

  /** The share lost lately, 0 to 1. */
  get lost(): number {
    return this.#loss.share
  }

  /** Milliseconds, feedback's own delay included. */
  get roundTrip(): number {
    return this.#roundTrip
  }

  /** A packet left. Packet path. @param bytes as on the wire  @param now ms */
  sent(bytes: number, now: number): void {
    if (Number.isNaN(this.#sentAt)) this.#silentAt = now
    this.#sentAt = now
    const was = this.#slack.isSlack
    this.#slack.sent(bytes, this.#target, now)
    if (was && !this.#slack.isSlack) this.#acked.shake()
  }

  /** What one feedback packet says, in the order of leaving. @param now ms */
  heard(results: readonly Result[], now: number): void {
    const came = results.filter((result) => result.cameAt !== null)
    if (results.length === 0) return
    if (now - this.#heardAt > SILENCE) this.#restart()
    this.#heardAt = now
    this.#silentAt = now
    this.#measure(came, now)
    for (const { sentAt, bytes, cameAt, late } of results) this.#loss.take(sentAt, bytes, cameAt !== null, late)
    this.#judge(now)
  }

  /** The other side's own estimate (REMB). @param bps bits per second */
  told(bps: number, now: number): void {
    this.#remb = bps
    if (this.#isBlind(now)) {
      this.#aimd.set(bps, now)
      this.#settle()
      this.#silentAt = now
    }
  }

  /** Loss as a receiver report has it, used only without transport-wide feedback. @param share 0 to 1 */
  reported(share: number, now: number): void {
    if (!this.#isBlind(now)) return
    this.#silentAt = now
    if (share > 0.1) this.#aimd.set(this.#aimd.rate * (1 - 0.5 * share), now)
    else if (share < 0.02) this.#aimd.set(Math.min(this.#remb ?? this.#bounds.most, this.#aimd.rate * 1.08), now)
    this.#settle()
  }

  /** Call every 25 ms or so: a probe to be sent, if one is due. */
  tick(now: number): Probe | null {
    if (Number.isNaN(this.#sentAt)) return null
    this.#slack.sent(0, this.#target, now)
    const isSending = now - this.#sentAt < STALE
    if (isSending && now - this.#silentAt > SILENCE) {
      this.#silentAt += SILENT_STEP
      this.#aimd.set(this.#aimd.rate / 2, now)
      this.#settle()
    }
    if (!isSending) {
      this.#silentAt = now
      return null
    }
    if (Number.isNaN(this.#heardAt) && this.#remb === null) return null // nobody would tell what became of it
    const calm = this.#trend.use === 'normal' && now - this.#aimd.loweredAt > 1000 && this.#loss.share < 0.05
    const probe = this.#isBlind(now) ? null : this.#probing.next(this.#target, calm, this.#slack.isSlack, now)
    if (probe) this.#clusters.begin(probe)
    return probe
  }

  #isBlind(now: number): boolean {
    return Number.isNaN(this.#heardAt) || now - this.#heardAt > NO_FEEDBACK
  }

  #measure(came: readonly Result[], now: number): void {
    const last = came.at(-1)
    if (last) {
      const trip = now - last.sentAt
      this.#roundTrip = this.#roundTrip * 0.8 + trip * 0.2
    }
    let least = Number.POSITIVE_INFINITY
    for (const { bytes, cameAt, sentAt } of [...came].sort((a, b) => (a.cameAt ?? 0) - (b.cameAt ?? 0))) {
      this.#acked.take(cameAt ?? 0, bytes)
      least = Math.min(least, (cameAt ?? 0) - sentAt)
    }
    if (last) this.#standing.take(least, now)
    let shown: Shown | null = null
    for (const result of came) shown = this.#clusters.take(result) ?? shown
    if (shown) this.#shown(shown, now)
    for (const { sentAt, cameAt } of came) {
      if (cameAt === null) continue
      const step = this.#groups.take(sentAt, cameAt, now)
      if (step) this.#trend.take(step, cameAt)
    }
  }

  #shown({ bps, limit }: Shown, now: number): void {
    this.#probing.shown(bps, limit)
    if (limit) this.#aimd.probed(bps)
    // Near the limit a burst shows what we could take from others, so only the first is believed, and later ones that show much more.
    if (limit && this.#acked.rate !== null && bps < this.#aimd.rate) {
      // The one before it showed too much, as a receiver does that was asleep and reads what waited at once.
      this.#aimd.set(Math.max(bps, this.#acked.rate), now)
      this.#settle()
    }
    const isNews = bps > this.#aimd.rate * (limit && this.#aimd.before > 0 ? MUCH_MORE : 1)
    if (!isNews || this.#trend.use === 'over') return
    this.#aimd.set(Math.max(this.#aimd.rate, bps * SURE), now)
    this.#acked.shake()
    this.#settle()
  }

  #judge(now: number): void {
    const before = this.#target
    const lowered = this.#aimd.loweredAt
    this.#narrowed.update(this.#acked, this.#standing, now)
    this.#aimd.update(this.#use(now), this.#through, this.#roundTrip, now)
    if (this.#aimd.loweredAt === now) this.#queueThen = this.#standing.queue
    this.#empty(now)
    this.#loss.update(this.#aimd.rate, this.#acked.rate, this.#bounds.least)
    this.#settle()
    if (this.#aimd.loweredAt !== lowered && this.#target < before) this.#probing.fell(before, now)
  }

  /**
   * What trend and standing queue say together. All who share a way see the same queue, but not the same trend: who sends little sees
   * it sooner and would always be the one to yield. So a trend counts where a queue stands, and a deep one needs no trend. And who has
   * more yields to a shorter queue than who has less, until both have the same.
   */
  #use(now: number): Use {
    const { queue } = this.#standing
    const { use } = this.#trend
    const yielded = this.#aimd.rate < YIELDED * Math.max(this.#aimd.before, MODEST)
    if (this.#standing.isOthers(OTHERS, yielded, now) && this.#isModest) return 'normal'
    if (this.#narrowed.rate !== null) return 'over'
    const patience = Math.min(MOST_PATIENCE, Math.max(LEAST_PATIENCE, EQUAL / this.#target))
    const isEmptying = now - this.#aimd.loweredAt < AGAIN && queue < this.#queueThen * FALLING
    if (queue > LEANS * patience && !isEmptying) return queue > STANDS * patience || use === 'over' ? 'over' : use
    return use === 'over' ? 'under' : use
  }

  get #arrives(): number | null {
    return this.#narrowed.rate ?? this.#acked.rate
  }

  /**
   * What we go down from. While about as much comes through as we may send, it is that, or what came through if it was more: else who has
   * a still picture just now would go down further than who makes the queue with a moving one. While we send much less than we might, a
   * queue is of a heap, a keyframe, and not of the rate; then what came through while it stood says more than the mean, in which there
   * was nothing to come.
   */
  get #through(): number | null {
    const { peak } = this.#acked
    const rate = this.#arrives
    if (rate === null || this.#narrowed.rate !== null) return rate
    const most = this.#aimd.rate
    return Math.max(rate, rate < LITTLE * most ? Math.min(peak * OF_PEAK, most) : most)
  }

  /** We send little, and it arrives: yielding to others even more would only end the call, as they take whatever they get. */
  get #isModest(): boolean {
    const { rate } = this.#aimd
    const arrives = this.#acked.rate ?? 0
    return rate < MODEST && arrives > ARRIVES * rate && arrives < TOO_MUCH * rate && this.#loss.share < 0.1
  }

  /** A deep queue is emptied within a second or so: 85 % would take many. */
  #empty(now: number): void {
    const { queue } = this.#standing
    const rate = this.#arrives
    const full = this.#narrowed.isRecent(now) ? FULL_IN_HASTE : FULL
    if (this.#standing.isStubborn(DEEP, now)) this.#standing.forget()
    const isCalm = queue < DEEP || rate === null || (this.#standing.areOthers && this.#isModest)
    this.#drain = isCalm ? Number.POSITIVE_INFINITY : rate * Math.max(LEAST_DRAIN, 1 - queue / full)
  }

  #settle(): void {
    const { least, most } = this.#bounds
    this.#target = Math.min(most, Math.max(least, Math.min(this.#aimd.rate, this.#loss.limit ?? most, this.#drain)))
  }

  /** There was no word for long: what was measured before is of another time. */
  #restart(): void {
    this.#groups.reset()
    this.#trend = new Trend()
  }
}

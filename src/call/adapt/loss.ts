// loss.ts — the rate as loss would have it, for queues too short to be felt as delay.
//
// Below 2 % loss says nothing (draft-ietf-rmcat-gcc-02 §6). Above it one must know whether we cause it: Wi-Fi loses a tenth of whatever
// is sent, and slowing down there costs the picture and helps nobody. So what was sent and lost in the last seconds is held against
// a few guesses of what the way carries, each with the loss it would have anyway, and the likeliest wins; of equal ones the higher.
// The same idea as libwebrtc's second loss-based estimator. Above 10 % the next lower guess is no longer one of small steps.

const WINDOW = 250 // ms
const FEWEST = 15
const MOST_WINDOWS = 20
const FADES = 0.9
const NOTHING = 0.02
const MUCH = 0.1
const STEPS = [1.04, 1, 0.95] as const
const BIG_STEPS = [0.85, 0.7] as const
/** Loss that a way may have by itself: so much, and more the narrower it is, because there is little to win by going lower. */
const INHERENT = 0.05
const INHERENT_NARROW = 100_000 // bps
const GUESSES = 12
/** For each packet, times the logarithm of the rate: what a higher guess may be less likely by. */
const PREFER_HIGH = 0.02

/** bps: what we sent. */
type Window = { readonly bps: number; readonly packets: number; readonly lost: number }

export class Loss {
  /** Bits per second; null: loss does not limit us. */
  limit: number | null = null
  #windows: Window[] = []
  #since = Number.NaN
  #bytes = 0
  #packets = 0
  #lost = 0
  #last = Number.NaN

  /** The share lost lately, 0 to 1. */
  get share(): number {
    let packets = 0
    let lost = 0
    for (const window of this.#windows.slice(0, 4)) {
      packets += window.packets
      lost += window.lost
    }
    return packets === 0 ? 0 : lost / packets
  }

  /** In the order of leaving. @param sentAt our clock, ms  @param late it was counted as lost before */
  take(sentAt: number, bytes: number, came: boolean, late: boolean): void {
    if (Number.isNaN(this.#since)) this.#since = sentAt
    if (late) {
      this.#lost = Math.max(0, this.#lost - 1)
      return
    }
    this.#bytes += bytes
    this.#packets++
    if (!came) this.#lost++
    this.#last = sentAt
  }

  /** @param delayed what delay allows  @param acked what arrives, null while unknown; all bits per second */
  update(delayed: number, acked: number | null, least: number): void {
    const passed = this.#last - this.#since
    if (!(passed >= WINDOW) || this.#packets < FEWEST) return
    this.#windows.unshift({ bps: (this.#bytes * 8000) / passed, packets: this.#packets, lost: this.#lost })
    if (this.#windows.length > MOST_WINDOWS) this.#windows.pop()
    this.#since = this.#last
    this.#bytes = 0
    this.#packets = 0
    this.#lost = 0
    if (this.share < NOTHING) this.#clear(delayed)
    else this.#guess(delayed, acked, least)
  }

  #clear(delayed: number): void {
    if (this.limit === null) return
    this.limit *= 1.08
    if (this.limit > delayed) this.limit = null
  }

  #guess(delayed: number, acked: number | null, least: number): void {
    const now = this.limit ?? delayed
    const steps = this.share > MUCH ? [...STEPS, ...BIG_STEPS] : STEPS
    const guesses = steps.map((step) => now * step)
    if (acked !== null) guesses.push(acked)
    guesses.push(delayed)
    let best = now
    let bestScore = Number.NEGATIVE_INFINITY
    for (const guess of guesses) {
      const bps = Math.max(least, Math.min(delayed, guess))
      const score = this.#likelihood(bps)
      if (score > bestScore || (score === bestScore && bps > best)) {
        best = bps
        bestScore = score
      }
    }
    this.limit = best
  }

  /** The logarithm of how likely what we saw would be, if the way carried this much and lost by itself what suits it best. */
  #likelihood(bps: number): number {
    const most = Math.min(0.5, INHERENT + INHERENT_NARROW / bps)
    let best = Number.NEGATIVE_INFINITY
    for (let i = 0; i <= GUESSES; i++) best = Math.max(best, this.#likelihoodOf(bps, (most * i) / GUESSES))
    return best
  }

  #likelihoodOf(bps: number, inherent: number): number {
    let sum = 0
    let weight = 1
    for (const window of this.#windows) {
      const over = window.bps > bps ? (window.bps - bps) / window.bps : 0
      const loss = Math.min(0.999, Math.max(0.001, inherent + (1 - inherent) * over))
      sum += weight * (window.lost * Math.log(loss) + (window.packets - window.lost) * Math.log(1 - loss))
      sum += weight * window.packets * PREFER_HIGH * Math.log(bps)
      weight *= FADES
    }
    return sum
  }
}

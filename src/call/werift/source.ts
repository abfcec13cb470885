// source.ts — one stream of the peer's: what has come of it, what is missing, and how it goes (RFC 3550 §6.4.1, A.3, A.8).
import { Nack } from './nack.ts'
import type { Report } from './rtcp.ts'
import { extend, Window } from './window.ts'

export class Source {
  readonly ssrc: number
  readonly nack = new Nack()
  /** Packets of any kind, repaired ones too. */
  packets = 0
  /** The last packet told that some before it are missing. */
  hasGap = false
  /** Middle bits of the NTP time in the last sender report, and when it came (ms); 0 for none. */
  lastReport = 0
  lastReportAt = 0

  readonly #clockRate: number
  readonly #window = new Window()
  /** Extended numbers of packets that carried nothing: taken out of the count, so that nobody looks for them. */
  #empty: number[] = []
  #taken = 0
  #first = -1
  #jitter = 0
  #transit = Number.NaN
  #expectedBefore = 0
  #receivedBefore = 0

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc
    this.#clockRate = clockRate
  }

  /** The extended sequence number; -1 for one that was here before. @param now milliseconds */
  take(sequence: number, timestamp: number, isRepair: boolean, now: number): number {
    // Counting begins high, so that a packet from before the first one is a late one and not below zero.
    const index = extend(this.#window.top < 0 ? 0x10000 + sequence : this.#window.top, sequence)
    this.hasGap = this.nack.arrived(index, now)
    if (!this.#window.isFresh(index)) return -1
    this.#window.add(index)
    if (this.#first < 0) this.#first = index
    this.packets++
    if (!isRepair) this.#measure(timestamp, now)
    return index
  }

  /**
   * The same for a packet that came inside a later one (RFC 2198): it is lost as far as reports go.
   * @param back how many numbers before `sequence`, which stands on the packet around it
   */
  recover(sequence: number, back: number, now: number): number {
    const { top } = this.#window
    if (top < 0) return -1
    const index = extend(top, sequence) - back
    if (index < this.#first || !this.#window.isFresh(index)) return -1
    this.nack.arrived(index, now)
    this.#window.add(index)
    return index
  }

  /** The packet with this number carried nothing. */
  skip(index: number): void {
    this.#empty.push(index)
    if (this.#empty.length <= 64) return
    this.#empty.sort((a, b) => a - b)
    this.#taken += this.#empty.splice(0, 32).length
  }

  /** The number as our workers see it: without gaps where nothing was. */
  numberOf(index: number): number {
    let before = this.#taken
    for (const empty of this.#empty) if (empty < index) before++
    return (index - before) & 0xffff
  }

  /** For the next receiver report; null while nothing has come. */
  report(now: number): Report | null {
    if (this.#first < 0) return null
    const expected = this.#window.top - this.#first + 1
    const lost = Math.max(0, expected - this.packets)
    const newlyExpected = expected - this.#expectedBefore
    const newlyLost = newlyExpected - (this.packets - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.packets
    return {
      ssrc: this.ssrc,
      fractionLost: newlyExpected > 0 && newlyLost > 0 ? Math.min(255, Math.floor((newlyLost * 256) / newlyExpected)) : 0,
      lost,
      highest: this.#window.top - 0x10000,
      jitter: Math.round(this.#jitter),
      lastReport: this.lastReport,
      delay: this.lastReport === 0 ? 0 : Math.round((now - this.lastReportAt) * 65.536),
    }
  }

  #measure(timestamp: number, now: number): void {
    const transit = (now * this.#clockRate) / 1000 - timestamp
    const change = Math.abs(transit - this.#transit)
    this.#transit = transit
    if (change < this.#clockRate) this.#jitter += (change - this.#jitter) / 16
  }
}

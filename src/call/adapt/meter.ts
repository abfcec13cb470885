// meter.ts — how much of something there is lately, in bits per second; it fades within about a second.

const FADES = 1000 // ms

export class Meter {
  /** Bytes, the older the less they count. */
  #bytes = 0
  #at = 0

  add(bytes: number, now: number): void {
    this.#fade(now)
    this.#bytes += bytes
  }

  rate(now: number): number {
    this.#fade(now)
    return (this.#bytes * 8000) / FADES
  }

  #fade(now: number): void {
    if (now > this.#at) this.#bytes *= Math.exp((this.#at - now) / FADES)
    this.#at = Math.max(this.#at, now)
  }
}

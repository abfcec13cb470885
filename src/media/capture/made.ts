// made.ts — an encoder makes a little less than it is asked for, or a little more: how much to ask for, so that it makes what is meant. Pure.
//
// Software that must not let a single picture grow too large stays a tenth or two below its rate, and the way stays that much emptier than
// it need be. A still picture takes next to nothing, whatever is asked for: that is no reason to ask for more.
import type { Bps } from '../../lib/unit.ts'

/** What is asked for lies between these, of what is meant. */
const [LEAST, MOST] = [0.85, 1.15]
/** Less than this of what is meant is not for want of asking. */
const STILL = 0.7
/** How long what was made is looked at, ms, and by how much of what is missing, or too much, what is asked for changes in a second. */
const MEMORY = 1500
const UP = 0.4
const DOWN = 1.2
/** What is meant fell by so much at once: that comes first. */
const FELL = 0.92
/** Changes of less than this share are not worth the encoder's attention. */
const NOTICEABLE = 0.02

export class Made {
  #meant: number
  #asked: number
  #factor = 1
  /** Of what was meant. */
  #share = 1
  #bytes = Number.NaN
  #at = Number.NaN

  /** @param rate what the encoder was asked for when it began, bits per second */
  constructor(rate: Bps) {
    this.#meant = rate
    this.#asked = rate
  }

  /** It is to make so many bits per second from now on. @returns what to ask for */
  mean(rate: Bps): Bps {
    if (rate < FELL * this.#meant) {
      this.#factor = Math.min(1, this.#factor)
      this.#share = 1
    }
    this.#meant = rate
    return this.#ask()
  }

  /**
   * Call a few times a second.
   * @param bytes made so far  @param now ms
   * @returns bits per second to ask for now; null: what was asked for is right
   */
  look(bytes: number, now: number): Bps | null {
    const passed = now - this.#at
    if (passed > 0) this.#learn(((bytes - this.#bytes) * 8000) / passed / this.#meant, Math.min(passed, MEMORY))
    this.#bytes = bytes
    this.#at = now
    return Math.abs(this.#factor * this.#meant - this.#asked) < NOTICEABLE * this.#asked ? null : this.#ask()
  }

  #ask(): Bps {
    this.#asked = Math.round(this.#factor * this.#meant)
    return this.#asked as Bps
  }

  #learn(share: number, passed: number): void {
    this.#share += (Math.min(2, share) - this.#share) * (1 - Math.exp(-passed / MEMORY))
    const isStill = this.#share < STILL
    const off = isStill ? 1 - this.#factor : 1 - this.#share
    const wanted = this.#factor + (off * (off > 0 && !isStill ? UP : DOWN) * passed) / 1000
    this.#factor = Math.max(LEAST, Math.min(MOST, wanted))
  }
}

// grip.ts — does the canceller hold the echo, or has it lost its grip? Pure: loudness per frame goes in, a word comes out.
//
// An echo is heard when the microphone's loudness follows the loudspeaker's some time later. If what leaves the
// canceller follows it just as well and is hardly weaker, the grip is lost (a loudspeaker that distorts, a TV
// that holds sound back for too long). Somebody who talks at the same time does not look like that: his loudness follows his own will.
import { FRAMES_PER_SECOND, SILENCE } from './frame.ts'

export type Grip = 'held' | 'lost'

/** Loudness of the last 10 s, a value each 10 ms. */
const WINDOW = 10 * FRAMES_PER_SECOND
/** The longest way from loudspeaker to microphone that is looked for, frames, and how finely. */
const LONGEST = 100
const STRIDE = 2
/** Far speech that has to be in the window before anything is said: frames above LOUD. */
const ENOUGH = 2 * FRAMES_PER_SECOND
const LOUD = -45
/** Loudness below this is all the same, dBFS. */
const FLOOR = -75
/** Correlation of two loudness curves from which one follows the other, and echo return loss from which it is held, dB. */
const FOLLOWS = 0.6
const ENOUGH_LOSS = 8
/** Seconds in a row it has to look so. */
const SURE = 3

export class GripWatch {
  readonly #far = new Float32Array(WINDOW).fill(SILENCE)
  readonly #mic = new Float32Array(WINDOW).fill(SILENCE)
  readonly #out = new Float32Array(WINDOW).fill(SILENCE)
  #frames = 0
  #lostFor = 0
  #heldFor = 0
  #grip: Grip = 'held'

  get grip(): Grip {
    return this.#grip
  }

  /** One frame: loudness of what was played, of the microphone and of what left the canceller, dBFS. */
  see(far: number, mic: number, out: number): void {
    const at = this.#frames % WINDOW
    this.#far[at] = Math.max(FLOOR, far)
    this.#mic[at] = Math.max(FLOOR, mic)
    this.#out[at] = Math.max(FLOOR, out)
    this.#frames++
    if (this.#frames % FRAMES_PER_SECOND === 0) this.#judge()
  }

  #judge(): void {
    const lost = this.#looksLost()
    if (lost === null) return
    this.#lostFor = lost ? this.#lostFor + 1 : 0
    this.#heldFor = lost ? 0 : this.#heldFor + 1
    if (this.#lostFor >= SURE) this.#grip = 'lost'
    else if (this.#heldFor >= SURE) this.#grip = 'held'
  }

  /** Null: nobody far away said enough to tell. */
  #looksLost(): boolean | null {
    let loud = 0
    for (const far of this.#far) if (far > LOUD) loud++
    if (loud < ENOUGH || this.#frames < WINDOW) return null
    let lag = 0
    let best = 0
    for (let l = 0; l <= LONGEST; l += STRIDE) {
      const r = this.#follows(this.#mic, l)
      if (r > best) [lag, best] = [l, r]
    }
    if (best < FOLLOWS) return false
    return this.#follows(this.#out, lag) >= FOLLOWS && this.#loss(lag) < ENOUGH_LOSS
  }

  /** Correlation of a loudness curve with the loudspeaker's `lag` frames before. */
  #follows(curve: Float32Array, lag: number): number {
    let n = 0
    let a = 0
    let b = 0
    let aa = 0
    let bb = 0
    let ab = 0
    for (let i = this.#frames - WINDOW + lag; i < this.#frames; i++) {
      const x = this.#far[(i - lag) % WINDOW] ?? 0
      const y = curve[i % WINDOW] ?? 0
      n++
      a += x
      b += y
      aa += x * x
      bb += y * y
      ab += x * y
    }
    const spread = Math.sqrt((aa - (a * a) / n) * (bb - (b * b) / n))
    return spread < 1e-6 ? 0 : (ab - (a * b) / n) / spread
  }

  /** Mean echo return loss over the frames in which the echo is loud, dB. */
  #loss(lag: number): number {
    let sum = 0
    let n = 0
    for (let i = this.#frames - WINDOW + lag; i < this.#frames; i++) {
      if ((this.#far[(i - lag) % WINDOW] ?? 0) <= LOUD) continue
      sum += (this.#mic[i % WINDOW] ?? 0) - (this.#out[i % WINDOW] ?? 0)
      n++
    }
    return n === 0 ? Number.POSITIVE_INFINITY : sum / n
  }
}

// limiter.ts — keeps the mix of many voices below what a loudspeaker can follow.
//
// A loudspeaker that distorts makes an echo no linear filter can cancel (measured: 4-5 dB where 40 are usual), so the
// mix never goes above the ceiling: it is turned down at once and let up over some 200 ms. No look-ahead, so no delay.

/** -3 dBFS. */
export const CEILING = 0.708
const RELEASE = Math.exp(-1 / (0.2 * 48_000))

export class Limiter {
  #envelope = 0

  /** Multiplies by `gain`, then limits, in place. */
  process(frame: Float32Array, gain: number): void {
    let envelope = this.#envelope
    for (let i = 0; i < frame.length; i++) {
      const x = (frame[i] ?? 0) * gain
      const loud = Math.abs(x)
      envelope = Math.max(loud, envelope * RELEASE)
      frame[i] = envelope > CEILING ? (x * CEILING) / envelope : x
    }
    this.#envelope = envelope
  }
}

// playout.ts — frames at the loop's pace to samples at the loudspeaker's: pace.ts decides, stretch.ts does. Pure.
import { FRAME, power } from './frame.ts'
import { Pace } from './pace.ts'
import { Stretch } from './stretch.ts'

/** Mean square under which nobody misses a frame: -60 dBFS. */
const QUIET = 1e-6

export class Playout {
  readonly pace = new Pace()
  /** What make() has made; its to use until the next call. */
  readonly samples = new Float32Array(2 * FRAME + 8)
  readonly #stretch = new Stretch(2048)

  /**
   * Makes what is to be put into the device's queue now, in `samples`.
   * @param frame 480 samples  @param fill samples in that queue  @returns how many there are; 0: this frame is left out
   */
  make(frame: Float32Array, fill: number): number {
    const what = this.pace.before(fill, power(frame) < QUIET)
    if (what === 'leave out') return 0
    this.#stretch.write(frame)
    this.#stretch.skip(this.pace.trim)
    const count = this.#stretch.read(this.samples, FRAME + 8, this.pace.step)
    if (what === 'give') return count
    this.samples.copyWithin(FRAME, 0, count)
    this.samples.fill(0, 0, FRAME)
    return count + FRAME
  }
}

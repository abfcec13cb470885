// speaker.ts — the loudspeaker: frames at the loop's pace go in, samples at the device's pace come out.
//
// pace.ts decides from the fill of the queue before the device. The fill is looked at once in each frame, each time a
// little later after it (0, 2, 4, 6, 8 ms): the device takes whole frames, so looking always at the same moment would
// show the same number until the clocks have slipped by 10 ms.
import type { Element, Pipeline } from '../gst.ts'
import { openPipeline } from '../gst.ts'
import { FRAME, power, toInt16 } from './frame.ts'
import { type Device, loudspeaker } from './launch.ts'
import { Pace } from './pace.ts'
import { Stretch } from './stretch.ts'

/** Bytes of one sample of 16 bit. */
const WORD = 2
/** Mean square under which nobody misses a frame: -60 dBFS. */
const QUIET = 1e-6
/** How many moments within a frame, and how far apart, ms. */
const MOMENTS = 5
const APART = 2

export class Speaker {
  readonly pace = new Pace()
  readonly #onTrouble: (why: string) => void
  readonly #stretch = new Stretch(2048)
  readonly #samples = new Float32Array(FRAME + 8)
  readonly #words = new Int16Array(FRAME + 8)
  readonly #bytes = new Uint8Array(this.#words.buffer)
  readonly #silence = new Uint8Array(FRAME * WORD)
  #given = 0
  #moment = 0
  #pipeline: Pipeline | null = null
  #queue: Element | null = null

  /** @param onTrouble the device has failed for good; close() it */
  constructor(onTrouble: (why: string) => void) {
    this.#onTrouble = onTrouble
  }

  /** Opens the device. Throws a Fault 'pipeline-refused' for a text GStreamer cannot read. */
  open(device: Device): void {
    const pipeline = openPipeline(loudspeaker(device))
    this.#pipeline = pipeline
    pipeline.onBus((event) => {
      if (this.#pipeline !== pipeline) return
      if (event.type === 'error') this.#onTrouble(event.message)
      else if (event.type === 'eos') this.#onTrouble('it has ended')
    })
    this.#queue = pipeline.child('play')
    pipeline.play()
  }

  /** The device has taken sound. */
  get works(): boolean {
    return this.#given > this.#fill()
  }

  /** Plays 480 samples. */
  give(frame: Float32Array): void {
    const pipeline = this.#pipeline
    if (!pipeline) return
    const what = this.pace.before(this.#fill(), power(frame) < QUIET)
    if (what === 'leave out') return
    if (what === 'give with silence') this.#push(pipeline, this.#silence)
    this.#stretch.write(frame)
    const count = this.#stretch.read(this.#samples, this.#samples.length, this.pace.step)
    toInt16(this.#samples, this.#words, count)
    if (count > 0) this.#push(pipeline, this.#bytes.subarray(0, count * WORD))
    this.#moment = (this.#moment + 1) % MOMENTS
    if (this.#moment === 0) this.#look()
    else setTimeout(this.#look, this.#moment * APART)
  }

  close(): void {
    this.#pipeline?.stop()
    this.#pipeline = null
    this.#queue = null
  }

  readonly #look = (): void => {
    if (this.#pipeline) this.pace.look(this.#fill())
  }

  #push(pipeline: Pipeline, bytes: Uint8Array): void {
    pipeline.push('play', bytes)
    this.#given += bytes.length / WORD
  }

  /** Samples before the device. */
  #fill(): number {
    return Number(this.#queue?.['current-level-bytes'] ?? 0) / WORD
  }
}

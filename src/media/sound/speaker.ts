// speaker.ts — the loudspeaker: frames at the loop's pace go in, samples at the device's pace come out.
//
// pace.ts decides from the fill of the queue before the device. The fill is looked at once in each frame, each time
// 1 ms later after it: devices take whole periods, so looking always at the same moment would
// show the same number until the clocks have slipped by 10 ms.
import type { DeviceEnd } from '../../core/amiss.ts'
import type { Element, Pipeline } from '../gst.ts'
import { openPipeline } from '../gst.ts'
import { toInt16 } from './frame.ts'
import { type Device, loudspeaker } from './launch.ts'
import type { Pace } from './pace.ts'
import { Playout } from './playout.ts'

/** Bytes of one sample of 16 bit. */
const WORD = 2
/** Samples in one buffer: 2.5 ms. One buffer always waits inside a sink that blocks, so a small one is less delay. */
const PIECE = 120
/** How many moments within a frame, and how far apart, ms. */
const MOMENTS = 10
const APART = 1

export class Speaker {
  readonly #onTrouble: (why: DeviceEnd) => void
  readonly #playout = new Playout()
  readonly #words = new Int16Array(this.#playout.samples.length)
  readonly #bytes = new Uint8Array(this.#words.buffer)
  #given = 0
  #moment = 0
  #pipeline: Pipeline | null = null
  #queue: Element | null = null

  /** @param onTrouble the device has failed for good; close() it */
  constructor(onTrouble: (why: DeviceEnd) => void) {
    this.#onTrouble = onTrouble
  }

  /** Opens the device. Throws a Fault 'pipeline-refused' for a text GStreamer cannot read. @param buffer what it is to hold, ms */
  open(device: Device, buffer: number): void {
    const pipeline = openPipeline(loudspeaker(device, buffer))
    this.#pipeline = pipeline
    pipeline.onBus((event) => {
      if (this.#pipeline !== pipeline) return
      if (event.type === 'error') this.#onTrouble({ said: event.message })
      else if (event.type === 'eos') this.#onTrouble('ended')
    })
    this.#queue = pipeline.child('play')
    pipeline.play()
  }

  get pace(): Pace {
    return this.#playout.pace
  }

  /** The device has taken sound. */
  get works(): boolean {
    return this.#given > this.#fill()
  }

  /** Plays 480 samples. */
  give(frame: Float32Array): void {
    const pipeline = this.#pipeline
    if (!pipeline) return
    const count = this.#playout.make(frame, this.#fill())
    if (count === 0) return
    toInt16(this.#playout.samples, this.#words, count)
    for (let at = 0; at < count; at += PIECE) pipeline.push('play', this.#bytes.subarray(at * WORD, Math.min(count, at + PIECE) * WORD))
    this.#given += count
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

  /** Samples before the device. */
  #fill(): number {
    return Number(this.#queue?.['current-level-bytes'] ?? 0) / WORD
  }
}

// microphone.ts — a source of sound, cut into frames of 480 samples. It gives the loop its pace.
import type { DeviceEnd } from '../../core/amiss.ts'
import type { Pipeline } from '../gst.ts'
import { openPipeline } from '../gst.ts'
import { FRAME } from './frame.ts'
import { type Device, microphone } from './launch.ts'

export class Microphone {
  /** Frames given so far. */
  frames = 0
  readonly #onFrame: (frame: Float32Array) => void
  readonly #onTrouble: (why: DeviceEnd) => void
  readonly #frame = new Float32Array(FRAME)
  #filled = 0
  #pipeline: Pipeline | null = null

  /**
   * @param onFrame   is lent each frame; it must be done with it when it returns
   * @param onTrouble the source has failed for good; close() it
   */
  constructor(onFrame: (frame: Float32Array) => void, onTrouble: (why: DeviceEnd) => void) {
    this.#onFrame = onFrame
    this.#onTrouble = onTrouble
  }

  /** Opens the device. Throws a Fault 'pipeline-refused' for a text GStreamer cannot read. */
  open(device: Device): void {
    const pipeline = openPipeline(microphone(device))
    this.#pipeline = pipeline
    pipeline.onBus((event) => {
      if (this.#pipeline !== pipeline) return
      if (event.type === 'error') this.#onTrouble({ said: event.message })
      else if (event.type === 'eos') this.#onTrouble('ended')
    })
    pipeline.play()
    this.#next(pipeline)
  }

  close(): void {
    this.#pipeline?.stop()
    this.#pipeline = null
  }

  #next(pipeline: Pipeline): void {
    pipeline.pull('mic', (buffer) => {
      if (!buffer || this.#pipeline !== pipeline) return
      this.#take(floats(buffer))
      if (this.#pipeline === pipeline) this.#next(pipeline)
    })
  }

  #take(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(FRAME - this.#filled, samples.length - at)
      this.#frame.set(samples.subarray(at, at + count), this.#filled)
      this.#filled += count
      at += count
      if (this.#filled < FRAME) return
      this.#filled = 0
      this.frames++
      this.#onFrame(this.#frame)
    }
  }
}

/** The floats in a buffer of F32LE, without a copy where the memory is aligned. */
export function floats(buffer: Buffer): Float32Array {
  const count = buffer.length >> 2
  if (buffer.byteOffset % 4 === 0) return new Float32Array(buffer.buffer, buffer.byteOffset, count)
  return new Float32Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + count * 4))
}

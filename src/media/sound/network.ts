// network.ts — voices from RTP, and our voice to RTP. Both on loopback; the transports beyond are the daemon's.
import type { Element, Pipeline } from '../gst.ts'
import { openPipeline } from '../gst.ts'
import type { Seat } from '../scene.ts'
import { FRAME, toInt16 } from './frame.ts'
import { ears, voice, voices } from './launch.ts'
import { floats } from './microphone.ts'

/** Listens for everybody. The callbacks are given decoded samples, and what broke (then the worker has to begin anew). */
export function openEars(
  onSamples: (seat: Seat, samples: Float32Array) => void,
  onTrouble: (why: string) => void,
): Readonly<Record<Seat, number>> {
  const pipeline = openPipeline(ears())
  pipeline.onBus((event) => {
    if (event.type === 'error' || event.type === 'eos') onTrouble(event.type === 'error' ? `${event.source}: ${event.message}` : 'ended')
  })
  pipeline.play()
  for (const seat of voices()) {
    const next = (): void =>
      pipeline.pull(`s${seat}`, (buffer) => {
        if (!buffer) return
        onSamples(seat, floats(buffer))
        next()
      })
    next()
  }
  return Object.fromEntries(voices().map((seat) => [seat, Number(pipeline.child(`u${seat}`).port)]))
}

export class Voice {
  /** Frames given to the encoder. */
  frames = 0
  readonly #pipeline: Pipeline
  readonly #net: Element
  readonly #words = new Int16Array(FRAME)
  readonly #bytes = new Uint8Array(this.#words.buffer)

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
    this.#net = pipeline.child('net')
  }

  /** Bytes of RTP that left. */
  get left(): number {
    return Number(this.#net['bytes-served'] ?? 0)
  }

  /** 480 samples. */
  send(frame: Float32Array): void {
    toInt16(frame, this.#words, FRAME)
    this.#pipeline.push('voice', this.#bytes)
    this.frames++
  }

  close(): void {
    this.#pipeline.stop()
  }
}

/** @param port where RTP goes, on 127.0.0.1  @param cleaning noise suppression and level control */
export function openVoice(port: number, cleaning: boolean, onTrouble: (why: string) => void): Voice {
  const pipeline = openPipeline(voice(port, cleaning))
  pipeline.onBus((event) => {
    if (event.type === 'error') onTrouble(`${event.source}: ${event.message}`)
  })
  pipeline.play()
  return new Voice(pipeline)
}

// jpeg.ts — the TV's picture as JPEG: one when asked, or a live row of smaller ones. Nothing is encoded while nobody asks.
import { openPipeline, type Pipeline } from '../gst.ts'
import { stills, watching } from './launch.ts'
import type { Stage } from './stage.ts'

export class Jpegs {
  readonly #stage: Stage
  readonly #onFrame: (jpeg: Buffer) => void
  #still: Pipeline | null = null
  #live: Pipeline | null = null
  #asked: ((jpeg: Buffer) => void)[] = []
  #stale = false
  #watched = false
  #pulling = false

  constructor(stage: Stage, onFrame: (jpeg: Buffer) => void) {
    this.#stage = stage
    this.#onFrame = onFrame
  }

  /** The whole picture as it is after now. */
  still(then: (jpeg: Buffer) => void): void {
    this.#asked.push(then)
    if (this.#asked.length > 1) return
    this.#still ??= this.#open('still', stills())
    this.#stage.gate('still', true)
    this.#take(this.#still, this.#stale)
  }

  watch(on: boolean): void {
    this.#watched = on
    if (on) this.#live ??= this.#open('watch', watching())
    this.#stage.gate('watch', on)
    if (on && !this.#pulling && this.#live) this.#follow(this.#live)
  }

  /** One frame may still lie in the encoder from the time before: then the second is the right one. */
  #take(from: Pipeline, skip: boolean): void {
    from.pull('out', (jpeg) => {
      if (jpeg && skip) {
        this.#take(from, false)
        return
      }
      this.#stage.gate('still', false)
      this.#stale = true
      const asked = this.#asked
      this.#asked = []
      if (jpeg) for (const then of asked) then(jpeg)
    })
  }

  #follow(from: Pipeline): void {
    this.#pulling = true
    from.pull('out', (jpeg) => {
      this.#pulling = false
      if (!jpeg || !this.#watched) return
      this.#onFrame(jpeg)
      this.#follow(from)
    })
  }

  #open(sink: string, launch: string): Pipeline {
    const pipeline = openPipeline(launch)
    this.#stage.pipeline.bridge(sink, pipeline, 'in')
    pipeline.play()
    return pipeline
  }
}

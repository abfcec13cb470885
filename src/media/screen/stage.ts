// stage.ts — the one compositor: inputs are placed, shown and hidden while it plays, and it is never rebuilt.
import { openPipeline, type Pipeline } from '../gst.ts'
import type { Rect } from '../layout.ts'
import { FPS_IDLE, INPUTS, rate, stage, still } from './launch.ts'
import { again, look, type Tempo, tempo } from './tempo.ts'

export class Stage {
  readonly pipeline: Pipeline
  #tempo: Tempo
  readonly #calm: number
  #speed: 'lively' | 'calm' = 'calm'
  readonly #set = new Map<string, string>()

  /** @param fps pictures a second in a call, where the machine has time for so many */
  constructor(fps: number) {
    this.#tempo = tempo(fps)
    this.#calm = Math.min(FPS_IDLE, fps)
    this.pipeline = openPipeline(stage(this.#calm))
  }

  /** Frames that came out so far. */
  get frames(): number {
    return rendered(this.pipeline, 'tv')
  }

  /** In a call as many frames as the machine has time for; else a few, because nothing moves. */
  turn(speed: 'lively' | 'calm'): void {
    if (speed !== this.#speed) this.#tempo = again(this.#tempo)
    this.#speed = speed
    this.#put('rate', 'caps', rate(speed === 'lively' ? this.#tempo.fps : this.#calm))
  }

  /** To be called often: sees whether frames come in time. Gives how many a second there are from now on, when they become fewer. */
  look(now: number): number | null {
    if (this.#speed === 'calm') return null
    const { fps } = this.#tempo
    this.#tempo = look(this.#tempo, now, this.frames)
    this.turn('lively')
    return this.#tempo.fps < fps ? this.#tempo.fps : null
  }

  /** Where an input stands, and how much of it is seen (0 to 1). What it carries is never stretched to fit. */
  place(input: number, at: Rect, alpha: number): void {
    this.#put('mix', `sink_${input}::xpos`, String(at.x))
    this.#put('mix', `sink_${input}::ypos`, String(at.y))
    this.#put('mix', `sink_${input}::width`, String(at.width))
    this.#put('mix', `sink_${input}::height`, String(at.height))
    this.#put('mix', `sink_${input}::alpha`, String(alpha))
  }

  depth(input: number, z: number): void {
    this.#put('mix', `sink_${input}::zorder`, String(z * INPUTS + input))
  }

  hide(input: number): void {
    this.#put('mix', `sink_${input}::alpha`, '0')
  }

  /** Gives an input one still picture (I420); it stays until the next. */
  draw(input: number, raw: Buffer, width: number, height: number): void {
    this.#put(`in${input}`, 'caps', still(width, height))
    this.pipeline.push(`in${input}`, raw)
  }

  /** Opens or shuts the way to the JPEG encoders. */
  gate(which: 'still' | 'watch', open: boolean): void {
    this.pipeline.set(`${which}gate`, 'drop', String(!open))
  }

  #put(element: string, property: string, text: string): void {
    const name = `${element}.${property}`
    if (this.#set.get(name) === text) return
    this.#set.set(name, text)
    this.pipeline.set(element, property, text)
  }
}

/** How many buffers a sink has taken. */
export function rendered(pipeline: Pipeline, sink: string): number {
  return Number(/rendered\\?=\\?\(guint64\\?\)(\d+)/.exec(pipeline.get(sink, 'stats'))?.[1] ?? 0)
}

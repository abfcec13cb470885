// board.ts — the program's compositor and encoder while they play: pictures placed and hidden, names drawn, keyframes asked for.
import type { Bps } from '../../../lib/unit.ts'
import type { Lower } from '../../budget.ts'
import { type EncoderKind, keyOrder, type Picture } from '../../encoder.ts'
import { openPipeline, type Pipeline } from '../../gst.ts'
import type { Rect } from '../../layout.ts'
import { machineTime } from '../../machine-time.ts'
import { packetOf } from '../../packet.ts'
import { still } from '../launch.ts'
import { programLaunch } from './launch.ts'

/** Each look at both clocks is late by what interrupts it; of so many the best is right within microseconds. */
const TICKS = 5

export class Board {
  readonly kind: EncoderKind
  readonly picture: Picture
  readonly pipeline: Pipeline
  readonly #set = new Map<string, string>()

  /** Throws a Fault 'pipeline-refused' when this machine has no such encoder. @param lower its renditions, whose pictures come out at `raw<rung>` */
  constructor(kind: EncoderKind, picture: Picture, rate: Bps, lower: readonly Lower[]) {
    this.kind = kind
    this.picture = picture
    this.pipeline = openPipeline(programLaunch(kind, picture, rate, lower))
  }

  place(input: number, at: Rect, alpha: number, z: number): void {
    const pad = `sink_${input}`
    this.#put('mix', `${pad}::xpos`, String(at.x))
    this.#put('mix', `${pad}::ypos`, String(at.y))
    this.#put('mix', `${pad}::width`, String(at.width))
    this.#put('mix', `${pad}::height`, String(at.height))
    this.#put('mix', `${pad}::zorder`, String(z))
    this.#put('mix', `${pad}::alpha`, String(alpha))
  }

  hide(input: number): void {
    this.#put('mix', `sink_${input}::alpha`, '0')
  }

  /** Gives an input one still picture (I420); it stays until the next. */
  draw(input: number, raw: Buffer, width: number, height: number): void {
    this.#put(`in${input}`, 'caps', still(width, height))
    this.pipeline.push(`in${input}`, raw)
  }

  keyframe(): void {
    askKeyframe(this.pipeline, this.kind)
  }

  /** Whether small pictures of this rung are made. */
  gate(rung: number, open: boolean): void {
    this.#put(`gate${rung}`, 'drop', String(!open))
  }

  /** The machine's clock at this pipeline's time 0, ns. Never settles when it is stopped meanwhile. */
  async zero(): Promise<number> {
    let zero = Number.NEGATIVE_INFINITY
    for (let i = 0; i < TICKS; i++) zero = Math.max(zero, await this.#tick())
    return zero
  }

  /** The stamp is never earlier than `before`, so no tick gives more than the truth. */
  async #tick(): Promise<number> {
    const before = machineTime()
    this.pipeline.push('tick', Uint8Array.of(0))
    const pts = await new Promise<bigint | null>((done) => this.#tock(done))
    return pts === null ? Number.NEGATIVE_INFINITY : before * 1e6 - Number(pts)
  }

  #tock(done: (pts: bigint | null) => void): void {
    this.pipeline.pull('tock', (bytes) => {
      if (!bytes) return
      const packet = packetOf(bytes)
      if (packet.is === 'frame') done(packet.pts)
      else this.#tock(done)
    })
  }

  #put(element: string, property: string, text: string): void {
    const name = `${element}.${property}`
    if (this.#set.get(name) === text) return
    this.#set.set(name, text)
    this.pipeline.set(element, property, text)
  }
}

/** The next picture that goes into `enc`, before `pay`, becomes a keyframe. */
export function askKeyframe(pipeline: Pipeline, kind: EncoderKind): void {
  const order = keyOrder(kind)
  if (order) pipeline.set('enc', ...order)
  else pipeline.forceKeyUnit('pay')
}

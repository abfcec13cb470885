// painter.ts — turns drawings into raw pictures, one after the other, off the compositor's path.
import { openPipeline, type Pipeline } from '../gst.ts'
import { INK } from './card/ink.ts'
import { emojiPainter, painter } from './launch.ts'

/** A drawing that did not come out by then never will: librsvg does not say that it refuses one. The first takes seconds where there is much to do. */
const TIME_LIMIT_MS = 12_000
const EMOJI_SIDE = 64
/** There are 64 signs to compare; whoever sends others is not remembered for ever. */
const EMOJI_KEPT = 200

export class Painter {
  readonly #say: (sentence: string) => void
  #last: Promise<unknown> = Promise.resolve()
  #svg: Pipeline | null = null
  #emoji: Pipeline | null = null
  readonly #signs = new Map<string, string>()

  constructor(say: (sentence: string) => void) {
    this.#say = say
  }

  /** I420 of an SVG document of that (even) size; null when it cannot be drawn. */
  paint(svg: string, width: number, height: number): Promise<Buffer | null> {
    return this.#inTurn(async () => {
      this.#svg ??= started(painter())
      const raw = await one(this.#svg, Buffer.from(svg))
      const fits = raw !== null && raw.length === sizeOf(width, height)
      if (!fits) {
        this.#say(`a drawing of ${width} x ${height} did not come out (${raw?.length ?? 'nothing'})`)
        this.#svg.stop()
        this.#svg = null
      }
      return fits ? raw : null
    })
  }

  /** An emoji that was painted before, as a data: address. */
  readonly painted = (sign: string): string | null => this.#signs.get(sign) ?? null

  /** Paints those that are new; true when there was one. */
  async learn(signs: readonly string[]): Promise<boolean> {
    const fresh = signs.filter((sign) => !this.#signs.has(sign))
    for (const sign of fresh)
      await this.#inTurn(async () => {
        this.#emoji ??= started(emojiPainter())
        this.#emoji.set('sign', 'text', sign)
        const png = await one(this.#emoji, blank)
        if (this.#signs.size >= EMOJI_KEPT) this.#signs.clear()
        this.#signs.set(sign, png ? `data:image/png;base64,${png.toString('base64')}` : '')
      })
    return fresh.length > 0
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}

const started = (launch: string): Pipeline => {
  const pipeline = openPipeline(launch)
  pipeline.play()
  return pipeline
}

function one(pipeline: Pipeline, input: Uint8Array): Promise<Buffer | null> {
  return new Promise((done) => {
    const limit = setTimeout(() => done(null), TIME_LIMIT_MS)
    pipeline.pull('out', (buffer) => {
      clearTimeout(limit)
      done(buffer)
    })
    pipeline.push('in', input)
  })
}

/** Bytes of an I420 frame as GStreamer lays it out: rows padded to four bytes. */
export const sizeOf = (width: number, height: number): number => up4(width) * height + 2 * up4(width / 2) * (height / 2)
const up4 = (n: number): number => Math.ceil(n / 4) * 4

const [red = 0, green = 0, blue = 0] = (INK.ground.match(/[0-9a-f]{2}/g) ?? []).map((hex) => Number.parseInt(hex, 16))
const blank = Buffer.alloc(EMOJI_SIDE * EMOJI_SIDE * 4, Buffer.from([blue, green, red, 255]))

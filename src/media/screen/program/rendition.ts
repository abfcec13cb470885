// rendition.ts — one lower picture of a program: an encoder of its own, fed with what the board has made small, only while somebody wants it.
//
// Its frames go where the program's go (following.ts): the same times, keyframes at the same places. It begins and ends with a keyframe of the
// program's, so what was made of it is always whole. It gives nothing back to the program: when it fails it begins anew with the next keyframe, and
// after some times it is let be. Pictures come here as bytes, a frame at a time: 0.8 MB a second for the smallest, 10 for the largest.
import { collect } from '../../../lib/collect.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Lower } from '../../budget.ts'
import { type EncoderKind, encoderLaunch, inProgram } from '../../encoder.ts'
import { openPipeline, type Pipeline } from '../../gst.ts'
import { Outlet } from '../../outlet.ts'
import { insideOf, packetOf, stamp } from '../../packet.ts'
import { sized } from '../launch.ts'
import { askKeyframe } from './board.ts'
import { type Due, Following } from './following.ts'

type Parts = {
  readonly kind: EncoderKind
  readonly lower: Lower
  /** Opens and closes the way of small pictures to here. */
  readonly gate: (open: boolean) => void
  readonly say: (bytes: Uint8Array, sent: () => void) => void
  readonly trouble: (sentence: string) => void
}
/** One life of its encoder. `times`: of the pictures that are in it. */
type Life = { readonly pipeline: Pipeline; times: bigint[]; frames: number; idle: number }

/** Seconds from keyframe to keyframe if nobody asked: longer than the program's, whose keyframes are asked for here. */
const GOP = 10
/** Frames that may be in the encoder. */
const INSIDE = 4
/** Pictures that came while nothing came out: it hangs. */
const SILENT = 90
/** Lives that gave nothing, after which nothing more is tried. */
const VAIN = 3
/** Bytes that may wait for a daemon that does not read. */
const MOST_WAITING = 1024 * 1024
const LET_GO_MS = 300

export class Rendition {
  readonly #parts: Parts
  readonly #outlet: Outlet
  #following: Following | null = null
  #held: Due | null = null
  #life: Life | null = null
  #isWanted = false
  #vain = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#outlet = new Outlet(parts.say, MOST_WAITING)
  }

  want(is: boolean): void {
    this.#isWanted = is
    if (!is || this.#following || this.#vain >= VAIN) return
    this.#following = new Following(this.#parts.lower.every)
    this.#parts.gate(true)
  }

  /** A frame of the program is out: the picture of `at` was given the time `time`, running times, ns. */
  lead(at: bigint, time: bigint, isKey: boolean): void {
    this.#following?.lead({ at, time, isKey })
    this.#feed()
  }

  /** A small picture, as the board gives it. */
  picture(bytes: Uint8Array): void {
    const packet = packetOf(bytes)
    if (!this.#following || packet.is !== 'frame' || packet.pts === null) return
    this.#following.picture({ at: packet.pts, bytes: insideOf(bytes) })
    this.#feed()
  }

  stop(): void {
    this.#parts.gate(false)
    this.#following = null
    this.#held = null
    this.#close()
  }

  #feed(): void {
    for (;;) {
      this.#held ??= this.#following?.next() ?? null
      const due = this.#held
      if (!due) return
      // At a keyframe all before it has to be out: then it is known which picture becomes one, and nothing is lost where it ends.
      if (this.#life && this.#life.times.length >= (due.isKey ? 1 : INSIDE)) {
        if (++this.#life.idle > SILENT) this.#fell(this.#life, 'it gives nothing')
        return
      }
      if (due.isKey && !this.#isWanted) {
        this.stop()
        return
      }
      const life = this.#life ?? (due.isKey ? this.#begin() : null)
      this.#held = null
      if (!life) continue
      if (due.isKey && life.frames > 0) askKeyframe(life.pipeline, this.#parts.kind)
      life.times.push(due.time)
      life.pipeline.push('in', due.bytes)
    }
  }

  #begin(): Life | null {
    try {
      const pipeline = openPipeline(renditionLaunch(this.#parts.kind, this.#parts.lower))
      const life: Life = { pipeline, times: [], frames: 0, idle: 0 }
      this.#life = life
      pipeline.onBus((event) => {
        if (event.type === 'error' || event.type === 'eos')
          this.#fell(life, event.type === 'error' ? `${event.source}: ${event.message}` : 'it ended')
      })
      pipeline.play()
      this.#pull(life)
      return life
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#missed(error.message)
      return null
    }
  }

  #pull(life: Life): void {
    life.pipeline.pull('coded', (bytes) => {
      if (!bytes || life !== this.#life) return
      const time = packetOf(bytes).is === 'frame' ? life.times.shift() : undefined
      if (time !== undefined) {
        life.frames++
        life.idle = 0
        this.#vain = 0
        stamp(bytes, time)
        this.#outlet.give(bytes)
        this.#feed()
      }
      this.#pull(life)
    })
  }

  #fell(life: Life, why: string): void {
    if (life !== this.#life) return
    this.#close()
    this.#missed(why)
  }

  #missed(why: string): void {
    const { height } = this.#parts.lower.picture
    this.#parts.trouble(`the program's picture of ${height} lines is begun anew: ${why}`)
    if (++this.#vain >= VAIN) this.stop()
  }

  #close(): void {
    if (!this.#life) return
    this.#life.pipeline.stop()
    this.#life = null
    setTimeout(collect, LET_GO_MS).unref()
  }
}

/** Bare pictures in, in their order; what comes out is stamped by us, in the same order. */
export function renditionLaunch(kind: EncoderKind, { picture, rate }: Lower): string {
  const raw = `${sized(picture.width, picture.height)},framerate=${picture.fps}/1`
  return [
    `appsrc name=in is-live=true do-timestamp=true format=time caps="${raw}" max-buffers=8 max-bytes=0`,
    `! ${encoderLaunch(kind, picture, rate, 'enc', inProgram(picture, GOP))}`,
    '! gdppay name=pay crc-header=false ! appsink name=coded sync=false async=false max-buffers=50 drop=false',
  ].join(' ')
}

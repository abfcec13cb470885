// program.ts — the picture of a program, in the screen's worker: everybody on one board, encoded, out as bytes. Exists only while live.
//
// It takes from the seats what they decode anyway, and from the TV's scene who is there; it gives nothing back to the TV. Its pipeline
// is one of its own. When that fails or falls silent it is thrown away and built anew, with the next encoder when this one
// never worked or is the hardware's (which hangs rather than complains), and the TV goes on meanwhile.

import { systemClock } from '../../lib/clock.ts'
import { collect } from '../../lib/collect.ts'
import { Fault } from '../../lib/fault.ts'
import type { Lower } from '../budget.ts'
import { openPipeline } from '../gst.ts'
import { Keyframes } from '../keyframe.ts'
import type { Placement } from '../layout.ts'
import { Outlet } from '../outlet.ts'
import { packetOf, stamp } from '../packet.ts'
import type { PictureNews, PictureOrder } from '../program.ts'
import { CALL_SEATS, type Scene, type Seat } from '../scene.ts'
import { tileOf } from './card/ground.ts'
import type { Picture as CardPicture } from './card/tile.ts'
import type { Painter } from './painter.ts'
import { type Attempt, attempts } from './program/attempt.ts'
import { Board } from './program/board.ts'
import { programGround, programLabel } from './program/card.ts'
import { GROUND, nameOf, pictureOf } from './program/launch.ts'
import { timeInOrder } from './program/order.ts'
import { programPlaces, scaled } from './program/place.ts'
import { Renditions } from './program/renditions.ts'
import type { SeatPicture } from './seat.ts'

type Say = (news: PictureNews, sent?: () => void) => void
type Parts = {
  readonly order: PictureOrder
  readonly seats: readonly SeatPicture[]
  readonly painter: Pick<Painter, 'paint'>
  readonly say: Say
  /** What failed and is being mended, for the log. */
  readonly trouble: (sentence: string) => void
}

const ALL: readonly Seat[] = Array.from({ length: CALL_SEATS }, (_, seat) => seat)
/** Looks without a frame: the encoder hangs. 3 s, in our own time, for a machine that stood still itself is no fault of the encoder's. */
const SILENT_LOOKS = 75
/** Before it is built anew; twice as long each time it does not live long, up to 16 s. */
const PAUSE_MS = 500
const MOST_FALLS = 5
const LONG_LIFE_FRAMES = 300
/** A stopped pipeline keeps its files until the collector comes, and its bus poll keeps it for a moment. */
const LET_GO_MS = 300
/** The last picture of somebody who is reconnecting, as on the TV. */
const FAINT = 0.15

type Drawing = { readonly svg: string; readonly width: number; readonly height: number }
/** One life of a pipeline. */
type Life = {
  readonly board: Board
  readonly stills: Map<number, string>
  frames: number
  /** Looks since the last frame. */
  idle: number
  shown: string
  began: boolean
  /** The time of the last frame, of the pipeline. */
  last: bigint
  readonly lower: Renditions
}

export class ProgramPicture {
  readonly #parts: Parts
  readonly #outlet: Outlet
  readonly #keyframes: Keyframes
  readonly #attempts: readonly [Attempt, ...Attempt[]]
  #attempt = 0
  #falls = 0
  #life: Life | null = null
  #scene: Scene | null
  #painting = false
  #again = false
  #over = false
  #wanted: readonly number[] = []

  constructor(parts: Parts, scene: Scene | null) {
    this.#parts = parts
    this.#scene = scene
    this.#outlet = new Outlet((bytes, sent) => parts.say({ is: 'coded', bytes }, sent))
    this.#keyframes = new Keyframes(systemClock, () => this.#life?.board.keyframe())
    this.#attempts = attempts(parts.order.pictures, hasHardware())
  }

  start(): void {
    for (; !this.#life && this.#attempt < this.#attempts.length; this.#attempt++) {
      const { kind, picture, lower } = this.#attempts[this.#attempt] ?? this.#attempts[0]
      try {
        this.#begin(new Board(kind, picture, this.#parts.order.rate, lower), lower)
        return
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }
    this.#attempt = 0
    this.#mend('no encoder works')
  }

  show(scene: Scene): void {
    this.#scene = scene
    // Who closed the camera is not seen a moment longer.
    this.look()
    this.#paint()
  }

  /** To be called every 40 ms: follows the pictures, and sees when the encoder hangs. */
  look(): void {
    const life = this.#life
    if (!life || !this.#scene) return
    const shown = this.#shown(this.#scene)
    if (shown !== life.shown) {
      life.shown = shown
      this.#placeAll(this.#scene, life)
      this.#paint()
    }
    if (++life.idle > SILENT_LOOKS) this.#fell(life, 'it gives nothing')
  }

  /** Soon; asked for often, two a second at most. */
  keyframe(): void {
    this.#keyframes.ask()
  }

  /** These renditions are wanted, and no others. */
  wantLower(rungs: readonly number[]): void {
    this.#wanted = rungs
    this.#life?.lower.want(rungs)
  }

  stop(): void {
    this.#over = true
    if (this.#life) this.#close(this.#life)
    this.#parts.say({ is: 'ended' })
  }

  #begin(board: Board, all: readonly Lower[]): void {
    const { say, trouble } = this.#parts
    const lower = new Renditions(board, all, { say: (rung, bytes, sent) => say({ is: 'lower', rung, bytes }, sent), trouble })
    const life: Life = { board, stills: new Map(), frames: 0, idle: 0, shown: '', began: false, last: -1n, lower }
    this.#life = life
    board.pipeline.onBus((event) => {
      if (event.type === 'error' || event.type === 'eos')
        this.#fell(life, event.type === 'error' ? `${event.source}: ${event.message}` : 'it ended')
    })
    board.pipeline.play()
    for (const seat of ALL) this.#parts.seats[seat]?.lend({ pipeline: board.pipeline, input: `in${pictureOf(seat)}` })
    this.look()
    void board.zero().then((zero) => {
      if (life !== this.#life) return
      this.#parts.say({ is: 'began', stream: { track: 'video', zero, picture: board.picture, encoder: board.kind, lower: all } })
      life.began = true
      this.#pull(life)
      lower.want(this.#wanted)
    })
  }

  #pull(life: Life): void {
    life.board.pipeline.pull('coded', (bytes) => {
      if (!bytes || life !== this.#life) return
      const packet = packetOf(bytes)
      if (packet.is === 'frame') {
        life.frames++
        life.idle = 0
        const time = timeInOrder(packet.pts, life.last, life.board.picture.fps)
        life.lower.lead(packet.pts ?? time, time, !packet.leans)
        if (time !== packet.pts) stamp(bytes, time)
        life.last = time
      } else life.lower.word(bytes)
      this.#outlet.give(bytes)
      this.#pull(life)
    })
  }

  #fell(life: Life, why: string): void {
    if (life !== this.#life) return
    const { kind } = life.board
    if (life.frames === 0 || kind === 'v4l2') this.#attempt++
    if (life.frames > LONG_LIFE_FRAMES) this.#falls = 0
    this.#close(life)
    if (life.began) this.#parts.say({ is: 'lost' })
    this.#mend(`${kind}: ${why}`)
  }

  #mend(why: string): void {
    this.#parts.trouble(`the program's picture is begun anew: ${why}`)
    setTimeout(
      () => {
        if (!this.#over && !this.#life) this.start()
      },
      PAUSE_MS * 2 ** Math.min(this.#falls++, MOST_FALLS),
    )
  }

  #close(life: Life): void {
    this.#life = null
    for (const seat of this.#parts.seats) seat.lend(null)
    life.lower.stop()
    life.board.pipeline.stop()
    setTimeout(collect, LET_GO_MS).unref()
  }

  #picture(scene: Scene, seat: Seat): CardPicture {
    const showing = this.#parts.seats[seat]?.showing
    if (showing !== 'shown' && showing !== 'frozen') return 'none'
    return tileOf(scene, seat)?.state === 'reconnecting' ? 'faint' : 'shown'
  }

  /** All that placing depends on, in one word. */
  #shown(scene: Scene): string {
    return programPlaces(scene)
      .map((at) => {
        const size = this.#parts.seats[at.seat]?.size
        return [at.seat, at.x, at.y, at.width, at.height, this.#picture(scene, at.seat), size?.width, size?.height].join(',')
      })
      .join(' ')
  }

  #placeAll(scene: Scene, { board }: Life): void {
    const places = programPlaces(scene)
    for (const seat of ALL) {
      const at = places.find((place) => place.seat === seat)
      const covers = this.#parts.seats[seat]?.lentPlace(at ? scaled(at, board.picture) : null)
      const picture = this.#picture(scene, seat)
      if (covers && picture !== 'none') board.place(pictureOf(seat), covers, picture === 'faint' ? FAINT : 1, pictureOf(seat))
      else board.hide(pictureOf(seat))
    }
  }

  /** Paints what has changed. Called again while painting, it goes round once more at the end. */
  #paint(): void {
    this.#again = true
    if (this.#painting) return
    this.#painting = true
    void this.#paintAll().finally(() => {
      this.#painting = false
    })
  }

  async #paintAll(): Promise<void> {
    while (this.#again && this.#scene && this.#life) {
      this.#again = false
      const [scene, life] = [this.#scene, this.#life]
      const places = programPlaces(scene)
      const { picture } = life.board
      const ground = programGround(scene, places, (seat) => this.#picture(scene, seat), picture)
      if (await this.#still(life, GROUND, { ...picture, svg: ground })) life.board.place(GROUND, { x: 0, y: 0, ...picture }, 1, 0)
      for (const seat of ALL) await this.#name(scene, life, places.find((place) => place.seat === seat) ?? null, seat)
    }
  }

  async #name(scene: Scene, life: Life, place: Placement | null, seat: Seat): Promise<void> {
    const name = place && programLabel(scene, place, life.board.picture)
    const isDrawn = name && (await this.#still(life, nameOf(seat), name))
    if (life !== this.#life) return
    if (name && isDrawn) life.board.place(nameOf(seat), name, 1, nameOf(seat))
    else life.board.hide(nameOf(seat))
  }

  /** @returns it stands in that input now */
  async #still(life: Life, input: number, { svg, width, height }: Drawing): Promise<boolean> {
    if (life.stills.get(input) === svg) return true
    const raw = await this.#parts.painter.paint(svg, width, height)
    if (!raw || life !== this.#life) return false
    life.board.draw(input, raw, width, height)
    life.stills.set(input, svg)
    return true
  }
}

/** Is the hardware's encoder registered here? GStreamer does that only where the device is. */
function hasHardware(): boolean {
  try {
    openPipeline('fakesrc ! v4l2h264enc ! fakesink')
    return true
  } catch {
    return false
  }
}

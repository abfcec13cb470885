// show.ts — puts a scene on the stage: pictures to their places at once, drawings as soon as they are painted.
import { textIn } from '../../core/text/text.ts'
import { layout, type Placement } from '../layout.ts'
import { moves, type Scene, SEATS, SELF, type Seat } from '../scene.ts'
import { ground, tileOf } from './card/ground.ts'
import { INK } from './card/ink.ts'
import { type Label, label } from './card/label.ts'
import { menu } from './card/menu.ts'
import { notice } from './card/notice.ts'
import type { Picture } from './card/tile.ts'
import { watchLabel } from './card/watch.ts'
import { drawFrame, yuv } from './frame.ts'
import { GROUND, labelOf, MENU, NOTICE, pictureOf } from './launch.ts'
import { type Painter, sizeOf } from './painter.ts'
import type { SeatNews, SeatPicture } from './seat.ts'
import type { Stage } from './stage.ts'

const ALL: readonly Seat[] = Array.from({ length: SEATS }, (_, seat) => seat)
/** The last picture of somebody who is reconnecting: words on the ground under it keep 7:1 whatever it shows. */
const FAINT = 0.15
const FRAME = 8
const ACCENT = yuv(INK.accent)

/** What a show needs of the others. */
type ShowStage = Pick<Stage, 'turn' | 'place' | 'depth' | 'hide' | 'draw'>
type ShowSeat = Pick<SeatPicture, 'showing' | 'fill' | 'empty' | 'place' | 'look'>
type ShowPainter = Pick<Painter, 'paint' | 'painted' | 'learn'>
type ShowParts = {
  readonly stage: ShowStage
  readonly seats: readonly ShowSeat[]
  readonly painter: ShowPainter
  readonly tell: (seat: Seat, news: SeatNews) => void
}

export class Show {
  readonly #stage: ShowStage
  readonly #seats: readonly ShowSeat[]
  readonly #painter: ShowPainter
  readonly #tell: (seat: Seat, news: SeatNews) => void
  #scene: Scene | null = null
  /** The ground as painted last, and the same with frames around who speaks. Kept and written over: frames are 3 MB each. */
  readonly #base = Buffer.alloc(sizeOf(1920, 1080))
  readonly #framing = Buffer.alloc(sizeOf(1920, 1080))
  #painted = ''
  #framed = ''
  readonly #stills = new Map<number, string>()
  #painting = false
  #again = false

  constructor(parts: ShowParts) {
    this.#stage = parts.stage
    this.#seats = parts.seats
    this.#painter = parts.painter
    this.#tell = parts.tell
  }

  show(scene: Scene, now: number): void {
    const before = this.#scene
    this.#scene = scene
    for (const seat of ALL) {
      const is = tileOf(scene, seat)
      const was = before && moves(before) ? tileOf(before, seat) : null
      if (!moves(scene) || !is?.camera) this.#seats[seat]?.empty()
      else if (!was?.camera || was.name !== is.name) this.#seats[seat]?.fill(now)
    }
    this.#stage.turn(moves(scene) ? 'lively' : 'calm')
    this.#placeAll()
    this.paint()
  }

  /** To be called often: sees first frames, pictures that stand still, and pictures of another shape. */
  look(now: number): void {
    let changed = false
    for (const seat of ALL) {
      const { news, moved } = this.#seats[seat]?.look(now) ?? { news: null, moved: false }
      if (news) this.#tell(seat, news)
      changed ||= moved || news === 'first'
    }
    if (!changed) return
    this.#placeAll()
    this.paint()
  }

  /** A seat's pipeline was built anew: its tile shows the card until a frame comes. */
  lost(): void {
    this.#placeAll()
    this.paint()
  }

  /** Paints what has changed. Called again while painting, it goes round once more at the end. */
  paint(): void {
    this.#again = true
    if (this.#painting) return
    this.#painting = true
    void this.#paintAll().finally(() => {
      this.#painting = false
    })
  }

  readonly #picture = (seat: Seat): Picture => {
    const showing = this.#seats[seat]?.showing
    if (!this.#scene || (showing !== 'shown' && showing !== 'frozen')) return 'none'
    return tileOf(this.#scene, seat)?.state === 'reconnecting' ? 'faint' : 'shown'
  }

  #placeAll(): void {
    const placed = this.#scene ? layout(this.#scene) : []
    for (const seat of ALL) {
      const place = placed.find((p) => p.seat === seat)
      const input = pictureOf(seat)
      const picture = this.#picture(seat)
      if (!place || picture === 'none') this.#stage.hide(input)
      if (!place) continue
      const at = this.#seats[seat]?.place(place)
      if (!at || picture === 'none') continue
      this.#stage.depth(input, place.z)
      this.#stage.place(input, at, picture === 'faint' ? FAINT : 1)
    }
  }

  async #paintAll(): Promise<void> {
    while (this.#again && this.#scene) {
      this.#again = false
      const scene = this.#scene
      const placed = layout(scene)
      const inFront = placed.find((p) => p.z === 20) ?? null
      await this.#paintGround(scene, placed)
      for (const seat of ALL) {
        const place = placed.find((p) => p.seat === seat)
        const tile = tileOf(scene, seat)
        const text = textIn(scene.language ?? 'en')
        const words = scene.watch
          ? watchLabel(scene.watch, text)
          : place && tile && label(tile, place, text, this.#painter.painted, inFront)
        await this.#paintStill(labelOf(seat), place && tile && words ? words : null, place?.z ?? 10)
      }
      await this.#paintStill(NOTICE, notice(scene.notice, scene.live ?? null), 30)
      await this.#paintStill(MENU, menu(scene.menu ?? null), 40)
      const signs = [scene.self, scene.share, ...scene.people].flatMap((tile) => tile?.emoji?.slice(0, 4) ?? [])
      if (await this.#painter.learn(signs)) this.#again = true
    }
  }

  async #paintGround(scene: Scene, placed: readonly Placement[]): Promise<void> {
    const svg = ground(scene, this.#picture, new Date())
    if (svg !== this.#painted) {
      const raw = await this.#painter.paint(svg, 1920, 1080)
      if (!raw) return
      raw.copy(this.#base)
      this.#painted = svg
      this.#framed = '?'
    }
    const speaking = placed.filter((p) => p.seat !== SELF && p.width < 1920 && tileOf(scene, p.seat)?.speaking && p.z === 10)
    const framed = speaking.map((p) => `${p.x},${p.y},${p.width}`).join(' ')
    if (framed === this.#framed) return
    this.#base.copy(this.#framing)
    for (const place of speaking) drawFrame(this.#framing, 1920, 1080, place, FRAME, ACCENT)
    this.#stage.draw(GROUND, this.#framing, 1920, 1080)
    this.#framed = framed
  }

  async #paintStill(input: number, still: Label | null, z: number): Promise<void> {
    if (!still) {
      this.#stage.hide(input)
      this.#stills.delete(input)
      return
    }
    if (this.#stills.get(input) !== still.svg) {
      const raw = await this.#painter.paint(still.svg, still.width, still.height)
      if (!raw) {
        this.#stage.hide(input)
        return
      }
      this.#stage.draw(input, raw, still.width, still.height)
      this.#stills.set(input, still.svg)
    }
    this.#stage.depth(input, z)
    this.#stage.place(input, still, 1)
  }
}

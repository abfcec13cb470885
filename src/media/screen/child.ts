// child.ts — the screen's worker: joins stage, seats, painter and TV, and does its parent's orders. Forked by ../screen.ts.
import { setPriority } from 'node:os'
import { Bug, unreachable } from '../../lib/fault.ts'
import { runChild } from '../child.ts'
import type { PictureOrder } from '../program.ts'
import { type Scene, SEATS } from '../scene.ts'
import { Jpegs } from './jpeg.ts'
import type { News, Order } from './order.ts'
import { TvOutput } from './output.ts'
import { Painter } from './painter.ts'
import { ProgramPicture } from './program.ts'
import { SeatPicture } from './seat.ts'
import { Show } from './show.ts'
import { Stage } from './stage.ts'

// Where the processor is short, a picture comes later than a word: packets of the call and sound go first. Before GStreamer starts
// its threads, because each thread is born with the priority of its maker. (With it a guest's first picture came 50 ms sooner
// on two busy cores.)
setPriority(5)

/** A first frame is seen at most this late. */
const LOOK_MS = 40

type Say = (news: News, sent?: () => void) => void
type Screen = {
  readonly stage: Stage
  readonly seats: readonly SeatPicture[]
  readonly painter: Painter
  readonly show: Show
  readonly jpegs: Jpegs
  readonly tv: TvOutput
}
let screen: Screen | null = null
let program: ProgramPicture | null = null
let scene: Scene | null = null
let beats = 0

function open(order: Extract<Order, { do: 'begin' }>, say: Say): Screen {
  const stage = new Stage(order.fps)
  stage.pipeline.onBus((event) => {
    if (event.type === 'error') throw new Bug(`the compositor failed: ${event.source}: ${event.message} ${event.debug}`)
  })
  const seats: SeatPicture[] = []
  const ready = () => say({ is: 'ready', ports: seats.map((seat) => seat.port) })
  stage.pipeline.play()
  for (let seat = 0; seat < SEATS; seat++)
    seats.push(
      new SeatPicture(seat, stage, (why) => {
        say({ is: 'trouble', sentence: `the pictures of seat ${seat} were begun anew: ${why}` })
        ready()
        show.lost()
      }),
    )
  const painter = new Painter((sentence) => say({ is: 'trouble', sentence }))
  const show = new Show({ stage, seats, painter, tell: (seat, picture) => say({ is: 'picture', seat, picture }) })
  const jpegs = new Jpegs(stage, (jpeg) => say({ is: 'frame', jpeg }))
  const tv = new TvOutput(order, stage.pipeline, (output, why) => say({ is: 'output', output, why }))
  tv.open()
  setInterval(() => {
    const now = performance.now()
    const fewer = stage.look(now)
    if (fewer) say({ is: 'fewer', fps: fewer })
    show.look(now)
    program?.look()
  }, LOOK_MS)
  everyMinute(() => show.paint())
  ready()
  return { stage, seats, painter, show, jpegs, tv }
}

/** Just after each minute begins, however the clock is set meanwhile. */
function everyMinute(work: () => void): void {
  setTimeout(
    () => {
      work()
      everyMinute(work)
    },
    60_050 - (Date.now() % 60_000),
  )
}

function goLive(order: PictureOrder | null, { seats, painter }: Screen, say: Say): void {
  program?.stop()
  program = null
  if (!order) return
  const trouble = (sentence: string) => say({ is: 'trouble', sentence })
  program = new ProgramPicture({ order, seats, painter, say: (news, sent) => say({ is: 'program', news }, sent), trouble }, scene)
  program.start()
}

runChild<Order, News>({
  onOrder: (order, say) => {
    if (order.do === 'begin') {
      screen ??= open(order, say)
      return
    }
    if (!screen) throw new Bug(`'${order.do}' before 'begin'`)
    switch (order.do) {
      case 'show':
        scene = order.scene
        screen.show.show(order.scene, performance.now())
        program?.show(order.scene)
        break
      case 'patience':
        screen.seats[order.seat]?.patience(order.ms)
        break
      case 'still':
        screen.jpegs.still((jpeg) => say({ is: 'still', id: order.id, jpeg }))
        break
      case 'watch':
        screen.jpegs.watch(order.on)
        break
      case 'program':
        goLive(order.order, screen, say)
        break
      case 'program key':
        program?.keyframe()
        break
      case 'program lower':
        program?.wantLower(order.rungs)
        break
      default:
        unreachable(order)
    }
  },
  // The compositor turns by itself, so something is due at every beat; only before its first frame nothing is owed.
  evidence: () => {
    const out = screen?.stage.frames ?? 0
    if (out > 0) beats++
    return { in: beats, out }
  },
  onStop: () => screen?.tv.close(),
})

// screen.ts — the TV, as the rest of the house sees it: takes a scene and the seats' RTP, shows them, and says what it lacks.
//
// The pictures are made in a child (screen/child.ts); this is the side that stays alive. It keeps the last scene to give to the next
// child, forwards packets, and asks for keyframes: after a loss, for a seat without a picture, and for one that stands still.
import { type Amiss, sameAmiss } from '../core/amiss.ts'
import { inEnglish } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import { Fault, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { Arrival } from './arrival.ts'
import type { EncoderKind } from './encoder.ts'
import { RtpOut } from './port.ts'
import type { PictureNews, PictureOrder } from './program.ts'
import { moves, type Scene, SEATS, type Seat } from './scene.ts'
import type { News, Order, Output } from './screen/order.ts'
import { type Fork, Worker } from './worker.ts'

export type ScreenSettings = {
  /** auto, hdmi, window, none, or launch: and a GStreamer sink that takes I420 of 1920 x 1080. */
  readonly output: string
  /** Pictures a second in a call, at most; 60 shows each frame sooner, 30 halves the work. Left out or 0: by the machine. */
  readonly fps?: number
}
export type ScreenFact = {
  readonly output: Output
  /** What is wrong with the TV; null: nothing. */
  readonly why: Amiss | null
}
export type ScreenEvents = {
  /** This seat shows nothing new before a keyframe. At most one in 500 ms for each seat. */
  needKeyframe: [seat: Seat]
  fact: [fact: ScreenFact]
  /** Of the program's picture, while there is one (program.ts). */
  program: [news: PictureNews]
}

const ROUND = ms(100)
const KEYFRAME_EVERY = 500
/** A newcomer's stream mostly begins with a keyframe: only when no picture has come by then it is asked for. */
const FIRST_PICTURE = 300
/** A seat whose packets stopped needs no keyframe: a camera that is off, a network that is gone. */
const FLOWING = 1000
const JPEG_LIMIT = seconds(5)
const READY_LIMIT = seconds(10)

type SeatState = { readonly out: RtpOut; readonly arrival: Arrival; seen: boolean; wants: boolean; askedAt: number; patience: number }

export class Screen extends Emitter<ScreenEvents> {
  readonly #settings: ScreenSettings
  readonly #clock: Clock
  readonly #log: Log
  readonly #worker: Worker<Order, News>
  readonly #seats: readonly SeatState[]
  readonly #watchers = new Set<(jpeg: Buffer) => void>()
  readonly #asked = new Map<number, (jpeg: Buffer) => void>()
  #scene: Scene | null = null
  #program: PictureOrder | null = null
  #lower: readonly number[] = []
  /** The program's encoder that is at work; null: none. */
  #encoder: EncoderKind | null = null
  #ready = new AbortController()
  #halt = new AbortController()
  #rounds: Promise<void> | null = null
  #stills = 0
  readonly #ports: number[] = []
  #fact: ScreenFact | null = null
  #hadTv = false
  /** So few pictures a second were told already: it is tried anew again and again. */
  #fewest = Number.POSITIVE_INFINITY

  constructor(parts: { settings: ScreenSettings; fork: Fork; clock: Clock; log: Log }) {
    const log = parts.log.part('screen')
    super((error) => log.error('a listener of the screen failed', error))
    this.#settings = parts.settings
    this.#clock = parts.clock
    this.#log = log
    this.#seats = Array.from({ length: SEATS }, () => ({
      out: new RtpOut(),
      arrival: new Arrival(),
      seen: false,
      wants: false,
      askedAt: Number.NEGATIVE_INFINITY,
      patience: 10,
    }))
    this.#worker = new Worker<Order, News>({
      name: 'screen',
      module: new URL('./screen/child.ts', import.meta.url),
      fork: parts.fork,
      clock: parts.clock,
      log: parts.log,
      first: () => this.#first(),
    })
    this.#worker.on('news', (news) => this.#hear(news))
    this.#worker.on('fault', () => this.#fell())
  }

  /** The child's process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#worker.pid
  }

  /** How often it fell since it was opened. */
  get fell(): number {
    return this.#worker.fell
  }

  /** When the worker last gave a sign of life, by the clock; null: never. */
  get heardAt(): Ms | null {
    return this.#worker.heardAt
  }

  /** Where the picture goes; null: not known yet. */
  get fact(): ScreenFact | null {
    return this.#fact
  }

  /** Starts, and waits until packets can be taken. Rejects with a Fault 'screen-lost' after 10 s, but goes on trying. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#rounds) return
    this.#halt = new AbortController()
    this.#ready = new AbortController()
    this.#worker.start()
    this.#rounds = this.#keepAsking(this.#halt.signal)
    const either = AbortSignal.any([signal, this.#ready.signal])
    await this.#clock.sleep('first life of the screen', READY_LIMIT, either).catch(() => {})
    if (this.#ready.signal.aborted) return
    signal.throwIfAborted()
    throw new Fault('screen-lost', 'the TV picture does not start; it is tried again')
  }

  async stop(): Promise<void> {
    this.#halt.abort()
    await this.#worker.stop()
    if (this.#program) this.emit('program', { is: 'lost' })
    await this.#rounds
    this.#rounds = null
    for (const { out } of this.#seats) out.close()
  }

  /** Shows this from now on. */
  show(scene: Scene): void {
    const before = this.#scene
    this.#scene = scene
    for (const seat of this.#seats.keys()) {
      const is = sitting(scene, seat)
      if (is && is === (before ? sitting(before, seat) : null)) continue
      this.#renew(seat)
    }
    this.#worker.send({ do: 'show', scene })
  }

  /** A packet of a seat: H.264, payload type 96. Never throws. */
  rtp(seat: Seat, packet: Buffer): void {
    const state = this.#seats[seat]
    if (!state) return
    if (state.arrival.take(packet, this.#clock.now())) state.wants = true
    state.out.send(packet)
  }

  /** The TV's picture now, 1920 x 1080. Rejects with a Fault 'screen-lost' when there is none within 5 s. */
  jpeg(): Promise<Buffer> {
    const id = ++this.#stills
    return new Promise((done, fail) => {
      const came = new AbortController()
      this.#asked.set(id, (jpeg) => {
        came.abort()
        done(jpeg)
      })
      this.#worker.send({ do: 'still', id })
      this.#clock
        .sleep('a picture of the TV', JPEG_LIMIT, came.signal)
        .then(() => fail(new Fault('screen-lost', 'there is no picture of the TV just now')))
        .catch(() => {})
        .finally(() => this.#asked.delete(id))
    })
  }

  /** The TV live: 960 x 540, about 15 a second. Costs something only while somebody watches. */
  watch(onJpeg: (jpeg: Buffer) => void): Off {
    const watcher = (jpeg: Buffer): void => onJpeg(jpeg)
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) this.#worker.send({ do: 'watch', on: true })
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#worker.send({ do: 'watch', on: false })
    }
  }

  /** Makes the picture of a program too, from now on until stopProgram(), whatever befalls the worker. For program.ts. */
  startProgram(order: PictureOrder): void {
    this.#program = order
    this.#lower = []
    this.#worker.send({ do: 'program', order })
  }

  stopProgram(): void {
    this.#program = null
    this.#encoder = null
    if (this.pid === undefined) this.emit('program', { is: 'ended' })
    else this.#worker.send({ do: 'program', order: null })
  }

  programKeyframe(): void {
    this.#worker.send({ do: 'program key' })
  }

  programLower(rungs: readonly number[]): void {
    this.#lower = rungs
    this.#worker.send({ do: 'program lower', rungs })
  }

  onProgram(listener: (news: PictureNews) => void): Off {
    return this.on('program', listener)
  }

  #first(): Order[] {
    const { output } = this.#settings
    const fps = this.#settings.fps || (process.arch === 'arm64' || process.arch === 'arm' ? 30 : 60)
    return [
      { do: 'begin', output, fps, hadTv: this.#hadTv },
      ...this.#seats.map(({ patience }, seat): Order => ({ do: 'patience', seat, ms: patience })),
      ...(this.#scene ? [{ do: 'show', scene: this.#scene } as const] : []),
      ...(this.#program ? [{ do: 'program', order: this.#program } as const, { do: 'program lower', rungs: this.#lower } as const] : []),
      ...(this.#watchers.size > 0 ? [{ do: 'watch', on: true } as const] : []),
      ...[...this.#asked.keys()].map((id): Order => ({ do: 'still', id })),
    ]
  }

  #hear(news: News): void {
    switch (news.is) {
      case 'ready':
        this.#connect(news.ports)
        break
      case 'picture':
        this.#see(news.seat, news.picture)
        break
      case 'output':
        this.#tell({ output: news.output, why: news.why })
        break
      case 'still':
        this.#asked.get(news.id)?.(Buffer.from(news.jpeg))
        break
      case 'frame': {
        const jpeg = Buffer.from(news.jpeg)
        for (const watcher of this.#watchers) watcher(jpeg)
        break
      }
      case 'fewer':
        if (news.fps < this.#fewest)
          this.#log.info('the TV shows fewer pictures a second: the machine has no time for more', { fps: news.fps })
        this.#fewest = Math.min(this.#fewest, news.fps)
        break
      case 'program':
        if (news.news.is === 'began') this.#encoder = news.news.stream.encoder
        this.emit('program', news.news)
        break
      case 'trouble':
        this.#log.warn(news.sentence)
        break
      default:
        unreachable(news)
    }
  }

  #connect(ports: readonly number[]): void {
    this.#seats.forEach(({ out }, seat) => {
      const port = ports[seat]
      if (!port || port === this.#ports[seat]) return
      this.#ports[seat] = port
      out.to(port)
      this.#renew(seat)
    })
    this.#ready.abort()
  }

  #fell(): void {
    this.#ports.length = 0
    // Perhaps it was the hardware's encoder that took it along: the TV does not fall for that twice.
    const { pictures, rate } = this.#program ?? {}
    if (this.#encoder === 'v4l2' && pictures && rate) this.#program = { pictures: { ...pictures, hardware: null }, rate }
    this.#encoder = null
    this.emit('program', { is: this.#program ? 'lost' : 'ended' })
  }

  #see(seat: Seat, picture: 'first' | 'frozen' | 'moving'): void {
    const state = this.#seats[seat]
    if (!state) return
    state.seen = true
    state.wants = picture === 'frozen'
    if (picture === 'frozen') this.#log.debug('a picture stands still', { seat })
  }

  #renew(seat: Seat): void {
    const state = this.#seats[seat]
    if (!state) return
    state.seen = false
    state.wants = false
    state.arrival.forget()
  }

  async #keepAsking(halt: AbortSignal): Promise<void> {
    while (!halt.aborted) {
      const now = this.#clock.now()
      this.#seats.forEach((state, seat) => {
        this.#ask(seat, state, now)
        this.#tune(seat, state)
      })
      await this.#clock.sleep('round of the screen', ROUND, halt).catch(() => {})
    }
  }

  #ask(seat: Seat, state: SeatState, now: number): void {
    const { arrival } = state
    if (arrival.firstAt === null) return
    const flows = now - arrival.lastAt < FLOWING
    const lacks = state.wants || (!state.seen && now - arrival.firstAt > FIRST_PICTURE)
    if (!flows || !lacks || now - state.askedAt < KEYFRAME_EVERY) return
    state.askedAt = now
    state.wants = false
    this.emit('needKeyframe', seat)
  }

  #tune(seat: Seat, state: SeatState): void {
    const { patience } = state.arrival
    if (Math.abs(patience - state.patience) < 0.25 * state.patience) return
    state.patience = patience
    this.#worker.send({ do: 'patience', seat, ms: patience })
  }

  #tell(fact: ScreenFact): void {
    if (fact.output === this.#fact?.output && sameAmiss(fact.why, this.#fact.why)) return
    this.#fact = fact
    this.#hadTv ||= fact.output !== 'none'
    const well = fact.output === 'none' ? 'No TV output; the picture is at /tv' : 'The TV shows the picture'
    this.#log.info(fact.why ? inEnglish(fact.why) : well, { output: fact.output })
    this.emit('fact', fact)
  }
}

/** Who is to be seen in a seat: one word that changes when somebody else is, or their camera comes on. */
function sitting(scene: Scene, seat: Seat): string | null {
  if (!moves(scene)) return null
  const tile = [scene.self, scene.share, scene.replay, ...scene.people].find((t) => t?.seat === seat)
  return tile?.camera ? tile.name : null
}

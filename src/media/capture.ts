// capture.ts — our camera as the daemon sees it: opened, closed, missing; its RTP given on packet by packet.
//
// The device is held by a worker (capture/main.ts), which lives from open() to close() and no longer: a closed camera
// is a process that is not there. While the wanted camera is missing the worker looks for it again and again and, if
// so set, sends the test picture; the fact still says missing, and why.
import { type Amiss, sameAmiss } from '../core/amiss.ts'
import { inEnglish, type Text, textIn } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Bps, kbps, type Ms, seconds } from '../lib/unit.ts'
import { BUDGET, type Budget } from './budget.ts'
import type { CameraNews, CameraOrder, Filmed } from './capture/order.ts'
import { Seam } from './capture/seam.ts'
import { parseSource, type Source } from './capture/source.ts'
import type { EncoderKind } from './encoder.ts'
import { Keyframes } from './keyframe.ts'
import { RtpIn } from './port.ts'
import { type Fork, Worker } from './worker.ts'

export type CameraSettings = {
  /** auto, none, test, libcamera, /dev/video0, file:PATH or launch:SOURCE. */
  readonly source: string
  /** Send the test picture while the camera is missing. */
  readonly standIn: boolean
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly kbps: number
}

/** `why` says what is amiss while missing, else null. */
export type CameraFact = { readonly camera: 'open' | 'closed' | 'missing'; readonly why: Amiss | null }
export type CameraEvents = {
  /** What is, when it changes. */
  fact: [fact: CameraFact]
  /** The worker fell and is being brought back; the stream goes on in a moment. */
  fault: [fault: Fault]
}

/** The worker looks through all devices in this time, or is hopeless. */
const PATIENCE = seconds(15)
const SSRC = 1
const SMALL_SSRC = 2
const LEAST = kbps(50)
const MOST = kbps(20_000)

/** All that lives from open() to close(). */
type Session = {
  readonly worker: Worker<CameraOrder, CameraNews>
  readonly rtp: RtpIn
  readonly small: RtpIn | null
  readonly end: AbortController
  port: number
  smallPort: number
}

export class Camera extends Emitter<CameraEvents> {
  readonly #settings: CameraSettings
  readonly #source: Source
  readonly #budget: Budget
  readonly #text: Text
  readonly #onRtp: (packet: Buffer) => void
  readonly #onSmall: ((packet: Buffer) => void) | null
  readonly #fork: Fork
  readonly #clock: Clock
  readonly #log: Log
  readonly #seam: Seam
  readonly #keyframes: Keyframes
  readonly #smallSeam: Seam
  readonly #smallKeyframes: Keyframes
  #smallRate: Bps | null = null
  #hasSmall = false
  #fact: CameraFact = { camera: 'closed', why: null }
  /** Form, encoder and size of the picture that was last open. */
  #what = ''
  /** A worker that is forked anew does not begin with all that this camera never could. */
  #filmed: Filmed | null = null
  #rate: Bps
  #session: Session | null = null
  #closing: Promise<void> = Promise.resolve()
  /** Those who wait for the first packet. */
  #waiting = new Set<{ resolve: () => void; reject: (fault: Fault) => void }>()
  /** Packets since the last fall, and the encoder that was then at work: a hardware encoder that falls before it gave one is not tried again until close(). */
  #packets = 0
  #suspect: EncoderKind | null = null
  #avoid: readonly EncoderKind[] = []

  /**
   * @param parts.budget what the encoders have left for this camera; left out: all that a Pi's encoder has
   * @param parts.text the language of what is written into the test picture; left out: English
   * @throws Refusal 'bad-config' when settings.source is not a source
   */
  constructor(parts: {
    settings: CameraSettings
    budget?: Budget
    text?: Text
    onRtp: (packet: Buffer) => void
    /** Packets of the small picture, a stream of its own; left out: there is none. */
    onSmall?: (packet: Buffer) => void
    fork: Fork
    clock: Clock
    log: Log
  }) {
    const log = parts.log.part('camera')
    super((error) => log.error('a listener of the camera failed', error))
    this.#settings = parts.settings
    this.#source = parseSource(parts.settings.source)
    this.#budget = parts.budget ?? BUDGET
    this.#text = parts.text ?? textIn('en')
    this.#onRtp = parts.onRtp
    this.#onSmall = parts.onSmall ?? null
    this.#fork = parts.fork
    this.#clock = parts.clock
    this.#log = log
    this.#seam = new Seam(parts.clock, SSRC)
    this.#keyframes = new Keyframes(parts.clock, () => this.#session?.worker.send({ do: 'key' }))
    this.#smallSeam = new Seam(parts.clock, SMALL_SSRC)
    this.#smallKeyframes = new Keyframes(parts.clock, () => this.#session?.worker.send({ do: 'small key' }))
    this.#rate = kbps(parts.settings.kbps)
  }

  get fact(): CameraFact {
    return this.#fact
  }

  /** The process that holds the camera; undefined when there is none. */
  get pid(): number | undefined {
    return this.#session?.worker.pid
  }

  /** How often it fell since it was opened. */
  get fell(): number {
    return this.#session?.worker.fell ?? 0
  }

  /** When the worker last gave a sign of life, by the clock; null: never. */
  get heardAt(): Ms | null {
    return this.#session?.worker.heardAt ?? null
  }

  /**
   * Opens the camera. Resolves with the first packet, the stand-in's too. Throws a Fault 'camera-lost' when there is none to be had; it then
   * is still looked for until close(). Aborting closes the camera.
   */
  async open(signal: AbortSignal): Promise<void> {
    await this.#closing
    signal.throwIfAborted()
    if (this.#source.kind === 'none') {
      this.#is({ camera: 'missing', why: { is: 'camera unwanted' } })
      throw new Fault('camera-lost', 'no camera is wanted: camera.source is "none"')
    }
    if (!this.#session) await this.#begin()
    if (!this.#session) throw new Fault('camera-lost', 'the camera was closed')
    if (this.#packets > 0 && this.#fact.camera !== 'closed') return
    const first = Promise.withResolvers<void>()
    const waiter = { resolve: () => first.resolve(), reject: (fault: Fault) => first.reject(fault) }
    this.#waiting.add(waiter)
    const over = new AbortController()
    const patience = this.#clock.sleep('first packet of the camera', PATIENCE, AbortSignal.any([signal, over.signal]))
    try {
      await Promise.race([
        first.promise,
        patience.then(() => {
          throw new Fault('camera-lost', 'the camera gave no picture')
        }),
      ])
    } catch (error) {
      if (signal.aborted) await this.close()
      throw error
    } finally {
      this.#waiting.delete(waiter)
      over.abort()
      patience.catch(() => {})
    }
  }

  /** Ends the worker: when this resolves, no process of ours holds the camera. Safe to call twice. */
  close(): Promise<void> {
    const session = this.#session
    if (!session) return this.#closing
    this.#session = null
    this.#closing = this.#end(session)
    return this.#closing
  }

  /** Somebody needs a keyframe. Call as often as asked: at most one per 500 ms is made. */
  askKeyframe(): void {
    if (this.#session) this.#keyframes.ask()
  }

  /** The bit rate from now on, also across close() and open(). Takes effect while it runs. */
  setRate(rate: Bps): void {
    const wanted = Math.round(Math.min(MOST, Math.max(LEAST, rate))) as Bps
    if (wanted === this.#rate) return
    this.#rate = wanted
    this.#session?.worker.send({ do: 'rate', rate: wanted })
  }

  /** There is a small picture beside the first, as long as the camera is open. */
  get hasSmall(): boolean {
    return this.#session !== null && this.#hasSmall
  }

  /** The bit rate of the small picture, of half the width and height; null: nobody is shown it, so it is not encoded. */
  setSmall(rate: Bps | null): void {
    const wanted = rate === null ? null : (Math.round(Math.min(MOST, Math.max(LEAST, rate))) as Bps)
    if (wanted === this.#smallRate) return
    this.#smallRate = wanted
    this.#session?.worker.send({ do: 'small', rate: wanted })
  }

  /** The same as askKeyframe(), of the small picture. */
  askSmallKeyframe(): void {
    if (this.#session && this.#smallRate !== null) this.#smallKeyframes.ask()
  }

  async #begin(): Promise<void> {
    this.#packets = 0
    const rtp = new RtpIn((packet) => this.#take(packet))
    const worker = new Worker<CameraOrder, CameraNews>({
      name: 'camera',
      module: new URL('./capture/main.ts', import.meta.url),
      fork: this.#fork,
      clock: this.#clock,
      log: this.#log,
      first: () => [this.#openOrder(session)],
    })
    const onSmall = this.#onSmall
    const small = onSmall && new RtpIn((packet) => this.#takeSmall(packet, onSmall))
    const session: Session = { worker, rtp, small, end: new AbortController(), port: 0, smallPort: 0 }
    this.#session = session
    worker.on('news', (news) => session === this.#session && this.#hear(news, session))
    worker.on('fault', (fault) => session === this.#session && this.#fell(fault, session))
    try {
      session.port = await rtp.open()
      session.smallPort = (await small?.open()) ?? 0
    } catch (error) {
      if (session === this.#session) this.#session = null
      rtp.close()
      throw error
    }
    if (session === this.#session) worker.start()
  }

  async #end(session: Session): Promise<void> {
    await session.worker.stop()
    session.rtp.close()
    session.small?.close()
    this.#packets = 0
    // A codec that hung may be well again when the camera is opened anew.
    this.#avoid = []
    this.#filmed = null
    for (const waiter of this.#waiting) waiter.reject(new Fault('camera-lost', 'the camera was closed'))
    this.#is({ camera: 'closed', why: null })
  }

  #openOrder({ port, small: smallIn, smallPort }: Session): CameraOrder {
    const { width, height, fps, standIn } = this.#settings
    const picture = { width, height, fps }
    const words = { test: this.#text.testPicture, lost: this.#text.standIn }
    const kept = { budget: this.#budget, rate: this.#rate, avoid: this.#avoid, filmed: this.#filmed }
    const small = smallIn && { port: smallPort, rate: this.#smallRate }
    return { do: 'open', source: this.#source, picture, port, small, standIn, words, ...kept }
  }

  #take(packet: Buffer): void {
    this.#packets++
    this.#seam.mend(packet)
    this.#onRtp(packet)
    if (this.#packets === 1) this.#settle()
  }

  #takeSmall(packet: Buffer, give: (packet: Buffer) => void): void {
    this.#smallSeam.mend(packet)
    give(packet)
  }

  /** open() is done when there are packets and it is known what they show. */
  #settle(): void {
    if (this.#packets > 0 && this.#fact.camera !== 'closed') for (const waiter of this.#waiting) waiter.resolve()
  }

  #hear(news: CameraNews, { rtp, small }: Session): void {
    switch (news.say) {
      case 'trying':
        // Each pipeline sends from a port of its own.
        rtp.expect(null)
        small?.expect(null)
        this.#suspect = news.encoder
        return
      case 'open':
        if (this.#fact.camera !== 'open' || news.what !== this.#what) this.#log.info('the camera is open', { what: news.what })
        this.#what = news.what
        this.#filmed = news.filmed
        this.#hasSmall = news.small
        this.#is({ camera: 'open', why: null })
        this.#settle()
        return
      case 'missing':
        if (!sameAmiss(this.#fact.why, news.why)) this.#log.warn('the camera is missing', { why: inEnglish(news.why) })
        this.#is({ camera: 'missing', why: news.why })
        this.#settle()
        if (!this.#settings.standIn) for (const waiter of this.#waiting) waiter.reject(new Fault('camera-lost', inEnglish(news.why)))
        return
      default:
        unreachable(news)
    }
  }

  #fell(fault: Fault, { rtp, small }: Session): void {
    rtp.expect(null)
    small?.expect(null)
    if (this.#packets === 0) {
      if (this.#suspect === 'v4l2' && !this.#avoid.includes('v4l2')) this.#avoid = [...this.#avoid, 'v4l2']
      else this.#is({ camera: 'missing', why: { is: 'camera fell', said: fault.message } })
    }
    this.#packets = 0
    this.emit('fault', fault)
  }

  #is(fact: CameraFact): void {
    if (fact.camera === this.#fact.camera && sameAmiss(fact.why, this.#fact.why)) return
    this.#fact = fact
    this.emit('fact', fact)
  }
}

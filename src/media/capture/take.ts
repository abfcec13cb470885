// take.ts — one pipeline of the camera worker from play to end: watched, counted, and asked for keyframes and other rates.
//
// It ends by an error, at the end of a file, when no packet comes at all, or when the source goes dry: a camera that
// is still there but gives no more frames says nothing by itself.
import { systemClock } from '../../lib/clock.ts'
import { collect } from '../../lib/collect.ts'
import { Fault } from '../../lib/fault.ts'
import { type Bps, ms } from '../../lib/unit.ts'
import { type EncoderKind, keyOrder, rateChange } from '../encoder.ts'
import { openPipeline, type Pipeline } from '../gst.ts'
import type { Evidence } from '../watch.ts'
import { Made } from './made.ts'

export type End =
  | { readonly by: 'error'; readonly element: string; readonly message: string }
  | { readonly by: 'eos' }
  | { readonly by: 'silence' }
  | { readonly by: 'drought' }
  | { readonly by: 'order' }

const LOOK = ms(100)
/** How often it is looked for the first packet, and how often at most: a USB camera takes up to 2 s. */
const FIRST_LOOK = ms(20)
const FIRST_LOOKS = 300
/** No frame for this long: the source is dry. */
const DRY_LOOKS = 20

export class Take {
  readonly #encoder: EncoderKind | null
  readonly #hasSmall: boolean
  #pipeline: Pipeline | null = null
  #counts: Evidence = { in: 0, out: 0 }
  #isSmallOpen = false
  readonly #made: Made

  /** @param rate as in the text that is played  @param hasSmall there is a small picture beside the first */
  constructor(encoder: EncoderKind | null, rate: Bps, hasSmall = false) {
    this.#encoder = encoder
    this.#made = new Made(rate)
    this.#hasSmall = hasSmall
  }

  /** Frames out of the source, bytes of RTP out of the pipeline. At most 100 ms old. */
  get counts(): Evidence {
    return this.#counts
  }

  /** Plays until it ends or is told to. `onPlays` comes with the first packet. Never rejects: what will not build has ended by an error. */
  async play(launch: string, onPlays: () => void, signal: AbortSignal): Promise<End> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    let end: End = { by: 'order' }
    const finish = (how: End): void => {
      if (over.signal.aborted) return
      end = how
      over.abort()
    }
    try {
      this.#pipeline = openPipeline(launch)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return { by: 'error', element: 'launch', message: error.message }
    }
    this.#pipeline.onBus((event) => {
      if (event.type === 'error') finish({ by: 'error', element: event.source, message: event.message })
      if (event.type === 'eos') finish({ by: 'eos' })
    })
    this.#pipeline.play()
    let dry = 0
    for (let looks = 1; !either.aborted; looks++) {
      await systemClock.sleep('look at the counters', this.#counts.out > 0 ? LOOK : FIRST_LOOK, either).catch(() => {})
      if (either.aborted) break
      const before = this.#counts
      this.#counts = count(this.#pipeline)
      this.#ask(this.#made.look(this.#counts.out, systemClock.now()))
      if (before.out === 0 && this.#counts.out > 0) onPlays()
      dry = this.#counts.in === before.in ? dry + 1 : 0
      if (this.#counts.out === 0 && looks >= FIRST_LOOKS) finish({ by: 'silence' })
      if (before.out > 0 && dry >= DRY_LOOKS) finish({ by: 'drought' })
    }
    this.stop()
    return end
  }

  /** Gives the device back now. */
  stop(): void {
    if (this.#pipeline) bury(this.#pipeline)
    this.#pipeline = null
  }

  setRate(rate: Bps): void {
    this.#ask(this.#made.mean(rate))
  }

  #ask(rate: Bps | null): void {
    if (this.#encoder !== null && rate !== null) this.#pipeline?.set('enc', ...rateChange(this.#encoder, rate))
  }

  makeKeyframe(): void {
    this.#key('')
  }

  /** The rate of the small picture, which begins with a keyframe; null: nobody needs it. Only for a pipeline that has one. */
  setSmall(rate: Bps | null): void {
    if (this.#encoder === null || !this.#pipeline || !this.#hasSmall) return
    if (rate !== null) this.#pipeline.set('enc1', ...rateChange(this.#encoder, rate))
    const isOpen = rate !== null
    if (isOpen === this.#isSmallOpen) return
    this.#isSmallOpen = isOpen
    this.#pipeline.set('gate', 'drop', String(!isOpen))
    if (isOpen) this.#key('1')
  }

  makeSmallKeyframe(): void {
    if (this.#isSmallOpen) this.#key('1')
  }

  #key(tail: '' | '1'): void {
    const order = this.#encoder === null ? null : keyOrder(this.#encoder)
    if (order) this.#pipeline?.set(`enc${tail}`, ...order)
    else this.#pipeline?.forceKeyUnit(`pay${tail}`)
  }
}

/** A stopped pipeline holds a dozen files until the collector comes, who does not come by himself for so little memory. */
const HELD = 3
/** Until then its bus poll holds it. */
const LET_GO = ms(300)
let held = 0

function bury(pipeline: Pipeline): void {
  pipeline.stop()
  if (++held < HELD) return
  held = 0
  setTimeout(collect, LET_GO).unref()
}

/** Plays a pipeline that ends by itself; no counters, no packets. */
export async function probe(launch: string, signal: AbortSignal): Promise<End> {
  const ended = Promise.withResolvers<End>()
  let pipeline: Pipeline
  try {
    pipeline = openPipeline(launch)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { by: 'error', element: 'launch', message: error.message }
  }
  pipeline.onBus((event) => {
    if (event.type === 'error') ended.resolve({ by: 'error', element: event.source, message: event.message })
    if (event.type === 'eos') ended.resolve({ by: 'eos' })
  })
  signal.addEventListener('abort', () => ended.resolve({ by: 'silence' }), { once: true })
  pipeline.play()
  const end = await ended.promise
  bury(pipeline)
  return end
}

/** `stats` is a structure in text: `..., rendered=(guint64)120;`, with backslashes before the signs. */
function count(pipeline: Pipeline): Evidence {
  const rendered = /rendered\\?=\\?\(guint64\\?\)(\d+)/.exec(pipeline.get('count', 'stats'))?.[1]
  return { in: Number(rendered ?? 0), out: Number(pipeline.get('out', 'bytes-served')) }
}

// coder.ts — one coder of the program's sound: samples go in, packets come out, and of what the microphone said while muted none leaves.
//
// The gate is here and nowhere else, for whatever the sound is coded as: a packet that holds anything from before the sample that silentUntil names
// is thrown away, also when it was under way in the coder as the order came. Nothing waits, logs or throws here once it is open.
import { collect } from '../../../lib/collect.ts'
import { openPipeline, type Pipeline } from '../../gst.ts'
import type { Outlet } from '../../outlet.ts'
import { packetOf } from '../../packet.ts'
import { RATE } from '../frame.ts'

/** A stopped pipeline keeps its files until the collector comes, and its bus poll keeps it for a moment, ms. */
const LET_GO = 300

export type CoderOptions = {
  /** A pipeline with `in` and `coded` (launch.ts). */
  readonly launch: string
  /** Number of the first sample that it is given. */
  readonly first: number
  /** Samples before its own time of which something may be in a packet. */
  readonly reach: number
  /** Samples that wait for it: more, and it is not at work any more. */
  readonly stuck: number
  readonly outlet: Pick<Outlet, 'give'>
  /** Packets that hold anything from before this sample are not to be heard; 0: all are. */
  readonly silentUntil: () => number
  /** It broke; who has it closes it. */
  readonly fell: () => void
}

export class Coder {
  readonly #options: CoderOptions
  #pipeline: Pipeline | null

  /** @throws Fault when there is no such coder */
  constructor(options: CoderOptions) {
    this.#options = options
    const pipeline = openPipeline(options.launch)
    this.#pipeline = pipeline
    pipeline.onBus((event) => {
      if ((event.type === 'error' || event.type === 'eos') && this.#pipeline) options.fell()
    })
    pipeline.play()
  }

  get isOver(): boolean {
    return this.#pipeline === null
  }
  get isStuck(): boolean {
    return this.#pipeline !== null && Number(this.#pipeline.child('in')['current-level-bytes']) > this.#options.stuck * 4
  }

  /** Its packets leave from now on. Once. */
  begin(): void {
    if (this.#pipeline) this.#pull(this.#pipeline)
  }

  /** Floats. */
  push(bytes: Uint8Array): void {
    this.#pipeline?.push('in', bytes)
  }

  close(): void {
    if (!this.#pipeline) return
    this.#pipeline.stop()
    this.#pipeline = null
    setTimeout(collect, LET_GO).unref()
  }

  #pull(pipeline: Pipeline): void {
    pipeline.pull('coded', (bytes) => {
      if (!bytes || pipeline !== this.#pipeline) return
      if (!this.#isToBeSilent(bytes)) this.#options.outlet.give(bytes)
      this.#pull(pipeline)
    })
  }

  #isToBeSilent(bytes: Uint8Array): boolean {
    const { first, reach, silentUntil } = this.#options
    const until = silentUntil()
    if (until === 0) return false
    const packet = packetOf(bytes)
    return packet.is === 'frame' && packet.pts !== null && first + (Number(packet.pts) * RATE) / 1e9 - reach < until
  }
}

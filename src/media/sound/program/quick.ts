// quick.ts — the program's sound as Opus, beside the one for everybody: for who watches by WebRTC, which has no AAC. Only while somebody does.
//
// It is given the very samples that the other coder is given, so it is levelled, timed and silenced like them. A packet's time is when it was
// heard: the coder takes off itself what it puts before the sound. Same path as sound/program.ts: nothing waits, logs or throws, and what fails is left away until the next order.
import { collect } from '../../../lib/collect.ts'
import { openPipeline, type Pipeline } from '../../gst.ts'
import { Outlet } from '../../outlet.ts'
import { packetOf } from '../../packet.ts'
import { RATE } from '../frame.ts'
import { LOOK_AHEAD, opusCoder } from './launch.ts'

export type QuickNews =
  /** Packets of Opus from now on, one frame of gdppay each; `zero` as in ProgramStream. */
  { readonly is: 'began'; readonly zero: number } | { readonly is: 'coded'; readonly bytes: Uint8Array }

/** Bytes that wait for the coder: it is not at work any more. 1 s. */
const STUCK = RATE * 4
const LET_GO = 300

export class QuickSound {
  readonly #outlet: Outlet
  readonly #first: number
  readonly #silentUntil: () => number
  #pipeline: Pipeline | null

  /**
   * @param begin of sample 0, machine time in ms  @param first sample that it is given
   * @param silentUntil what holds anything from before this sample must not leave
   */
  constructor(begin: number, first: number, silentUntil: () => number, say: (news: QuickNews, sent?: () => void) => void) {
    this.#first = first
    this.#silentUntil = silentUntil
    this.#outlet = new Outlet((bytes, sent) => say({ is: 'coded', bytes }, sent))
    const pipeline = openPipeline(opusCoder())
    this.#pipeline = pipeline
    pipeline.onBus((event) => {
      if (event.type === 'error' || event.type === 'eos') this.close()
    })
    pipeline.play()
    say({ is: 'began', zero: begin * 1e6 + (first * 1e9) / RATE })
    this.#pull(pipeline)
  }

  get isOver(): boolean {
    return this.#pipeline === null
  }

  /** Floats. */
  push(bytes: Uint8Array): void {
    if (!this.#pipeline) return
    if (Number(this.#pipeline.child('in')['current-level-bytes']) > STUCK) this.close()
    else this.#pipeline.push('in', bytes)
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
      if (!this.#isToBeSilent(bytes)) this.#outlet.give(bytes)
      this.#pull(pipeline)
    })
  }

  #isToBeSilent(bytes: Uint8Array): boolean {
    const until = this.#silentUntil()
    if (until === 0) return false
    const packet = packetOf(bytes)
    return packet.is === 'frame' && packet.pts !== null && this.#first + (Number(packet.pts) * RATE) / 1e9 - LOOK_AHEAD < until
  }
}

// quick.ts — the program's sound as Opus, beside the one for everybody: for who watches by WebRTC, which has no AAC. Only while somebody does.
//
// It is given the very samples that the other coder is given, so it is levelled, timed and silenced like them. A packet's time is when it was
// heard: the coder takes off itself what it puts before the sound. What fails is left away until the next order.
import { Outlet } from '../../outlet.ts'
import { RATE } from '../frame.ts'
import { Coder } from './coder.ts'
import { LOOK_AHEAD, opusCoder } from './launch.ts'

export type QuickNews =
  /** Packets of Opus from now on, one frame of gdppay each; `zero` as in ProgramStream. */
  { readonly is: 'began'; readonly zero: number } | { readonly is: 'coded'; readonly bytes: Uint8Array }

/** 1 s. */
const STUCK = RATE

export class QuickSound {
  readonly #coder: Coder

  /**
   * @param begin of sample 0, machine time in ms  @param first sample that it is given
   * @param silentUntil what holds anything from before this sample must not leave
   */
  constructor(begin: number, first: number, silentUntil: () => number, say: (news: QuickNews, sent?: () => void) => void) {
    this.#coder = new Coder({
      ...{ launch: opusCoder(), first, reach: LOOK_AHEAD, stuck: STUCK, silentUntil },
      outlet: new Outlet((bytes, sent) => say({ is: 'coded', bytes }, sent)),
      fell: () => this.close(),
    })
    say({ is: 'began', zero: begin * 1e6 + (first * 1e9) / RATE })
    this.#coder.begin()
  }

  get isOver(): boolean {
    return this.#coder.isOver
  }

  /** Floats. */
  push(bytes: Uint8Array): void {
    if (this.#coder.isStuck) this.close()
    else this.#coder.push(bytes)
  }

  close(): void {
    this.#coder.close()
  }
}

// giver.ts — one conversation with somebody who would like our own tracks, over a link that has proved who they are.
//
// It gives nothing before `leave` has said yes, and what it is not given it does not have: runs that were not granted cannot be named. Words out of turn
// end the conversation.
import type { Clock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import { type Ms, ms, seconds } from '../../lib/unit.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import { frameIn, MOST_FRAMES, type Place, type TracksWord, wordFrame } from '../../wire/tracks-word.ts'
import type { FilmSource } from '../store/film.ts'
import { framesOf } from './give.ts'
import type { Pace } from './pace.ts'

export type Granted = {
  readonly program: ProgramId
  readonly tracks: ReadonlyArray<{ readonly run: number; readonly bytes: number; readonly about: string }>
  readonly source: FilmSource
}

type Parts = {
  /** False: it cannot take more now. */
  readonly send: (frame: Uint8Array) => boolean
  /** Asks for leave; null: no. Never rejects. `wait` says that it may take long. */
  readonly leave: (time: { readonly from: number; readonly to: number }, wait: () => void) => Promise<Granted | null>
  readonly pace: Pace
  readonly clock: Clock
  /** It is over: the link may go. */
  readonly onEnd: (why: string) => void
}

const OUT_OF_TURN = 'a word came out of turn'
const CHOKED = ms(20)
/** Somebody who asks for nothing does not keep a link. */
const IDLE: Ms = seconds(60)

export class Giver {
  readonly #parts: Parts
  readonly #end = new AbortController()
  #state: 'new' | 'asking' | 'granted' | 'over' = 'new'
  #granted: Granted | null = null
  #flow: AbortController | null = null
  #may = 0
  #wake: () => void = () => {}
  #heardAt: Ms

  constructor(parts: Parts) {
    this.#parts = parts
    this.#heardAt = parts.clock.now()
  }

  /** Begins to watch that they go on. */
  open(): void {
    this.#watch().catch(() => {})
  }

  hear(bytes: Uint8Array): void {
    if (this.#state === 'over') return
    this.#heardAt = this.#parts.clock.now()
    const frame = frameIn(bytes)
    const flaw = frame?.is === 'word' ? this.#word(frame.word) : 'something that is no word came'
    if (flaw !== null) this.close(flaw)
  }

  close(why = 'it is over'): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#end.abort()
    this.#flow?.abort()
    this.#parts.onEnd(why)
  }

  /** Gives what is wrong with it; null: nothing. */
  #word(word: TracksWord): string | null {
    switch (word.say) {
      case 'want':
        if (this.#state !== 'new') return OUT_OF_TURN
        this.#state = 'asking'
        void this.#ask(word)
        return null
      case 'go': {
        const { run, at } = word
        if (!this.#granted?.tracks.some((each) => each.run === run)) return 'a run was named that was not granted'
        this.#flow?.abort()
        this.#flow = new AbortController()
        this.#may = 0
        this.#give(run, at, this.#flow.signal).catch(() => this.close('the tracks could not be read'))
        return null
      }
      case 'more':
        this.#may += word.frames
        this.#wake()
        return this.#may > 2 * MOST_FRAMES ? 'more was asked for than may be' : null
      case 'wait':
      case 'no':
      case 'have':
      case 'end':
        return OUT_OF_TURN
      default:
        return unreachable(word)
    }
  }

  async #ask({ from, to }: { readonly from: number; readonly to: number }): Promise<void> {
    const granted = await this.#parts.leave({ from, to }, () => void this.#say({ say: 'wait' }))
    if (this.#state !== 'asking') return
    if (!granted || granted.tracks.length === 0) {
      this.#say({ say: 'no' })
      return
    }
    this.#granted = granted
    this.#state = 'granted'
    const { program, tracks } = granted
    this.#say({ say: 'have', program, tracks: [...tracks] })
  }

  async #give(run: number, at: Place | null, signal: AbortSignal): Promise<void> {
    const source = this.#granted?.source
    if (!source) return
    for await (const frame of framesOf(source, run, at)) {
      while (this.#may <= 0 && !signal.aborted) await new Promise<void>((wake) => this.#sleepUntilMore(wake, signal))
      if (signal.aborted) return
      await this.#parts.pace.take(frame.length, signal).catch(() => {})
      this.#may--
      while (!signal.aborted && !this.#parts.send(frame))
        await this.#parts.clock.sleep('the link takes no more of the tracks', CHOKED, signal).catch(() => {})
      if (signal.aborted) return
    }
    while (!signal.aborted && !this.#say({ say: 'end' }))
      await this.#parts.clock.sleep('the link takes no more of the tracks', CHOKED, signal).catch(() => {})
  }

  #sleepUntilMore(wake: () => void, signal: AbortSignal): void {
    this.#wake = wake
    signal.addEventListener('abort', wake, { once: true })
  }

  #say(word: TracksWord): boolean {
    return this.#parts.send(wordFrame(word))
  }

  async #watch(): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      await clock.sleep('whether they still fetch', IDLE, this.#end.signal)
      if (this.#state !== 'asking' && clock.now() - this.#heardAt >= IDLE) this.close('nobody asks for more')
    }
  }
}

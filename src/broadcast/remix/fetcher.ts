// fetcher.ts — one conversation with a box that may give us its own tracks: asks, waits for its people, and takes what comes into files (take.ts).
//
// What they say of themselves is checked against their key, what they send against what they signed; no more is on its way than we asked for. Whatever does
// not fit ends the conversation, and what had come before stays good.
import type { Clock } from '../../lib/clock.ts'
import { Fault, Refusal } from '../../lib/fault.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import type { ProgramId } from '../../wire/manifest.ts'
import { BLOCK } from '../../wire/object.ts'
import { openAboutTracks } from '../../wire/tracks.ts'
import { frameIn, MOST_FRAMES, type TracksFrame, type TracksWord, wordFrame } from '../../wire/tracks-word.ts'
import type { Pace } from './pace.ts'
import type { Taking } from './take.ts'

export type Track = { readonly program: ProgramId; readonly run: number; readonly about: string; readonly bytes: number }
export type FetchEnd = 'done' | 'refused' | 'broken' | 'false' | 'no space'

type Parts = {
  readonly send: (frame: Uint8Array) => boolean
  /** When the call was, ms since 1970. */
  readonly time: { readonly from: number; readonly to: number }
  /** The file for a run of theirs. @throws Refusal when there is no space for it; Fault */
  readonly open: (track: Track) => Promise<Taking>
  /** A run has come as a whole. Throws a Fault. */
  readonly whole: (track: Track) => Promise<void>
  readonly pace: Pace
  readonly clock: Clock
  /** How it goes. `got` and `of` are bytes. */
  readonly onChange: (is: 'asking' | 'fetching', got: number, of: number) => void
  readonly onEnd: (how: FetchEnd, why: string) => void
}

/** Frames that are asked for at once. */
const STEP = 4
/** How long the people there may think, and how long nothing may come. */
const THINK: Ms = seconds(150)
const STILL: Ms = seconds(30)

export class Fetcher {
  readonly #parts: Parts
  readonly #end = new AbortController()
  #state: 'asked' | 'waiting' | 'taking' | 'over' = 'asked'
  #tracks: readonly Track[] = []
  #at = 0
  #taking: Taking | null = null
  #before = 0
  /** Frames that may still come. */
  #may = 0
  /** What came and is not done with. */
  #queued = 0
  #wake: () => void = () => {}
  #work: Promise<void> = Promise.resolve()
  #heardAt: Ms

  constructor(parts: Parts) {
    this.#parts = parts
    this.#heardAt = parts.clock.now()
  }

  /** The link is up. */
  open(): void {
    this.#say({ say: 'want', ...this.#parts.time })
    this.#watch().catch(() => {})
  }

  hear(bytes: Uint8Array): void {
    if (this.#state === 'over') return
    this.#heardAt = this.#parts.clock.now()
    const frame = frameIn(bytes)
    if (!frame) {
      this.#finish('false', 'something came that is no frame')
      return
    }
    const isMore = frame.is !== 'word' && (this.#state !== 'taking' || this.#may-- <= 0)
    if (isMore || ++this.#queued > 2 * MOST_FRAMES) {
      this.#finish('false', 'more came than was asked for')
      return
    }
    this.#work = this.#work
      .then(() => (frame.is === 'word' ? this.#word(frame.word) : this.#frame(frame)))
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#queued--
        this.#wake()
      })
  }

  /** The link is down, or somebody does not want it any more. */
  close(why: string): void {
    this.#work = this.#work.then(() => this.#finish('broken', why))
  }

  /** Settles when nothing is written any more. */
  get done(): Promise<void> {
    return this.#work
  }

  async #word(word: TracksWord): Promise<void> {
    const mayAnswer = this.#state === 'asked' || this.#state === 'waiting'
    if (this.#state === 'over') return
    if (word.say === 'wait' && this.#state === 'asked') {
      this.#state = 'waiting'
      this.#parts.onChange('asking', 0, 0)
    } else if (word.say === 'no' && mayAnswer) this.#finish('refused', 'they do not give it')
    else if (word.say === 'have' && mayAnswer) await this.#have(word)
    else if (word.say === 'end' && this.#state === 'taking') await this.#ended()
    else this.#finish('false', 'a word came out of turn')
  }

  async #have({ program, tracks }: Extract<TracksWord, { say: 'have' }>): Promise<void> {
    const areTheirs = tracks.every(({ run, about }) => {
      const said = openAboutTracks(about, program)
      return said?.is === 'own' && said.run === run
    })
    if (!areTheirs || new Set(tracks.map(({ run }) => run)).size < tracks.length) {
      this.#finish('false', 'what they say of their tracks is not signed by their key')
      return
    }
    this.#tracks = tracks.map((track) => ({ program, ...track }))
    this.#state = 'taking'
    await this.#next()
  }

  async #next(): Promise<void> {
    const track = this.#tracks[this.#at]
    if (!track) {
      this.#finish('done', 'all has come')
      return
    }
    this.#taking = await this.#parts.open(track)
    this.#heardAt = this.#parts.clock.now()
    this.#may = 0
    this.#tell()
    this.#say({ say: 'go', run: track.run, at: this.#taking.place })
    void this.#grant(this.#at)
  }

  async #ended(): Promise<void> {
    const track = this.#tracks[this.#at]
    if (!this.#taking?.isEven || !track) {
      this.#finish('false', 'the end came too early')
      return
    }
    await this.#parts.whole(track)
    this.#before += this.#taking.bytes
    this.#at++
    await this.#next()
  }

  async #frame(frame: Exclude<TracksFrame, { is: 'word' }>): Promise<void> {
    if (this.#state !== 'taking') return
    await this.#taking?.take(frame)
    this.#tell()
  }

  /** Asks for more of a run, while there is room for it and the call leaves some. */
  async #grant(at: number): Promise<void> {
    while (this.#state === 'taking' && this.#at === at) {
      if (this.#may + this.#queued > MOST_FRAMES - STEP) {
        await new Promise<void>((wake) => {
          this.#wake = wake
        })
        continue
      }
      await this.#parts.pace.take(STEP * BLOCK, this.#end.signal).catch(() => {})
      if (this.#state !== 'taking' || this.#at !== at) return
      this.#may += STEP
      this.#heardAt = this.#parts.clock.now()
      this.#say({ say: 'more', frames: STEP })
    }
  }

  #tell(): void {
    const of = this.#tracks.reduce((sum, { bytes }) => sum + bytes, 0)
    const got = this.#before + (this.#taking?.bytes ?? 0)
    this.#parts.onChange('fetching', got, Math.max(of, got))
  }

  #failed(error: unknown): void {
    if (error instanceof Refusal && error.code === 'bad-message') this.#finish('false', error.message)
    else if (error instanceof Refusal || (error instanceof Fault && error.code === 'disk-full')) this.#finish('no space', error.message)
    else this.#finish('broken', error instanceof Error ? error.message : String(error))
  }

  #finish(how: FetchEnd, why: string): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#end.abort()
    this.#wake()
    this.#parts.onEnd(how, why)
  }

  #say(word: TracksWord): void {
    if (!this.#parts.send(wordFrame(word))) this.#finish('broken', 'the link takes nothing any more')
  }

  async #watch(): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      await clock.sleep('whether something comes', seconds(5), this.#end.signal)
      const patience = this.#state === 'waiting' ? THINK : STILL
      if (clock.now() - this.#heardAt > patience) this.close('nothing comes any more')
    }
  }
}

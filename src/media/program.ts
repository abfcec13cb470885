// program.ts — the running call as two coded streams for many: one picture of everybody, and the sound of all. Begun and ended while the call goes on.
//
// It owns the wish for a program, and joins what its two makers say. The picture is made in the screen's worker (screen/program.ts), because the
// decoders are there: decoding everybody once more, in a worker of its own, would double what costs most on a small board (five people,
// five decoders). It has a compositor, an encoder and a pipeline of its own there; when that fails it is built anew, with another encoder if it was the
// hardware's, and the TV does not notice; only what kills the whole worker takes the TV along, for the moment it takes to fork. The sound is
// made in the sound's worker (sound/program.ts), because the voices meet there, and the microphone without its echo.
//
// What comes out is bytes of the GStreamer Data Protocol, as gdppay writes them; nothing here looks into them.
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import { Fault, unreachable } from '../lib/fault.ts'
import type { Facts, Log } from '../lib/log.ts'
import { type Bps, seconds } from '../lib/unit.ts'
import { type Lower, type ProgramPictures, programPictures } from './budget.ts'
import type { EncoderKind, Picture } from './encoder.ts'

export type ProgramTrack = 'video' | 'audio'

export type ProgramPlan = {
  /** What is wanted. It becomes smaller where the encoder has no room beside the call's pictures (budget.ts); `began` tells what it is. */
  readonly picture: Picture
  readonly videoRate: Bps
  readonly soundRate: Bps
  /** All pictures that are encoded on this machine for the call meanwhile: the camera's, and its small one. They are never made smaller for a program. */
  readonly beside: readonly Picture[]
}

/**
 * A row of frames that follow on one another. `zero` is the machine's monotonic clock (process.hrtime, CLOCK_MONOTONIC), ns, at time 0 of this row:
 * `zero + pts` is one time for both tracks, in all rows; what then belongs together was together in the room. The sound encoder's own delay is
 * taken out already (in a SoundPlan `delay` is 0).
 */
export type ProgramStream =
  /** Access units as byte streams (`annex b`), constrained baseline, no B-frames, a keyframe every 2 s. */
  | {
      readonly track: 'video'
      readonly zero: number
      readonly picture: Picture
      readonly encoder: EncoderKind
      /** Renditions that there can be of it: their frames have the times of its own, and keyframes where it has them. */
      readonly lower: readonly Lower[]
    }
  /** ADTS packets of AAC-LC. */
  | { readonly track: 'audio'; readonly zero: number; readonly channels: 1; readonly sampleRate: 48_000 }

export type ProgramEvents = {
  /** From here on the track's bytes are another stream: read them with a fresh reader. Comes before the first bytes of each. */
  began: [stream: ProgramStream]
  /** Bytes in order; where one ends and the next begins means nothing. Yours to keep. */
  coded: [track: ProgramTrack, bytes: Uint8Array]
  /** Frames of a rendition, whole, of the row of the picture; they come while it is wanted, from a keyframe on. */
  lower: [rung: number, bytes: Uint8Array]
  /** The maker of this track fell. It begins anew by itself: `began` follows. */
  lost: [track: ProgramTrack]
}

/** What a maker of a track says. */
export type MakerNews<Stream> =
  | { readonly is: 'began'; readonly stream: Stream }
  | { readonly is: 'coded'; readonly bytes: Uint8Array }
  | { readonly is: 'lost' }
  /** After stopProgram: nothing comes any more. */
  | { readonly is: 'ended' }

/** What the maker of the picture says. */
export type PictureNews =
  | MakerNews<Extract<ProgramStream, { track: 'video' }>>
  | { readonly is: 'lower'; readonly rung: number; readonly bytes: Uint8Array }

/** What makes the picture: media/screen.ts. The wish outlives falls of its worker. */
export interface PictureMaker {
  startProgram(plan: PictureOrder): void
  stopProgram(): void
  programKeyframe(): void
  /** These renditions are wanted, and no others. */
  programLower(rungs: readonly number[]): void
  onProgram(listener: (news: PictureNews) => void): Off
}
export type PictureOrder = { readonly pictures: ProgramPictures; readonly rate: Bps }

/** What makes the sound: media/sound.ts. */
export interface SoundMaker {
  startProgram(rate: Bps): void
  stopProgram(): void
  onProgram(listener: (news: MakerNews<Extract<ProgramStream, { track: 'audio' }>>) => void): Off
}

const READY_LIMIT = seconds(15)
const END_LIMIT = seconds(2)
const TRACKS = ['video', 'audio'] as const

export class ProgramFeed extends Emitter<ProgramEvents> {
  readonly #screen: PictureMaker
  readonly #sound: SoundMaker
  readonly #clock: Clock
  readonly #log: Log
  readonly #runs = new Set<ProgramTrack>()
  #live = false
  #turn = 0
  #changed = new AbortController()

  constructor(parts: { screen: PictureMaker; sound: SoundMaker; clock: Clock; log: Log }) {
    const log = parts.log.part('program')
    super((error) => log.error('a listener of the program failed', error))
    this.#screen = parts.screen
    this.#sound = parts.sound
    this.#clock = parts.clock
    this.#log = log
    parts.screen.onProgram((news) => {
      if (news.is !== 'lower') this.#hear('video', news)
      else if (this.#live && this.#runs.has('video')) this.emit('lower', news.rung, news.bytes)
    })
    parts.sound.onProgram((news) => this.#hear('audio', news))
  }

  /** A program is wanted; it may still be on its way. */
  get live(): boolean {
    return this.#live
  }

  /**
   * Begins. It shows whom the TV's scene shows (Screen.show), each like the others, never menus, cards, codes or rings. Screen and sound have to be open,
   * or are waited for. Resolves when both tracks have begun. After 15 s it throws a Fault 'screen-lost' or 'sound-lost', but goes on trying until stop().
   */
  async start(plan: ProgramPlan, signal: AbortSignal): Promise<void> {
    const turn = ++this.#turn
    this.#live = true
    this.#runs.clear()
    this.#screen.startProgram({ pictures: programPictures(plan.picture, plan.beside), rate: plan.videoRate })
    this.#sound.startProgram(plan.soundRate)
    await this.#until('a program begins', READY_LIMIT, () => turn !== this.#turn || this.#runs.size === TRACKS.length, signal)
    if (turn !== this.#turn || this.#runs.size === TRACKS.length) return
    if (signal.aborted) await this.stop()
    signal.throwIfAborted()
    const lacks = this.#runs.has('video') ? 'sound' : 'picture'
    throw new Fault(lacks === 'sound' ? 'sound-lost' : 'screen-lost', `the program has no ${lacks} yet; it is tried again`)
  }

  /** A keyframe at the next frame. May be asked for every frame: at most two a second are made. */
  keyframe(): void {
    if (this.#live) this.#screen.programKeyframe()
  }

  /** These renditions are to be made from their next keyframe on, and others no longer; those that there cannot be are passed over. */
  wantLower(rungs: readonly number[]): void {
    if (this.#live) this.#screen.programLower(rungs)
  }

  /** Ends. Not one byte comes from the call of it on; resolves when nothing of it is left in the workers. Safe to call twice. */
  async stop(): Promise<void> {
    if (!this.#live) return
    const turn = ++this.#turn
    this.#live = false
    this.#screen.stopProgram()
    this.#sound.stopProgram()
    await this.#until('a program ends', END_LIMIT, () => turn !== this.#turn || this.#runs.size === 0)
  }

  #hear(track: ProgramTrack, news: MakerNews<ProgramStream>): void {
    switch (news.is) {
      case 'began':
        this.#runs.add(track)
        if (this.#live) {
          this.#log.info(`the program's ${track} runs`, factsOf(news.stream))
          this.emit('began', news.stream)
        }
        break
      case 'coded':
        if (this.#live && this.#runs.has(track)) this.emit('coded', track, news.bytes)
        return
      case 'lost':
      case 'ended':
        if (this.#runs.delete(track) && this.#live) this.emit('lost', track)
        break
      default:
        unreachable(news)
    }
    const changed = this.#changed
    this.#changed = new AbortController()
    changed.abort()
  }

  async #until(name: string, limit: ReturnType<typeof seconds>, done: () => boolean, signal?: AbortSignal): Promise<void> {
    const end = this.#clock.now() + limit
    while (!done() && !signal?.aborted && this.#clock.now() < end) {
      const signals = signal ? [this.#changed.signal, signal] : [this.#changed.signal]
      await this.#clock.sleep(name, (end - this.#clock.now()) as typeof limit, AbortSignal.any(signals)).catch(() => {})
    }
  }
}

const factsOf = (stream: ProgramStream): Facts =>
  stream.track === 'audio'
    ? { sampleRate: stream.sampleRate }
    : { encoder: stream.encoder, width: stream.picture.width, height: stream.picture.height, fps: stream.picture.fps }

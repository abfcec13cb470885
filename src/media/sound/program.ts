// program.ts — the sound of a program, in the worker: everybody levelled, the microphone without its echo, coded. Exists only while live.
//
// It listens to the loop and gives nothing back to it: the call sounds the same with and without. What the house hears beside voices (the
// bell, the volume of its loudspeaker) is not in it. Muting: the loop gives silence from the order on; of what the microphone
// said between the wish and the order not one sample leaves either (program/held.ts, mute() here, and the gate in program/coder.ts).
// turn() is the packet path of sound: it does not wait, log or throw, and grows by nothing.
import type { Bps } from '../../lib/unit.ts'
import { Outlet } from '../outlet.ts'
import type { MakerNews, ProgramStream } from '../program.ts'
import { SELF } from '../scene.ts'
import { FRAME, RATE } from './frame.ts'
import { Limiter } from './limiter.ts'
import { Coder } from './program/coder.ts'
import { Held } from './program/held.ts'
import { DELAY, soundCoder } from './program/launch.ts'
import { Leveller } from './program/level.ts'
import { type QuickNews, QuickSound } from './program/quick.ts'
import { Steady } from './program/steady.ts'

export type SoundStream = Extract<ProgramStream, { track: 'audio' }>
type Say = (news: MakerNews<SoundStream>, sent?: () => void) => void
type SayQuick = (news: QuickNews, sent?: () => void) => void

/** Samples that wait for the coder: so many, and it is not at work any more. 2 s. */
const STUCK = 2 * RATE
/** Turns before a coder that broke is built anew: 1 s. */
const PAUSE = 100

export class ProgramSound {
  readonly #rate: Bps
  readonly #say: Say
  readonly #outlet: Outlet
  readonly #voices = new Float32Array(FRAME)
  readonly #own = new Float32Array(FRAME)
  readonly #mix = new Float32Array(FRAME)
  readonly #levels: readonly Leveller[]
  readonly #held = new Held()
  readonly #limiter = new Limiter()
  #steady = new Steady()
  #coder: Coder | null = null
  #pause = 0
  #over = false
  /** Packets that hold anything from before this sample are not to be heard. */
  #silentUntil = 0
  /** As Opus too. */
  #wantsQuick = false
  #quick: QuickSound | null = null
  readonly #sayQuick: SayQuick

  /** @param seats all, our own too  @param sayQuick hears the sound as Opus, while that is wanted */
  constructor(seats: number, rate: Bps, say: Say, sayQuick: SayQuick) {
    this.#rate = rate
    this.#say = say
    this.#sayQuick = sayQuick
    this.#outlet = new Outlet((bytes, sent) => say({ is: 'coded', bytes }, sent))
    this.#levels = Array.from({ length: seats }, () => new Leveller())
  }

  /** A frame of somebody's voice in this turn. It is only lent. */
  voice(seat: number, frame: Float32Array): void {
    this.#levels[seat]?.mixInto(this.#voices, frame)
  }

  /** All voices of a turn are told. @param own the microphone without echo, silent when muted; null: there is none @param at machine time, ms */
  turn(own: Float32Array | null, at: number): void {
    this.#own.fill(0)
    if (own) this.#levels[SELF]?.mixInto(this.#own, own)
    const since = this.#held.turn(this.#voices, this.#own, at, this.#mix)
    this.#voices.fill(0)
    if (since === null || this.#over || --this.#pause > 0) return
    this.#limiter.process(this.#mix, 1)
    const coder = this.#coder ?? this.#begin(since)
    const { given } = this.#steady
    const made = this.#steady.turn(this.#mix, since)
    if (made === 'lost' || coder.isStuck) {
      this.#fell()
      return
    }
    if (this.#wantsQuick) this.#quick ??= this.#beginQuick(given)
    for (let left = made.silence; left > 0; left -= FRAME) this.#give(coder, bytesOf(SILENT, Math.min(FRAME, left)))
    if (made.count > 0) this.#give(coder, bytesOf(this.#steady.samples, made.count))
  }

  /** Sound as Opus too, for who cannot take the other; or not any more. */
  quick(wanted: boolean): void {
    this.#wantsQuick = wanted
    if (wanted && !this.#quick?.isOver) return
    this.#quick?.close()
    this.#quick = null
  }

  #give(coder: Coder, bytes: Uint8Array): void {
    coder.push(bytes)
    this.#quick?.push(bytes)
  }

  #beginQuick(first: number): QuickSound | null {
    const { begin } = this.#steady
    return begin === null ? null : new QuickSound(begin, first, () => this.#silentUntil, this.#sayQuick)
  }

  /**
   * The microphone is muted, as was wished at `since` (machine time, ms). Gives whether nothing that it heard after that has left, or will;
   * otherwise what is on its way in here is thrown away, and who holds what came lately must throw it away too.
   */
  mute(since: number): boolean {
    const inTime = this.#held.erase(since)
    if (!inTime) this.#silentUntil = this.#steady.given
    return inTime
  }

  stop(): void {
    this.#over = true
    this.#close()
    this.#say({ is: 'ended' })
  }

  #begin(at: number): Coder {
    const coder: Coder = new Coder({
      ...{ launch: soundCoder(this.#rate), first: 0, reach: DELAY, stuck: STUCK, outlet: this.#outlet },
      silentUntil: () => this.#silentUntil,
      fell: () => coder === this.#coder && this.#fell(),
    })
    this.#coder = coder
    this.#steady = new Steady()
    this.#silentUntil = 0
    const zero = at * 1e6 - (DELAY * 1e9) / RATE
    this.#say({ is: 'began', stream: { track: 'audio', zero, channels: 1, sampleRate: RATE } })
    coder.begin()
    return coder
  }

  #close(): void {
    this.#quick?.close()
    this.#quick = null
    this.#coder?.close()
    this.#coder = null
  }

  #fell(): void {
    this.#close()
    this.#pause = PAUSE
    this.#say({ is: 'lost' })
  }
}

const SILENT = new Float32Array(FRAME)
const bytesOf = (samples: Float32Array, count: number): Uint8Array => new Uint8Array(samples.buffer, samples.byteOffset, count * 4)

// loop.ts — the 10 ms loop: mix, loudspeaker, echo canceller, microphone, in this order, once for each frame.
//
// The microphone's clock is the master: a frame of it is one turn of the loop. So render and capture are paired
// exactly, by construction: neither can run ahead of the other, and there is no queue between them that could grow.
// Everything else bends to it: each voice (seat.ts) and the loudspeaker (pace.ts) is resampled to its pace. Without a
// microphone a silent source on the system's clock gives the turns.
// This is the packet path: nothing here awaits, logs, throws or grows, and no frame is allocated anew.
import { Bell } from './chime.ts'
import { Duck } from './duck.ts'
import type { Echo } from './echo.ts'
import { decibels, FRAME, Meter, power, SILENCE } from './frame.ts'
import { type Grip, GripWatch } from './grip.ts'
import { Limiter } from './limiter.ts'
import { SeatQueue } from './seat.ts'

export type LoopPorts = {
  /** Takes what is to be played, or null when there is no loudspeaker. The frame is only lent. */
  readonly play: ((frame: Float32Array) => void) | null
  /** Takes what is to be sent, or null when there is no microphone. The frame is only lent. */
  readonly send: ((frame: Float32Array) => void) | null
}

/** Somebody who listens to a turn and gives nothing back: the program. Frames are only lent. */
export type Listener = {
  /** The voice of a seat in this turn; none is told of whoever is silent. */
  voice(seat: number, frame: Float32Array): void
  /** Then this: our microphone without its echo, silent when muted; null: there is none. */
  turn(own: Float32Array | null, now: number): void
}

export class Loop {
  listener: Listener | null = null
  turns = 0
  volume = 1
  muted = false
  readonly bell = new Bell()
  readonly #seats: readonly SeatQueue[]
  readonly #echo: Echo | null
  readonly #grip = new GripWatch()
  readonly #limiter = new Limiter()
  readonly #duck = new Duck()
  readonly #past: number | null
  readonly #me = new Meter()
  readonly #mix = new Float32Array(FRAME)
  readonly #clean = new Float32Array(FRAME)
  #turned = 0
  #ports: LoopPorts = { play: null, send: null }

  /**
   * @param echo null: nothing is cancelled (headphones, tests)
   * @param past the seat of what was said before: while it speaks the others are quieter, and no listener is told of it; null: there is none
   */
  constructor(seats: number, echo: Echo | null, past: number | null = null) {
    this.#past = past
    this.#seats = Array.from({ length: seats }, () => new SeatQueue())
    this.#echo = echo
  }

  /** Devices come and go while the loop turns. */
  connect(ports: LoopPorts): void {
    this.#ports = ports
  }

  /** 'off': there is nothing to cancel, or nothing to cancel it with. */
  get echo(): Grip | 'off' {
    return this.#echo && this.#ports.play && this.#ports.send ? this.#grip.grip : 'off'
  }

  /** Samples lost because a seat's queue was full, and times a voice ran dry. */
  get counts(): { readonly dropped: number; readonly dry: number } {
    return { dropped: this.#seats.reduce((n, s) => n + s.dropped, 0), dry: this.#seats.reduce((n, s) => n + s.dry, 0) }
  }

  /** Decoded samples of one person. @param now ms, of the clock that turn() is told */
  hear(seat: number, samples: Float32Array, now: number): void {
    this.#seats[seat]?.write(samples, Math.min(1, Math.max(0, (now - this.#turned) / 10)))
  }

  clear(seat: number): void {
    this.#seats[seat]?.clear()
  }

  /** One turn, at `now` ms, with 480 samples of the microphone (or of silence). */
  turn(mic: Float32Array, now: number): void {
    this.turns++
    this.#turned = now
    const mix = this.#mix
    mix.fill(0)
    for (let seat = 0; seat < this.#seats.length; seat++) {
      if (seat === this.#past) continue
      const voice = this.#seats[seat]?.mixInto(mix)
      if (voice) this.listener?.voice(seat, voice)
    }
    if (this.#past !== null) this.#duck.process(mix, this.#seats[this.#past])
    this.bell.mixInto(mix)
    this.#limiter.process(mix, this.volume)
    const { play, send } = this.#ports
    play?.(mix)
    if (!send) {
      this.listener?.turn(null, now)
      return
    }
    if (this.#echo && play) {
      this.#echo.render(mix)
      this.#echo.capture(mic, this.#clean)
      this.#grip.see(decibels(power(mix)), decibels(power(mic)), decibels(power(this.#clean)))
    } else this.#clean.set(mic)
    // The canceller goes on while muted, so that it still knows the room when we are back.
    this.#me.hear(this.#clean)
    if (this.muted) this.#clean.fill(0)
    send(this.#clean)
    this.listener?.turn(this.#clean, now)
  }

  /** dBFS since last asked. `me` is told while muted too: the page wants to say "you are muted" to one who speaks. */
  levels(): { readonly me: number; readonly seats: number[] } {
    return { me: this.#ports.send ? this.#me.take() : SILENCE, seats: this.#seats.map((seat) => seat.level()) }
  }
}

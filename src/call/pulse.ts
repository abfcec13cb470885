// pulse.ts — the heartbeat of a link: is the other end still there, and what is to be done? Pure: the time is told.
//
// A WebRTC stack learns of a dead network after half a minute, if at all; two seconds without a beat are enough for us. Then the offerer
// restarts ICE at once and after 2, 4, 8 s; the answerer gives it 3 s before it asks. After 20 s a new link is the better hope.
import { type Ms, ms, seconds } from '../lib/unit.ts'
import type { Role } from './confirm.ts'

export const PULSE = {
  beat: ms(500),
  silence: seconds(2),
  /** Instead of `silence`, for a peer whose farewell the broker has brought: a closed tab is gone from the TV within 2 s. */
  doubted: ms(1200),
  restart: seconds(2),
  restartMost: seconds(8),
  ask: seconds(3),
  giveUp: seconds(20),
  /** For so long after the last beat the other end is there as long as its media come: on a line that loses a third, words are late by seconds. */
  bridged: seconds(15),
} as const

export type PulseNeed = 'nothing' | 'restart' | 'ask' | 'give up'

export class Pulse {
  readonly #role: Role
  #heardAt: Ms
  #beatAt: Ms
  #tickedAt: Ms
  /** When it fell silent; null while it beats. */
  #silentAt: Ms | null = null
  #actAt: Ms
  #restartedAt = Number.NEGATIVE_INFINITY as Ms
  #pause: Ms = PULSE.restart

  constructor(role: Role, now: Ms) {
    this.#role = role
    this.#heardAt = this.#beatAt = this.#tickedAt = this.#actAt = now
  }

  get silent(): boolean {
    return this.#silentAt !== null
  }

  heard(now: Ms): void {
    this.#beatAt = now
    this.#lives(now)
  }

  /** Its media came. False when that proves nothing any more: there was no beat for too long. */
  bridged(now: Ms): boolean {
    if (now - this.#beatAt > PULSE.bridged) return false
    this.#lives(now)
    return true
  }

  #lives(now: Ms): void {
    this.#heardAt = now
    this.#silentAt = null
    this.#pause = PULSE.restart
  }

  /** Call it every PULSE.beat. When it comes much too late, this machine itself slept: then the silence is ours, not theirs. */
  tick(now: Ms, doubted: boolean): PulseNeed {
    if (now - this.#tickedAt > 3 * PULSE.beat) this.#heardAt = now
    this.#tickedAt = now
    if (this.#silentAt === null) {
      if (now - this.#heardAt < (doubted ? PULSE.doubted : PULSE.silence)) return 'nothing'
      this.#silentAt = now
      this.#actAt = this.#role === 'offerer' ? now : ((now + PULSE.ask) as Ms)
    }
    if (now - this.#silentAt >= PULSE.giveUp) return 'give up'
    if (now < this.#actAt) return 'nothing'
    if (this.#role === 'offerer') return 'restart'
    this.#actAt = (now + PULSE.ask) as Ms
    return 'ask'
  }

  /** May we restart now for another reason than our own silence? Not when we did so a moment ago. */
  mayRestart(now: Ms): boolean {
    return now - this.#restartedAt >= PULSE.restart
  }

  restarted(now: Ms): void {
    this.#restartedAt = now
    this.#actAt = (now + this.#pause) as Ms
    this.#pause = Math.min(this.#pause * 2, PULSE.restartMost) as Ms
  }

  /** The other end is restarting: no need to ask for it yet. */
  mending(now: Ms): void {
    this.#actAt = (now + PULSE.ask) as Ms
  }
}

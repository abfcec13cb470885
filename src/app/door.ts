// door.ts — our own door: who rings, what becomes of it, and when the box answers by itself.
//
// It hears who waits (call/lobby.ts) and tells the box that somebody rings. A contact on the list of those who are answered gets
// an answer after ten seconds in which everybody in the room sees and hears what is about to happen, and any key stops it.
// The privacy switch, quiet and the night win over the list. What became of each ringing is written down.
import type { Guest } from '../call/lobby.ts'
import type { RoomSecret } from '../core/id.ts'
import { type Actual, type Ringing, rings } from '../core/plan.ts'
import type { Wanted } from '../core/wanted.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Contact, Ended } from '../wire/contact.ts'

export type DoorEvents = {
  /** Who rings now; null: nobody. */
  ringing: [ringing: Ringing | null]
  /** The box will answer by itself in so many seconds; null: it will not. */
  countdown: [left: number | null]
  /** The countdown is over. */
  answer: []
  /** What became of somebody who rang. */
  ended: [entry: Omit<Ended, 'seen' | 'at'>]
}

type Parts = {
  /** The room behind this door. */
  readonly own: RoomSecret
  readonly contact: (peer: Guest['peer']) => Contact | null
  readonly now: () => { readonly wanted: Wanted; readonly actual: Actual }
  readonly clock: Clock
  readonly onListenerError: (error: unknown) => void
}

/** How long everybody in the room has to say no. */
export const WARNING = 10
/** Who is gone sooner than this has changed their mind; that is no missed call. */
const A_MOMENT = seconds(1)

export class Door extends Emitter<DoorEvents> {
  readonly #parts: Parts
  #guests: readonly Guest[] = []
  #ringing: (Ringing & { readonly since: Ms }) | null = null
  #countdown: AbortController | null = null
  /** The ringing that the box answered by itself. */
  #itself: string | null = null
  /** Ringings whose countdown was stopped by somebody, and those that were declined: neither begins again. */
  readonly #stopped = new Set<string>()
  readonly #declined = new Set<string>()

  constructor(parts: Parts) {
    super(parts.onListenerError)
    this.#parts = parts
  }

  /** Who waits now, as the lobby says. */
  hear(guests: readonly Guest[]): void {
    this.#guests = guests
    for (const over of [this.#stopped, this.#declined])
      for (const call of over) if (!guests.some((guest) => guest.call === call)) over.delete(call)
    const still = guests.find(({ call }) => call === this.#ringing?.call)
    if (!still && this.#ringing) this.#end(this.#parts.now().wanted.room === this.#parts.own ? 'answered' : 'missed')
    if (!this.#ringing) this.#next()
  }

  /** The people in the box's room do not come to the door: the plan's step 'turn away' has been done. */
  declined(): void {
    if (this.#ringing) this.#end('declined')
    this.#next()
  }

  /** Wish or facts have changed: what may go on goes on. */
  look(): void {
    if (this.#countdown && !this.#mayAnswer()) this.#stopCountdown()
    else if (!this.#countdown && this.#ringing && this.#mayAnswer()) this.#startCountdown()
  }

  /** Any key: the box does not answer by itself. False when it was not about to. */
  cancel(): boolean {
    if (!this.#countdown) return false
    if (this.#ringing) this.#stopped.add(this.#ringing.call)
    this.#stopCountdown()
    return true
  }

  #next(): void {
    const next = this.#guests.find(({ call }) => !this.#declined.has(call))
    if (next) this.#begin(next)
  }

  #begin(guest: Guest): void {
    const contact = this.#parts.contact(guest.peer)
    const { clock } = this.#parts
    this.#ringing = { ...guest, name: contact?.name ?? guest.name, contact: contact !== null, since: clock.now() }
    const { since: _, ...ringing } = this.#ringing
    this.emit('ringing', ringing)
    this.look()
  }

  #end(how: 'missed' | 'declined' | 'answered'): void {
    const was = this.#ringing
    if (!was) return
    const itself = how === 'answered' && this.#itself === was.call
    this.#ringing = null
    this.#stopCountdown()
    if (how === 'declined') this.#declined.add(was.call)
    this.emit('ringing', null)
    if (how === 'missed' && this.#parts.clock.now() - was.since < A_MOMENT) return
    this.emit('ended', { what: itself ? 'answered by itself' : how, name: was.name, peer: was.peer })
  }

  /** The list alone does not do it: somebody must be able to see and hear it coming, and nothing may speak against it. */
  #mayAnswer(): boolean {
    const { wanted, actual } = this.#parts.now()
    const peer = this.#ringing?.peer
    if (!peer || !this.#parts.contact(peer)?.answers) return false
    if (this.#stopped.has(this.#ringing?.call ?? '') || this.#itself === this.#ringing?.call) return false
    return actual.shutter === 'open' && rings(wanted, { ...actual, ringing: this.#ringing })
  }

  #startCountdown(): void {
    const stop = new AbortController()
    this.#countdown = stop
    this.#count(stop.signal).catch((error: unknown) => !stop.signal.aborted && this.#parts.onListenerError(error))
  }

  async #count(signal: AbortSignal): Promise<void> {
    for (let left = WARNING; left > 0; left--) {
      this.emit('countdown', left)
      await this.#parts.clock.sleep('until the box answers by itself', seconds(1), signal)
    }
    this.#itself = this.#ringing?.call ?? null
    this.#stopCountdown()
    this.emit('answer')
  }

  #stopCountdown(): void {
    if (!this.#countdown) return
    this.#countdown.abort()
    this.#countdown = null
    this.emit('countdown', null)
  }
}

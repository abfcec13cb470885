// early.ts — signals that overtook what they need: an offer its sender's presence, candidates their offer. A broker may reorder.
//
// Few and short-lived: per sender the newest session only, and no more than an honest offer with its candidates comes to.
import type { PeerId } from '../core/id.ts'
import type { LinkSignal } from '../wire/signal.ts'
import type { Sender } from './signalling.ts'

const SENDERS = 8
const SIGNALS = 8

type Early = { readonly from: Sender; readonly signal: LinkSignal }

export class EarlySignals {
  readonly #of = new Map<PeerId, Early[]>()

  has({ peer, session }: Sender): boolean {
    return this.#of.get(peer)?.[0]?.from.session === session
  }

  /** False when there is no room for it. */
  keep(from: Sender, signal: LinkSignal): boolean {
    const held = this.has(from) ? (this.#of.get(from.peer) ?? []) : []
    if (held.length >= SIGNALS || (this.#of.size >= SENDERS && !this.#of.has(from.peer))) return false
    this.#of.set(from.peer, [...held, { from, signal }])
    return true
  }

  /** What was kept of this sender's session, oldest first; it is kept no longer. */
  take(from: Sender): readonly Early[] {
    const held = this.has(from) ? (this.#of.get(from.peer) ?? []) : []
    this.#of.delete(from.peer)
    return [...held].sort((a, b) => a.from.counter - b.from.counter)
  }
}

// person.ts — one other participant, as everybody on this side sees them.
import type { PeerId } from '../core/id.ts'

/** arriving: seen, not yet confirmed. live: confirmed and answering. reconnecting: was live, has fallen silent. */
export type PersonState = 'arriving' | 'live' | 'reconnecting'

/** What a participant says of their own senders. */
export type Sending = {
  readonly muted: boolean
  readonly camera: boolean
  readonly screen: boolean
  readonly speaking: boolean
  /** They broadcast the call. */
  readonly live: boolean
}

export const sameSending = (a: Sending, b: Sending): boolean =>
  a.muted === b.muted && a.camera === b.camera && a.screen === b.screen && a.speaking === b.speaking && a.live === b.live

export type Person = Sending & {
  readonly peer: PeerId
  /** At most 40 characters, no control characters; as the person wrote it. */
  readonly name: string
  readonly kind: 'box' | 'browser'
  readonly state: PersonState
  /** Four emoji that both ends of this link compare; null until the link is confirmed. */
  readonly emoji: readonly string[] | null
}

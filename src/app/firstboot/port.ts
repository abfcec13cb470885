// port.ts — what the set-up needs of others: the network (the steward on a box, a few lines in tests), phones, and whether a call goes on.
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Applied } from '../../system/imager/apply.ts'
import type { Joined, NetworkState, Point, Seen, Wish } from '../../system/network/words.ts'
import type { Internet } from './step.ts'

/** The network, through the steward. */
export interface NetworkDoor {
  state(signal: AbortSignal): Promise<NetworkState>
  list(signal: AbortSignal): Promise<readonly Seen[]>
  join(wish: Wish, signal: AbortSignal): Promise<Joined>
  openPoint(as: Pick<Point, 'ssid' | 'password'> | undefined, signal: AbortSignal): Promise<Point>
  closePoint(signal: AbortSignal): Promise<void>
  country(country: string, signal: AbortSignal): Promise<void>
}

export type FirstBootParts = {
  readonly door: NetworkDoor
  /** Whether the box has an address that others reach, beside that of its own access point. */
  readonly connected: () => boolean
  /** An access point is on that nobody of ours opened: the program ended while it was. */
  readonly leftOver: () => boolean
  readonly internet: (signal: AbortSignal) => Promise<Internet>
  /** How many phones are paired. */
  readonly phones: () => number
  readonly pairing: { readonly open: () => void; readonly isOpen: () => boolean }
  /** A call goes on, or somebody rings. */
  readonly busy: () => boolean
  readonly applied: Applied | null
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

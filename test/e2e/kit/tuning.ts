// tuning.ts — how hls.js (1.7) is set by somebody who wants a live program quickly.

/** What is set otherwise than hls.js does by itself. */
export type Tuning = {
  readonly liveSyncDuration?: number
  readonly liveMaxLatencyDuration?: number
  readonly liveSyncOnStallIncrease?: number
  readonly enableWorker?: boolean
}

/**
 * hls.js begins where it wants to be, and what it takes until it plays comes on top, for good: only who is further back than liveMaxLatencyDuration
 * is brought forward, by one jump. A part and a quarter of one is what it needs to lie ahead. A player that stood still goes back by a second, if it is not told
 * otherwise, and then jumps forward again and again. Starting the worker takes longer than what it does for CMAF.
 */
export const TUNED: Tuning = { liveSyncDuration: 0.25, liveMaxLatencyDuration: 0.6, liveSyncOnStallIncrease: 0.05, enableWorker: false }

// tuning.ts — how hls.js is set by somebody who wants a live program quickly.

/** What is set otherwise than hls.js does by itself. */
export type Tuning = {
  readonly liveSyncDuration?: number
  readonly liveMaxLatencyDuration?: number
  readonly maxLiveSyncPlaybackRate?: number
  readonly startFragPrefetch?: boolean
}

/** hls.js begins where it wants to be and plays when it has something: what that takes comes on top. */
export const TUNED: Tuning = { liveSyncDuration: 0.1, liveMaxLatencyDuration: 3, maxLiveSyncPlaybackRate: 1.2, startFragPrefetch: true }

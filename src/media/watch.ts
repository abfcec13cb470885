// watch.ts — is a worker still at work? Pure: heartbeats and ticks go in, a verdict comes out.
//
// Time is counted in the watcher's own ticks, one per heartbeat. So when the watcher itself was frozen (a busy
// machine, a suspended laptop) that counts as one tick, and no worker is killed for its parent's sleep.

/** What a worker shows for its work: buffers that entered and buffers that left, since it began. */
export type Evidence = { readonly in: number; readonly out: number }

export type Watch = {
  /** Ticks since the last heartbeat. */
  readonly silent: number
  /** Heartbeats so far. With the first one the module is loaded and runs. */
  readonly beats: number
  readonly last: Evidence
  /** Heartbeats since something first went in and nothing came out. 0: nothing is owed. */
  readonly stuck: number
  /** Heartbeats in a row in which nothing went in. */
  readonly dry: number
}

export const BEATS_PER_SECOND = 4
/** Loading Node, the addon and GStreamer's registry on a busy Pi takes seconds, once; so does building the first pipelines, in one breath. */
const BIRTH = 10 * BEATS_PER_SECOND
/** So many heartbeats and it is grown up: what made it wait at its beginning lies behind it. */
const GROWN = BEATS_PER_SECOND

export const unborn: Watch = { silent: 0, beats: 0, last: { in: 0, out: 0 }, stuck: 0, dry: 0 }

/** A heartbeat has come. */
export function beat(watch: Watch, now: Evidence): Watch {
  const moved = { ...watch, silent: 0, beats: watch.beats + 1, last: now }
  if (watch.beats === 0 || now.out !== watch.last.out) return { ...moved, stuck: 0, dry: 0 }
  if (now.in > watch.last.in) return { ...moved, stuck: watch.stuck + 1, dry: 0 }
  const dry = watch.dry + 1
  return { ...moved, dry, stuck: dry >= BEATS_PER_SECOND || watch.stuck === 0 ? 0 : watch.stuck + 1 }
}

/** One heartbeat's time has passed on our side. */
export const tick = (watch: Watch): Watch => ({ ...watch, silent: watch.silent + 1 })

/** A codec that hangs again and again is not slow: more than this is never waited for something to come out, s. */
const MOST_STUCK = 2

/** @param patience how many seconds it may be silent; to give nothing, two at most */
export function verdict(watch: Watch, patience = 1): 'well' | 'hung' | 'stalled' {
  const most = BEATS_PER_SECOND * patience
  if (watch.silent > (watch.beats >= GROWN ? most : Math.max(BIRTH, most))) return 'hung'
  return watch.stuck > BEATS_PER_SECOND * Math.min(patience, MOST_STUCK) && watch.dry === 0 ? 'stalled' : 'well'
}

/**
 * Seconds of patience after so many falls of late: whoever falls again and again is perhaps not ill but slow, on a machine that has too
 * much to do, and to be killed makes it slower still. Two falls are believed: the second way to do it is then tried soon.
 */
export const patienceAfter = (falls: number): number => 2 ** Math.min(3, Math.max(0, falls - 1))

/** How long to wait before the next life, ms: none after the first fall, then 100, 200 ... 5,000. */
export const pause = (falls: number): number => (falls <= 1 ? 0 : Math.min(5000, 100 * 2 ** Math.min(falls - 2, 6)))

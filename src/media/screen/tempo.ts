// tempo.ts — how many pictures a second this machine has time for. Pure: looks go in, a rate comes out.
//
// The compositor never leaves a picture out. Asked for more than there is time for it falls behind, shows what was, and takes every moment
// from the decoders and from all others. What a board can do is not in a table: it depends on who else works there. So it is tried: few
// pictures at first, more when all of them came in time, fewer at once when they did not, and long after that, once more.

/** Rates that are tried, when they are below what is wanted. */
const STEPS = [60, 30, 20, 15, 10, 5] as const
/** The first one: what nearly every machine can do. */
const FIRST = 20
/** When another rate begins, pictures stumble; ms. */
const SETTLING = 500
/** So late is too late: pictures that are missing, in seconds of them. */
const LATE = 0.3
/** And never fewer than these: one is always on its way. */
const LATE_LEAST = 1.5
/** Whoever looks comes again after 40 ms. Later than this: there is no time even for that, ms. */
const HELD_UP = 500
/** Being held up alone does not take pictures below this: others may have been the reason. */
const HELD_UP_LEAST = 10
/** Of what was managed, so much is asked for: a rest is for the others. */
const SHARE = 0.75
/** All in time for so long: one step more is tried, ms. At first; after it was too much; and at most, doubled each time it is too much at once. */
const FIRST_REST = 1000
const REST = 10_000
const LONGEST_REST = 300_000

export type Tempo = {
  /** Pictures a second, now. */
  readonly fps: number
  /** As many as are wanted. */
  readonly top: number
  /** The last look, ms; null: none yet. */
  readonly at: number | null
  /** When this rate began, ms. */
  readonly since: number
  /** Pictures so far, at the last look and where counting began. */
  readonly frames: number
  readonly from: number
  /** Pictures that are missing. */
  readonly late: number
  /** The rate that was too much last; Infinity: none. */
  readonly tooMuch: number
  /** How long it must go well before that is tried again, ms. */
  readonly rest: number
}

/** The beginning. @param top how many are wanted */
export const tempo = (top: number): Tempo => ({
  fps: Math.min(top, FIRST),
  top,
  at: null,
  since: 0,
  frames: 0,
  from: 0,
  late: 0,
  tooMuch: Number.POSITIVE_INFINITY,
  rest: REST,
})

/** After a time in which nothing was counted, because the compositor turned at another rate. */
export const again = (t: Tempo): Tempo => ({ ...t, at: null })

/** To be called every 40 ms or so. @param now ms @param frames pictures that the compositor has made so far */
export function look(t: Tempo, now: number, frames: number): Tempo {
  if (t.at === null) return { ...t, at: now, since: now, frames, from: frames, late: 0 }
  const gap = now - t.at
  const lived = now - t.since
  const seen = { ...t, at: now, frames }
  const heldUp = gap > HELD_UP && t.fps > HELD_UP_LEAST
  if (lived < SETTLING) return heldUp ? fewer(seen, lived, t.fps) : { ...seen, from: frames }
  const late = Math.max(0, t.late + (gap / 1000) * t.fps - (frames - t.frames))
  if (late > Math.max(LATE_LEAST, LATE * t.fps)) {
    const managed = (frames - t.from) / ((lived - SETTLING) / 1000)
    return fewer(seen, lived, Math.min(t.fps, managed * SHARE + 1))
  }
  if (heldUp) return fewer(seen, lived, t.fps)
  return late < 2 && t.fps < t.top ? more({ ...seen, late }, lived) : { ...seen, late }
}

/** The next step below a limit; the least of all when there is none. */
function fewer(t: Tempo, lived: number, limit: number): Tempo {
  const fps = steps(t).find((step) => step < limit) ?? Math.min(t.top, ...STEPS)
  const inVain = t.fps === t.tooMuch && lived < REST
  return { ...begun(t), fps, tooMuch: t.fps, rest: inVain ? Math.min(LONGEST_REST, t.rest * 2) : REST }
}

/** The next step up, when the time for it has come. */
function more(t: Tempo, lived: number): Tempo {
  const fps = steps(t).findLast((step) => step > t.fps) ?? t.top
  if (t.fps >= t.tooMuch && lived >= REST) return more({ ...t, tooMuch: Number.POSITIVE_INFINITY }, lived)
  const rest = fps >= t.tooMuch ? t.rest : t.tooMuch < Number.POSITIVE_INFINITY ? REST : FIRST_REST
  return lived > rest ? { ...begun(t), fps } : t
}

const begun = (t: Tempo): Tempo => ({ ...t, since: t.at ?? 0, from: t.frames, late: 0 })
const steps = (t: Tempo): readonly number[] => [t.top, ...STEPS.filter((step) => step < t.top)]

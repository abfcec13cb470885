// pace.ts — how near to live one can be: how much must lie ahead, and how fast to play to get there. Pure.
//
// What counts is the least that lay ahead lately, just before each part arrived: when that is too little, the picture stands still; what it is more than
// needed is time lost. How much is needed every line shows by itself: a standstill makes it more, a long calm a little less, but not less
// than where it last stood still.
export type Pace = {
  /** Seconds that should lie ahead when it is least. */
  readonly margin: number
  /** Less than this is not tried again. */
  readonly floor: number
  readonly calm: number
}

/**
 * With less ahead browsers stand still though there is something: their decoder holds some pictures back. In Chromium with 100 ms ahead twice in the first
 * twenty seconds, for half a second each; with these never in five minutes.
 */
export const PACE: Pace = { margin: 0.18, floor: 0.12, calm: 0 }
const [MOST, STEP, DOWN] = [1.5, 0.07, 0.01]
/** Seconds of calm after which it is tried with less. */
const CALM = 20
/** Nobody hears the difference at this speed. */
const [FASTEST, SLOWEST] = [1.05, 0.96]
/** Seconds too far behind to catch up by playing faster. */
const FAR = 1

/** It stood still. */
export const stalled = ({ margin, floor }: Pace): Pace => ({
  margin: Math.min(MOST, margin + STEP),
  floor: Math.min(MOST, Math.max(floor, margin + STEP / 3)),
  calm: 0,
})

/** So many seconds went well. */
export function calm(pace: Pace, time: number): Pace {
  const longer = pace.calm + time
  if (longer < CALM) return { ...pace, calm: longer }
  return { ...pace, calm: 0, margin: Math.max(pace.floor, pace.margin - DOWN) }
}

export type Step = { readonly rate: number } | { readonly jump: number }

/** @param least seconds that lay ahead at least, lately  @param before the rate now */
export function step({ margin }: Pace, least: number, before: number): Step {
  const over = least - margin
  if (over > FAR) return { jump: over }
  // What is nearly right is left alone, and what is being mended is mended wholly: no rate swings to and fro.
  const dead = before === 1 ? 0.025 : 0.008
  if (Math.abs(over) < dead || (before > 1 && over < 0) || (before < 1 && over > 0)) return { rate: 1 }
  return { rate: Math.round(Math.max(SLOWEST, Math.min(FASTEST, 1 + over * 0.25)) * 1000) / 1000 }
}

// slack.ts — how much time there is between a part's coming and its being due, and what is made of it: sooner or later is it shown. Pure.
//
// A part that comes too late is one that stood still: from then on all is shown later. Where for long every part comes far too early, it is shown
// sooner. So the distance to live follows the line, and the two clocks that drift apart.

/** ms. A part should come about so long before it is due. */
const MEANT = 500
/** More than this is too much, and less than this too little. */
const [MOST, LEAST] = [1100, 100]
/** Looks of these lengths, ms: the first soon, for then what is far too much is seen. */
const [FIRST, LONG] = [1500, 30_000]

export type Slack = {
  /** The least of this look; null: nothing came in it. */
  readonly least: number | null
  /** When the look is over, ms of the clock. */
  readonly until: number
}

/** @param now ms of the clock, at the beginning */
export const slackFrom = (now: number): Slack => ({ least: null, until: now + FIRST })

/** A part came so long before it is due, or after it (below 0). shift: all is to be shown so much later, or sooner (below 0), ms. */
export function came(slack: Slack, spare: number, now: number): { readonly slack: Slack; readonly shift: number } {
  if (spare < LEAST) return { slack: { least: null, until: now + LONG }, shift: Math.round(MEANT - spare) }
  const least = Math.min(spare, slack.least ?? Number.POSITIVE_INFINITY)
  if (now < slack.until) return { slack: { ...slack, least }, shift: 0 }
  return { slack: { least: null, until: now + LONG }, shift: least > MOST ? Math.round(MEANT - least) : 0 }
}

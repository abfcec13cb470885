// allot.ts — one uplink for all: how much of it each link gets, and which of the encoded pictures. Pure.
//
// In this order: sound for everybody; a small picture for everybody (200 kb/s, who matters first); then whoever matters most up to what
// they can take; then the rest in equal parts. What a link gets says which tier it is shown, and the link with least in a tier says how
// fine that tier is encoded. A link goes down at once and up only when it could have for some time, so pictures do not flicker.
import { SOUND, soundOn } from './narrow.ts'

/** Bits per second on the wire, its part of packet headers included. `least` also says from where on a link is given this tier. */
export type Tier = { readonly least: number; readonly most: number }

export type LinkNeed = {
  readonly link: string
  /** What its way carries, bits per second. */
  readonly target: number
  /** Who speaks, and everybody where nobody does, may be shown large over there. */
  readonly matters: boolean
}

export type Share = {
  readonly link: string
  /** Index of its tier, the finest first; null: sound alone. */
  readonly tier: number | null
  /** Bits per second, sound included. */
  readonly bps: number
  /** Since when it could have more than it has, ms; null: it could not. */
  readonly couldSince: number | null
  /** When it was last given a finer tier, ms. */
  readonly raisedAt: number
}

export type Allotment = {
  readonly shares: readonly Share[]
  /** What each tier is encoded with, without sound, bits per second; null: nobody is shown it, so it is not encoded. */
  readonly tiers: ReadonlyArray<number | null>
}

export const NOTHING: Allotment = { shares: [], tiers: [] }

/** With which a call is still one: a small picture and its sound. */
export const SMALL = 200_000
/** Up only with so much more than the tier's least, for so long; sound alone is left with no more than the least. */
const AMPLE = 1.15
const PATIENCE = 2000 // ms
/** Down when less than this share of the tier's least is left: it is still seen, and a dip of a moment does not change the picture. */
const SCARCE = 0.85
/** So long after it was raised a tier is held with less: its first picture is large, and what the way does not take of it at once is not its limit. */
const GRACE = 4000 // ms
const FIRST_SCARCE = 0.3

/**
 * @param uplink what all links together may use, null while nobody knows  @param tiers the finest first; at most three are of use
 * @param before what was said last  @param now ms
 */
export function allot(
  needs: readonly LinkNeed[],
  tiers: readonly Tier[],
  uplink: number | null,
  before: Allotment,
  now: number,
): Allotment {
  const given = divide(needs, tiers, uplink ?? Number.POSITIVE_INFINITY)
  const shares = needs.map((need, i) => {
    const was = before.shares.find(({ link }) => link === need.link)
    return choose(need, given[i] ?? 0, tiers, was, now)
  })
  return { shares, tiers: tiers.map((tier, at) => rateOf(tier, at, shares, needs)) }
}

/** Bits per second for each link. */
function divide(needs: readonly LinkNeed[], tiers: readonly Tier[], uplink: number): number[] {
  const most = (tiers[0]?.most ?? 0) + SOUND
  const caps = needs.map(({ target }) => Math.min(target, most))
  const given = needs.map(() => 0)
  let left = uplink
  /** Up to a level, who matters first; so when it does not suffice the first are whole and the last have nothing. */
  const raise = (level: number, order: readonly number[]): void => {
    for (const i of order) {
      const more = Math.min(Math.max(0, Math.min(level, caps[i] ?? 0) - (given[i] ?? 0)), left)
      given[i] = (given[i] ?? 0) + more
      left -= more
    }
  }
  const all = needs.map((_, i) => i)
  const first = [...all].sort((a, b) => Number(needs[b]?.matters) - Number(needs[a]?.matters))
  for (const i of first) raise(soundOn(needs[i]?.target ?? 0), [i])
  raise(SMALL, first)
  left -= pour(
    all.filter((i) => needs[i]?.matters),
    caps,
    given,
    left,
  )
  pour(all, caps, given, left)
  return given
}

/** Gives equal parts to all until each has what it can take. @returns what was given */
function pour(to: readonly number[], caps: readonly number[], given: number[], left: number): number {
  let rest = left
  const open = [...to].sort((a, b) => room(a) - room(b))
  function room(i: number): number {
    return (caps[i] ?? 0) - (given[i] ?? 0)
  }
  open.forEach((i, at) => {
    const more = Math.max(0, Math.min(room(i), rest / (open.length - at)))
    given[i] = (given[i] ?? 0) + more
    rest -= more
  })
  return Number.isFinite(left) ? left - rest : 0
}

function choose({ link, target }: LinkNeed, bps: number, tiers: readonly Tier[], was: Share | undefined, now: number): Share {
  const sound = soundOn(target)
  const fits = (share: number): number | null => {
    const at = tiers.findIndex((tier) => bps >= (tier.least + sound) * share)
    return at < 0 ? null : at
  }
  if (!was) return { link, tier: fits(1), bps, couldSince: null, raisedAt: now }
  const { tier: has, raisedAt } = was
  const coarsest = has === tiers.length - 1
  const least = has === null ? Number.POSITIVE_INFINITY : (tiers[has]?.least ?? Number.POSITIVE_INFINITY)
  const isNew = coarsest && now - raisedAt < GRACE
  const held = bps >= (isNew ? least * FIRST_SCARCE + sound : (least + sound) * SCARCE)
  const could = fits(has === null ? 1 : AMPLE)
  const isUp = could !== null && (has === null || could < has)
  if (isUp) {
    const couldSince = was.couldSince ?? now
    if (now - couldSince >= PATIENCE) return { link, tier: could, bps, couldSince: null, raisedAt: now }
    return { link, tier: held || has === null ? has : fits(1), bps, couldSince, raisedAt }
  }
  return { link, tier: held ? has : has === null ? null : fits(1), bps, couldSince: null, raisedAt }
}

/** As fine as the poorest of those who are shown it can take. */
function rateOf(tier: Tier, at: number, shares: readonly Share[], needs: readonly LinkNeed[]): number | null {
  const rooms = shares.flatMap((share, i) => (share.tier === at ? [share.bps - soundOn(needs[i]?.target ?? 0)] : []))
  if (rooms.length === 0) return null
  const poorest = Math.min(...rooms)
  return Math.round(Math.min(tier.most, Math.max(tier.least * SCARCE, poorest)))
}

// budget.ts — how much an encoder can take, and which pictures fit together. Pure arithmetic.
//
// The encoder of a Pi (VideoCore: Pi 3, 4, Zero 2 W) does level 4.0 of H.264 (table A-1): 245,760 macroblocks of 16 x 16 pixels a
// second, all tiers of all programs together. Asked for more it does not refuse: it falls behind, and everybody's picture with it. So
// nobody opens it without asking here. What does not fit is made smaller, and refused only when even the smallest does not fit.
import { type Bps, kbps } from '../lib/unit.ts'
import type { EncoderKind, Picture } from './encoder.ts'

/** Macroblocks a second. `software` null: as many as the machine has time for. */
export type Budget = { readonly hardware: number; readonly software: number | null }

export const LEVEL_4 = 245_760
export const BUDGET: Budget = { hardware: LEVEL_4, software: null }
/** Of one picture: table A-1 again, and the longest side that the driver takes. */
const MOST_IN_PICTURE = 8192
const LONGEST_SIDE = 1920
/** Fewer than nine frames a second make this encoder stall, seen on Pis; so it is never given fewer than this. */
const FEWEST_FPS = 10
const SMALLEST_SIDE = 120

/** First the rate of television is enough, then the picture gets smaller, and only then are there fewer frames. */
const CALM_FPS = [30, 15] as const
const SCALES = [1, 3 / 4, 2 / 3, 1 / 2, 3 / 8, 1 / 3, 1 / 4] as const

/** A rendition is no higher than this share of its program. */
const SMALLER = 2 / 3
/** Macroblocks a second that a slow board has time for beside a program in software: its smallest rendition, and no other. */
const SPARE_LOWER = 2_160

const inPicture = ({ width, height }: Picture): number => Math.ceil(width / 16) * Math.ceil(height / 16)

/** What a picture costs, in macroblocks a second. */
export const cost = (picture: Picture): number => inPicture(picture) * picture.fps

const fits = (picture: Picture, left: number): boolean =>
  cost(picture) <= left && inPicture(picture) <= MOST_IN_PICTURE && Math.max(picture.width, picture.height) <= LONGEST_SIDE

/**
 * The picture itself if it fits into what is left (macroblocks a second), else the best smaller one of the same shape, else null.
 * Sizes stay even. A picture that was wanted with fewer than 10 frames a second is given 10.
 */
export function coarsen(wanted: Picture, left: number): Picture | null {
  const asked = { ...wanted, fps: Math.max(FEWEST_FPS, wanted.fps) }
  if (fits(asked, left)) return asked
  const rates = CALM_FPS.filter((fps) => fps < asked.fps)
  for (const fps of asked.fps <= CALM_FPS[0] ? [asked.fps, ...rates] : rates)
    for (const scale of SCALES) {
      const smaller = { width: even(wanted.width * scale), height: even(wanted.height * scale), fps }
      if (Math.min(smaller.width, smaller.height) >= SMALLEST_SIDE && fits(smaller, left)) return smaller
    }
  return null
}

/**
 * Shares one budget among tiers that are to be encoded at once, the dearest giving way first, so that the small tier, which keeps a poor
 * link alive, stays as it is. Among equals the earlier one is spared.
 * @returns one for each tier, in the order given; null: there is no room for it
 */
export function share(tiers: readonly Picture[], budget: number = LEVEL_4): ReadonlyArray<Picture | null> {
  let given = tiers.map((tier) => coarsen(tier, budget))
  const total = () => given.reduce((sum, tier) => sum + priceOf(tier), 0)
  while (total() > Math.max(0, budget)) {
    const dearest = given.reduce((most, tier, at) => (priceOf(tier) >= priceOf(given[most] ?? null) ? at : most), 0)
    given = tiers.map((tier, at) => (at === dearest ? coarsen(tier, priceOf(given[at] ?? null) - 1) : (given[at] ?? null)))
  }
  return given
}

const priceOf = (tier: Picture | null): number => (tier ? cost(tier) : 0)

/** What this encoder may be opened with when `wanted` is wanted; null: nothing. */
export function pictureFor(kind: EncoderKind, wanted: Picture, budget: Budget): Picture | null {
  if (kind === 'v4l2') return coarsen(wanted, Math.min(LEVEL_4, budget.hardware))
  return budget.software === null || cost(wanted) <= budget.software ? wanted : coarsen(wanted, budget.software)
}

/** Renditions of a program that there can be, best first: how high they are, of how many frames they have one, and their bit rate. */
export const RUNGS = [
  { height: 360, every: 1, kbps: 350 },
  { height: 360, every: 2, kbps: 250 },
  { height: 144, every: 2, kbps: 100 },
] as const
/** One of them; `rung`: which. Its frames are among those of the program, so `picture.fps` is that of the program over `every`. */
export type Lower = { readonly rung: number; readonly every: number; readonly picture: Picture; readonly rate: Bps }

/**
 * The renditions that are made of a program's picture, one or two: one for the poorest lines where there is any room at all, and one between. None that
 * is hardly smaller than the program itself.
 * @param left macroblocks a second  @returns best first
 */
export function lowerPictures(source: Picture, left: number): readonly Lower[] {
  const all = RUNGS.flatMap(({ height, every, kbps: rate }, rung): Lower[] => {
    const fps = source.fps / every
    const picture = { width: even((source.width * height) / source.height), height, fps }
    const isOne = Number.isInteger(fps) && fps >= FEWEST_FPS && height <= source.height * SMALLER
    return isOne ? [{ rung, every, picture, rate: kbps(rate) }] : []
  })
  const least = all.findLast(({ picture }) => fits(picture, left))
  const between = all.find(({ picture }) => least && picture.height > least.picture.height && fits(picture, left - cost(least.picture)))
  return [between, least].flatMap((one) => one ?? [])
}

/** What a program of the call may be encoded as, by what is found on the machine. */
export type ProgramPictures = {
  /** With the hardware's encoder, beside the pictures of the call; null: they leave it no room. */
  readonly hardware: Picture | null
  /** In software, on a machine that has no such encoder: it is none of a small board, or a fast one. */
  readonly software: Picture
  /** In software, where there is such an encoder but not for us: a board that has one is slow. */
  readonly spare: Picture
  /** Renditions beside each of these. */
  readonly lower: { readonly [of in 'hardware' | 'software' | 'spare']: readonly Lower[] }
}

/**
 * The program gives way to the call, never the other way round: it takes what the call's pictures leave, be it a smaller picture.
 * @param beside pictures that are encoded meanwhile, as they are wanted; what of them does not fit is made smaller as shoot.ts does
 */
export function programPictures(wanted: Picture, beside: readonly Picture[]): ProgramPictures {
  const taken = share(beside).reduce((sum, tier) => sum + priceOf(tier), 0)
  const [hardware, spare] = [coarsen(wanted, LEVEL_4 - taken), halfOf(wanted)]
  const lower = {
    hardware: hardware ? lowerPictures(hardware, LEVEL_4 - taken - cost(hardware)) : [],
    software: lowerPictures(wanted, Number.POSITIVE_INFINITY),
    spare: lowerPictures(spare, SPARE_LOWER),
  }
  return { hardware, software: wanted, spare, lower }
}

/** The picture for links that cannot take the whole one. */
export const halfOf = ({ width, height, fps }: Picture): Picture => ({ width: even(width / 2), height: even(height / 2), fps })

const even = (size: number): number => 2 * Math.round(size / 2)

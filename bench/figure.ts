// figure.ts — one measured figure: our runs, the peers' runs beside them, and how they compare. Pure.
import { Bug } from '../src/lib/fault.ts'

/** As it stands in bench/results: `ratio` is ours / best peer, null when there is nobody to compare with. */
export type Figure = {
  readonly figure: string
  readonly unit: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  readonly ratio: number | null
  /** Every single run, as measured: `ours`, and one list for each peer. */
  readonly runs: Readonly<Record<string, readonly number[]>>
}

/** What is asked of a figure: is a small number good (milliseconds), or a big one (decibels of echo taken away)? */
export type Better = 'less' | 'more'

/**
 * The value under which the share `p` of all values lies, between neighbours by straight line (type 7 of Hyndman & Fan 1996).
 * @param p 0 to 1  @throws Bug for an empty list
 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * p
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new Bug('a percentile of nothing was asked for')
  return below + (above - below) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** Three digits are enough for a person and hide no difference that means anything. */
export const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

/** Ours / best peer; null without peers or with a best peer of 0. */
export function ratioOf(ours: number, peers: readonly number[], better: Better): number | null {
  if (peers.length === 0) return null
  const best = better === 'less' ? Math.min(...peers) : Math.max(...peers)
  return best === 0 ? null : rounded(ours / best)
}

/** Makes the figure of the medians of all runs. */
export function figureOf(
  figure: string,
  unit: string,
  better: Better,
  ours: readonly number[],
  peers: Readonly<Record<string, readonly number[]>>,
): Figure {
  const medians = Object.fromEntries(Object.entries(peers).map(([name, runs]) => [name, rounded(median(runs))]))
  const mine = rounded(median(ours))
  return { figure, unit, ours: mine, peers: medians, ratio: ratioOf(mine, Object.values(medians), better), runs: { ours, ...peers } }
}

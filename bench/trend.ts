// trend.ts — is it growing? The straight line through measured values, and how sure we are of its slope. Pure.

export type Sample = { readonly at: number; readonly value: number }
/** Several values of one moment, by name. */
export type Named = { readonly at: number; readonly values: Readonly<Record<string, number>> }
export type Trend = {
  /** Per unit of `at`. */
  readonly slope: number
  /** Standard error of the slope: two thirds of all repetitions would lie within. */
  readonly error: number
}

/** Ordinary least squares. Of fewer than three samples nothing is known: the error is infinite. */
export function trendOf(samples: readonly Sample[]): Trend {
  const n = samples.length
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + of(sample), 0) / n
  const [x, y] = [mean(({ at }) => at), mean(({ value }) => value)]
  const sum = (of: (dx: number, dy: number) => number) => samples.reduce((all, { at, value }) => all + of(at - x, value - y), 0)
  const spread = sum((dx) => dx * dx)
  if (n < 3 || spread === 0) return { slope: 0, error: Number.POSITIVE_INFINITY }
  const slope = sum((dx, dy) => dx * dy) / spread
  const rest = sum((dx, dy) => (dy - slope * dx) ** 2)
  return { slope, error: Math.sqrt(rest / (n - 2) / spread) }
}

/** Of each name by itself; it may be missing at times. */
export function trendsOf(samples: readonly Named[]): Record<string, Trend> {
  const names = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))]
  const of = (name: string) => samples.flatMap(({ at, values: { [name]: value } }) => (value === undefined ? [] : [{ at, value }]))
  return Object.fromEntries(names.map((name) => [name, trendOf(of(name))]))
}

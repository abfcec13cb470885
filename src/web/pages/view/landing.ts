// landing.ts — at which second of what has arrived the picture begins, after a jump. Pure.
import { secondOf, type Timeline } from './timeline.ts'

/** A wall-clock time, ms since 1970, or live. */
export type Target = number | 'newest'
type Ranges = { readonly length: number; start(i: number): number; end(i: number): number }

/**
 * The player's second; null: wait for more.
 * @param buffered what has arrived  @param isAll nothing more is there  @param back seconds before the newest that are wanted
 */
export function landing(target: Target, buffered: Ranges, line: Timeline, isAll: boolean, back: number): number | null {
  const last = buffered.length - 1
  if (last < 0) return null
  const [first, end] = [buffered.start(0), buffered.end(last)]
  if (target === 'newest') return isAll || end - first >= 15 ? Math.max(buffered.start(last), end - back) : null
  const second = Math.max(secondOf(line, target) ?? first, first + 0.01)
  return second > end - 0.3 && !isAll ? null : Math.min(second, end - 0.1)
}

// course.ts — the line of the bench over time, and what is read from all that passed it. Pure.
//
// Every number is taken at the narrow place itself, of frames as they come there, sound, repair and headers with them: so neither side is
// believed what it says of itself. Only what was shown is told by the page that showed it.
import type { Passage } from '../../test/e2e/net/cable.ts'
import { percentile } from '../figure.ts'

const WIDE = 1500 // kb/s
const NARROW = 600
export const LINE = { delay: 20, queue: 300, rate: WIDE } as const

/** Milliseconds from when the picture was first shown: when the line gets narrower, wider again, and when it is over. */
export const COURSE = [
  { at: 20_000, rate: NARROW },
  { at: 38_000, rate: WIDE },
] as const
export const END = 54_000
/** Until a call knows its line: not in the figures of the whole. */
const BEGUN = 5000
const [DOWN, UP] = COURSE

/** What a call did. Times in milliseconds of Date.now(). */
export type Record = {
  /** When the picture was first shown. */
  readonly start: number
  readonly passages: readonly Passage[]
  /** When each picture was shown. */
  readonly shown: readonly number[]
}

export type Result = {
  /** Kilobits a second over the whole course. */
  readonly rate: number
  /** Milliseconds in the queue that 95 of 100 frames did not exceed, over the whole course, and while the line stayed the same and wide. */
  readonly delay: number
  readonly delayEven: number
  /** Shares of what the line carries: in the end of the first and of the second leg, and 8 to 10 s after the step up. */
  readonly used: number
  readonly usedNarrow: number
  readonly regained: number
  /** Per cent of frames for which there was no room, while the line stayed the same and wide. */
  readonly lost: number
  /** Milliseconds from the step down until the queue is short and stays so. */
  readonly settled: number
  /** Milliseconds for which the same picture stood, from the step down to the step up. */
  readonly freeze: number
}

const SHORT = 100 // ms
const STAYS = 2000 // ms
/** Of a moment's frames so many may wait longer. */
const NEARLY = 0.95
const LOOK = 100 // ms

/** @throws Bug when nothing passed */
export function resultOf({ start, passages, shown }: Record): Result {
  const went = passages.filter(({ way }) => way === 'there').map((passage) => ({ ...passage, at: passage.at - start }))
  const within = (from: number, to: number) => went.filter(({ at }) => at >= from && at < to)
  const rate = (from: number, to: number) =>
    (within(from, to).reduce((sum, { bytes, waited }) => sum + (typeof waited === 'number' ? bytes : 0), 0) * 8) / (to - from)
  const delay = (from: number, to: number) =>
    percentile(
      within(from, to).flatMap(({ waited }) => (typeof waited === 'number' ? [waited] : [])),
      0.95,
    )
  const even = within(BEGUN, DOWN.at)
  return {
    rate: rate(BEGUN, END),
    delay: delay(BEGUN, END),
    delayEven: delay(BEGUN, DOWN.at),
    used: rate(DOWN.at - 10_000, DOWN.at) / WIDE,
    usedNarrow: rate(UP.at - 10_000, UP.at) / NARROW,
    regained: rate(UP.at + 8000, UP.at + 10_000) / WIDE,
    lost: (100 * even.filter(({ waited }) => waited === 'over').length) / Math.max(1, even.length),
    settled: settledAfter(within(DOWN.at, UP.at), DOWN.at, UP.at),
    freeze: longestPause(
      shown.map((at) => at - start),
      DOWN.at,
      UP.at,
    ),
  }
}

type Came = Pick<Passage, 'at' | 'waited'>

/** When the queue began to be short for two seconds at a stretch, after `from`; the whole time when it never was. */
export function settledAfter(came: readonly Came[], from: number, to: number): number {
  for (let at = from; at + STAYS <= to; at += LOOK) {
    const moment = came.filter((frame) => frame.at >= at && frame.at < at + STAYS)
    const short = moment.filter(({ waited }) => typeof waited === 'number' && waited <= SHORT)
    if (moment.length > 0 && short.length >= NEARLY * moment.length) return at - from
  }
  return to - from
}

/** The longest time for which no new picture was shown between two moments, or around them. */
export function longestPause(shown: readonly number[], from: number, to: number): number {
  const times = [from, ...shown.filter((at) => at > from && at < to), to]
  return Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at)))
}

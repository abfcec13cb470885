// quality.ts — which rendition of the picture is watched: the one a person chose, or the best that the line has carried. Pure.
//
// What a line carries cannot be measured at live, where every part is waited for; it shows when the picture stands still. So who chooses nothing gets the best,
// a smaller one when that stands still, and after a calm time the next better one once more: if that was too much, it is gone back at once, and tried
// again after twice the time.
import type { TrackInit } from '../../../wire/manifest.ts'
import { typeOf } from './stretch.ts'

export type Rendition = {
  readonly track: number
  readonly name: string
  readonly width: number
  readonly height: number
  readonly bandwidth: number
}
/** A track, or what the line carries. */
export type Choice = 'auto' | number

/** The pictures that can be played here, best first. */
export function renditionsOf(inits: readonly TrackInit[], canPlay: (type: string) => boolean): readonly Rendition[] {
  return inits
    .flatMap(({ track, description }) =>
      description.kind === 'video' && canPlay(typeOf(description))
        ? [{ track, name: description.name, width: description.width, height: description.height, bandwidth: description.bandwidth }]
        : [],
    )
    .sort((a, b) => b.bandwidth - a.bandwidth)
}

/** @param down steps below the best that the line asks for */
export function choose(renditions: readonly Rendition[], choice: Choice, down: number): number | null {
  if (choice !== 'auto' && renditions.some(({ track }) => track === choice)) return choice
  return renditions[Math.min(down, renditions.length - 1)]?.track ?? null
}

/** What was learnt of a line. Times are ms of one clock. */
export type Auto = {
  /** Steps below the best. */
  readonly down: number
  /** When the picture stood still, lately. */
  readonly stalls: readonly number[]
  /** Since when all is well. */
  readonly calm: number
  /** When a better one was taken last; null: never, or that has gone well. */
  readonly up: number | null
  /** How long it has to be calm before a better one is taken. */
  readonly rest: number
}

/** So many standstills in so long are too many, ms; but not while the smaller one is still on its way. */
const [TOO_MANY, LATELY, ON_ITS_WAY] = [2, 30_000, 5_000]
/** A standstill of so long counts twice, ms. */
const STANDING = 2_000
/** Before a better one is tried: at first, and at most, ms. */
const [REST, LONGEST_REST] = [30_000, 600_000]
/** A better one that stands still within so long was too much, ms. */
const TRIED = 20_000

export const newAuto = (now: number): Auto => ({ down: 0, stalls: [], calm: now, up: null, rest: REST })

/** The picture stood still. @param count renditions that there are */
export function stood(auto: Auto, now: number, count: number): Auto {
  const stalls = [...auto.stalls.filter((at) => now - at < LATELY), now]
  const wasTooMuch = auto.up !== null && now - auto.up < TRIED
  const calmed = { ...auto, stalls, calm: now }
  if (auto.down >= count - 1 || (stalls.length < TOO_MANY && !wasTooMuch)) return calmed
  return {
    down: auto.down + 1,
    stalls: [],
    calm: now + ON_ITS_WAY,
    up: null,
    rest: wasTooMuch ? Math.min(LONGEST_REST, auto.rest * 2) : auto.rest,
  }
}

/** It still stands: for long, that is as much as once more. */
export function stands(auto: Auto, now: number, count: number): Auto {
  const last = auto.stalls.at(-1)
  return last !== undefined && now - last >= STANDING ? stood(auto, now, count) : auto
}

/** It plays. */
export function plays(auto: Auto, now: number): Auto {
  if (auto.up !== null && now - auto.up >= TRIED) return { ...auto, up: null, rest: auto.down === 0 ? REST : auto.rest }
  return auto.down > 0 && now - auto.calm >= auto.rest ? { ...auto, down: auto.down - 1, stalls: [], calm: now, up: now } : auto
}

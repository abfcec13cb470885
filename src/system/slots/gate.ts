// gate.ts — whether a new version on trial has proved itself: what it lacks, and since when it lacks nothing. Pure.
//
// It is good after five minutes without a gap in which it had all that the old version had. It is not when ten minutes after the start of the
// machine that has not come true: then the last thing that was missing is the reason. Where Parlor itself does not come up, nobody looks here,
// and the image's own timer has the last word half a minute later (systemd/parlor-slots-back.timer).
import { type Ms, ms, seconds } from '../../lib/unit.ts'
import type { Had } from './pending.ts'

export type Times = {
  /** So long nothing may be missing. */
  readonly well: Ms
  /** Counted from the start of the machine. */
  readonly limit: Ms
}
export const TIMES: Times = { well: seconds(5 * 60), limit: seconds(10 * 60) }

/** "20/90": seconds, for who cannot wait so long (a test). Anything else: the usual times. */
export function timesIn(text: string | undefined): Times {
  const [, well, limit] = /^(\d{1,3})\/(\d{1,3})$/.exec(text ?? '') ?? []
  return well && limit ? { well: seconds(Number(well)), limit: seconds(Number(limit)) } : TIMES
}

/** How the box is: its doors are open and it is looked after; the TV has its picture; others can be reached. */
export type Signs = { readonly ready: boolean } & Had

export type Lack = 'not ready' | 'no picture' | 'no network'
export type Gate = {
  /** Since when nothing is missing, by the clock; null: something is. */
  readonly wellSince: Ms | null
  /** What was missing last. */
  readonly lack: Lack
}
/** Of a box that has only begun. */
export const CLOSED: Gate = { wellSince: null, lack: 'not ready' }

export type Word = { readonly is: 'open' } | { readonly is: 'good' } | { readonly is: 'bad'; readonly why: Lack }

/** @param had what the old version had  @param now by the clock  @param up since the start of the machine */
export function look(gate: Gate, signs: Signs, had: Had, now: Ms, up: Ms, times = TIMES): { readonly gate: Gate; readonly word: Word } {
  const lack = lacks(signs, had)
  if (lack) return { gate: { wellSince: null, lack }, word: up >= times.limit ? { is: 'bad', why: lack } : { is: 'open' } }
  const wellSince = gate.wellSince ?? now
  const next: Gate = { wellSince, lack: gate.lack }
  if (ms(now - wellSince) >= times.well) return { gate: next, word: { is: 'good' } }
  return { gate: next, word: up >= times.limit ? { is: 'bad', why: gate.lack } : { is: 'open' } }
}

function lacks(signs: Signs, had: Had): Lack | null {
  if (!signs.ready) return 'not ready'
  if (had.picture && !signs.picture) return 'no picture'
  return had.network && !signs.network ? 'no network' : null
}

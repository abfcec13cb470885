// recall.ts — back into the call that a power cut ended, when it was a short one.
//
// After a crash the uptime of the machine tells how long the box was away (keep.ts). After a power cut only the date can, and most boards
// must first have that from the network; until then, and where it is not to be believed, camera and microphone stay closed. Whoever asks
// the box for anything meanwhile has decided otherwise. Who comes back to a box minutes later does not expect it to open its camera: then it is too late.
import type { Box } from '../core/box.ts'
import type { Wanted } from '../core/wanted.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'

/** The call in which the power was cut. */
export type CutOff = {
  readonly wanted: Wanted
  /** When it was last known to go on, in seconds since 1970 by a date that was believed. */
  readonly at: number
}
/** How this machine is now: the date, null while it is not believed, and for how long it has been on; both in seconds. */
export type Awake = { readonly date: number | null; readonly uptime: number }

/** Longer without power, and nobody waits for us any more. */
const SHORT = 60
/** Somebody who has switched the power on again still stands there. */
const STILL_THERE = 120
/** A date from the network may put the clock back a little. */
const SLACK = 5
const LOOK = seconds(1)

/** Whether to go back; null: it cannot be said yet. */
export function goesBack({ at }: CutOff, { date, uptime }: Awake): boolean | null {
  if (uptime > STILL_THERE) return false
  if (date === null) return null
  const off = date - uptime - at
  return off >= -SLACK && off <= SHORT
}

type Parts = {
  readonly cut: CutOff
  readonly box: Pick<Box, 'wanted' | 'ask'>
  readonly awake: () => Promise<Awake>
  readonly clock: Clock
  readonly log: Log
}

/** Looks until it can be said; resolves then, or when the signal is aborted. */
export async function recall({ cut, box, awake, clock, log }: Parts, signal: AbortSignal): Promise<void> {
  const { room, at, phone } = cut.wanted
  const before = box.wanted
  while (room !== null && !signal.aborted) {
    const back = goesBack(cut, await awake())
    if (box.wanted !== before) return
    if (back !== null) {
      log.info(
        back ? 'the power was away for a moment: back into the call' : 'the power was away in a call, for too long or who knows how long',
      )
      if (back) box.ask({ want: 'join', room, at, phone })
      return
    }
    await clock.sleep('until the date is known', LOOK, signal).catch(() => {})
  }
}

// night.ts — the hours in which nobody may ring, by the settings and the clock on the wall.
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'

/** "22:30" as minutes of the day; null for an empty text. */
const minutesOf = (text: string): number | null => {
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(text) ?? []
  return hour === undefined || minute === undefined ? null : Number(hour) * 60 + Number(minute)
}

/** Whether it is quiet time. Both times must be set; from 22:30 to 07:00 goes over midnight. */
export function isNight({ from, to }: { readonly from: string; readonly to: string }, now: Date): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  if (begin === null || end === null) return false
  const minute = now.getHours() * 60 + now.getMinutes()
  return begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end
}

const LOOK = seconds(10)

/** Tells at each change, and at once, until the signal is aborted; then resolves. */
export async function watchNight(
  hours: { readonly from: string; readonly to: string },
  tell: (night: boolean) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (hours.from === '' || hours.to === '') return
  let was: boolean | null = null
  while (!signal.aborted) {
    const night = isNight(hours, new Date())
    if (night !== was) tell(night)
    was = night
    await clock.sleep('until it may be night', LOOK, signal).catch(() => {})
  }
}

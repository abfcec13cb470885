// on-air.ts — a made-up program that goes out as time goes: each update reaches its origin at its own moment.
import type { Origin } from '../../../src/broadcast/origin.ts'
import type { Update } from '../../../src/broadcast/program.ts'
import type { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'

type Parts = { readonly clock: FakeClock; readonly origin: Origin; readonly live: (long: number) => readonly Update[] }

/** @returns `made` grows with all that went out; `broadcast` sends so many seconds of it */
export function onAir({ clock, origin, live }: Parts) {
  const made: Update[] = []
  const broadcast = async (long: number): Promise<void> => {
    for (const update of live(long)) {
      const before = made.at(-1)?.entry.at ?? update.entry.at
      await clock.advance(ms(Math.max(1, update.entry.at - before)))
      made.push(update)
      origin.update(update)
    }
    await clock.advance(ms(50))
  }
  return { made, broadcast }
}

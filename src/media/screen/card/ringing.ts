// ringing.ts — somebody is at the door of the room. Pure.
import { INK, initials, plain, shorten, TYPE, words } from './ink.ts'

/** @param countdown seconds until the box answers by itself; null: somebody has to */
export function ringing(caller: string | null, room: string, countdown: number | null = null): string {
  const name = plain(caller ?? '') || 'Somebody'
  return (
    `<circle cx="960" cy="380" r="190" fill="none" stroke="${INK.accent}" stroke-width="6"/><circle cx="960" cy="380" r="166" fill="${INK.disc}"/>` +
    words(960, 428, initials(name), { size: 136, weight: 600, anchor: 'middle' }) +
    words(960, 712, shorten(name, 104, 1600), { size: 104, weight: 600, anchor: 'middle' }) +
    words(960, 800, `is calling ${plain(room) || 'you'}`, { size: 56, fill: INK.quiet, anchor: 'middle' }) +
    (countdown === null
      ? words(960, 930, 'OK answers  ·  BACK declines', { size: TYPE.name, fill: INK.accent, weight: 600, anchor: 'middle' })
      : words(960, 905, `Answers by itself in ${countdown}`, { size: 56, fill: INK.accent, weight: 600, anchor: 'middle' }) +
        words(960, 975, 'Press any key to stop this', { size: TYPE.name, fill: INK.quiet, anchor: 'middle' }))
  )
}

// ringing.ts — somebody is at the door of the room. Pure.
import type { Text } from '../../../core/text/text.ts'
import { INK, initials, plain, shorten, TYPE, words } from './ink.ts'

/** @param countdown seconds until the box answers by itself; null: somebody has to */
export function ringing(caller: string | null, room: string, countdown: number | null, text: Text): string {
  const name = plain(caller ?? '') || text.somebody
  return (
    `<circle cx="960" cy="380" r="190" fill="none" stroke="${INK.accent}" stroke-width="6"/><circle cx="960" cy="380" r="166" fill="${INK.disc}"/>` +
    words(960, 428, initials(name), { size: 136, weight: 600, anchor: 'middle' }) +
    words(960, 712, shorten(name, 104, 1600), { size: 104, weight: 600, anchor: 'middle' }) +
    words(960, 800, text.isCalling(plain(room)), { size: 56, fill: INK.quiet, anchor: 'middle' }) +
    (countdown === null
      ? words(960, 930, text.okAnswers, { size: TYPE.name, fill: INK.accent, weight: 600, anchor: 'middle' })
      : words(960, 905, text.answersIn(countdown), { size: 56, fill: INK.accent, weight: 600, anchor: 'middle' }) +
        words(960, 975, text.anyKeyStops, { size: TYPE.name, fill: INK.quiet, anchor: 'middle' }))
  )
}

// idle.ts — the picture a living room lives with: the time, the day, the room, and how to call it. Pure.
import type { Text } from '../../../core/text/text.ts'
import { INK, plain, shorten, TYPE, words } from './ink.ts'
import { linkText, qrCode } from './link.ts'

/** A box that has not been told the time yet believes it is 1970: it shows no clock rather than a wrong one. */
const FIRST_TRUE_YEAR = 2024

/** Some pixels this way or that each minute, so that no panel wears out where the clock stands. */
function drift(now: Date): { x: number; y: number } {
  const minute = now.getHours() * 60 + now.getMinutes()
  return { x: Math.round(10 * Math.sin(minute / 7)), y: Math.round(10 * Math.cos(minute / 11)) }
}

export const timeOf = (now: Date, locale: string): string => now.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
export const dayOf = (now: Date, locale: string): string =>
  now.toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long' })

/** What stands on a screen of 1920 x 1080 while nobody calls. */
export function idle(room: string, link: string | null, now: Date, missed: readonly string[], text: Text): string {
  const { x, y } = drift(now)
  const told = now.getFullYear() >= FIRST_TRUE_YEAR
  const name = shorten(plain(room) || 'Parlor', TYPE.title, link ? 900 : 1600)
  const left = 130
  const clock = told
    ? words(left - 14, 560, timeOf(now, text.locale), { size: 340, weight: 300, spacing: -10 }) +
      words(left, 668, dayOf(now, text.locale), { size: 56, weight: 400, fill: INK.quiet })
    : ''
  const how = link
    ? qrCode(link, 1280, 226, 420) +
      words(1490, 738, text.scanToCall, { size: TYPE.name, weight: 600, anchor: 'middle' }) +
      linkText(link, 1490, 808, TYPE.least, 560)
    : ''
  const calls =
    missed.length > 0
      ? words(left, 800, shorten(text.missed(missed.map(plain).join(', ')), TYPE.name, 900), {
          size: TYPE.name,
          weight: 600,
          fill: INK.accent,
        })
      : ''
  return `<g transform="translate(${x} ${y})">${words(left, told ? 200 : 560, name, { size: TYPE.title, weight: 600 })}${clock}${calls}${how}</g>`
}

// idle.ts — the picture a living room lives with: the time, the day, the room, and how to call it. Pure.
import type { Text } from '../../../core/text/text.ts'
import type { Scene } from '../../scene.ts'
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

type Idle = Pick<Scene, 'roomName' | 'link' | 'missed' | 'announced' | 'update'>

/** The time, with its day when that is another one. */
export const whenOf = (then: Date, now: Date, locale: string): string =>
  then.toDateString() === now.toDateString()
    ? timeOf(then, locale)
    : then.toLocaleString(locale, { weekday: 'long', hour: '2-digit', minute: '2-digit' })

/** What stands on a screen of 1920 x 1080 while nobody calls. */
export function idle({ roomName, link, missed = [], announced = null, update = null }: Idle, now: Date, text: Text): string {
  const { x, y } = drift(now)
  const told = now.getFullYear() >= FIRST_TRUE_YEAR
  const name = shorten(plain(roomName) || 'Parlor', TYPE.title, link ? 900 : 1600)
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
  const lines = [
    ...(announced && told ? [text.announced(whenOf(new Date(announced.begins), now, text.locale), plain(announced.title))] : []),
    ...(missed.length > 0 ? [text.missed(missed.map(plain).join(', '))] : []),
    ...(update ? [plain(update)] : []),
  ]
  const news = lines
    .map((line, i) =>
      words(left, 800 + i * 64, shorten(line, TYPE.name, link ? 1060 : 1600), { size: TYPE.name, weight: 600, fill: INK.accent }),
    )
    .join('')
  return `<g transform="translate(${x} ${y})">${words(left, told ? 200 : 560, name, { size: TYPE.title, weight: 600 })}${clock}${news}${how}</g>`
}

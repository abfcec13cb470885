// notice.ts — the strip at the top of whatever is shown: that the call is broadcast, as long as it is, and a sentence of trouble in as many
// lines as it needs. Pure.
import { even, safeArea } from '../../layout.ts'
import * as icon from './icon.ts'
import { INK, plain, rect, shorten, svg, TYPE, widthOf, words, wrap } from './ink.ts'
import type { Label } from './label.ts'

const HEIGHT = 80
const LINE = 54
const MOST_LINES = 4
const MARK = 60
const DOT = 11

/** @param live that the call is broadcast, in words; null: it is not. Trouble never hides it. */
export function notice(sentence: string | null, live: string | null = null): Label | null {
  const text = plain(sentence ?? '')
  const mark = plain(live ?? '')
  if (text === '') return mark === '' ? null : alone(mark)
  const safe = safeArea()
  const lines = wrap(text, TYPE.name, safe.width - 130, MOST_LINES)
  const width = even(
    Math.min(safe.width, Math.max(mark === '' ? 0 : widthOf(mark, TYPE.least), ...lines.map((line) => widthOf(line, TYPE.name))) + 130),
  )
  const top = mark === '' ? 0 : MARK
  const height = top + HEIGHT + LINE * (lines.length - 1)
  const inside =
    rect(0, 0, 8, height, INK.accent) +
    (mark === '' ? '' : onAir(30, 12, mark, width - 60)) +
    icon.trouble(30, top + 18, 44, INK.accent) +
    lines.map((line, i) => words(94, top + 54 + i * LINE, line, { size: TYPE.name, weight: 500 })).join('')
  return { x: even((1920 - width) / 2), y: safe.y, width, height, svg: svg(width, height, inside, INK.tile) }
}

/** In the corner, where it covers nobody's face. */
function alone(mark: string): Label {
  const safe = safeArea()
  const width = even(Math.min(safe.width / 2, widthOf(mark, TYPE.least) + 2 * DOT + 58))
  return { x: safe.x, y: safe.y, width, height: MARK, svg: svg(width, MARK, onAir(20, 8, mark, width - 40), INK.tile) }
}

const onAir = (x: number, y: number, mark: string, room: number): string =>
  icon.dot(x + DOT, y + 22, DOT, INK.accent) +
  words(x + 2 * DOT + 14, y + 34, shorten(mark, TYPE.least, room - 2 * DOT - 14), { size: TYPE.least, weight: 700 })

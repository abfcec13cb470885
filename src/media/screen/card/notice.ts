// notice.ts — a sentence of trouble, on a strip at the top of whatever is shown, in as many lines as it needs. Pure.
import { even, safeArea } from '../../layout.ts'
import * as icon from './icon.ts'
import { INK, plain, rect, svg, TYPE, widthOf, words, wrap } from './ink.ts'
import type { Label } from './label.ts'

const HEIGHT = 80
const LINE = 54
const MOST_LINES = 4

export function notice(sentence: string | null): Label | null {
  const text = plain(sentence ?? '')
  if (text === '') return null
  const safe = safeArea()
  const lines = wrap(text, TYPE.name, safe.width - 130, MOST_LINES)
  const width = even(Math.min(safe.width, Math.max(...lines.map((line) => widthOf(line, TYPE.name))) + 130))
  const height = HEIGHT + LINE * (lines.length - 1)
  const inside =
    rect(0, 0, 8, height, INK.accent) +
    icon.trouble(30, 18, 44, INK.accent) +
    lines.map((line, i) => words(94, 54 + i * LINE, line, { size: TYPE.name, weight: 500 })).join('')
  return { x: even((1920 - width) / 2), y: safe.y, width, height, svg: svg(width, height, inside, INK.tile) }
}

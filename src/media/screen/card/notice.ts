// notice.ts — one sentence of trouble, on a strip at the top of whatever is shown. Pure.
import { even, safeArea } from '../../layout.ts'
import * as icon from './icon.ts'
import { INK, plain, rect, shorten, svg, TYPE, widthOf, words } from './ink.ts'
import type { Label } from './label.ts'

const HEIGHT = 80

export function notice(sentence: string | null): Label | null {
  const text = plain(sentence ?? '')
  if (text === '') return null
  const safe = safeArea()
  const shown = shorten(text, TYPE.name, safe.width - 130)
  const width = even(Math.min(safe.width, widthOf(shown, TYPE.name) + 130))
  const inside =
    rect(0, 0, 8, HEIGHT, INK.accent) + icon.trouble(30, 18, 44, INK.accent) + words(94, 54, shown, { size: TYPE.name, weight: 500 })
  return { x: even((1920 - width) / 2), y: safe.y, width, height: HEIGHT, svg: svg(width, HEIGHT, inside, INK.tile) }
}

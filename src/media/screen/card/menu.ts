// menu.ts — the menu, a panel at the left over whatever is shown; and the card of pairing. Pure.
import { even, safeArea } from '../../layout.ts'
import type { MenuScene } from '../../scene.ts'
import { INK, plain, rect, shorten, svg, TYPE, widthOf, words } from './ink.ts'
import type { Label } from './label.ts'

const WIDTH = 860
const ROW = 84
/** Entries seen at once; a longer list moves under the focus. */
const SEEN = 8
const PAD = 36

export function menu(scene: MenuScene | null): Label | null {
  if (!scene) return null
  const safe = safeArea()
  const first = Math.max(0, Math.min(scene.focus - Math.floor(SEEN / 2), scene.items.length - SEEN))
  const rows = scene.items.slice(first, first + SEEN)
  const drawn = rows.map((item, i) => row(item, 132 + i * ROW, first + i === scene.focus))
  const above = first > 0 ? words(WIDTH / 2, 126, '▲', { size: TYPE.least, fill: INK.quiet, anchor: 'middle' }) : ''
  const below =
    first + SEEN < scene.items.length
      ? words(WIDTH / 2, 132 + SEEN * ROW + 26, '▼', { size: TYPE.least, fill: INK.quiet, anchor: 'middle' })
      : ''
  const inside =
    words(PAD, 86, shorten(plain(scene.title), TYPE.title * 0.8, WIDTH - 2 * PAD), { size: TYPE.title * 0.8, weight: 600 }) +
    drawn.join('') +
    above +
    below +
    words(PAD, safe.height - 30, scene.hint, { size: TYPE.least, fill: INK.quiet })
  return { x: safe.x, y: safe.y, width: WIDTH, height: even(safe.height), svg: svg(WIDTH, even(safe.height), inside, INK.ground) }
}

/** The focus is a filled bar with a mark at its edge: seen from the sofa, and not by colour alone. */
function row({ text, value, mark }: MenuScene['items'][number], y: number, focus: boolean): string {
  const ink = focus ? INK.ground : INK.text
  const bar = focus ? rect(PAD - 16, y, WIDTH - 2 * PAD + 32, ROW - 8, INK.accent, 10) : ''
  const sign = mark === 'more' ? '›' : mark === 'chosen' ? '✓' : ''
  const right = WIDTH - PAD - (sign ? 44 : 0)
  const shownValue = shorten(plain(value), TYPE.least, 330)
  const room = right - PAD - (shownValue ? widthOf(shownValue, TYPE.least) + 24 : 0)
  return (
    bar +
    words(PAD, y + 52, shorten(plain(text), TYPE.name, room), { size: TYPE.name, weight: focus ? 600 : 500, fill: ink }) +
    (shownValue ? words(right, y + 52, shownValue, { size: TYPE.least, fill: focus ? ink : INK.quiet, anchor: 'end' }) : '') +
    (sign ? words(WIDTH - PAD, y + 54, sign, { size: TYPE.name, fill: ink, anchor: 'end' }) : '')
  )
}

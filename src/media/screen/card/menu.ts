// menu.ts — the menu, a panel at the left over whatever is shown. Pure.
//
// Entries stand in rows; a sentence that is to be read takes as many lines as it needs. A list that is longer than the panel moves
// under the focus.
import { even, safeArea } from '../../layout.ts'
import type { MenuScene } from '../../scene.ts'
import { INK, plain, rect, shorten, svg, TYPE, widthOf, words, wrap } from './ink.ts'
import type { Label } from './label.ts'

type Item = MenuScene['items'][number]

const WIDTH = 860
const ROW = 84
const LINE = 42
const TOP = 132
/** Height in which entries are seen at once. */
const ROOM = 8 * ROW
const PAD = 36
const INSIDE = WIDTH - 2 * PAD
const MOST_LINES = 4

export function menu(scene: MenuScene | null): Label | null {
  if (!scene) return null
  const safe = safeArea()
  const { first, end } = seen(scene)
  let y = TOP
  const drawn = scene.items.slice(first, end).map((item, i) => {
    const top = y
    y += heightOf(item)
    return item.prose ? prose(item, top, first + i === scene.focus) : row(item, top, first + i === scene.focus)
  })
  const sign = (is: boolean, at: number, text: string) =>
    is ? words(WIDTH / 2, at, text, { size: TYPE.least, fill: INK.quiet, anchor: 'middle' }) : ''
  const inside =
    words(PAD, 86, shorten(plain(scene.title), TYPE.title * 0.8, INSIDE), { size: TYPE.title * 0.8, weight: 600 }) +
    drawn.join('') +
    sign(first > 0, 126, '▲') +
    sign(end < scene.items.length, TOP + ROOM + 26, '▼') +
    words(PAD, safe.height - 30, scene.hint, { size: TYPE.least, fill: INK.quiet })
  return { x: safe.x, y: safe.y, width: WIDTH, height: even(safe.height), svg: svg(WIDTH, even(safe.height), inside, INK.tile) }
}

/** Which entries are seen: all if they fit, else those around the focus, which stands in the middle where it can. */
function seen({ items, focus }: MenuScene): { first: number; end: number } {
  const heights = items.map(heightOf)
  const sum = (from: number, to: number) => heights.slice(from, to).reduce((all, height) => all + height, 0)
  let first = Math.max(0, focus)
  while (first > 0 && sum(first - 1, focus) <= ROOM / 2) first--
  let end = first
  while (end < items.length && sum(first, end + 1) <= ROOM) end++
  while (end === items.length && first > 0 && sum(first - 1, end) <= ROOM) first--
  return { first, end: Math.max(end, Math.min(items.length, focus + 1)) }
}

const linesOf = ({ text }: Item): string[] => wrap(plain(text), TYPE.least, INSIDE, MOST_LINES)
const heightOf = (item: Item): number => (item.prose ? linesOf(item).length * LINE + 26 : ROW)

/** The focus is a filled bar with a mark at its edge: seen from the sofa, and not by colour alone. */
function barAt(y: number, height: number, focus: boolean): string {
  return focus ? rect(PAD - 16, y, INSIDE + 32, height - 8, INK.accent, 10) : ''
}

const SIGNS: Readonly<Record<NonNullable<Item['mark']>, string>> = { more: '›', chosen: '✓', good: '✓', amiss: '!' }

function row({ text, value, mark, level }: Item, y: number, focus: boolean): string {
  const ink = focus ? INK.ground : INK.text
  const name = plain(text)
  const right = WIDTH - PAD - (mark ? 44 : 0)
  // A short name leaves its value more room.
  const shownValue = shorten(plain(value), TYPE.least, Math.max(330, right - PAD - 24 - widthOf(name, TYPE.name)))
  const taken = level !== undefined ? BAR + 24 : shownValue ? widthOf(shownValue, TYPE.least) + 24 : 0
  const signInk = mark === 'amiss' && !focus ? INK.accent : ink
  return (
    barAt(y, ROW, focus) +
    words(PAD, y + 52, shorten(name, TYPE.name, right - PAD - taken), { size: TYPE.name, weight: focus ? 600 : 500, fill: ink }) +
    (level !== undefined ? levelBar(right - BAR, y + 24, level, ink) : '') +
    (shownValue ? words(right, y + 52, shownValue, { size: TYPE.least, fill: focus ? ink : INK.quiet, anchor: 'end' }) : '') +
    (mark ? words(WIDTH - PAD, y + 54, SIGNS[mark], { size: TYPE.name, weight: 600, fill: signInk, anchor: 'end' }) : '')
  )
}

const CELLS = 10
const CELL = 26
const BAR = CELLS * (CELL + 6)

/** Loudness: as many cells are filled as it is loud, the others are outlines. */
function levelBar(x: number, y: number, level: number, ink: string): string {
  const filled = Math.round(Math.min(1, Math.max(0, level)) * CELLS)
  return Array.from({ length: CELLS }, (_, i) => {
    const at = x + i * (CELL + 6)
    return i < filled
      ? rect(at, y, CELL, 34, ink, 4)
      : `<rect x="${at + 1}" y="${y + 1}" width="${CELL - 2}" height="32" rx="4" fill="none" stroke="${ink}" stroke-width="2"/>`
  }).join('')
}

function prose(item: Item, y: number, focus: boolean): string {
  const ink = focus ? INK.ground : INK.text
  const lines = linesOf(item).map((line, i) => words(PAD, y + 44 + i * LINE, line, { size: TYPE.least, fill: ink }))
  return barAt(y, heightOf(item), focus) + lines.join('')
}

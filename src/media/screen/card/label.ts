// label.ts — the opaque strip with a name at the foot of a tile, and its marks: speaking, muted, the four emoji. Pure.
import type { Text } from '../../../core/text/text.ts'
import { even, type Placement, type Rect, safeArea } from '../../layout.ts'
import { REPLAY, SELF, SHARE, type Tile } from '../../scene.ts'
import * as icon from './icon.ts'
import { INK, lettersOf, plain, shorten, svg, TYPE, widthOf, words } from './ink.ts'

export type Label = Rect & { readonly svg: string }

const LINE = 60
const PAD = 18
const ICON = 34
const SPACE = 12
const EMOJI = 40
/** Letters of a name that must fit before its mark goes to a line of its own. */
const ENOUGH = 6

type Part = { readonly width: number; readonly draw: (x: number, top: number) => string }

/** Gives a sign as a picture (a data: address), because SVG text has no colours of its own; null: not painted yet. */
export type EmojiPicture = (sign: string) => string | null

/**
 * The strip of a tile, where it stands on the TV, all inside the safe area; null when there is nothing to say.
 * @param inFront the small self-view, which words must not run under
 */
export function label(
  tile: Tile,
  place: Placement,
  text: Text,
  picture: EmojiPicture = () => null,
  inFront: Rect | null = null,
): Label | null {
  const name = nameOf(tile, place, text)
  const mark = tile.muted ? mutedMark(tile.seat === SELF ? text.youAreMuted : text.muted) : null
  if (name === '' && !mark) return null
  const safe = safeArea()
  const left = even(Math.max(place.x + 12, safe.x))
  const free = inFront && place.z < 20 && inFront.x > left ? inFront.x - 12 : safe.x + safe.width
  const room = even(Math.min(place.x + place.width - 12, safe.x + safe.width, free)) - left

  const voice = tile.speaking && !tile.muted ? [speakingMark] : []
  const before = widthWith([...voice, ...(mark ? [mark] : [])])
  const least = widthOf(lettersOf(name).slice(0, ENOUGH).join(''), TYPE.name)
  const apart = mark !== null && name !== '' && before + SPACE + least > room
  const nameRoom = room - widthWith([...voice, ...(mark && !apart ? [mark] : [])]) - SPACE
  const written = name === '' ? [] : [nameText(shorten(name, TYPE.name, nameRoom))]
  const first = [...voice, ...written, ...(mark && !apart ? [mark] : [])]
  const emoji = emojiRow(tile.emoji, picture)
  if (emoji && widthWith([...first, emoji]) <= room) first.push(emoji)
  const lines = apart && mark ? [first, [mark]] : [first]

  const width = even(Math.min(room, Math.max(...lines.map(widthWith))) + 1)
  const height = LINE * lines.length
  const below = place.y + place.height
  const lowest = safe.y + safe.height - height
  const isWhole = tile.seat === SHARE || tile.seat === REPLAY
  const y = isWhole && below <= lowest ? even(Math.min(below + 8, lowest)) : even(Math.min(below - height - 12, lowest))
  const drawn = lines.map((parts, i) => drawLine(parts, i * LINE)).join('')
  return { x: left, y, width, height, svg: svg(width, height, drawn) }
}

function nameOf(tile: Tile, place: Placement, text: Text): string {
  if (tile.seat === SELF) return place.z === 20 ? '' : text.you
  const name = plain(tile.name) || text.somebody
  return tile.seat === SHARE ? text.sharesScreen(name) : name
}

const nameText = (text: string): Part => ({
  width: widthOf(text, TYPE.name),
  draw: (x, top) => words(x, top + 44, text, { size: TYPE.name, weight: 500 }),
})
const speakingMark: Part = { width: ICON, draw: (x, top) => icon.speaking(x, top + 13, ICON, INK.accent) }
const mutedMark = (text: string): Part => ({
  width: ICON + 6 + widthOf(text, TYPE.least),
  draw: (x, top) =>
    icon.muted(x, top + 13, ICON, INK.accent) + words(x + ICON + 6, top + 42, text, { size: TYPE.least, weight: 600, fill: INK.accent }),
})
function emojiRow(emoji: readonly string[] | null, picture: EmojiPicture): Part | null {
  if (!emoji || emoji.length === 0) return null
  const signs = emoji.slice(0, 4).map(plain)
  const step = EMOJI + 10
  const draw = (sign: string, x: number, top: number): string => {
    const image = picture(sign)
    if (image && /^data:image\/png;base64,[A-Za-z0-9+/=]+$/.test(image))
      return `<image x="${x}" y="${top + (LINE - EMOJI) / 2}" width="${EMOJI}" height="${EMOJI}" href="${image}"/>`
    return words(x, top + 42, sign, { size: TYPE.least })
  }
  return { width: step * signs.length, draw: (x, top) => signs.map((sign, i) => draw(sign, x + i * step, top)).join('') }
}

const widthWith = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + part.width, SPACE * Math.max(0, parts.length - 1)) + 2 * PAD
function drawLine(parts: readonly Part[], top: number): string {
  let x = PAD
  return parts
    .map((part) => {
      const drawn = part.draw(x, top)
      x += part.width + SPACE
      return drawn
    })
    .join('')
}

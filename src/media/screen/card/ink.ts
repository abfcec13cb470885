// ink.ts — colours, type and safe words for everything that is drawn on the TV. Pure.
//
// Seen from three metres: names 40 px, titles 72, nothing under 32; one accent; contrast at least 7:1 (tested).
// Names come from strangers: whatever they hold, it is text between two tags and nothing else.

export const INK = {
  ground: '#0f1418',
  /** A tile without a picture, and the strip a name stands on. */
  tile: '#1a2228',
  disc: '#28333b',
  text: '#f4f2ec',
  quiet: '#bcc6cb',
  accent: '#ffc46b',
  paper: '#f4f2ec',
  dot: '#0f1418',
} as const

export const TYPE = { least: 32, name: 40, title: 72 } as const
const FAMILY = "Inter, Cantarell, 'DejaVu Sans', 'Noto Sans', sans-serif"

/** Control characters, marks that turn the direction of writing or hide themselves, and what XML forbids. The joiner inside emoji stays. */
const UNFIT = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]|\ufffd/gu

/** A name as it may be shown: one line, no hidden marks, at most two accents piled on a letter. '' when nothing is left. */
export function plain(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\t\n\r]+/g, ' ')
    .replace(UNFIT, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** What a reader counts as one letter each. */
export const lettersOf = (text: string): string[] => [...letters.segment(text)].map((s) => s.segment)

/** About how wide a text is, in px; a little too wide rather than too narrow. */
export function widthOf(text: string, size: number): number {
  return lettersOf(text).reduce((sum, letter) => sum + breadth(letter), 0) * size
}
function breadth(letter: string): number {
  const code = letter.codePointAt(0) ?? 0
  if (code >= 0x1100 && !(code >= 0x1e00 && code < 0x2000)) return code < 0x3000 && code >= 0x2000 ? 0.8 : 1.25
  if (/[iljtfrI.,:;'|!()[\] ]/.test(letter)) return 0.34
  if (/[mwMW@%&—]/.test(letter)) return 0.92
  return /\p{Lu}/u.test(letter) ? 0.7 : 0.58
}

/** The text if it fits, else as much of it as fits with an ellipsis. */
export function shorten(text: string, size: number, room: number): string {
  if (widthOf(text, size) <= room) return text
  const all = lettersOf(text)
  let kept = ''
  for (const letter of all) {
    if (widthOf(`${kept}${letter}…`, size) > room) break
    kept += letter
  }
  return `${kept.trimEnd()}…`
}

/** The text in lines that fit, broken between words; what is too much for so many lines is left out, with an ellipsis. */
export function wrap(text: string, size: number, room: number, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || widthOf(longer, size) <= room) {
      line = longer
      continue
    }
    lines.push(line)
    line = word
  }
  lines.push(line)
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), lines.slice(most - 1).join(' ')]
  return shown.map((each) => shorten(each, size, room))
}

export const markupSafe = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

type Style = {
  readonly size: number
  readonly fill?: string
  readonly weight?: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly spacing?: number
  readonly family?: string
}
/** One line of text; `y` is its baseline. The words are cleaned here, so nothing a caller passes can be markup. */
export function words(x: number, y: number, text: string, style: Style): string {
  const { size, fill = INK.text, weight = 400, anchor = 'start', spacing = 0, family = FAMILY } = style
  return (
    `<text x="${r(x)}" y="${r(y)}" font-family="${family}" font-size="${size}" font-weight="${weight}" fill="${fill}"` +
    ` text-anchor="${anchor}"${spacing ? ` letter-spacing="${spacing}"` : ''}>${markupSafe(plain(text))}</text>`
  )
}

export const rect = (x: number, y: number, width: number, height: number, fill: string, round = 0): string =>
  `<rect x="${r(x)}" y="${r(y)}" width="${r(width)}" height="${r(height)}" rx="${round}" fill="${fill}"/>`

export const svg = (width: number, height: number, inside: string, ground: string = INK.ground): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${rect(0, 0, width, height, ground)}${inside}</svg>`

const r = (n: number): number => Math.round(n * 10) / 10

/** One to two letters that stand for a name. */
export function initials(name: string): string {
  const parts = plain(name).split(' ').filter(Boolean)
  const [first, last] = [parts[0], parts.length > 1 ? parts.at(-1) : undefined]
  return [first, last].map((part) => (part ? (lettersOf(part)[0] ?? '').toLocaleUpperCase('en') : '')).join('') || '?'
}

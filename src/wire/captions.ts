// captions.ts — the objects of a captions track: WebVTT (W3C) in a form of its own, which players of HLS read and readers of ours read strictly.
//
//   init segment   "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
//   part           "\n" when it shows nothing, else for each cue: "HH:MM:SS.mmm --> HH:MM:SS.mmm\n" | one to three lines of text | "\n\n"
//
// Times are those of the program, as in all its tracks. So a part that shows nothing is the same object always, and costs its line in the manifest;
// an init segment with any parts behind it is a file of WebVTT. Nobody knows how long somebody who speaks will be, so a
// cue ends with its part at the latest, and goes on in the next as another with the same text; a cue may begin before its part,
// when it was said while nothing else was shown.
//
// What is in a caption was heard or typed by somebody: it is text, and whatever looks like more is written so that it stays text.
import { bytesOf, textOf } from './crypto.ts'

/** Milliseconds of the program. `text`: lines of `CAPTION_LIMIT` letters at most, with a line feed between. */
export type Cue = { readonly from: number; readonly to: number; readonly text: string }

/** Letters of a line, lines of a cue, cues of a part, and what a part may be as a whole, bytes. */
export const CAPTION_LIMIT = 200
export const CAPTION_LINES = 3
const MOST_CUES = 16
const PART_LIMIT = 32 * 1024

export const CAPTIONS_INIT: Uint8Array = bytesOf('WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n')

/** A line of text as it may be shown: no control characters, nothing that turns the order of letters about, one blank between words. */
export function captionLine(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\p{Co}\p{Cs}]|[\u{e0000}-\u{e0fff}]/gu, '')
    // Marks piled upon one letter are not read, and reach over everything else.
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
  return [...plain.replace(/ +/g, ' ').trim()].slice(0, CAPTION_LIMIT).join('').trim()
}

/** A part of these cues, in the order of their times. */
export function captionsPart(cues: readonly Cue[]): Uint8Array {
  return bytesOf(
    cues.length === 0 ? '\n' : cues.map(({ from, to, text }) => `${stamp(from)} --> ${stamp(to)}\n${escaped(text)}\n\n`).join(''),
  )
}

/** The cues of a part; null when it is none. Never throws. */
export function cuesIn(part: Uint8Array): readonly Cue[] | null {
  const text = part.length > PART_LIMIT ? null : textOf(part)
  if (text === '\n') return []
  if (!text?.endsWith('\n\n')) return null
  const cues = text.slice(0, -2).split('\n\n').map(cueIn)
  return cues.length <= MOST_CUES && cues.every((cue) => cue !== null) ? cues : null
}

const TIMES = /^(\d{2,6}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,6}):([0-5]\d):([0-5]\d)\.(\d{3})$/

function cueIn(block: string): Cue | null {
  const [first = '', ...lines] = block.split('\n')
  const times = TIMES.exec(first)
  if (!times || lines.length === 0 || lines.length > CAPTION_LINES) return null
  const [from, to] = [msOf(times.slice(1, 5)), msOf(times.slice(5, 9))]
  const texts = lines.map(unescaped)
  const isWritten = texts.every((line) => line !== '' && captionLine(line) === line)
  return from < to && isWritten ? { from, to, text: texts.join('\n') } : null
}

function msOf(numbers: readonly string[]): number {
  const [h = 0, m = 0, s = 0, ms = 0] = numbers.map(Number)
  return ((h * 60 + m) * 60 + s) * 1000 + ms
}

/** As WebVTT writes a time. @param ms whole */
export function stamp(ms: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`
}

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const unescaped = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

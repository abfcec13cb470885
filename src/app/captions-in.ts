// captions-in.ts — captions as they come in as text, from a program that listens or a person at a keyboard. Pure: text in, captions out.
//
// Two forms. Lines: each is a caption, to be shown when it has come; an empty one takes the caption away. WebVTT (W3C), when the first line says so: its
// times count from when it began to come in. What comes is cut into pieces anywhere.
import { CAPTION_LIMIT, CAPTION_LINES, captionLine } from '../wire/captions.ts'

/** `at`: ms after the text began to come, null: now. `stands`: ms, null: as long as captions do. */
export type CaptionIn = { readonly text: string; readonly at: number | null; readonly stands: number | null }

/** Letters of a line that is not over; of a longer one the end is not heard. */
const LONGEST = 4000
/** Lines of a block of WebVTT. */
const BLOCK = 40
const TIMES = /^\s*(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})\s+-->\s+(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})(?:\s|$)/
const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: ' ', lrm: '', rlm: '' }

export class CaptionsIn {
  #form: 'unknown' | 'lines' | 'webvtt' = 'unknown'
  #rest = ''
  #block: readonly string[] = []

  /** Some more of the text. */
  take(piece: string): CaptionIn[] {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/)
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST)
    return lines.flatMap((line) => this.#line(line))
  }

  /** There is no more. */
  end(): CaptionIn[] {
    const last = this.#rest === '' ? [] : this.#line(this.#rest)
    this.#rest = ''
    return [...last, ...this.#close()]
  }

  #line(line: string): CaptionIn[] {
    if (this.#form === 'unknown') {
      const first = line.replace(/^\ufeff/, '')
      this.#form = /^WEBVTT(\s|$)/.test(first) ? 'webvtt' : 'lines'
      return this.#form === 'webvtt' ? [] : this.#plain(first)
    }
    if (this.#form === 'lines') return this.#plain(line)
    if (line.trim() === '') return this.#close()
    this.#block = [...this.#block, line].slice(0, BLOCK)
    return []
  }

  /** A line that is longer than a caption may be comes as several. */
  #plain(line: string): CaptionIn[] {
    const pieces = piecesOf(line.slice(0, LONGEST))
    return pieces.map((text) => ({ text, at: null, stands: null }))
  }

  /** A block of WebVTT is over: a cue, or something that is not shown (a note, a style). */
  #close(): CaptionIn[] {
    const block = this.#block
    this.#block = []
    const at = block.findIndex((line) => TIMES.test(line))
    const times = at < 0 || at > 1 ? null : TIMES.exec(block[at] ?? '')
    if (!times) return []
    const [from, to] = [msOf(times.slice(1, 5)), msOf(times.slice(5, 9))]
    const lines = plainLines(block.slice(at + 1).join('\n'))
    return to > from && lines.length > 0 ? [{ text: lines.slice(0, CAPTION_LINES).join('\n'), at: from, stands: to - from }] : []
  }
}

const plainLines = (payload: string): string[] =>
  payload
    .replace(/<[^>]*>?/g, '')
    .replace(/&(\w+);/g, (whole, name: string) => (Object.hasOwn(SIGNS, name) ? (SIGNS[name] ?? '') : whole))
    .split('\n')
    .map(captionLine)
    .filter((line) => line !== '')

/** Cut between words, where that can be. */
function piecesOf(line: string): string[] {
  const pieces: string[] = []
  let rest = [...line.normalize('NFC').trim()]
  while (rest.length > CAPTION_LIMIT) {
    const blank = rest.lastIndexOf(' ', CAPTION_LIMIT)
    const cut = blank > CAPTION_LIMIT / 2 ? blank : CAPTION_LIMIT
    pieces.push(captionLine(rest.slice(0, cut).join('')))
    rest = rest.slice(cut)
  }
  return [...pieces, captionLine(rest.join(''))]
}

function msOf(numbers: ReadonlyArray<string | undefined>): number {
  const [h = 0, m = 0, s = 0, ms = 0] = numbers.map((number) => Number(number ?? 0))
  return ((h * 60 + m) * 60 + s) * 1000 + ms
}

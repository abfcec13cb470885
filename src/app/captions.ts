// captions.ts — captions of the broadcast that is going on: who may write them is asked before (the person at the machine, a paired phone); here they are
// made fit to be shown, and no more of them than anybody reads.
import type { Caption } from '../broadcast/captions.ts'
import { Pace } from '../control/pace.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import { CAPTION_LINES, captionLine } from '../wire/captions.ts'
import { LANGUAGE } from '../wire/manifest.ts'

type Parts = {
  /** Where they go; false: nothing goes out just now. */
  readonly broadcast: { caption(caption: Caption): boolean }
  /** The language of the box: what is spoken until somebody says another. */
  readonly language: string
  readonly clock: Clock
}
/** As somebody asked for it. `text`: lines; none takes the caption away. `stands`: ms. */
export type CaptionAsk = { readonly text: string; readonly stands?: number | undefined; readonly language?: string | undefined }

/** How long a caption stands when nobody says, and the shortest and longest that somebody may say, ms. */
const STANDS = 7000
const [LEAST, MOST] = [500, 20_000]
/** Letters in all of one caption. */
const LONGEST = 1000
const RATE = { perSecond: 8, burst: 16 }

export class Captions {
  readonly #parts: Parts
  readonly #pace: Pace
  #language: string

  constructor(parts: Parts) {
    this.#parts = parts
    this.#pace = new Pace(parts.clock, RATE)
    this.#language = parts.language
  }

  /**
   * Shows it to who watches with captions, a second later at most.
   * @throws Refusal 'bad-request' when nothing is broadcast, when it is too long or too much, or in no language there is
   */
  say({ text, stands = STANDS, language = this.#language }: CaptionAsk): void {
    if (text.length > LONGEST) throw new Refusal('bad-request', `a caption has ${LONGEST} letters at most`)
    const label = nameOf(language)
    if (label === null) throw new Refusal('bad-request', 'a language is said by its letters, like en, de or pt-BR')
    if (!this.#pace.may()) throw new Refusal('bad-request', 'that is quicker than anybody reads; wait a moment')
    const lines = text.split('\n').map(captionLine).filter((line) => line !== '').slice(0, CAPTION_LINES) // biome-ignore format: one line
    const time = Math.min(MOST, Math.max(LEAST, Number.isFinite(stands) ? stands : STANDS))
    if (!this.#parts.broadcast.caption({ text: lines.join('\n'), stands: time, language, label }))
      throw new Refusal('bad-request', 'nothing is broadcast now; captions are for a broadcast that is going on')
    this.#language = language
  }
}

/** What people who speak it call a language; null: there is none of these letters. */
function nameOf(language: string): string | null {
  if (!LANGUAGE.test(language)) return null
  try {
    const name = new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(language) ?? language
    const plain = name.replace(/[^\p{L}\p{M}\p{N} ().,'’·-]/gu, '').slice(0, 40).trim() // biome-ignore format: one line
    return plain === '' ? language : plain.charAt(0).toLocaleUpperCase(language) + plain.slice(1)
  } catch {
    return null
  }
}

// vtt.ts — what was marked, said and written under the picture, beside a film (WebVTT, W3C). Pure.
import { escaped, stamp } from '../../wire/captions.ts'
import { bytesOf } from '../../wire/crypto.ts'

/** `at` is ms from the film's beginning; `stands`: ms, left out: as long as a line of the chat. */
export type Cue = { readonly at: number; readonly stands?: number; readonly text: string }

/** ms that a line of the chat stands, and a mark. */
const STANDS = 4000

/** What lies before the film's beginning is left out. */
export function vttOf(cues: readonly Cue[]): Uint8Array {
  const lines = cues
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ at, stands = STANDS, text }) => `${stamp(Math.round(at))} --> ${stamp(Math.round(at + stands))}\n${clean(text)}\n`)
  return bytesOf(['WEBVTT\n', ...lines].join('\n'))
}

const clean = (text: string): string => escaped(text.replace(/\s+/g, ' ').trim()) || '…'

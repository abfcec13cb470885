// vtt.ts — what was marked and said, beside a film (WebVTT, W3C). Pure.
import { bytesOf } from '../../wire/crypto.ts'

/** `at` is ms from the film's beginning. */
export type Cue = { readonly at: number; readonly text: string }

/** ms that a cue stands. */
const STANDS = 4000

/** What lies before the film's beginning is left out. */
export function vttOf(cues: readonly Cue[]): Uint8Array {
  const lines = cues
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${stamp(at)} --> ${stamp(at + STANDS)}\n${clean(text)}\n`)
  return bytesOf(['WEBVTT\n', ...lines].join('\n'))
}

function stamp(ms: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  const whole = Math.round(ms)
  return `${two(whole / 3_600_000)}:${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}.${String(whole % 1000).padStart(3, '0')}`
}

const clean = (text: string): string =>
  text.replace(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').trim() || '…'

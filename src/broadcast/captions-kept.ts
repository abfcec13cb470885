// captions-kept.ts — the captions of a run that was recorded, each whole again: beside its film as a file of WebVTT, and for a remix by the clock. Pure but for
// reading.
import { type Cue, captionsPart, cuesIn } from '../wire/captions.ts'
import { bytesOf, concat } from '../wire/crypto.ts'
import type { FilmSource } from './store/film.ts'

/** A caption in the time of the program, ms; `at`: by the wall clock, ms since 1970. */
export type KeptCaption = Cue & { readonly at: number }

/** Captions of one run: more than anybody says in a day. */
const MOST = 50_000

/** What was shown in a run, in its order; what is damaged is left out. Throws a Fault when the disk fails. */
export async function keptCaptions(source: FilmSource, run: number): Promise<readonly KeptCaption[]> {
  const kept: KeptCaption[] = []
  const scales = new Map<number, number>()
  for await (const { entry, read } of source.told(run)) {
    for (const { track, description } of entry.inits) if (description.kind === 'text') scales.set(track, description.timescale)
    for (const { track, start, at, object } of entry.parts) {
      const timescale = scales.get(track)
      if (timescale === undefined || kept.length >= MOST) continue
      const bytes = await read(object)
      for (const cue of (bytes && cuesIn(bytes)) ?? []) add(kept, { ...cue, at: at + cue.from - (start * 1000) / timescale })
    }
  }
  return kept
}

/** A part ends a cue that goes on in the next one: here it is one again. */
function add(kept: KeptCaption[], cue: KeptCaption): void {
  const last = kept.at(-1)
  if (last && last.text === cue.text && last.to === cue.from) kept[kept.length - 1] = { ...last, to: cue.to }
  else kept.push(cue)
}

/**
 * The file beside a film.
 * @param start of the film in the time of the program, ms @param length ms
 */
export function captionsFile(
  captions: readonly KeptCaption[],
  { start, length }: { readonly start: number; readonly length: number },
): Uint8Array {
  const within = (ms: number): number => Math.round(Math.min(Math.max(ms - start, 0), length))
  const cues = captions.map(({ from, to, text }) => ({ from: within(from), to: within(to), text })).filter(({ from, to }) => from < to)
  return concat(bytesOf('WEBVTT\n\n'), captionsPart(cues))
}

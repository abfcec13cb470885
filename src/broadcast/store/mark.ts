// mark.ts — cut marks: from here, to here, set by somebody while a program ran, and the pieces of the recording that follow from them. Pure.
import { jsonOf } from '../../wire/schema.ts'

/** `at` is ms since 1970. */
export type Mark = { readonly run: number; readonly is: 'begin' | 'end'; readonly at: number }
/** ms since 1970. */
export type Piece = { readonly from: number; readonly to: number }

/** Marks of one run, at most. */
export const MOST_MARKS = 100

function markIn(value: unknown): Mark[] {
  if (typeof value !== 'object' || value === null) return []
  const { run, is, at } = value as Readonly<Record<string, unknown>>
  const isMark = typeof run === 'number' && Number.isSafeInteger(run) && typeof at === 'number' && (is === 'begin' || is === 'end')
  return isMark ? [{ run, is, at }] : []
}

/** The marks in a text; what is none is left out. */
export function marksIn(text: string | null): readonly Mark[] {
  const value = jsonOf(text)
  return Array.isArray(value) ? value.flatMap(markIn) : []
}

/**
 * The pieces between the marks of a run, in their order. The last beginning before an end counts: who presses twice has thought again. An end
 * alone ends what began with the run or behind the last piece, a beginning alone goes on to its end. What was let go is no piece any more.
 */
export function piecesOf({ run, from, to }: { readonly run: number } & Piece, marks: readonly Mark[]): readonly Piece[] {
  const own = marks.filter((mark) => mark.run === run).sort((a, b) => a.at - b.at)
  const pieces: Piece[] = []
  let open: number | null = null
  let behind = from
  for (const { is, at } of own) {
    if (is === 'begin') open = at
    else {
      pieces.push({ from: open ?? behind, to: at })
      open = null
      behind = at
    }
  }
  if (open !== null) pieces.push({ from: open, to })
  return pieces.map((piece) => ({ from: Math.max(piece.from, from), to: Math.min(piece.to, to) })).filter((piece) => piece.from < piece.to)
}

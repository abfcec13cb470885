// blink.ts — what the one light of the box says, as a pattern in time. Pure.
//
// One light of any colour must do, and no two states may look alike from across the room:
//
//   off         dark
//   at rest     a glint every four seconds: alive, and not in the way at night
//   ringing     fast, five times a second
//   in call     steady: somebody can see or hear this room
//   muted       slow, a second on, a second off: in a call, but not heard
//   trouble     two flashes, then a pause
import { unreachable } from '../lib/fault.ts'
import { type Ms, ms } from '../lib/unit.ts'

export type BoxState = 'off' | 'at rest' | 'ringing' | 'in call' | 'muted' | 'trouble'
/** Lit for the first time, dark for the second, and so on, over and over; a single level without an end is one entry. */
export type Pattern = { readonly always: boolean } | { readonly turns: readonly Ms[] }

export function patternOf(state: BoxState): Pattern {
  switch (state) {
    case 'off':
      return { always: false }
    case 'at rest':
      return { turns: [ms(60), ms(3940)] }
    case 'ringing':
      return { turns: [ms(100), ms(100)] }
    case 'in call':
      return { always: true }
    case 'muted':
      return { turns: [ms(1000), ms(1000)] }
    case 'trouble':
      return { turns: [ms(120), ms(180), ms(120), ms(1580)] }
    default:
      return unreachable(state)
  }
}

/** Is it lit so long after the pattern began, and when does that change? null: never. */
export function lightAt(pattern: Pattern, since: Ms): { readonly lit: boolean; readonly next: Ms | null } {
  if ('always' in pattern) return { lit: pattern.always, next: null }
  const round = pattern.turns.reduce((sum, turn) => sum + turn, 0)
  let left = since % round
  for (const [i, turn] of pattern.turns.entries()) {
    if (left < turn) return { lit: i % 2 === 0, next: (turn - left) as Ms }
    left -= turn
  }
  return { lit: false, next: null }
}

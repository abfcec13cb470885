// trouble.ts — what can go wrong in a call that people should know, in plain sentences.
import type { Amiss, CallAmiss } from '../core/amiss.ts'
import type { PeerId } from '../core/id.ts'
import { callAmiss } from '../core/text/en.ts'
import { unreachable } from '../lib/fault.ts'

type Kinds =
  | { readonly kind: 'broker-back' }
  | {
      readonly [K in keyof CallAmiss]: { readonly kind: K } & CallAmiss[K] &
        (K extends 'not-confirmed' | 'no-way' ? { readonly peer: PeerId } : unknown)
    }[keyof CallAmiss]
export type CallTrouble = Kinds & { readonly sentence: string }

export const trouble = (what: Kinds): CallTrouble => ({ ...what, sentence: sentenceFor(what) })

function sentenceFor(what: Kinds): string {
  if (what.kind === 'broker-back') return 'People can find each other again.'
  const say = callAmiss[what.kind] as (of: Kinds) => string
  return say(what)
}

/** The same in the words of core/amiss.ts; null: nothing is amiss any more. */
export function amissIn(what: CallTrouble): Amiss | null {
  switch (what.kind) {
    case 'broker-back':
      return null
    case 'not-confirmed':
    case 'no-way':
      return { is: what.kind, name: what.name }
    case 'room-full':
      return { is: what.kind, limit: what.limit }
    case 'broker-away':
    case 'stranger':
    case 'other-version':
      return { is: what.kind }
    default:
      return unreachable(what)
  }
}

// trouble.ts — what can go wrong in a call that people should know, in plain sentences.
import type { PeerId } from '../core/id.ts'
import { unreachable } from '../lib/fault.ts'

type Kinds =
  | { readonly kind: 'broker-away' }
  | { readonly kind: 'broker-back' }
  /** The other end of a link could not be told from an impostor. Nothing was shown or heard of it, nor of us. */
  | { readonly kind: 'not-confirmed'; readonly peer: PeerId; readonly name: string }
  /** They are here and answering, but no link comes about. */
  | { readonly kind: 'no-way'; readonly peer: PeerId; readonly name: string }
  | { readonly kind: 'room-full'; readonly limit: number }
  /** Somebody who has the room's link signs in the name of others. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'other-version' }
export type CallTrouble = Kinds & { readonly sentence: string }

const SPELT = ['no', 'one', 'two', 'three', 'four', 'five', 'six']

export const trouble = (what: Kinds): CallTrouble => ({ ...what, sentence: sentenceFor(what) })

function sentenceFor(what: Kinds): string {
  switch (what.kind) {
    case 'broker-away':
      return 'The way by which people find each other is down. Who is here stays; nobody new can come until it is back.'
    case 'broker-back':
      return 'People can find each other again.'
    case 'not-confirmed':
      return `We could not confirm that ${what.name} is who they say; no picture or sound was exchanged.`
    case 'no-way':
      return `${what.name} is here, but no connection to them comes about. One of the two networks may block calls.`
    case 'room-full':
      return `There are already ${SPELT[what.limit] ?? what.limit} people in this room. Ask one of them to leave, or open another room.`
    case 'stranger':
      return 'Somebody with the link of this room pretends to be another person. It had no effect; think of a new room.'
    case 'other-version':
      return 'Somebody in this room has a newer Parlor than this one, and the two do not understand each other. Please update.'
    default:
      return unreachable(what)
  }
}

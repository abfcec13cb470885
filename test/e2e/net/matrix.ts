// matrix.ts — which homes meet which, and what is the best way that can be had between them.
import type { Nat } from './nat.ts'

export type Way = 'direct' | 'relay'
export type Pair = { readonly homes: readonly [Nat, Nat]; readonly way: Way }

const pair = (a: Nat, b: Nat, way: Way): Pair => ({ homes: [a, b], way })

/**
 * Direct is possible when one end's outer port is the same for everybody (all but symmetric ones) and the other's packets are let
 * through to it: always between such ends, and to a symmetric one if the other filters by address at most.
 */
export const PAIRS: readonly Pair[] = [
  pair('open', 'open', 'direct'),
  pair('full cone', 'full cone', 'direct'),
  pair('restricted', 'restricted', 'direct'),
  pair('port restricted', 'port restricted', 'direct'),
  pair('symmetric', 'symmetric', 'relay'),
  pair('carrier', 'carrier', 'direct'),
  pair('carrier symmetric', 'carrier symmetric', 'relay'),
  pair('udp blocked', 'udp blocked', 'relay'),
  pair('tcp 443', 'tcp 443', 'relay'),
  pair('restricted', 'symmetric', 'direct'),
  pair('port restricted', 'symmetric', 'relay'),
  pair('udp blocked', 'carrier symmetric', 'relay'),
  pair('tcp 443', 'port restricted', 'relay'),
]

/** The three that tell most, for those who have no time: a hole that is punched, a relay by UDP, a relay behind port 443. */
export const TELLING = PAIRS.filter(({ homes: [a, b] }) => a === b && ['port restricted', 'symmetric', 'tcp 443'].includes(a))

export const nameOf = ({ homes: [a, b] }: Pair): string => `${a} - ${b}`
/** Does a wall stand between them that lets no UDP out? Then ways must be tried that take longer. */
export const isBlocked = ({ homes }: Pair): boolean => homes.some((nat) => nat === 'udp blocked' || nat === 'tcp 443')

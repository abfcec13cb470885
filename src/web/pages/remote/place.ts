// place.ts — the screens of the remote, and the address of each: what stands behind the #. Pure.
import { looksLikePairing } from '../../../wire/pairing.ts'

export const PLACES = ['home', 'contacts', 'calls', 'more', 'recordings', 'settings', 'phones', 'network', 'doctor'] as const
export type Place = (typeof PLACES)[number]

/** pairing: the address came from a pairing code, which must not stay in the history. */
export type Arrival = { readonly at: Place } | { readonly pairing: string }

export function arrivalAt(hash: string): Arrival {
  if (looksLikePairing(hash)) return { pairing: hash }
  return { at: PLACES.find((place) => `#${place}` === hash) ?? 'home' }
}

/** The place that is lit in the bar below: what lies behind 'more' lights that. */
const BEHIND_MORE: readonly Place[] = ['recordings', 'settings', 'phones', 'network', 'doctor']
export const tabOf = (place: Place): Place => (BEHIND_MORE.includes(place) ? 'more' : place)

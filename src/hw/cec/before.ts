// before.ts — what the TV was before we woke it, and what puts it back. Pure.
//
// The rule of good guests: what people did meanwhile stays. We only undo what we did, and only while it is still so.

/** What we know of the TV now. shown: the physical address whose picture it shows (0 is the TV's own tuner); null: not known. */
export type TvSeen = { readonly power: 'on' | 'standby' | null; readonly shown: number | null }

/** How it was before we woke it; null: we have not. */
export type Before = TvSeen | null

/** Woken twice, the first time counts. */
export const remember = (before: Before, seen: TvSeen): TvSeen => before ?? seen

/** hand over: show that address again; null: whatever the TV thinks best. */
export type Back = { readonly do: 'nothing' } | { readonly do: 'standby' } | { readonly do: 'hand over'; readonly to: number | null }

const nothing: Back = { do: 'nothing' }

/** @param now as far as we know  @param us our physical address */
export function putBack(before: Before, now: TvSeen, us: number | null): Back {
  if (before === null || us === null) return nothing
  // Somebody chose another input, or switched the TV off: it is theirs again.
  if (now.power === 'standby' || (now.shown !== null && now.shown !== us)) return nothing
  if (before.power === 'standby') return { do: 'standby' }
  if (before.shown === us) return nothing
  return { do: 'hand over', to: before.shown }
}

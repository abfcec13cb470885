// place.ts — what the address says: which program, and whether its link makes one a moderator. Pure.
import { fromCrockford } from '../../../wire/crockford.ts'
import type { ProgramId } from '../../../wire/manifest.ts'

export type Arrival = { readonly program: ProgramId; readonly secret: Uint8Array | null }

/** Null when the address names no program. @param hash `#moderator=SECRET` in Crockford's letters, which never reaches a server */
export function arrivalAt(pathname: string, hash: string): Arrival | null {
  const name = /^\/w\/([0-9a-zA-Z]{26})\/?$/.exec(pathname)?.[1]?.toLowerCase()
  if (!name || !/^[0-9a-hjkmnp-tv-z]{26}$/.test(name)) return null
  const said = /^#moderator=([0-9A-Za-z-]{26,64})$/.exec(hash)?.[1]
  return { program: name as ProgramId, secret: said ? fromCrockford(said) : null }
}

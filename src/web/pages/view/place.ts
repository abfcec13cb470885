// place.ts — what the address says: which program, what opens it, and whether its link makes one a moderator. Pure.
import { fromCrockford } from '../../../wire/crockford.ts'
import type { ProgramId } from '../../../wire/manifest.ts'
import { type WatchKey, type WatchSecret, watchKey } from '../../../wire/watch-key.ts'
import { behindHash } from '../../../wire/watch-link.ts'

/** `shared`: what stays behind the # of the address, and may be handed on with it. `secret`: of a moderator. */
export type Arrival = {
  readonly program: ProgramId
  readonly shared: WatchSecret | null
  readonly key: WatchKey | null
  readonly secret: Uint8Array | null
}

/** Null when the address names no program. @param hash `#SECRET&moderator=SECRET` in Crockford's letters, which never reaches a server */
export function arrivalAt(pathname: string, hash: string): Arrival | null {
  const name = /^\/w\/([0-9a-zA-Z]{26})\/?$/.exec(pathname)?.[1]?.toLowerCase()
  if (!name || !/^[0-9a-hjkmnp-tv-z]{26}$/.test(name)) return null
  const program = name as ProgramId
  const { secret: shared, moderator } = behindHash(hash)
  return { program, shared, key: shared && watchKey(program, shared), secret: moderator ? fromCrockford(moderator) : null }
}

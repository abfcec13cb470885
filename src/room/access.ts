// access.ts — one pure question: may who do what, under which policy? Who asks enforces the answer for himself.
//
// Whoever has the link of a room is a guest in it: they may come in, be seen and heard, show a screen and write. What goes beyond the room
// (sending it out, keeping it) and what is about others is for those whose room it is, and for whom they name.
import type { PeerId } from '../core/id.ts'

export const ACTS = ['join', 'show', 'speak', 'share', 'chat', 'watch', 'record', 'broadcast', 'moderate'] as const
export type Act = (typeof ACTS)[number]
export type Role = 'owner' | 'moderator' | 'speaker' | 'guest' | 'viewer'

export type Policy = {
  /** Whose room it is; null: nobody has said. */
  readonly owner: PeerId | null
  /** Everybody else is a guest. */
  readonly roles: ReadonlyMap<PeerId, Role>
}

const INSIDE: readonly Act[] = ['join', 'show', 'speak', 'share', 'chat', 'watch']
const MAY: Readonly<Record<Role, ReadonlySet<Act>>> = {
  owner: new Set(ACTS),
  moderator: new Set(ACTS),
  speaker: new Set(INSIDE),
  guest: new Set(INSIDE),
  viewer: new Set(['chat', 'watch']),
}

export const roleOf = (who: PeerId, { owner, roles }: Policy): Role => (who === owner ? 'owner' : (roles.get(who) ?? 'guest'))

export const may = (who: PeerId, act: Act, policy: Policy): boolean => MAY[roleOf(who, policy)].has(act)

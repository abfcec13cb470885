// mesh.ts — who should be linked with whom, and who has a place on the stage. Pure.
//
// A room is a full mesh: every pair keeps one link. The smaller id offers, the other waits. At most `limit` are on stage, and no two
// may see it differently for long, so there is one order of people: whoever came in has a place (one more than the highest they
// saw then), those at the door have none and come last; ties go by id. It needs no clock that all share.
//
// The one who is too many sees it first and goes by themselves. The members check nevertheless: they keep the links that they have,
// and link nobody beyond the limit. Presence that was only retained by the broker may be of somebody long gone, so it keeps nobody
// out for good: whoever is at the door waits until those inside have been heard to breathe, or say "full" themselves.
import type { PeerId } from '../core/id.ts'

/** How many a room holds where nobody said otherwise. */
export const PLACES = 6

export type MeshPeer = {
  readonly peer: PeerId
  /** Its presence holds: neither expired nor taken back. */
  readonly here: boolean
  readonly place: number | null
  /** none: no link. asked: we offered, nobody answered. answered: they signed something for this session of ours. live: confirmed. */
  readonly link: 'none' | 'asked' | 'answered' | 'live'
  /** Heard more than once, so it is no mere memory of the broker. */
  readonly breathes: boolean
  /** A fresh "the room is full" of theirs. */
  readonly saysFull: boolean
}
export type MeshView = {
  readonly self: PeerId
  readonly limit: number
  /** Our own place, null while at the door. */
  readonly place: number | null
  /** We are in for so long that nobody can overtake us any more. */
  readonly settled: boolean
  readonly peers: readonly MeshPeer[]
}
export type MeshPlan = {
  /** in: there is a place for us. wait: perhaps. full: there is none. */
  readonly self: 'in' | 'wait' | 'full'
  /** To whom we should offer. */
  readonly dial: readonly PeerId[]
  /** Whose offer we would take; includes those who are linked. */
  readonly welcome: readonly PeerId[]
  /** Who is here and too many. */
  readonly tooMany: readonly PeerId[]
}

export const offers = (self: PeerId, other: PeerId): boolean => self < other

export function plan(view: MeshView): MeshPlan {
  const present = view.peers.filter((p) => p.here || p.link === 'live')
  const self = ourTurn(view, present)
  if (self !== 'in') return { self, dial: [], welcome: [], tooMany: [] }
  const welcome: PeerId[] = []
  const tooMany: PeerId[] = []
  let taken = 1
  for (const p of [...present].sort((a, b) => closeness(a) - closeness(b) || order(a, b))) {
    if (taken < view.limit) welcome.push(p.peer)
    else tooMany.push(p.peer)
    if (isReal(p)) taken++
  }
  const linked = new Set(present.filter((p) => p.link !== 'none').map((p) => p.peer))
  return { self, dial: welcome.filter((p) => offers(view.self, p) && !linked.has(p)), welcome, tooMany }
}

/** The place to take when we come in. */
export const nextPlace = (peers: readonly MeshPeer[]): number => 1 + Math.max(0, ...peers.map((p) => p.place ?? 0))

function ourTurn({ self, place, settled, limit }: MeshView, present: readonly MeshPeer[]): MeshPlan['self'] {
  if (isLeftOut(present, limit)) return 'full'
  const ahead = present.filter((p) => order(p, { peer: self, place }) < 0)
  if (settled || ahead.length < limit) return 'in'
  const real = ahead.filter(isReal).length
  return real >= limit || ahead.some((p) => p.saysFull) ? 'full' : 'wait'
}

/** We came in before we heard of anybody, or too late to be seen: the room is full without us, says so, and nobody has linked us. */
const isLeftOut = (present: readonly MeshPeer[], limit: number): boolean =>
  present.some((p) => p.saysFull) &&
  !present.some((p) => p.link === 'live') &&
  present.filter((p) => p.place !== null && isReal(p)).length >= limit

type InLine = { readonly peer: PeerId; readonly place: number | null }
function order(a: InLine, b: InLine): number {
  const places = (a.place ?? Number.MAX_SAFE_INTEGER) - (b.place ?? Number.MAX_SAFE_INTEGER)
  return places || (a.peer < b.peer ? -1 : 1)
}

const isReal = (p: MeshPeer): boolean => p.link === 'live' || p.link === 'answered' || p.breathes
const closeness = (p: MeshPeer): number => (p.link === 'live' ? 0 : isReal(p) ? 1 : 2)

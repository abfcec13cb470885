// tracks-question.ts — when our own camera and microphone are kept: in a call that we record, and in one that somebody else broadcasts if the
// people here have said yes.
//
// A box of somebody else cannot make us keep anything: that the call goes out makes our own TV ask, once in a call, and without an answer nothing is kept.
// What is kept stays on this box, until its people give it away.
import type { Person } from '../call/person.ts'
import type { Intent } from '../core/intent.ts'
import type { Actual } from '../core/plan.ts'
import type { Wanted } from '../core/wanted.ts'
import { type Ms, seconds } from '../lib/unit.ts'

type Parts = {
  readonly box: {
    readonly wanted: Wanted
    readonly actual: Actual
    on(event: 'changed', listener: () => void): unknown
  }
  readonly rooms: { readonly people: readonly Person[]; on(event: 'people', listener: () => void): unknown }
  readonly question: { readonly open: boolean; put(asked: { readonly intent: Intent; readonly ttl: Ms }): void }
  readonly ownTracks: { readonly store: object | null; be(recorded: boolean): void }
  /** Our own broadcast is recorded. */
  readonly recorded: () => boolean
}

/** How long the question stands. */
const STANDS = seconds(60)

/** Looks now and at every change. Say it after the others are told what we do. */
export function wireOwnTracks({ box, rooms, question, ownTracks, recorded }: Parts): void {
  let asked: string | null = null
  const look = (): void => {
    const { actual, wanted } = box
    const goesOut = actual.room !== null && rooms.people.some(({ live, state }) => live && state !== 'arriving')
    ownTracks.be(actual.live ? recorded() : goesOut && wanted.tracks)
    if (actual.room === null) asked = null
    if (!goesOut || actual.live || wanted.tracks || !ownTracks.store || question.open || asked === actual.room) return
    asked = actual.room
    question.put({ intent: { want: 'tracks', on: true }, ttl: STANDS })
  }
  box.on('changed', look)
  rooms.on('people', look)
}

// plan.ts — the one next step from how things are to how they are wanted.
//
// Order is safety. The microphone comes first, so a mute never waits for a slow TV; what must close closes before
// anything opens; camera and microphone open before the room is joined, so people see themselves on the TV before
// anybody else does. A broadcast begins when all that is done, and ends before its call does. A step that may fail for good ends in a
// fact ('missing', 'lost'), and the plan goes round it.
// What was said before is shown once more when nothing else is to be done, and goes first of all.
// A broadcast of elsewhere is for a box without a call: it ends before a camera or a microphone opens and before it rings, opens neither,
// and comes back when the call is over or nobody came to the door.
// The privacy switch is a fact, not a wish: while it is shut no wish of anybody opens camera or microphone.
import type { PeerId, RoomSecret } from './id.ts'
import type { Wanted, Watching } from './wanted.ts'

/** closed: not in use. open: in use. missing: asked for, but it is not there; whoever owns it goes on looking. */
export type Device = 'closed' | 'open' | 'missing'

/** Somebody at our own door. */
export type Ringing = {
  /** Tells this ringing from any other. */
  readonly call: string
  readonly peer: PeerId
  /** As they call themselves, or as our contacts know them. */
  readonly name: string
  /** One of our contacts, known by their key. */
  readonly contact: boolean
}

export type Actual = {
  /** Our picture. dark: not started. on: there is one. lost: it fell; its worker brings it back by itself. */
  readonly tv: 'dark' | 'on' | 'lost'
  /** The TV set. as it was: we have not touched it. woken: we switched it on, or to us. */
  readonly set: 'as it was' | 'woken'
  readonly camera: Device
  readonly sound: Device
  /** Sound was opened with the microphone, not with the loudspeaker alone. */
  readonly hears: boolean
  readonly room: RoomSecret | null
  readonly muted: boolean
  readonly volume: number
  /** The switch on the box that takes camera and microphone away. A box without one: open. */
  readonly shutter: 'open' | 'shut'
  readonly ringing: Ringing | null
  /** The TV asks the people in the room whether something may be done that others asked for. */
  readonly asking: boolean
  /** It is a time at which nobody may ring, by the settings. */
  readonly night: boolean
  /** The call is broadcast. */
  readonly live: boolean
  /** What was asked of it as to who may see it; null: as the settings say. */
  readonly private: boolean | null
  /** The TV shows the call as it was so many half minutes before; 0: as it is. */
  readonly replay: number
  /** The broadcast of elsewhere that our TV shows, or tries to; null: none. */
  readonly watch: Watching | null
}

export const asleep: Actual = {
  tv: 'dark',
  set: 'as it was',
  camera: 'closed',
  sound: 'closed',
  hears: false,
  room: null,
  muted: false,
  volume: 80,
  shutter: 'open',
  ringing: null,
  asking: false,
  night: false,
  live: false,
  private: null,
  replay: 0,
  watch: null,
}

export type Step =
  | { readonly do: 'set microphone'; readonly muted: boolean }
  | { readonly do: 'set volume'; readonly percent: number }
  | { readonly do: 'light the tv' }
  | { readonly do: 'wake the set' }
  | { readonly do: 'put the set back' }
  | { readonly do: 'open camera' }
  | { readonly do: 'close camera' }
  | { readonly do: 'open sound'; readonly hears: boolean }
  | { readonly do: 'close sound' }
  | { readonly do: 'turn away'; readonly ringing: Ringing }
  | { readonly do: 'join'; readonly room: RoomSecret; readonly at: string | null }
  | { readonly do: 'leave' }
  | { readonly do: 'go live'; readonly room: RoomSecret; readonly private: boolean | null }
  | { readonly do: 'end live' }
  | { readonly do: 'replay'; readonly back: number }
  | { readonly do: 'end replay' }
  | { readonly do: 'watch'; readonly watch: Watching }
  | { readonly do: 'end watch' }

/** Whether somebody rings whom people want to hear: not declined, and not while they want quiet. */
export function rings(wanted: Wanted, actual: Actual): boolean {
  return actual.ringing !== null && actual.room === null && wanted.room === null && !wanted.quiet && !actual.night
}

/** Whether a broadcast of elsewhere is to be seen now: no call, and nobody at the door. */
const watches = (wanted: Wanted, actual: Actual): Watching | null =>
  wanted.room === null && actual.room === null && !rings(wanted, actual) ? wanted.watch : null

export function nextStep(wanted: Wanted, actual: Actual): Step | null {
  const shut = actual.shutter === 'shut'
  const muted = wanted.muted || shut
  if (actual.muted !== muted) return { do: 'set microphone', muted }
  const stays = actual.room !== null && actual.room === wanted.room
  if (actual.replay > 0 && (wanted.replay === 0 || !stays || !wanted.live || !actual.live || shut)) return { do: 'end replay' }
  const watch = watches(wanted, actual)
  if (actual.watch !== null && actual.watch.link !== watch?.link) return { do: 'end watch' }
  if (actual.live && !(stays && wanted.live && wanted.private === actual.private)) return { do: 'end live' }
  if (actual.room !== null && !stays) return { do: 'leave' }
  const mayBeSeen = wanted.room !== null && wanted.camera && !wanted.phone && !shut
  if (actual.camera !== 'closed' && !mayBeSeen) return { do: 'close camera' }
  const rung = rings(wanted, actual) || actual.asking
  const hears = wanted.room !== null && !shut
  if (actual.sound !== 'closed' && ((wanted.room === null && !rung && watch === null) || actual.hears !== hears))
    return { do: 'close sound' }
  if (actual.ringing !== null && actual.ringing.call === wanted.declined) return { do: 'turn away', ringing: actual.ringing }
  if (actual.volume !== wanted.volume) return { do: 'set volume', percent: wanted.volume }
  if (actual.tv === 'dark') return { do: 'light the tv' }
  const needed = wanted.tv ?? ((wanted.room !== null && !wanted.phone) || rung || watch !== null)
  if (needed && actual.set === 'as it was') return { do: 'wake the set' }
  if (!needed && actual.set === 'woken') return { do: 'put the set back' }
  if ((rung || watch !== null) && actual.sound === 'closed') return { do: 'open sound', hears }
  if (watch !== null && !sameWatching(watch, actual.watch)) return { do: 'watch', watch }
  if (wanted.room === null) return null
  if (actual.camera === 'closed' && mayBeSeen) return { do: 'open camera' }
  if (actual.sound === 'closed') return { do: 'open sound', hears }
  if (actual.room === null) return { do: 'join', room: wanted.room, at: wanted.at }
  if (wanted.live && !actual.live) return { do: 'go live', room: wanted.room, private: wanted.private }
  if (wanted.replay > 0 && actual.replay !== wanted.replay && !shut) return { do: 'replay', back: wanted.replay }
  return null
}

const sameWatching = (a: Watching, b: Watching | null): boolean => a.link === b?.link && a.at === b.at && a.back === b.back

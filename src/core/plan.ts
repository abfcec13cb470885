// plan.ts — the one next step from how things are to how they are wanted.
//
// Order is safety. The microphone comes first, so a mute never waits for a slow TV; what must close closes before
// anything opens; camera and microphone open before the room is joined, so people see themselves on the TV before
// anybody else does. A step that may fail for good ends in a fact ('missing', 'lost'), and the plan goes round it.
import type { RoomSecret } from './id.ts'
import type { Wanted } from './wanted.ts'

/** closed: not in use. open: in use. missing: asked for, but it is not there; whoever owns it goes on looking. */
export type Device = 'closed' | 'open' | 'missing'

export type Actual = {
  /** dark: not started. on: there is a picture. lost: it fell; its worker brings it back by itself. */
  readonly tv: 'dark' | 'on' | 'lost'
  readonly camera: Device
  readonly sound: Device
  readonly room: RoomSecret | null
  readonly muted: boolean
  readonly volume: number
}

export const asleep: Actual = { tv: 'dark', camera: 'closed', sound: 'closed', room: null, muted: false, volume: 80 }

export type Step =
  | { readonly do: 'set microphone'; readonly muted: boolean }
  | { readonly do: 'set volume'; readonly percent: number }
  | { readonly do: 'light the tv' }
  | { readonly do: 'open camera' }
  | { readonly do: 'close camera' }
  | { readonly do: 'open sound' }
  | { readonly do: 'close sound' }
  | { readonly do: 'join'; readonly room: RoomSecret }
  | { readonly do: 'leave' }

export function nextStep(wanted: Wanted, actual: Actual): Step | null {
  if (actual.muted !== wanted.muted) return { do: 'set microphone', muted: wanted.muted }
  if (actual.room !== null && actual.room !== wanted.room) return { do: 'leave' }
  const mayBeSeen = wanted.room !== null && wanted.camera
  if (actual.camera !== 'closed' && !mayBeSeen) return { do: 'close camera' }
  if (actual.sound !== 'closed' && wanted.room === null) return { do: 'close sound' }
  if (actual.volume !== wanted.volume) return { do: 'set volume', percent: wanted.volume }
  if (actual.tv === 'dark') return { do: 'light the tv' }
  if (wanted.room === null) return null
  if (actual.camera === 'closed' && mayBeSeen) return { do: 'open camera' }
  if (actual.sound === 'closed') return { do: 'open sound' }
  if (actual.room === null) return { do: 'join', room: wanted.room }
  return null
}

// view.ts — what the remote shows of the box's state, and what it says aloud when that changes. Pure: states in, words out.
import type { RemotePerson, RemoteState } from '../../../wire/remote.ts'
import type { Words } from './words/words.ts'

/** The one thing that most people want to do now. */
export type Main =
  | { readonly is: 'call' | 'hang up' }
  /** loud: it rings at the TV. Else it is quiet there, by wish or by the hour. */
  | { readonly is: 'answer'; readonly name: string; readonly contact: boolean; readonly answersIn: number | null; readonly loud: boolean }

/** A call comes first; who rings while we are in one is shown, but does not take the place of hanging up. */
export function mainOf({ call, ringing, quiet, night }: RemoteState): Main {
  if (call !== 'none') return { is: 'hang up' }
  if (!ringing) return { is: 'call' }
  const answersIn = ringing.answersInMs === null ? null : Math.ceil(ringing.answersInMs / 1000)
  return { is: 'answer', name: ringing.name, contact: ringing.contact, answersIn, loud: !quiet && !night }
}

/** One line: in a call or not, and with whom. */
export function stateLine({ call, phone, people }: RemoteState, words: Words): string {
  if (call === 'none') return words.noCall
  if (call === 'joining') return words.joining
  const line = people.length === 0 ? words.alone : words.inCallWith(words.and(people.map(({ name }) => name)))
  return phone ? `${line}, ${words.bySound}` : line
}

/** What is to be known about somebody in the call, each with the sign that goes with it. */
export type PersonFact = { readonly icon: 'mic-off' | 'camera-off' | 'share' | 'warn' | 'tv' | 'go' | 'live'; readonly word: string }
export function personFacts(person: RemotePerson, words: Words): readonly PersonFact[] {
  const facts: Array<PersonFact | false> = [
    person.reconnecting && { icon: 'warn', word: words.reconnecting },
    { icon: person.kind === 'box' ? 'tv' : 'go', word: person.kind === 'box' ? words.isTv : words.isBrowser },
    person.muted && { icon: 'mic-off', word: words.muted },
    !person.camera && { icon: 'camera-off', word: words.cameraOff },
    person.screen && { icon: 'share', word: words.sharing },
    person.live && { icon: 'live', word: words.broadcasts },
  ]
  return facts.filter((fact) => fact !== false)
}

export type CameraIs = keyof Words['cameraIs']
export function cameraIs({ camera, shutter, phone, call }: RemoteState): CameraIs {
  if (shutter === 'shut') return 'shut'
  if (call !== 'none' && phone) return 'sound'
  if (!camera.on) return 'off'
  if (camera.is === 'missing') return 'missing'
  return camera.is === 'open' ? 'on' : 'ready'
}

export function tvIs({ tv }: RemoteState): keyof Words['tvIs'] {
  if (tv.picture === 'lost') return 'lost'
  return tv.set === 'woken' ? 'on' : 'off'
}

/** What happened between two states, for people who listen to the page. loud: must be heard at once. */
export type Said = { readonly loud: string | null; readonly calm: readonly string[] }

export function saidBetween(before: RemoteState, now: RemoteState, words: Words): Said {
  const rings = now.ringing !== null && now.ringing.peer !== before.ringing?.peer && !now.quiet && !now.night
  const here = (state: RemoteState, { peer }: RemotePerson) => state.people.some((person) => person.peer === peer)
  const turned = <T>(was: T, is: T, sentence: (is: T) => string): string[] => (was === is ? [] : [sentence(is)])
  const calm = [
    ...turned(before.muted, now.muted, (is) => (is ? words.muted : words.saidUnmuted)),
    ...turned(before.call !== 'none', now.call !== 'none', (is) => (is ? words.saidInCall : words.saidOver)),
    ...now.people.filter((person) => !here(before, person)).map(({ name }) => words.came(name)),
    ...(now.call === 'live' ? before.people.filter((person) => !here(now, person)).map(({ name }) => words.went(name)) : []),
    ...turned(before.camera.on, now.camera.on, (is) => (is ? words.saidCameraOn : words.saidCameraOff)),
    ...turned(before.volume, now.volume, words.saidVolume),
    ...turned(before.layout, now.layout, (is) => words.layoutSaid(words.layouts[is])),
    ...turned(before.tv.set, now.tv.set, (is) => (is === 'woken' ? words.saidTvOn : words.saidTvOff)),
    ...turned(before.live !== null, now.live !== null, (is) => (is ? words.saidLive : words.saidNotLive)),
    ...turned(before.quiet, now.quiet, (is) => (is ? words.saidQuiet : words.saidNotQuiet)),
    ...(before.shutter === 'open' && now.shutter === 'shut' ? [words.shutter] : []),
  ]
  return { loud: rings && now.ringing ? words.rings(now.ringing.name) : null, calm }
}

/** Sentences that stand above everything: what is amiss, and what explains why things are as they are. */
export function warnings({ shutter, night, waiting, ringing, notices }: RemoteState, words: Words): readonly string[] {
  const unheard = waiting.filter((name) => name !== ringing?.name)
  return [
    ...(shutter === 'shut' ? [words.shutter] : []),
    ...(night ? [words.night] : []),
    ...(unheard.length > 0 ? [words.waiting(words.and(unheard))] : []),
    ...notices,
  ]
}

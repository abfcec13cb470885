// status.ts — the state of the box as it is told to whoever may ask: the command line now, the phone and MQTT later.
import type { Person } from '../call/person.ts'
import type { Actual } from '../core/plan.ts'
import { textIn } from '../core/text/text.ts'
import { type UpdateSeen, updateSentence } from '../core/update.ts'
import type { Wanted } from '../core/wanted.ts'
import type { WatchScene } from '../media/scene.ts'
import type { RelaySeen } from './house.ts'
import type { LiveState } from './live.ts'
import type { PushSeen } from './pushes.ts'

export type Status = {
  readonly name: string
  readonly pid: number
  readonly version: string
  readonly ports: { readonly http: number; readonly https: number }
  readonly inCall: boolean
  /** The broadcast; null: there is none. */
  readonly live: LiveState | null
  /** Other servers that get the broadcast too, without their keys. */
  readonly pushes: readonly PushSeen[]
  /** The broadcast of elsewhere that is watched here; null: none is. */
  readonly watch: WatchScene | null
  /** The broadcasts of elsewhere that are passed on here, to the screens of the house. */
  readonly relays: readonly RelaySeen[]
  readonly update: UpdateSeen
  readonly wanted: Omit<Wanted, 'room' | 'watch'> & { readonly inCall: boolean }
  readonly actual: Omit<Actual, 'room' | 'watch'>
  readonly people: readonly Person[]
  /** Names of those who wait in the box's room while it is in no call. */
  readonly waiting: readonly string[]
  /** What is amiss, as the TV says it. */
  readonly notices: readonly string[]
  /** Process ids of the media workers that run. */
  readonly workers: Readonly<Record<'camera' | 'screen' | 'sound', number | null>>
  /** What was refused or dropped, by reason, since the start. */
  readonly refused: Readonly<Record<string, number>>
}

const WATCH: Readonly<Record<WatchScene['is'], string>> = {
  comes: 'it is coming',
  plays: 'it plays',
  paused: 'paused',
  lost: 'not reached; it is tried again',
  ended: 'it has ended',
  none: 'there is none yet',
  full: 'there is no place; it is tried again',
  locked: 'private: it needs its whole link',
  odd: 'it cannot be shown here',
}

const yes = (b: boolean, a: string, otherwise: string) => (b ? a : otherwise)

/** The status as a person reads it. */
export function statusText(s: Status): string {
  const lines = [
    `${s.name}: ${s.inCall ? `in a call with ${s.people.length === 0 ? 'nobody yet' : peopleText(s.people)}` : 'in no call'}`,
    ...(s.live
      ? [
          `live, ${s.live.watching} watching at ${s.live.link}${yes(s.live.private, ' (private)', '')}${yes(s.live.recorded, '', '; not recorded')}`,
        ]
      : []),
    ...(s.live ? s.pushes.map(({ to, is }) => `sent on to ${to}: ${is}`) : []),
    ...(s.watch ? [`on the TV: ${s.watch.title || 'a broadcast'} (${WATCH[s.watch.is]})`] : []),
    ...s.relays.map(relayText),
    ...(s.waiting.length > 0 ? [`waiting at the door: ${s.waiting.join(', ')} (let them in with \`parlor join\`)`] : []),
    `microphone ${yes(s.actual.muted, 'muted', s.actual.sound)}, camera ${yes(s.wanted.camera, s.actual.camera, 'off by wish')}, tv ${s.actual.tv}, volume ${s.actual.volume} %`,
    ...(s.update.is === 'no card' || s.update.is === 'none' ? [] : [updateSentence(s.update, textIn('en'))]),
    ...s.notices.map((notice) => `! ${notice}`),
    `pages at http://localhost:${s.ports.http}/ and https port ${s.ports.https}; process ${s.pid}`,
  ]
  return lines.join('\n')
}

const RELAY: Readonly<Record<RelaySeen['state'], string>> = {
  looking: ', it is looked for',
  live: '',
  ended: ', it has ended',
  full: ', it has no place; it is tried again',
  nothing: ', there is none yet',
  away: ', it is not reached; it is tried again',
}

function relayText({ origin, role, from, viewers, state }: RelaySeen): string {
  const way = role === 'follows' ? ` by way of ${from}` : ''
  return `passed on in the house: ${new URL(origin).host}${way}, ${viewers} watching${RELAY[state]}`
}

function peopleText(people: readonly Person[]): string {
  return people
    .map((p) => {
      const marks = [
        p.state === 'live' ? '' : p.state,
        p.muted ? 'muted' : '',
        p.camera ? '' : 'camera off',
        p.screen ? 'shares a screen' : '',
        p.live ? 'broadcasts this call' : '',
        p.emoji?.join(' ') ?? '',
      ].filter(Boolean)
      return marks.length > 0 ? `${p.name} (${marks.join(', ')})` : p.name
    })
    .join(', ')
}

// notice.ts — which sentences stand over a call, most urgent first. Pure.
import type { CallTrouble } from '../../../call/trouble.ts'
import { type DeviceTrouble, troubleSentence } from './words.ts'

export type Notice = {
  readonly kind: 'muted' | 'live' | 'broker-away' | CallTrouble['kind'] | DeviceTrouble['device']
  readonly sentence: string
  readonly urgent: boolean
  /** Present when the person may put it away; the others go when their reason goes. */
  readonly dismiss?: () => void
}

export type Facts = {
  readonly speaksMuted: boolean
  /** The name of who broadcasts this call; null: nobody does. */
  readonly liveBy: string | null
  readonly brokerAway: boolean
  readonly call: CallTrouble | null
  readonly devices: readonly DeviceTrouble[]
  readonly forgetCall: () => void
  readonly forgetDevices: () => void
}

export function noticesOf(facts: Facts): Notice[] {
  const { call } = facts
  return [
    ...(facts.speaksMuted ? [{ kind: 'muted', sentence: 'You are muted: nobody hears you.', urgent: true } as const] : []),
    ...(call ? [{ kind: call.kind, sentence: call.sentence, urgent: true, dismiss: facts.forgetCall }] : []),
    ...(facts.liveBy === null
      ? []
      : [
          {
            kind: 'live',
            sentence: `LIVE: ${facts.liveBy} sends this call out. Whoever has the watch link sees and hears you, too.`,
            urgent: false,
          } as const,
        ]),
    ...facts.devices.map((t) => ({ kind: t.device, sentence: troubleSentence(t), urgent: false, dismiss: facts.forgetDevices })),
    ...(facts.brokerAway
      ? [
          {
            kind: 'broker-away',
            sentence: 'The box does not answer just now. Who is here stays; nobody new can come until it is back.',
            urgent: false,
          } as const,
        ]
      : []),
  ]
}

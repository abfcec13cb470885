// words.ts — what the page says to people. Pure: states in, sentences out.
import type { Person, PersonState } from '../../../call/person.ts'
import { unreachable } from '../../../lib/fault.ts'

export type Device = 'camera' | 'microphone' | 'screen'
/** refused: the person or the browser said no. none: no such device. busy: another program holds it. insecure: not on plain http. */
export type DeviceWhy = 'refused' | 'none' | 'busy' | 'insecure' | 'gone' | 'odd'
export type DeviceTrouble = { readonly device: Device; readonly why: DeviceWhy }

/** The reason behind an error of getUserMedia or getDisplayMedia (Media Capture and Streams, section 10.2). */
export function whyOf(error: unknown): DeviceWhy {
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'odd'
}

export function troubleSentence({ device, why }: DeviceTrouble): string {
  if (device === 'screen') return screenSentence(why)
  const join = device === 'camera' ? 'The others hear you but do not see you.' : 'You can see and hear the others; they cannot hear you.'
  switch (why) {
    case 'refused':
      return `This page may not use the ${device}. Tap the sign beside the address above, allow the ${device}, and try again.`
    case 'none':
      return `No ${device} was found on this device. ${join}`
    case 'busy':
      return `Another program is using the ${device}. Close it and try again.`
    case 'insecure':
      return `The browser gives the ${device} only to pages that were opened by https.`
    case 'gone':
      return `The ${device} is gone. Plug it in again, or choose another one.`
    case 'odd':
      return `The ${device} did not start. Try again, or choose another one.`
    default:
      return unreachable(why)
  }
}

function screenSentence(why: DeviceWhy): string {
  return why === 'insecure'
    ? 'The browser shares a screen only from pages that were opened by https.'
    : 'The screen could not be shared. Please try again.'
}

export function stateWords(state: PersonState): string {
  switch (state) {
    case 'arriving':
      return 'connecting…'
    case 'reconnecting':
      return 'reconnecting…'
    case 'live':
      return ''
    default:
      return unreachable(state)
  }
}

/** One line about a person for those who do not see the tile. */
export function personSentence(person: Pick<Person, 'name' | 'kind' | 'state' | 'muted' | 'camera' | 'screen' | 'speaking'>): string {
  const facts = [
    person.kind === 'box' ? 'a TV' : '',
    stateWords(person.state),
    person.muted ? 'muted' : person.speaking ? 'speaking' : '',
    person.camera ? '' : 'camera off',
    person.screen ? 'sharing a screen' : '',
  ]
  return [person.name, ...facts.filter((fact) => fact !== '')].join(', ')
}

/** Who came and who went, for a live region; empty when nobody did. */
export function comings(before: readonly Pick<Person, 'peer' | 'name'>[], now: readonly Pick<Person, 'peer' | 'name'>[]): string {
  const came = now.filter((p) => !before.some((q) => q.peer === p.peer)).map((p) => `${p.name} is here.`)
  const went = before.filter((p) => !now.some((q) => q.peer === p.peer)).map((p) => `${p.name} has left.`)
  return [...came, ...went].join(' ')
}

export const countWords = (people: number, limit: number): string => (people === 0 ? 'Only you' : `${people + 1} of ${limit} here`)

/** One or two letters that stand for a person without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const first = [...(words[0] ?? '')][0] ?? '?'
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return `${first}${last}`.toLocaleUpperCase()
}

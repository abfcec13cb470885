// access.ts — what strangers with a browser may say and hear at our broker. Pure.
//
// They may use the words of a room and nothing else, and must name the room: its id is derived from the room's secret, so
// whoever can name it was given the link. No wildcard reaches across rooms, `$SYS` is shut, and sizes are bounded.
import { ID, type RoomId } from '../core/id.ts'

const ROOM = /^parlor\/1\/room\/([^/]+)\/(peer|to|policy)(?:\/([^/]+))?$/

const ALL = new RegExp(`^parlor/1/room/${ID.source.replace(/^\^|\$$/g, '')}/#$`)

/** Bytes. A sealed signal holds at most 32 kB of body; the envelope around it is small. */
export const LONGEST_SIGNAL = 36 * 1024
/** Bytes. Presence is retained, so it is kept short: a name, what is sent, a signature. */
export const LONGEST_PRESENCE = 4 * 1024

export type Word = { readonly room: string; readonly word: 'peer' | 'to' | 'policy' }

/** A topic that one may publish under; null when it is not one of ours. */
export function wordOf(topic: string): Word | null {
  const [, room = '', word, whom] = ROOM.exec(topic) ?? []
  if (!ID.test(room)) return null
  if (word === 'policy') return whom === undefined ? { room, word } : null
  return (word === 'peer' || word === 'to') && whom !== undefined && ID.test(whom) ? { room, word } : null
}

/** The room that a topic or a filter is of; null when it is of none. */
export function roomIn(filter: string): RoomId | null {
  const [parlor, version, kind, room = ''] = filter.split('/', 4)
  return parlor === 'parlor' && version === '1' && kind === 'room' && ID.test(room) ? (room as RoomId) : null
}

/**
 * Whether one may subscribe: any topic one may publish under, the presence of everybody in one room, and all of one room: a box that
 * joins its own broker with this one carries it for the pages at its home. Whoever can name the room may hear all of it anyway, sealed.
 */
export function mayHear(filter: string): boolean {
  if (filter.endsWith('/#')) return ALL.test(filter)
  return wordOf(filter.endsWith('/peer/+') ? `${filter.slice(0, -1)}${'0'.repeat(26)}` : filter) !== null
}

export type Publishing = { readonly topic: string; readonly size: number; readonly qos: number; readonly retain: boolean }

/** Why a message is not taken, in a few words for a count; null when it is. */
export function whyNot({ topic, size, qos, retain }: Publishing): string | null {
  const word = wordOf(topic)?.word
  if (word === undefined) return 'a topic that is not ours'
  if (qos > 1) return 'QoS 2'
  if (retain && word === 'to') return 'a retained signal'
  if (size > (word === 'peer' ? LONGEST_PRESENCE : LONGEST_SIGNAL)) return 'a message too long'
  return null
}

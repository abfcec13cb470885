// topic-access.ts — what those who know the home's password may say and hear at our broker, and what only the box may say. Pure.
//
// They see this box and nothing else: no room (its words are for those who were given its link), no other box. They may ask
// whatever topic-order.ts then judges, and may not speak as the box. A program that shows the box (Home Assistant) also needs
// the topics of its discovery: there the box speaks, and it says only whether it is up.
import type { PeerId } from '../core/id.ts'
import type { Publishing } from './access.ts'
import { baseOf, PICTURE } from './topic.ts'
import { LONGEST_ORDER, mayReplyTo } from './topic-order.ts'

export type Home = {
  readonly box: PeerId
  /** The discovery prefix, empty for none. */
  readonly prefix: string
}

/** Bytes: a picture of the TV is the longest thing that a box says. */
export const LONGEST_WORD = 512 * 1024

/** Why one of the home may not say this, in a few words; null when they may. */
export function whyNotHome({ topic, size, qos }: Publishing, { box, prefix }: Home): string | null {
  const asks = topic.startsWith(`${baseOf(box)}/`) && /^(set|do)\/[a-z-]{1,32}$/.test(topic.slice(baseOf(box).length + 1))
  if (!asks && !(prefix !== '' && topic === `${prefix}/status`)) return 'a topic that is not for asking'
  if (qos > 1) return 'QoS 2'
  return size > LONGEST_ORDER ? 'a message too long' : null
}

/** Why the box itself does not say this; null when it does. */
export function whyNotBox({ topic, size }: Publishing, { box, prefix }: Home): string | null {
  if (size > LONGEST_WORD) return 'a message too long'
  return isSaidByBox(topic, box) || isDiscovery(topic, prefix) ? null : 'a topic that is not the box'
}

/** Whether something the box says is to be kept for those who come later. */
export const isKept = (topic: string, { box, prefix }: Home): boolean =>
  isDiscovery(topic, prefix) || (isSaidByBox(topic, box) && !topic.startsWith(`${baseOf(box)}/reply/`))

const isDiscovery = (topic: string, prefix: string): boolean => prefix !== '' && /^\/device\/parlor_\w+\/config$/.test(after(topic, prefix))
const isSaidByBox = (topic: string, box: PeerId): boolean =>
  /^\/(availability|state\/[a-z-]{1,32})$/.test(after(topic, baseOf(box))) ||
  topic === `${baseOf(box)}/${PICTURE.topic}` ||
  mayReplyTo(box, topic)
const after = (topic: string, start: string): string => (topic.startsWith(start) ? topic.slice(start.length) : '')

/** Whether one of the home may ask to hear this: the topics of this box, with wildcards inside them, and of discovery. */
export function mayHearHome(filter: string, { box, prefix }: Home): boolean {
  const own = after(filter, baseOf(box))
  if (/^\/(#|\+|availability|(state|reply)\/(#|\+|[\w-]{1,64}))$/.test(own)) return true
  if (prefix === '') return false
  return /^\/(#|status|\+\/\+\/config|\+\/\+\/\+\/config|device\/\+\/config|device\/parlor_\w+\/config)$/.test(after(filter, prefix))
}

/** Whether the box may ask to hear this at its own broker: what it is asked, and whether Home Assistant is up. */
export const mayHearBox = (filter: string, { box, prefix }: Home): boolean =>
  /^\/(set|do)\/\+$/.test(after(filter, baseOf(box))) || (prefix !== '' && filter === `${prefix}/status`)

/** Whether a topic lies under a filter (MQTT 3.1.1, 4.7). */
export function lies(topic: string, filter: string): boolean {
  const [levels, wanted] = [topic.split('/'), filter.split('/')]
  const end = wanted.at(-1) === '#' ? wanted.length - 1 : wanted.length
  if (end === wanted.length ? levels.length !== end : levels.length < end) return false
  return wanted.slice(0, end).every((each, i) => each === '+' || each === levels[i])
}
